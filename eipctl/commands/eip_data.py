"""The envelope's `data` of the commands that act on EIPs: bind, release."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

from eipctl.domain.action_data import ActionData, Data, EipCostData, HeldBackData, SkippedData
from eipctl.domain.plan import Plan, Step, StepState, Verb

if TYPE_CHECKING:
    from eipctl.commands.eip_cost import Money
    from eipctl.engine.execute import Result
    from eipctl.engine.session import Session
    from eipctl.planners.bind.world import World

COUNTED = (
    Verb.ALLOCATE,
    Verb.ASSOCIATE,
    Verb.UNASSOCIATE,
    Verb.RELEASE,
    Verb.MODIFY,
    Verb.TAG,
    Verb.UNTAG,
    Verb.ANNOTATE,
)


class BindData(Data):
    """What is done with EIPs."""

    dry_run: Annotated[bool, "Whether the plan is only shown."]
    complete: Annotated[bool, "Whether everything was read."]
    counts: Annotated[dict[str, int], "Pods selected, eligible, satisfied; Actions by verb, skipped, failed."]
    actions: list[ActionData]
    skipped: list[SkippedData]
    held_back: list[HeldBackData]
    api_calls: Annotated[dict[str, int], "Calls of Alibaba Cloud by API."]
    cost: EipCostData


def bind_data(
    session: Session,
    world: World,
    plan: Plan,
    money: Money,
    result: Result | None,
    *,
    eligible: int = 0,
    satisfied: int = 0,
) -> BindData:
    """Of a plan that is only shown (None) or carried out."""
    steps = result.steps if result else tuple(Step(action, StepState.PLANNED) for action in plan.actions)
    pods = {"selected": len(world.selected), "eligible": eligible, "satisfied": satisfied}
    return {
        "dry_run": result is None,
        "complete": world.complete,
        "counts": pods | _counts(plan, steps),
        "actions": [step.as_data() for step in steps],
        "skipped": [skip.as_data() for skip in plan.skips],
        "held_back": [held.as_data() for held in plan.held],
        "api_calls": dict(sorted(session.pacer.calls.items())),
        "cost": money.as_data(),
    }


def _counts(plan: Plan, steps: tuple[Step, ...]) -> dict[str, int]:
    """Of a dry run what is planned, else what was done."""
    told = (StepState.PLANNED, StepState.DONE)
    done = Counter(step.action.verb for step in steps if step.state in told)
    return {
        **{verb.value: done[verb] for verb in COUNTED},
        "skipped": len(plan.skips),
        "failed": sum(step.state is StepState.FAILED for step in steps),
    }
