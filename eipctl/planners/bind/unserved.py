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
_TOLD = CONFLICTS | {Code.POOL_FULL}


@dataclass(frozen=True, slots=True)
class Unserved:
    """A Pod, and why it can't be served."""

    pod: Pod
    code: Code
    reason: str

    @property
    def waits(self) -> bool:
        """Whether it is served without anybody's doing, as soon as its pool has a free EIP."""
        return self.code is Code.POOL_FULL


def unserved(world: World, plan: Plan) -> tuple[Unserved, ...]:
    """The selected Pods that the plan leaves alone for a conflict or for a full pool, in its order.

    Who has which EIP of a pool changes with every rollout, and is no part of the reason.
    """
    pods = {f"pod/{pod.key}": pod for pod in world.pods if pod.uid in world.selected and not pod.finished}
    found = ((pods.get(skip.object), skip) for skip in plan.skips if skip.code in _TOLD)
    return tuple(
        Unserved(pod, skip.code, skip.reason.partition(": ")[0] if skip.code is Code.POOL_FULL else skip.reason)
        for pod, skip in found
        if pod is not None
    )
