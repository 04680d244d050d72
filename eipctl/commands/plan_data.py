"""The envelope's `data` of a plan that has no counts of its own: setup, teardown, annotate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from eipctl.domain.action_data import ActionData, Data, SkippedData
from eipctl.domain.plan import Step, StepState

if TYPE_CHECKING:
    from eipctl.domain.plan import Plan
    from eipctl.engine.execute import Result


class PlanData(Data):
    """What is done, step by step."""

    dry_run: Annotated[bool, "Whether the plan is only shown."]
    actions: list[ActionData]
    skipped: list[SkippedData]
    notes: Annotated[list[str], "What to know about the plan."]


def plan_data(plan: Plan, result: Result | None) -> PlanData:
    """Of a plan that is only shown (None) or carried out."""
    steps = result.steps if result else tuple(Step(action, StepState.PLANNED) for action in plan.actions)
    return {
        "dry_run": result is None,
        "actions": [step.as_data() for step in steps],
        "skipped": [skip.as_data() for skip in plan.skips],
        "notes": list(plan.notes),
    }
