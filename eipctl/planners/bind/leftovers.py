"""What happens to own EIPs that no Pod keeps: the second table of :mod:`eipctl.planners.bind.plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.actions.eips import LeavePackage, Release, Tag, Untag
from eipctl.domain.ownership import Owner, Role
from eipctl.domain.plan import Lane
from eipctl.planners.bind.draft import NOT_ITS_ADDRESS, held_elsewhere, ref

if TYPE_CHECKING:
    from eipctl.domain.facts import Eip, Pod
    from eipctl.domain.plan import Action
    from eipctl.planners.bind.draft import BindDraft


def report_elsewhere(draft: BindDraft, eip: Eip) -> None:
    """Report an own EIP that someone else has bound, unless its Pod has it, or already records that."""
    owner, why = draft.owner(eip), held_elsewhere(eip)
    if not draft.in_scope(owner) or not draft.world.complete:
        return
    pod = draft.living(owner)
    known = eip.allocation_id in draft.chosen or (pod is not None and draft.is_told(pod, why))
    if pod is None or (pod.uid in draft.world.selected and not known):
        draft.hold(eip, Code.EIP_ELSEWHERE, why)


def settle(draft: BindDraft, eip: Eip) -> None:
    """Plan what becomes of one own EIP after all Pods have been decided."""
    owner = draft.owner(eip)
    if not draft.in_scope(owner) or not draft.world.complete:
        return
    if eip.allocation_id in draft.chosen:
        if owner.orphan_since is not None and (back := draft.living(owner)) is not None:
            step = Untag(**ref(back, None, eip), keys=(ownership.ORPHAN_SINCE,), reason="the Pod is back")
            draft.mend.append(Lane((step,)))
        return
    pod = draft.living(owner)
    if pod is None or (pod.uid in draft.world.selected and not pod.terminating):
        _abandon(draft, eip, owner, pod)


def _abandon(draft: BindDraft, eip: Eip, owner: Owner, living: Pod | None) -> None:
    """Unbind an own EIP that no Pod should have, then let it go as its role and strategy say."""
    whose = "the Pod is gone" if living is None else "the Pod does not need the EIP"
    if eip.untouchable:
        draft.hold(eip, Code.EIP_HELD_BACK, f"{eip.untouchable}; it can't be changed")
        return
    if eip.bound and living is not None and living.wish is not None:
        draft.unbind(eip, living=None, reason=NOT_ITS_ADDRESS, moved_to=living.ip)
    elif eip.bound:
        draft.unbind(eip, living=living, reason=whose)
    if owner.role is Role.ALLOCATED and eip.pool is None:
        _let_go(draft, eip, owner, living, whose)
        return
    if owner.role is Role.POOLED and eip.pool is not None and living is None:
        _back_to_pool(draft, eip, owner, whose)
        return
    keys = ownership.own_keys(eip)
    step = Untag(**ref(living or owner, None, eip), keys=keys, reason=f"{whose}; the EIP itself is kept")
    draft.mend.append(Lane((step,)))


def _back_to_pool(draft: BindDraft, eip: Eip, owner: Owner, whose: str) -> None:
    """Mark since when it is unused. Its tags go on naming its last Pod, whose successor gets it first."""
    if owner.orphan_since is None and eip.pool is not None:
        mark = ((ownership.ORPHAN_SINCE, ownership.moment(draft.world.now)),)
        reason = f"{whose}; pool {eip.pool.name} may lend it again"
        draft.mend.append(Lane((Tag(**ref(owner, None, eip), tags=mark, reason=reason),)))


def _let_go(draft: BindDraft, eip: Eip, owner: Owner, living: Pod | None, whose: str) -> None:
    """Keep, mark or release an own allocated EIP. Grace and TTL count from the mark."""
    if owner.strategy.keep is None and living is None:
        draft.hold(eip, Code.EIP_HELD_BACK, "kept: the release strategy is Never")
        return
    since = owner.orphan_since
    age = 0.0 if since is None else (draft.world.now - since).total_seconds()
    if draft.knobs.prune and age >= max(draft.knobs.grace, owner.strategy.keep or 0.0):
        if eip.releasable:
            draft.release.append(Lane(release_steps(eip, living or owner, whose)))
        else:
            draft.hold(eip, Code.EIP_HELD_BACK, why_held(eip))
    elif since is None:
        mark = ((ownership.ORPHAN_SINCE, ownership.moment(draft.world.now)),)
        reason = f"{whose}; the grace period starts now"
        draft.mend.append(Lane((Tag(**ref(living or owner, None, eip), tags=mark, reason=reason),)))


def release_steps(eip: Eip, who: Pod | Owner, reason: str, *, asked: bool = False) -> tuple[Action, ...]:
    """Release it; the cloud releases none that is in a bandwidth package."""
    fields = ref(who, None, eip)
    release = Release(**fields, asked=asked, reason=reason)
    if not eip.bandwidth_package_id:
        return (release,)
    leave = LeavePackage(
        **fields, package_id=eip.bandwidth_package_id, reason="an EIP in a bandwidth package can't be released"
    )
    return (leave, release)


def why_held(eip: Eip) -> str:
    """Why an EIP that is not `releasable` can't be released."""
    reasons = (
        (bool(eip.untouchable), f"the EIP is {eip.untouchable}"),
        (eip.protected, "deletion protection is on"),
        (eip.service_managed, "a cloud service manages the EIP"),
        (eip.instance_charge_type != "PostPaid", "the EIP is prepaid"),
        (bool(eip.segment_id), "the EIP is part of an address segment"),
        (eip.pool is not None, "the EIP is lent to a pool"),
    )
    return "can't be released: " + next(reason for applies, reason in reasons if applies)
