"""Making an EIP a Pod's: an own one that it had or that is left over, or one that a pool lends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.actions.eips import AnnotatePod, Associate, Untag
from eipctl.domain.facts import EipStatus
from eipctl.domain.plan import Lane
from eipctl.planners.bind.draft import NOT_ITS_ADDRESS, NOT_UNBOUND, ref
from eipctl.planners.bind.drift import corrections, report_fixed

if TYPE_CHECKING:
    from eipctl.domain.facts import Eip
    from eipctl.domain.plan import Action
    from eipctl.planners.bind.draft import BindDraft, Need


def hand_over(draft: BindDraft, need: Need, eip: Eip, why: str) -> None:
    """Make an own EIP this Pod's and bind it; one that is at its address already stays bound."""
    draft.chosen.add(eip.allocation_id)
    in_place = eip is need.current and eip.status is EipStatus.IN_USE
    if eip.bound and eip.status is not EipStatus.UNASSOCIATING and eip is not need.current:
        if not draft.world.complete:
            draft.skip(need.pod, Code.PARTIAL_READ, NOT_UNBOUND.format(eip.allocation_id))
            return
        draft.unbind(eip, living=None, reason=NOT_ITS_ADDRESS, moved_to=_moved_to(draft, need, eip))
    report_fixed(draft, need.pod, need.wish, eip)
    fields = ref(need.pod, need.address, eip)
    steps: list[Action] = [*corrections(draft, need.pod, need.wish, eip, need.address)]
    owner = eip.owner
    if owner is not None and owner.orphan_since is not None and owner.pod_uid != need.pod.uid:
        steps.append(Untag(**fields, keys=(ownership.ORPHAN_SINCE,), reason="the EIP is no longer orphaned"))
    if not in_place:
        steps.append(Associate(**fields, primary=need.address.primary, reason=why))
    steps.append(AnnotatePod(**fields, gate=need.pod.eip_gate, reason="record the address on the Pod"))
    draft.bind.append(Lane(tuple(steps)))


def _moved_to(draft: BindDraft, need: Need, eip: Eip) -> str:
    """The Pod's IP now, if the EIP is its own and it only moved; "" if the EIP is a gone Pod's."""
    return need.pod.ip if draft.owner(eip).pod_uid == need.pod.uid else ""
