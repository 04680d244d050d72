"""Watching Pods: a word when one that matters for its EIP has changed, without listing them again and again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

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
_FINAL = (400, 401, 403, 404, 405)
"""Statuses that another attempt does not change."""


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
        while self.error is None:
            try:
                for event in self._events(version or self._anew()):
                    pause = FIRST_PAUSE
                    version = self._heard(event) or version
            except Failed as error:
                version = self._refused(error, version)
            except failures.transport():
                pass  # What was not heard is told again from the last version on.
            threading.Event().wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _anew(self) -> str:
        """Begin after a gap, in which anything may have changed."""
        version = self._now()
        self.changed.set()
        return version

    def _refused(self, error: Failed, version: str) -> str:
        """From where to go on: anew once the version has expired; some refusals are final."""
        status = error.status if isinstance(error, KubeError) else 0
        if status in _FINAL:
            self._give_up(error)
        return "" if status == _GONE else version

    def _give_up(self, error: Failed) -> None:
        self.error = error
        self.changed.set()

    def _events(self, version: str) -> Iterator[wire.Event]:
        query = {"watch": "true", "resourceVersion": version, "allowWatchBookmarks": "true"}
        for line in self._client.lines(self._path, {**self._query, **query}, SECONDS):
            yield wire.decode(line, wire.Event)

    def _heard(self, event: wire.Event) -> str:
        """The version up to which everything is known; KubeError for an event that tells of one."""
        raw = bytes(event.object)
        told = wire.decode(raw, wire.Told)
        if event.type == "ERROR":
            raise failures.refusal("WATCH", self._path, told.code or 500, raw, self._client.kubectl)
        if event.type != "BOOKMARK":
            self._compare(event.type, wire.decode(raw, wire.Pod).fact())
        return told.metadata.resource_version or ""

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
