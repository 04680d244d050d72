"""The envelope's `data` of a plan that has no counts of its own: setup, teardown, annotate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.domain.plan import Step, StepState

if TYPE_CHECKING:
    from eipctl.domain.plan import Plan
    from eipctl.engine.execute import Result


def plan_data(plan: Plan, result: Result | None) -> dict[str, Any]:
    """Of a plan that is only shown (None) or carried out."""
    steps = result.steps if result else tuple(Step(action, StepState.PLANNED) for action in plan.actions)
    return {
        "dry_run": result is None,
        "actions": [step.as_data() for step in steps],
        "skipped": [{"object": skip.object, "code": skip.code.value, "reason": skip.reason} for skip in plan.skips],
        "notes": list(plan.notes),
    }
