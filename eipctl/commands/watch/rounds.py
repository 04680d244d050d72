"""Rounds that are being carried out, side by side: each works on Pods and EIPs that no other one works on.

A Pod whose cloud call takes minutes, or a crowd that waits for the API quota, keeps nobody else waiting: the next round
plans without what is being worked on.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eipctl.act.purchases import Purse
from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, OutcomeUnknown, internal
from eipctl.commands.watch.backoff import Failure
from eipctl.commands.watch.parts import keys_of, lanes_of
from eipctl.domain.actions.eips import AnnotatePod, BindAction
from eipctl.domain.plan import StepState
from eipctl.engine.consequences import Consequence, consequence_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from eipctl.domain.plan import Lane, Plan, Step
    from eipctl.engine.execute import Report
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.run import Run
    from eipctl.observe.kept import Kept

MOST = 16
"""Rounds at a time."""
DOUBTFUL = frozenset({Code.NOT_SETTLED, Code.EIP_CHANGED, Code.CLOUD_UNREACHABLE, Code.KUBE_UNREACHABLE, Code.INTERNAL})
"""Errors after which more may be different than what reading the EIPs by their ids shows; that shows an outage, too."""


@dataclass(slots=True)
class News:
    """What the rounds have done since it was last taken."""

    steps: list[Step] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    served: list[tuple[BindAction, dict[str, str]]] = field(default_factory=list)
    """The last action of each Pod that was served, and what was learned about its EIP."""
    settled: list[str] = field(default_factory=list)
    """Keys with which everything that was planned is done."""
    errors: list[EipctlError] = field(default_factory=list)
    """What is not about one object."""
    doubt: bool = False
    """Whether what is kept may no longer be true."""
    again: bool = False
    """Whether something was left out for the sake of what was being worked on."""


class Rounds:
    """Of one term as the leader. `wake` is called whenever there are news."""

    def __init__(self, kept: Kept, wake: Callable[[], None]) -> None:
        self._kept, self._wake = kept, wake
        self._lock = threading.Lock()
        self._busy: Counter[str] = Counter()
        self._missed: set[str] = set()
        self._news = News()
        self._threads: set[threading.Thread] = set()
        self._selected: dict[int, frozenset[str]] = {}

    @property
    def room(self) -> bool:
        """Whether another round may begin."""
        return len(self._threads) < MOST

    def busy(self) -> frozenset[str]:
        """What is being worked on."""
        with self._lock:
            return frozenset(self._busy)

    def missed(self, key: str) -> None:
        """Something has changed that a round may have to look at again when it has ended."""
        with self._lock:
            if key in self._busy:
                self._missed.add(key)

    def awaits(self, plan: Plan, busy: frozenset[str]) -> None:
        """What was `busy` keeps lanes of this plan from other Pods: there are news as soon as that has ended."""
        held_up = (keys_of(lane) & busy for lane in lanes_of(plan) if _is_of_others(lane, busy))
        wanted = frozenset[str]().union(*held_up)
        with self._lock:
            still = wanted & self._busy.keys()
            self._missed |= still
            self._news.again |= still != wanted
        if still != wanted:
            self._wake()

    def take(self) -> News:
        """What is new."""
        with self._lock:
            news, self._news = self._news, News()
        return news

    def start(self, run: Run, prepared: Prepared, living: frozenset[str]) -> None:
        """Carry out a plan in a thread of its own; `living` are UIDs of the Pods that were planned for."""
        with self._lock:
            for lane in lanes_of(prepared.plan):
                self._busy.update(keys_of(lane))
            self._selected[id(prepared)] = living
        thread = threading.Thread(target=self._carry_out, args=(run, prepared), name="round")
        self._threads.add(thread)
        thread.start()

    def join(self) -> None:
        """Wait until all have ended."""
        for thread in list(self._threads):
            thread.join()

    @contextmanager
    def around(self, prepared: Prepared) -> Iterator[Report]:
        """Learns of each Step as it ends."""
        yield _Progress(self, prepared.plan, self._selected.pop(id(prepared), frozenset())).ended

    def _carry_out(self, run: Run, prepared: Prepared) -> None:
        errors: list[EipctlError] = []
        doubt = True
        try:
            result = run.carry_out(prepared)
            errors = [error for error in result.errors if consequence_of(error) is Consequence.RUN]
            doubt = any(map(_casts_doubt, result.errors))
            bought = [dict(step.learned).get("allocation_id", "") for step in result.steps]
            for name in bought:
                run.writers.one(Purse, Purse).take(name)
            doubt = self._read_again(bought, prepared.plan) or doubt
        except EipctlError as error:
            errors.append(error)
        except Exception as error:  # noqa: BLE001 - a round that ends unseen would leave its Pods alone for ever
            errors.append(internal(error))
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())
                self._news.errors += errors
                self._news.doubt |= doubt
            self._wake()

    def _read_again(self, bought: list[str], plan: Plan) -> bool:
        """See what the cloud shows of the EIPs that were worked on; whether that failed."""
        names = {action.allocation_id for action in plan.actions if isinstance(action, BindAction)}
        names = {name for name in (*names, *bought) if name}
        try:
            self._kept.eips.read_again(names)
        except EipctlError:
            return True
        return False

    def learn(self, step: Step, bought: dict[str, str]) -> None:
        """A Step has ended."""
        self._kept.learn(step, bought)
        with self._lock:
            self._news.steps.append(step)

    def lane_ended(self, lane: Lane, steps: list[Step], living: frozenset[str], bought: dict[str, str]) -> None:
        """Nothing more is done with what a lane has worked on."""
        keys = keys_of(lane)
        failure = _failure(steps, living)
        with self._lock:
            self._busy.subtract(keys)
            self._busy = +self._busy
            self._news.again |= not keys.isdisjoint(self._missed)
            self._missed -= keys
            if failure is not None:
                self._news.failures.append(failure)
            else:
                self._news.settled += keys
                last = steps[-1].action
                if isinstance(last, AnnotatePod) and not last.remove:
                    name = last.allocation_id or bought.get(last.uid, "")
                    self._news.served.append((last, {"allocation_id": name}))
        if failure is not None:
            self._kept.forget([failure.key])
        self._wake()


class _Progress:
    """One round: which of its lanes have ended."""

    def __init__(self, rounds: Rounds, plan: Plan, living: frozenset[str]) -> None:
        self._rounds, self._living = rounds, living
        self._lane_of = {id(action): lane for lane in lanes_of(plan) for action in lane.actions}
        self._steps: dict[int, list[Step]] = {}
        self._bought: dict[str, str] = {}
        self._lock = threading.Lock()

    def ended(self, step: Step) -> None:
        """Called by the thread of the step's lane."""
        lane = self._lane_of[id(step.action)]
        self._rounds.learn(step, self._bought)
        with self._lock:
            steps = self._steps.setdefault(id(lane), [])
            steps.append(step)
        if len(steps) == len(lane.actions):
            self._rounds.lane_ended(lane, steps, self._living, self._bought)


def _is_of_others(lane: Lane, busy: Collection[str]) -> bool:
    """Whether it is about a Pod that nobody works on."""
    return any(action.uid and action.uid not in busy for action in lane.actions if isinstance(action, BindAction))


def _failure(steps: list[Step], living: frozenset[str]) -> Failure | None:
    """Why a lane did not come to its end; None when it did."""
    step = next((step for step in steps if step.state is not StepState.DONE), None)
    if step is None or not isinstance(step.action, BindAction):
        return None
    action = step.action
    key = action.uid if action.uid in living or not action.allocation_id else action.allocation_id
    return Failure(key, action.namespace, action.pod, step.code, step.error)


def _casts_doubt(error: EipctlError) -> bool:
    return isinstance(error, OutcomeUnknown) or error.code in DOUBTFUL
