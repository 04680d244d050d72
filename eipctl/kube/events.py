"""Events of the core API, as eipctl reads its own."""

from __future__ import annotations

from eipctl.domain import facts
from eipctl.kube.wire import Wire


class Involved(Wire):
    """What an Event is about."""

    uid: str | None = None


class EventObject(Wire):
    """An Event of the core API; only those of events.k8s.io have no `lastTimestamp`."""

    involved_object: Involved
    message: str | None = None
    reason: str | None = None
    last_timestamp: str | None = None

    def fact(self) -> facts.PodEvent:
        """Of a Pod."""
        uid, message = self.involved_object.uid or "", self.message or ""
        return facts.PodEvent(uid, message, self.last_timestamp or "", self.reason or "")
