"""Watching Pods: a word when one that matters for its EIP has changed, without listing them again and again."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from eipctl.errors import Failed, KubeError
from eipctl.kube import failures, wire
from eipctl.kube.discovery import object_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.facts import Pod
    from eipctl.kube.client import KubeClient

SECONDS = 300
"""After so long the server ends a watch, and it is begun anew."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
_GONE = 410


class PodWatch:
    """`changed` is set by a thread of its own, also when changes may have been missed; `error` once it can't go on."""

    def __init__(self, client: KubeClient, namespace: str | None, label_selector: str) -> None:
        self._client = client
        self._path = object_path("v1", "pods", namespace)
        self._query = {"labelSelector": label_selector} if label_selector else {}
        self._seen: dict[str, tuple[object, ...]] = {}
        self.changed = threading.Event()
        self.error: Failed | None = None

    def start(self) -> None:
        """Every change from now on is told."""
        version = self._now()
        threading.Thread(target=self._run, args=(version,), daemon=True, name="pod-watch").start()

    def _now(self) -> str:
        raw = self._client.get(self._path, {**self._query, "limit": "1"})
        return wire.decode(raw, wire.Page[wire.Pod]).metadata.resource_version or ""

    def _run(self, version: str) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                for kind, item in self._events(version):
                    pause = FIRST_PAUSE
                    version = self._heard(kind, item) or version
            except KubeError as error:
                if error.status != _GONE:
                    self._give_up(error)
                    return
                version = ""
            except failures.transport():
                version = ""
            threading.Event().wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            if not version:
                try:
                    version = self._now()
                except Failed as error:
                    self._give_up(error)
                    return
                self.changed.set()

    def _give_up(self, error: Failed) -> None:
        self.error = error
        self.changed.set()

    def _events(self, version: str) -> Iterator[tuple[str, Any]]:
        query = {"watch": "true", "resourceVersion": version, "allowWatchBookmarks": "true"}
        for line in self._client.lines(self._path, {**self._query, **query}, SECONDS):
            event = json.loads(line)
            yield event["type"], event["object"]

    def _heard(self, kind: str, item: Any) -> str:
        """The version up to which everything is known; KubeError for an event that tells of one."""
        if kind == "ERROR":
            status = int(item.get("code") or 500)
            raise failures.refusal("WATCH", self._path, status, json.dumps(item).encode(), self._client.kubectl)
        if kind != "BOOKMARK":
            self._compare(kind, wire.decode(json.dumps(item).encode(), wire.Pod).fact())
        return str(item["metadata"].get("resourceVersion", ""))

    def _compare(self, kind: str, pod: Pod) -> None:
        facts = None if kind == "DELETED" else _facts(pod)
        if self._seen.get(pod.uid) != facts or facts is None:
            self.changed.set()
        if facts is None:
            self._seen.pop(pod.uid, None)
        else:
            self._seen[pod.uid] = facts


def _facts(pod: Pod) -> tuple[object, ...]:
    """All of a Pod that a status depends on."""
    return (pod.ip, pod.node, pod.phase, pod.terminating, dict(pod.annotations), dict(pod.labels), pod.eip_condition)
