"""Carrying out a Plan: stages in order, lanes side by side, one writer per private IP, and nothing half-told.

A failed Action skips the rest of its Lane, and what later Stages need it for. An error that ends its kind of call is
told once and skips every Action of that verb that has not begun (or only those that name the same resources); one that
ends the run skips all the rest. Which does: :mod:`eipctl.engine.consequences`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eipctl.base.errors import EipctlError, ExitCode, RolledBack, internal, worst
from eipctl.domain.plan import Action, Lane, Named, Plan, Stage, Step, StepState, Verb
from eipctl.engine.consequences import Consequence, consequence_of, ended_by
from eipctl.engine.turns import Turns
from eipctl.engine.upcoming import Upcoming

if TYPE_CHECKING:
    from eipctl.base.stop import Stop

LaneMemory = dict[str, str]
"""What earlier Actions of the Lane learned: ``allocation_id``, ``eip_address``."""

Handler = Callable[[Any, LaneMemory], Mapping[str, str]]
"""Carries out one Action, returns what it learned; raises EipctlError."""

Handlers = Mapping[type[Action], Handler]

Report = Callable[[Step], None]
Begin = Callable[[Action], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of each Action of a Plan, in plan order, and each distinct error once."""

    plan: Plan
    steps: tuple[Step, ...]
    errors: tuple[EipctlError, ...]

    @property
    def exit(self) -> ExitCode:
        """OK, PARTIAL when something was done and something failed, else what the errors say."""
        if not self.errors:
            return ExitCode.OK
        codes = [error.exit for error in self.errors]
        undone = any(isinstance(error, RolledBack) for error in self.errors)
        if any(step.state is StepState.DONE for step in self.steps) and not undone:
            codes.append(ExitCode.PARTIAL)
        return worst(*codes)

    def followed_by(self, later: Result) -> Result:
        """Both, as one."""
        return Result(self.plan, (*self.steps, *later.steps), (*self.errors, *later.errors))

    def count(self, verb: Verb, state: StepState = StepState.DONE) -> int:
        """How many Actions of a verb ended in a state."""
        return sum(step.action.verb is verb and step.state is state for step in self.steps)


def execute(
    plan: Plan,
    handlers: Handlers,
    *,
    stop: Stop,
    concurrency: int = 16,
    report: Report = lambda _step: None,
    begin: Begin = lambda _action: None,
    turns: Turns | None = None,
) -> Result:
    """Carry out `plan`; never raises EipctlError: the Result has the errors. `begin` is called before each Action.

    Plans that are carried out side by side share `turns`.
    """
    run = _Run(handlers, stop, report, begin, turns or Turns())
    for stage in plan.stages:
        run.stage(stage, concurrency)
    return Result(plan, tuple(run.steps), tuple(run.errors.values()))


@dataclass(slots=True)
class _Run:
    handlers: Handlers
    stop: Stop
    report: Report
    begin: Begin
    turns: Turns
    steps: list[Step] = field(default_factory=list)
    errors: dict[tuple[str, str, str], EipctlError] = field(default_factory=dict)
    halted: str = ""
    """Why no further Action is begun."""
    barred: dict[tuple[Verb, Named], str] = field(default_factory=dict)
    """Why no further Action of a verb is begun: those that name the same resources, or, under (), all of them."""
    stuck: dict[str, str] = field(default_factory=dict)
    """What an Action could not free, and why: nothing more is done with it."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def stage(self, stage: Stage, concurrency: int) -> None:
        width = min(stage.width or concurrency, max(1, len(stage.lanes)))
        upcoming = Upcoming(stage.lanes, lambda: self.turns.most)
        with ThreadPoolExecutor(max_workers=width) as pool:
            workers = [pool.submit(self.work, stage, upcoming) for _ in range(width)]
        ended = dict(lane for worker in workers for lane in worker.result())
        done = [step for number in sorted(ended) for step in ended[number]]
        self.steps += done
        if stage.needed and any(step.state is not StepState.DONE for step in done):
            self.halted = self.halted or "an earlier step failed"

    def work(self, stage: Stage, upcoming: Upcoming) -> list[tuple[int, list[Step]]]:
        """Lane after Lane, each with its number."""
        ended = []
        try:
            while (number := upcoming.next()) is not None:
                ended.append((number, self.lane(stage.lanes[number], stage)))
                upcoming.ended(number)
        except BaseException:
            upcoming.close()
            raise
        return ended

    def lane(self, lane: Lane, stage: Stage) -> list[Step]:
        memory: LaneMemory = {}
        steps: list[Step] = []
        why = ""
        for action in lane.actions:
            with self.turns.at(*action.place) if action.place else nullcontext():
                step = self.step(action, memory, why)
            steps.append(step)
            self.report(step)
            if step.state is not StepState.DONE and not why:
                why = step.error
                self.halted = self.halted or ("an earlier step failed" if stage.stop_on_failure else "")
        return steps

    def step(self, action: Action, memory: LaneMemory, why: str) -> Step:
        why = why or self.why_barred(action) or self.halted
        if why:
            return self.stopped_before(action, Step(action, StepState.SKIPPED, why))
        try:
            self.stop.check()
            self.begin(action)
            learned = self.handlers[type(action)](action, memory)
        except EipctlError as error:
            return self.stopped_before(action, self.failed(action, error))
        except Exception as error:  # noqa: BLE001 - a bug in one lane must not lose what the others did
            return self.stopped_before(action, self.failed(action, internal(error)))
        memory.update(learned)
        return Step(action, StepState.DONE, learned=tuple(learned.items()))

    def stopped_before(self, action: Action, step: Step) -> Step:
        """A Step that was not done; what it should have freed is stuck."""
        if action.frees:
            with self.lock:
                self.stuck[action.frees] = step.error
        return step

    def why_barred(self, action: Action) -> str:
        barred = self.barred.get((action.verb, ())) or self.barred.get((action.verb, action.named))
        return barred or (action.needs and self.stuck.get(action.needs)) or ""

    def failed(self, action: Action, error: EipctlError) -> Step:
        error.object = error.object or action.object
        consequence = consequence_of(error)
        ended = ended_by(error, action.named)
        told_once = ended is not None or consequence is Consequence.RUN
        with self.lock:
            if ended is not None:
                self.barred.setdefault((action.verb, ended), error.message)
            elif consequence is Consequence.RUN:
                self.halted = self.halted or error.message
            key = (error.code.value, error.message, "" if told_once else error.object)
            self.errors.setdefault(key, error)
        state = StepState.SKIPPED if consequence is Consequence.RUN else StepState.FAILED
        return Step(action, state, error.message, error.code.value)
