"""The figures of a status report, and what they have become by the steps of a run of bind.

the row is              and of its Pod's steps            it counts as
---------------------   -------------------------------   ------------
Pending                 Associate is done                 Bound
Drifted, asks           all are done                      Bound
Drifted, does not ask   all are done                      nothing
anything else           whatever                          what it was
an orphan               its Release is done               nothing
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from eipctl.domain.actions import Allocate, Associate, BindAction, Recover, Release
from eipctl.domain.census import Census
from eipctl.domain.cost import price
from eipctl.domain.plan import StepState
from eipctl.planners.status import PodState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.domain.plan import Step
    from eipctl.planners.status import PodRow, StatusReport


def census(report: StatusReport, region: str, steps: Sequence[Step] = ()) -> Census:
    """Count the report as the steps have left it."""
    freed = {_eip(step) for step in steps if isinstance(step.action, Release) and step.state is StepState.DONE}
    orphans = [orphan for orphan in report.orphans if orphan.eip.allocation_id not in freed]
    lost = sum(orphan.per_month for orphan in report.orphans if orphan.eip.allocation_id in freed)
    return Census(
        pods=_pods(report, steps),
        orphans=Counter(orphan.pod.partition("/")[0] for orphan in orphans),
        per_month=report.per_month - lost + _bought(steps, region),
        orphans_per_month=sum(orphan.per_month for orphan in orphans),
    )


def _pods(report: StatusReport, steps: Sequence[Step]) -> Counter[tuple[str, str]]:
    by_object: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        if isinstance(step.action, BindAction):
            by_object[step.action.uid].append(step)
            by_object[step.action.allocation_id].append(step)
    counted: Counter[tuple[str, str]] = Counter()
    for row in report.pods:
        own = by_object[row.pod.uid] + (by_object[row.eip.allocation_id] if row.eip else [])
        state = _state(row, own)
        if state is not None:
            counted[row.pod.namespace, state.value] += 1
    return counted


def _state(row: PodRow, steps: Sequence[Step]) -> PodState | None:
    done = [step for step in steps if step.state is StepState.DONE]
    if row.state is PodState.PENDING and any(isinstance(step.action, Associate) for step in done):
        return PodState.BOUND
    if row.state is PodState.DRIFTED and steps and len(done) == len(steps):
        return PodState.BOUND if row.wanted else None
    return row.state


def _bought(steps: Sequence[Step], region: str) -> float:
    bought = (step.action for step in steps if step.state is StepState.DONE)
    return sum(price(region, action.spec) for action in bought if isinstance(action, Allocate | Recover))


def _eip(step: Step) -> str:
    assert isinstance(step.action, BindAction)
    return step.action.allocation_id
