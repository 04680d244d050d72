"""The state of a watching run, published to whoever listens."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.engine.watching import Served, WatchState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.commands.watch.changes import Changes
    from eipctl.commands.watch.rounds import News
    from eipctl.engine.watching import Listener
    from eipctl.observe.kept import Kept

BEAT = 5.0
"""Seconds between two states when nothing changes."""


class Reporter:
    """Used by one thread."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        self.state = WatchState(heartbeat=time.monotonic())
        self._published = 0.0

    def set(self, **changes: Any) -> None:
        """Change the state, and publish it with the next :meth:`publish`."""
        self.state = replace(self.state, **changes)

    def publish(self) -> None:
        """Publish to all listeners; steps and served Pods are published once."""
        self._published = time.monotonic()
        self.state = replace(self.state, heartbeat=self._published)
        for listener in self._listeners:
            listener.publish(self.state)
        self.state = replace(self.state, steps=(), served=())

    def beat(self) -> None:
        """Publish the state if it was not published for a while."""
        if self.next_beat <= time.monotonic():
            self.publish()

    @property
    def next_beat(self) -> float:
        """When the next one is due, in monotonic seconds."""
        return self._published + BEAT


def served_of(news: News, changes: Changes, kept: Kept) -> tuple[Served, ...]:
    """The Pods that were served, and how long each has waited; those that were there before are left out."""
    found = []
    for action, learned in news.served:
        waited, eip = changes.waited(action.uid), kept.eips.get(learned["allocation_id"])
        if waited is not None:
            name, address = learned["allocation_id"], eip.address if eip else action.eip_address
            found.append(Served(action.namespace, action.pod, action.uid, name, address, waited))
    return tuple(found)
