"""Correcting an own allocated EIP: what an annotation names and the cloud can change; the rest is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.actions.eips import JoinPackage, LeavePackage, Modify, Tag
from eipctl.domain.ownership import Role
from eipctl.domain.settings import NOT_NAMED, ChangedBy
from eipctl.planners.bind.draft import ref, role_for, role_tags, strategy_of

if TYPE_CHECKING:
    from eipctl.domain.facts import Eip, EniAddress, Pod
    from eipctl.domain.plan import Action, Pairs
    from eipctl.domain.settings import EipSpec, Setting
    from eipctl.domain.wish import Wanted
    from eipctl.planners.bind.draft import BindDraft


def corrections(
    draft: BindDraft, pod: Pod, wish: Wanted, eip: Eip, address: EniAddress | None = None
) -> tuple[Action, ...]:
    """The steps that make the EIP what the annotations name, its tags included."""
    if eip.untouchable:
        return ()
    if eip.pool is not None or role_for(wish, eip) is Role.POOLED:
        return _lent(draft, pod, wish, eip, address)
    lacking = ownership.due_tags(eip, _owed(draft, pod, wish))
    steps: list[Action] = []
    if lacking:
        steps.append(Tag(**ref(pod, address, eip), tags=lacking, reason=_why_tags(eip, dict(lacking))))
    return (*steps, *_attributes(pod, wish, eip, address), *_package(pod, wish, eip, address))


def _lent(draft: BindDraft, pod: Pod, wish: Wanted, eip: Eip, address: EniAddress | None) -> tuple[Action, ...]:
    """The tags alone: an EIP of a pool is never modified. They are written only while its owner lends it."""
    role = role_for(wish, eip)
    lacking = ownership.due_tags(eip, role_tags(draft, pod, role))
    if eip.pool is None or not lacking:
        return ()
    consent = (eip.pool.tag,) if role is Role.POOLED else ()
    reason = f"pool {eip.pool.name} lends it to this Pod"
    return (Tag(**ref(pod, address, eip), tags=(*lacking, *consent), reason=reason),)


def _owed(draft: BindDraft, pod: Pod, wish: Wanted) -> Pairs:
    """The tags that it should have: those of the annotations, and eipctl's, which go before them."""
    own = role_tags(draft, pod, Role.ALLOCATED, strategy_of(draft, pod, wish))
    return tuple({**dict(wish.spec.tags), **dict(own)}.items()) if wish.spec.tags else own


def _why_tags(eip: Eip, lacking: dict[str, str]) -> str:
    if ownership.POD_UID in lacking:
        return f"the Pod takes over the EIP of {(eip.owner and eip.owner.pod) or 'a Pod'}, which is gone"
    if ownership.STRATEGY in lacking:
        return "the release strategy has changed"
    if ownership.BINDING in lacking:
        return "the Pod's address has changed since the EIP was bound"
    return "the EIP's tags are out of date"


def _attributes(pod: Pod, wish: Wanted, eip: Eip, address: EniAddress | None) -> tuple[Action, ...]:
    spec = wish.spec
    due = [
        each
        for each in wish.named
        if each.change is ChangedBy.MODIFY and each.differs(spec, eip) and not _refused_before(each, spec, eip)
    ]
    if not due:
        return ()
    reasons = (each.drift(each.asked(spec, eip), each.has(eip)) for each in due)
    changes = tuple((each.field, getattr(spec, each.field)) for each in due)
    return (Modify(**ref(pod, address, eip), changes=changes, reason="it " + " and ".join(reasons)),)


def _refused_before(each: Setting, spec: EipSpec, eip: Eip) -> bool:
    """Whether an EIP without this cosmetic value may have been bought without it because the cloud refused it."""
    return each.cosmetic is not None and not each.has(eip) and not each.cosmetic(getattr(spec, each.field))


def _package(pod: Pod, wish: Wanted, eip: Eip, address: EniAddress | None) -> tuple[Action, ...]:
    wanted, has = wish.spec.bandwidth_package_id, eip.bandwidth_package_id
    if not wanted or wanted == has:
        return ()
    fields = ref(pod, address, eip)
    join = JoinPackage(**fields, package_id=wanted, reason="the annotation names this bandwidth package")
    leave = LeavePackage(**fields, package_id=has, reason="the annotation names another bandwidth package")
    return (leave, join) if has else (join,)


def report_fixed(draft: BindDraft, pod: Pod, wish: Wanted, eip: Eip) -> None:
    """Report what an annotation names and an existing EIP can't get; one of a pool is as its owner wants it."""
    if eip.pool is not None or (eip.owner and eip.owner.role is Role.POOLED):
        return
    for each in wish.named:
        if each.field and each.differs(wish.spec, eip) and _refused_before(each, wish.spec, eip):
            draft.skip(pod, Code.IMMUTABLE_DRIFT, f"{eip.allocation_id} has no {each.field}: see Event {NOT_NAMED}")
        if each.field and each.change is ChangedBy.NEVER and each.shown and each.differs(wish.spec, eip):
            asked, has = each.asked(wish.spec, eip), each.has(eip)
            reason = f"{each} is {has or 'none'} and can't be changed to {asked}; a new Pod gets a new EIP"
            draft.skip(pod, Code.IMMUTABLE_DRIFT, reason)
