"""Pods that can't be given what they ask for before somebody changes an annotation or takes another EIP away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.base.codes import Code

if TYPE_CHECKING:
    from eipctl.domain.facts import Pod
    from eipctl.domain.plan import Plan
    from eipctl.planners.bind.world import World

CONFLICTS = frozenset(
    {Code.ANNOTATION_CONFLICT, Code.ANNOTATION_VALUE, Code.EIP_NOT_FOUND, Code.EIP_ELSEWHERE, Code.IP_HAS_EIP}
    | {Code.POOL_UNKNOWN}
)
"""An annotation can't be obeyed, or another EIP is in the way."""


@dataclass(frozen=True, slots=True)
class Unserved:
    """A Pod, and why it can't be served."""

    pod: Pod
    code: Code
    reason: str


def unserved(world: World, plan: Plan) -> tuple[Unserved, ...]:
    """The selected Pods that the plan leaves alone for a conflict, in its order."""
    pods = {f"pod/{pod.key}": pod for pod in world.pods if pod.uid in world.selected and not pod.finished}
    found = ((pods.get(skip.object), skip) for skip in plan.skips if skip.code in CONFLICTS)
    return tuple(Unserved(pod, skip.code, skip.reason) for pod, skip in found if pod is not None)
