"""The world: one pass after another, as long as something is to be done."""

from __future__ import annotations

import threading
import time
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from eipctl.sandbox.faults import Faults
from eipctl.sandbox.http import CallLog
from eipctl.sandbox.world import (
    daemonsets,
    deployments,
    garbage,
    jobs,
    kubelet,
    namespaces,
    nodes,
    replicasets,
    scheduler,
    statefulsets,
    terway_gc,
    terway_objects,
    terway_reclaim,
)
from eipctl.sandbox.world.agenda import Agenda
from eipctl.sandbox.world.context import Context
from eipctl.sandbox.world.events import Events
from eipctl.sandbox.world.rows import PodRow, Rows
from eipctl.sandbox.world.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.sandbox.clock import Clock
    from eipctl.sandbox.cloud.cloud import Cloud
    from eipctl.sandbox.kube.objects import Objects
    from eipctl.sandbox.store import Store

_MOST_PASSES = 60
_REST = 2.0
"""A pass is followed by a pause of so many times its own length: requests come first."""
_LONGEST_REST = 0.5
_AFTER_ERROR = 1.0
_EVENTS_SECONDS = 60.0


class World:
    """Controllers, scheduler, kubelets and Terway of one cluster."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        objects: Objects,
        cloud: Cloud,
        calls: CallLog | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.context = Context(
            store=store,
            clock=clock,
            objects=objects,
            cloud=cloud,
            rows=Rows(store),
            events=Events(store, clock, objects),
            calls=calls or CallLog(),
            faults=faults or Faults(),
        )
        self._store, self._clock = store, clock
        self._pass = threading.RLock()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._events_due = 0.0

    def step(self, *, hurry: bool = False) -> float | None:
        """One pass; the moment of the next wait's end, None for none. `hurry` takes all waits as over."""
        with self._pass:
            return self._step(Agenda(self._clock.now(), hurry=hurry))

    def _step(self, agenda: Agenda) -> float | None:
        ctx = self.context
        view = View(ctx.objects)
        garbage.sync(ctx, view)
        namespaces.sync(ctx)
        nodes.sync(ctx, view)
        replicasets.sync(ctx, view)
        deployments.sync(ctx, view)
        statefulsets.sync(ctx, view)
        daemonsets.sync(ctx, view)
        jobs.sync(ctx, view)
        scheduler.sync(ctx, view)
        kubelet.sync(ctx, view, agenda)
        terway_gc.sync(ctx, view, agenda)
        terway_reclaim.sync(ctx, agenda)
        terway_objects.sync(ctx)
        if self._clock.now() >= self._events_due:
            self._events_due = self._clock.now() + _EVENTS_SECONDS
            garbage.forget_events(ctx)
        return agenda.next

    def settle(self) -> None:
        """Pass by pass, without waiting, until nothing changes any more."""
        with self._pass, self._store.transaction():
            for _ in range(_MOST_PASSES):
                before = self._store.changes
                self.step(hurry=True)
                if self._store.changes == before:
                    return

    @contextmanager
    def paused(self) -> Iterator[None]:
        """No pass runs while the block does. Not to be entered inside a transaction."""
        with self._pass:
            yield

    def reset(self) -> None:
        """Forget everything."""
        self.context.rows.clear()

    def pods(self) -> list[PodRow]:
        """What the kubelets know."""
        with self._store.lock:
            return self.context.rows.pods.values()

    def start(self) -> None:
        """Run in a thread of its own until :meth:`stop`."""
        self._stopped = False
        self._thread = threading.Thread(target=self.run, daemon=True, name="world")
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the pass that is running."""
        with self._store.changed:
            self._stopped = True
            self._store.changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def run(self) -> None:
        """A pass whenever something has changed or a wait is over."""
        seen, due = -1, None
        while True:
            with self._store.changed:
                while not self._stopped and self._store.changes == seen and not self._over(due):
                    self._store.changed.wait(None if due is None else max(0.0, due - self._clock.now()))
                if self._stopped:
                    return
                seen = self._store.changes
            started = time.monotonic()
            due = self._safe_step()
            time.sleep(min(_LONGEST_REST, _REST * (time.monotonic() - started)))

    def _over(self, due: float | None) -> bool:
        return due is not None and due <= self._clock.now()

    def _safe_step(self) -> float | None:
        try:
            return self.step()
        except Exception:  # noqa: BLE001 - the world goes on; the log says what failed
            traceback.print_exc()
            return self._clock.now() + _AFTER_ERROR
