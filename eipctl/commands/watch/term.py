"""What a watching run does while it leads: read, plan, carry out, and wait for the next change or the next timer."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError
from eipctl.commands.bind import planned
from eipctl.commands.watch.backoff import Failure
from eipctl.commands.watch.parts import due_of, independent, without
from eipctl.commands.watch.report import served_of
from eipctl.commands.watch.timers import Pause, next_orphan
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Tag, Unassociate, Untag

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future, ThreadPoolExecutor
    from typing import NoReturn

    from eipctl.commands.watch.watcher import Watcher
    from eipctl.domain.plan import Step
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.run import Run
    from eipctl.planners.bind.world import World

SETTLE, LONGEST_SETTLE = 0.1, 0.3
"""Seconds: changes come in crowds, and a crowd is one round."""
LISTEN = 0.5
"""Seconds after which a signal is noticed at the latest."""
COUNT_EVERY = 15.0
"""Seconds between two counts of all Pods."""
RETRIED = frozenset({Code.ENI_UNKNOWN})
"""Reasons to leave a Pod alone that pass without a change that is heard."""
WAITING = frozenset({Code.POOL_FULL, Code.EIP_ELSEWHERE, Code.IP_HAS_EIP})
"""Reasons that pass when an EIP is taken off another Pod."""
FREES = (Unassociate, Untag)
ENDS_TERM = frozenset({Code.LOCK_HELD, Code.AUDIT_LOG})
NEVER = float("inf")


class Term:
    """As long as the Lease is held."""

    def __init__(self, watcher: Watcher, run: Run, aside: ThreadPoolExecutor) -> None:
        self._watcher, self._run, self._aside = watcher, run, aside
        self._kept, self._backoffs, self._reporter = watcher.kept, watcher.backoffs, watcher.reporter
        self._reading: Future[None] | None = None
        self._read_at = 0.0
        """When everything is to be read again; 0 before anything else is done."""
        self._doubts = Pause(1.0, 60.0)
        self._counted, self._uncounted = 0.0, True
        self._orphan_due = NEVER
        self._problems: tuple[EipctlError, ...] = ()
        self._unserved: set[str] = set()
        """Pods, by UID, that the last plan left alone for a reason that passes."""
        self._held_up = False
        """Whether the last plan left Pods alone that wait for another Pod's EIP."""

    def lead(self) -> NoReturn:
        """Until something ends the term."""
        watcher = self._watcher
        watcher.dirty.set()
        while True:
            watcher.session.stop.check()
            for error in self.take_news():
                if error.code in ENDS_TERM:
                    raise error
                self._in_trouble(error)
            if watcher.trouble is None or watcher.pause.over:
                self._read()
                if watcher.dirty.is_set() and watcher.rounds.room and self._read_at:
                    self._round()
            self._report()
            self._wait()

    def take_news(self) -> list[EipctlError]:
        """Learn what rounds have done; what is wrong for all of them."""
        watcher = self._watcher
        news = watcher.rounds.take()
        for step in news.steps:
            watcher.spending.learn(step)
        for failure in news.failures:
            self._backoffs.failed(failure)
        for key in news.settled:
            self._backoffs.done(key)
        if news.again or (self._held_up and any(isinstance(step.action, FREES) for step in news.steps)):
            watcher.dirty.set()
        if news.doubt:
            self._doubt()
        if news.steps:
            self._uncounted = True
            self._orphan_due = min(self._orphan_due, self._marked(news.steps))
            state, served = self._reporter.state, served_of(news, watcher.changes, self._kept)
            self._reporter.set(steps=(*state.steps, *news.steps), served=(*state.served, *served))
        return news.errors

    def _marked(self, steps: Iterable[Step]) -> float:
        """When the grace of EIPs ends that have just become orphans."""
        names = [step.action.allocation_id for step in steps if isinstance(step.action, Tag)]
        eips = filter(None, map(self._kept.eips.get, names))
        return next_orphan(eips, self._kept.eips.now(), self._watcher.options.bind)

    def _doubt(self) -> None:
        """What is kept may not be true: read everything soon."""
        if self._reading is None:
            self._read_at = min(self._read_at, self._doubts.next())
        else:
            self._read_at = self._doubts.next()

    def _in_trouble(self, error: EipctlError) -> None:
        """Do nothing for a while, each time a longer one, until a full read and a plan succeed."""
        if self._watcher.is_final(error):
            raise error
        self._watcher.session.stop.check()
        self._watcher.trouble = error
        self._watcher.pause.next()
        self._watcher.dirty.set()
        self._read_at = 0.0

    def _read(self) -> None:
        """Read everything when it is due: beside the rounds, except at the start and after trouble."""
        if self._reading is not None and self._reading.done():
            reading, self._reading = self._reading, None
            self._was_read(reading)
        if not self._read_at:
            self._was_read(self._aside.submit(self._kept.read))
        elif self._reading is None and time.monotonic() >= self._read_at:
            self._read_at = NEVER
            self._reading = self._aside.submit(self._kept.read)
            self._reading.add_done_callback(lambda _reading: self._watcher.awake.set())

    def _was_read(self, reading: Future[None]) -> None:
        """Wait for the end of a full read."""
        try:
            while not reading.done():
                self._watcher.session.stop.wait(SETTLE)
                self._reporter.beat()
            reading.result()
        except EipctlError as error:
            self._in_trouble(error)
            return
        self._read_at = min(self._read_at or NEVER, time.monotonic() + self._watcher.options.resync)
        self._watcher.dirty.set()

    def _round(self) -> None:
        """Plan on what is known now, and have it carried out."""
        watcher = self._watcher
        self._settle()
        watcher.dirty.clear()
        watcher.changes.looked_at()
        busy, waiting = watcher.rounds.busy(), self._backoffs.waiting()
        seen: list[World] = []

        def narrowed(world: World) -> World:
            """Those that are being worked on are planned again: their EIPs and what they cost are spoken for."""
            seen.append(world)
            return replace(world, selected=world.selected - waiting, failures=self._order())

        try:
            prepared = planned(self._kept.look(), watcher.options.bind, narrowed, watcher.spending.spent())
        except EipctlError as error:
            self._in_trouble(error)
            return
        if watcher.trouble is not None:
            self._backoffs.clear()
        watcher.trouble, watcher.proven = None, True
        self._learn(seen[0], prepared, waiting)
        watcher.rounds.awaits(prepared.plan, busy)
        for plan in independent(without(prepared.plan, busy | waiting)):
            watcher.rounds.start(self._run, replace(prepared, plan=plan), seen[0].selected)

    def _settle(self) -> None:
        """Wait until nothing has changed for a moment."""
        changes, ends, heard = self._watcher.changes, time.monotonic() + LONGEST_SETTLE, -1
        while changes.queued and time.monotonic() < ends and heard != changes.heard:
            heard = changes.heard
            self._watcher.session.stop.wait(SETTLE)

    def _order(self) -> dict[str, str]:
        """Who failed last comes last."""
        return {one.uid: f"{one.until:020.3f}" for one in self._backoffs.listing()}

    def _learn(self, world: World, prepared: Prepared, waiting: frozenset[str]) -> None:
        """What a plan shows besides what is to be done."""
        watcher = self._watcher
        own = tuple(eip for eip in world.eips if ownership.belongs_to(eip.owner, world.cluster))
        watcher.changes.bound(own, world.pods)
        self._note_skips(world, prepared)
        there = frozenset(pod.uid for pod in world.pods) | {eip.allocation_id for eip in own}
        self._backoffs.keep(there & (waiting | self._unserved | due_of(prepared.plan)))
        self._orphan_due = next_orphan(own, world.now, watcher.options.bind)
        self._problems = prepared.problems
        if not world.complete:
            self._doubt()
        self._announce(prepared)
        if prepared.census is not None and self._uncounted and time.monotonic() >= self._counted + COUNT_EVERY:
            self._reporter.set(census=prepared.census(None))
            self._counted, self._uncounted = time.monotonic(), False
        self._reporter.set(rounds=self._reporter.state.rounds + 1, round_ended=time.monotonic())

    def _note_skips(self, world: World, prepared: Prepared) -> None:
        """Try Pods again that are left alone for a reason that passes."""
        self._unserved.clear()
        self._held_up = any(skip.code in WAITING for skip in prepared.plan.skips)
        skips = {skip.object: skip for skip in prepared.plan.skips if skip.code in RETRIED}
        for pod in world.pods if skips else ():
            skip = skips.get(f"pod/{pod.key}")
            if skip is not None and not pod.finished:
                self._unserved.add(pod.uid)
                self._backoffs.failed(Failure(pod.uid, pod.namespace, pod.name, skip.code.value, skip.reason))

    def _announce(self, prepared: Prepared) -> None:
        """Write on each Pod that can't be served why, once."""
        watcher = self._watcher
        now = frozenset((one.pod.uid, one.reason) for one in prepared.unserved)
        new, watcher.announced = now - watcher.announced, now
        if new:
            self._run.audit.about(prepared.plan)
            self._aside.submit(self._write_events, prepared, new)

    def _write_events(self, prepared: Prepared, new: frozenset[tuple[str, str]]) -> None:
        try:
            for one in prepared.unwritten():
                if (one.pod.uid, one.reason) in new:
                    self._run.writers.kube.refusal(one.pod, one.reason)
        except EipctlError:
            return  # the work does not depend on it

    def _report(self) -> None:
        self._run.audit.refresh()
        watcher, before = self._watcher, self._reporter.state
        trouble = (watcher.trouble, self._kept.kube.trouble)
        self._reporter.set(
            synced=watcher.proven and watcher.trouble is None,
            events=watcher.changes.heard,
            queue=watcher.changes.queued,
            working=len(watcher.rounds.busy()),
            waiting=self._backoffs.listing(),
            errors=(*(error for error in trouble if error is not None), *self._problems),
        )
        if self._reporter.state != before or before.steps:
            self._reporter.publish()
        self._reporter.beat()

    def _wait(self) -> None:
        """Until something happens, or is due."""
        watcher, now = self._watcher, time.monotonic()
        reads = watcher.pause.until if watcher.trouble else self._read_at
        due = min(self._backoffs.next_due(), self._orphan_due, self._guards_due(), self._count_due())
        due = NEVER if watcher.dirty.is_set() else due  # it waits for room, or for the end of the trouble
        watcher.awake.wait(max(0.0, min(LISTEN, reads - now, due - now)))
        watcher.awake.clear()
        if self._backoffs.ripe() or due <= time.monotonic():
            watcher.dirty.set()

    def _guards_due(self) -> float:
        """When a tripped guard may let go."""
        tripped = any(error.code is Code.GUARD for error in self._problems)
        return self._watcher.spending.next_end() if tripped else NEVER

    def _count_due(self) -> float:
        return self._counted + COUNT_EVERY if self._uncounted else NEVER
