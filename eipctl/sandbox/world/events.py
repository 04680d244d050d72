"""Events that controllers and kubelets write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.sandbox.world.meta import Obj, name_of, uid_of

if TYPE_CHECKING:
    from eipctl.sandbox.clock import Clock
    from eipctl.sandbox.kube.objects import Objects
    from eipctl.sandbox.store import Store

KEEP_SECONDS = 3600.0
_MOST_KNOWN = 10_000


class Events:
    """Repeated ones are counted instead of written again, as client-go's recorder does."""

    def __init__(self, store: Store, clock: Clock, objects: Objects) -> None:
        self._store, self._clock, self._objects = store, clock, objects
        self._known: dict[tuple[str, str, str], tuple[str, str]] = {}
        self._written = 0

    def record(self, about: Obj, reason: str, message: str, *, source: str, warning: bool = False) -> None:
        """Write an Event about an object, which carries its own apiVersion and kind."""
        key = (uid_of(about), reason, message)
        with self._store.transaction():
            if not self._count(key):
                made = self._objects.create("events", self._event(about, reason, message, source, warning=warning))
                self._remember(key, name_of(made))

    def _count(self, key: tuple[str, str, str]) -> bool:
        known = self._known.get(key)
        found = self._objects.get("events", *known) if known else None
        if found is None:
            return False
        again = {"count": found.get("count", 1) + 1, "lastTimestamp": self._clock.timestamp()}
        self._objects.update("events", {**found, **again})
        return True

    def _remember(self, key: tuple[str, str, str], name: tuple[str, str]) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[key] = name

    def _event(self, about: Obj, reason: str, message: str, source: str, *, warning: bool) -> Obj:
        namespace, name = name_of(about)
        namespace = namespace or "default"
        at = self._clock.timestamp()
        self._written += 1
        moment = int(self._clock.now() * 1_000_000) + self._written
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{name}.{moment:x}", "namespace": namespace},
            "involvedObject": {
                "apiVersion": about.get("apiVersion", "v1"),
                "kind": about["kind"],
                "name": name,
                "namespace": namespace,
                "uid": uid_of(about),
            },
            "reason": reason,
            "message": message,
            "type": "Warning" if warning else "Normal",
            "source": {"component": source},
            "reportingComponent": source,
            "firstTimestamp": at,
            "lastTimestamp": at,
            "count": 1,
        }
