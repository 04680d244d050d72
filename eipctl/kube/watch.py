"""Pods kept in memory by a watch: listed once, then every change is told by the API server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from eipctl.base.errors import EipctlError, Failed, Interrupted, KubeError, TimedOut, internal
from eipctl.domain.facts import Pod, PodListing
from eipctl.kube import failures, listing, wire
from eipctl.kube.discovery import object_path
from eipctl.kube.reader import KubeReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.kube.client import KubeClient

SECONDS = 300
"""After so long the server ends a watch, and it is begun anew."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
_GONE = 410
_FINAL = (400, 401, 403, 404, 405)
"""Statuses that another attempt does not change."""


class PodWatch:
    """The Pods of a namespace (None: all) that a selector matches.

    `changed` is set by a thread of its own, also when changes may have been missed; `error` once it can't go on.
    """

    def __init__(
        self, client: KubeClient, namespace: str | None, label_selector: str, changed: threading.Event | None = None
    ) -> None:
        self._client = client
        self._path = object_path("v1", "pods", namespace)
        self._query = {"labelSelector": label_selector} if label_selector else {}
        self._lock = threading.Lock()
        self._pods: dict[str, Pod] = {}
        self._complete, self._why = True, ""
        self.changed = changed or threading.Event()
        self.error: EipctlError | None = None

    def start(self) -> None:
        """List them; every change from now on is heard."""
        version = self._list()
        threading.Thread(target=self._run, args=(version,), daemon=True, name="pod-watch").start()

    def pods(self) -> PodListing:
        """As they are now."""
        with self._lock:
            return PodListing(tuple(self._pods.values()), self._complete, self._why)

    def _list(self) -> str:
        """Read all of them, and the version that they are of."""
        found = listing.made(self._client, self._path, wire.PodObject, wire.PodObject.fact, self._query)
        with self._lock:
            self._pods = {pod.uid: pod for pod in found.items}
            self._complete, self._why = found.complete, found.why
        return found.version

    def _run(self, version: str) -> None:
        pause = FIRST_PAUSE
        while self.error is None:
            try:
                for event in self._events(version or self._anew()):
                    pause = FIRST_PAUSE
                    version = self._heard(event) or version
            except Failed as error:
                version = self._refused(error, version)
            except (Interrupted, TimedOut):
                return
            except EipctlError as error:
                self._give_up(error)
            except failures.transport():
                pass  # What was not heard is told again from the last version on.
            except Exception as error:  # noqa: BLE001 - whoever waits for a change must hear of it
                self._give_up(internal(error))
            threading.Event().wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _anew(self) -> str:
        """Begin after a gap, in which anything may have changed."""
        version = self._list()
        self.changed.set()
        return version

    def _refused(self, error: Failed, version: str) -> str:
        """From where to go on: anew once the version has expired; some refusals are final."""
        status = error.status if isinstance(error, KubeError) else 0
        if status in _FINAL:
            self._give_up(error)
        return "" if status == _GONE else version

    def _give_up(self, error: EipctlError) -> None:
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
            self._learn(event.type, wire.decode(raw, wire.PodObject).fact())
        return told.metadata.resource_version or ""

    def _learn(self, kind: str, pod: Pod) -> None:
        with self._lock:
            before = self._pods.pop(pod.uid, None)
            if kind != "DELETED":
                self._pods[pod.uid] = pod
        if kind == "DELETED" or before is None or _facts(before) != _facts(pod):
            self.changed.set()


class WatchingReader(KubeReader):
    """Reads the cluster; each list of Pods is read once, and then kept up by a watch."""

    def __init__(self, client: KubeClient) -> None:
        super().__init__(client)
        self._watches: dict[tuple[str | None, str], PodWatch] = {}
        self.changed = threading.Event()

    @property
    def error(self) -> EipctlError | None:
        """Why a list is no longer kept up."""
        return next((watch.error for watch in self._watches.values() if watch.error), None)

    def pods(self, namespace: str | None, *, label_selector: str = "", field_selector: str = "") -> PodListing:
        """From memory; lists by a field are read anew."""
        if field_selector:
            return super().pods(namespace, label_selector=label_selector, field_selector=field_selector)
        key = (namespace, label_selector)
        if key not in self._watches:
            watch = PodWatch(self._client, namespace, label_selector, self.changed)
            watch.start()
            self._watches[key] = watch
        return self._watches[key].pods()


def _facts(pod: Pod) -> tuple[object, ...]:
    """All of a Pod that a status depends on."""
    asked = (pod.eip_annotations, pod.recorded, pod.recorded_elsewhere)
    return (pod.ip, pod.node, pod.phase, pod.terminating, *asked, pod.labels, pod.eip_condition)
