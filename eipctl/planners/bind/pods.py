"""What one Pod gets: the first table of :mod:`eipctl.planners.bind.plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.actions.eips import AnnotatePod, Associate, Tag
from eipctl.domain.eligibility import ineligible
from eipctl.domain.facts import Eip, EipStatus, EniAddress, Pod
from eipctl.domain.ownership import Role
from eipctl.domain.plan import Lane
from eipctl.domain.wish import Problem, Wanted
from eipctl.planners.bind.draft import NOT_ITS_ADDRESS, NOT_UNBOUND, Need, held_elsewhere, ref, role_tags
from eipctl.planners.bind.drift import corrections, report_fixed
from eipctl.planners.bind.handover import hand_over
from eipctl.planners.bind.world import at, terways_mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.plan import Action
    from eipctl.planners.bind.draft import BindDraft

Obstacle = tuple[Code, str]

NO_INSTANCE_IDS = "the Pod names an EIP, which --no-instance-id forbids"


def decide(draft: BindDraft, pod: Pod) -> None:
    """Plan what this Pod's annotations ask for, or say why not."""
    wish = pod.wish
    if wish is None:
        _forget_result(draft, pod)
        return
    if _served_by_terway(draft, pod):
        draft.eligible += 1
        draft.satisfied.append(pod.key)
        return
    obstacle = (wish.code, wish.reason) if isinstance(wish, Problem) else not_eligible(draft, pod, wish)
    if obstacle is not None or isinstance(wish, Problem):
        _refuse(draft, pod, obstacle)
        return
    draft.eligible += 1
    for reason in wish.ignored:
        draft.skip(pod, Code.IGNORED_KEY, f"{reason}; the EIP is bound anyway")
    address = draft.world.enis[pod.uid]
    current = at(address, draft.bound)
    if wish.instance_id:
        _given(draft, pod, wish.instance_id, address, current)
    else:
        _automatic(draft, pod, wish, address, current)


def _forget_result(draft: BindDraft, pod: Pod) -> None:
    """A Pod that asks for nothing should not record an address that is not bound."""
    address = pod.recorded
    world, eip = draft.world, draft.by_address.get(address)
    taken = eip is not None and draft.elsewhere_of_pod.get(pod.uid) is eip
    if taken and eip is not None and eip is not _there(draft, pod):
        draft.lost(pod, eip)
        return
    others = world.ack_extend or pod.node in world.native_nodes or ineligible(pod, world.nodes.get(pod.node))
    if not address or others or not world.complete or pod.terminating or (eip is not None and eip.bound):
        return
    step = AnnotatePod(
        **ref(pod, None, eip), remove=True, gate=pod.eip_gate, reason=f"{address} is not bound to any EIP"
    )
    draft.mend.append(Lane((step,)))


def _there(draft: BindDraft, pod: Pod) -> Eip | None:
    """The EIP at the Pod's address."""
    address = draft.world.enis.get(pod.uid)
    return at(address, draft.bound) if address else None


def _served_by_terway(draft: BindDraft, pod: Pod) -> bool:
    """Whether Terway's own EIP mode has given this Pod its EIP, as it should."""
    if pod.node not in draft.world.native_nodes or pod.uid not in draft.world.enis:
        return False
    current = at(draft.world.enis[pod.uid], draft.bound)
    return current is not None and current.owner is None


def _refuse(draft: BindDraft, pod: Pod, obstacle: Obstacle | None) -> None:
    assert obstacle is not None
    draft.keep_all(pod)
    draft.skip(pod, *obstacle)


def not_eligible(draft: BindDraft, pod: Pod, wish: Wanted) -> Obstacle | None:
    """Why bind does not serve this Pod for now; None when it does."""
    return next(_against(draft, pod, wish), None)


def _against(draft: BindDraft, pod: Pod, wish: Wanted) -> Iterator[Obstacle]:
    """All that keeps a Pod from having an EIP now, the weightiest first."""
    world = draft.world
    if reason := ineligible(pod, world.nodes.get(pod.node)):
        yield Code.INELIGIBLE, reason
    if world.ack_extend:
        yield Code.ACK_EXTEND, "ack-extend-network-controller runs in this cluster"
    if pod.node in world.native_nodes:
        yield Code.INELIGIBLE, terways_mode(world, pod.node)
    if pod.terminating:
        yield Code.POD_NOT_READY_FOR_EIP, "the Pod is being deleted and keeps its EIP until it is gone"
    if not pod.ip:
        yield Code.POD_NOT_READY_FOR_EIP, "the Pod has no IP address yet"
    if wish.instance_id and not draft.knobs.instance_ids:
        yield Code.GUARD, NO_INSTANCE_IDS
    if pod.uid in world.prefixed:
        yield Code.INELIGIBLE, "the Pod's IP comes from an IPv4 prefix, to which EIPs are not known to bind"
    if pod.uid not in world.enis:
        yield Code.ENI_UNKNOWN, f"no ENI in the cluster's VPC has the Pod's IP {pod.ip}"


def _automatic(draft: BindDraft, pod: Pod, wish: Wanted, address: EniAddress, current: Eip | None) -> None:
    if current is not None and _keeps_or_conflicts(draft, pod, wish, current):
        return
    need = Need(pod, wish, address, current)
    mine = _own_eip_for(draft, pod, wish)
    taken = draft.elsewhere_of_pod.get(pod.uid)
    if mine is None and taken is not None:
        _refuse_taken(draft, pod, taken)
        return
    if mine is None:
        draft.needs.append(need)
    elif mine.untouchable:
        draft.chosen.add(mine.allocation_id)
        draft.skip(pod, Code.EIP_HELD_BACK, f"the Pod's EIP {mine.allocation_id} is {mine.untouchable}")
    else:
        hand_over(draft, need, mine, "the Pod's own EIP is not bound to the Pod's private IP")


def _keeps_or_conflicts(draft: BindDraft, pod: Pod, wish: Wanted, current: Eip) -> bool:
    """Settle a Pod that names no EIP by the one at its address; False if that one is not in the way."""
    owner = current.owner
    if owner is None or draft.elsewhere_of_pod.get(pod.uid) is current:
        _satisfied(draft, pod, current, by_others=True)
    elif not draft.owned(current):
        _refuse(
            draft,
            pod,
            (Code.IP_HAS_EIP, f"the Pod's IP already has {current.allocation_id} of cluster {owner.cluster}"),
        )
    elif owner.pod_uid == pod.uid and may_keep(wish, current):
        if current.status is EipStatus.ASSOCIATING:
            return False
        _satisfied(draft, pod, current)
        _mend_drift(draft, pod, wish, current)
    elif owner.pod_uid == pod.uid:
        _refuse(draft, pod, (Code.IP_HAS_EIP, _no_longer_asked_for(pod, current)))
    elif _leaves(draft, current):
        return False
    else:
        whose = owner.key
        _refuse(draft, pod, (Code.IP_HAS_EIP, f"the Pod's IP already has {current.allocation_id} of Pod {whose}"))
    return True


def _no_longer_asked_for(pod: Pod, eip: Eip) -> str:
    """The EIP that eipctl bound for this very Pod, which asks for another kind of EIP by now."""
    what = "the Pod named before"
    if eip.owner is not None and eip.owner.role is Role.ALLOCATED:
        what = "eipctl bought for it"
    elif eip.owner is not None and eip.owner.role is Role.POOLED:
        what = f"is of pool {eip.pool.name}" if eip.pool else "was of a pool"
    way = f"to let it go: eipctl release pod/{pod.name} -n {pod.namespace}"
    return f"the Pod's IP already has {eip.allocation_id}, which {what}, and it asks for another one now; {way}"


def _refuse_taken(draft: BindDraft, pod: Pod, eip: Eip) -> None:
    """Record on a Pod that someone else has bound its EIP to something else: it is not taken back."""
    _refuse(draft, pod, (Code.EIP_ELSEWHERE, held_elsewhere(eip)))
    draft.lost(pod, eip)


def _satisfied(draft: BindDraft, pod: Pod, eip: Eip, *, by_others: bool = False) -> None:
    draft.chosen.add(eip.allocation_id)
    draft.satisfied.append(pod.key)
    if by_others:
        draft.skip(
            pod,
            Code.UNTAGGED_EIP,
            f"{eip.allocation_id} is already bound to this Pod's IP and is not managed by eipctl",
        )
        if pod.uid not in draft.own_of_pod and pod.uid not in draft.elsewhere_of_pod:
            return  # who bound it tells it; but an own EIP that the Pod still tells could not be released
    if pod.recorded != eip.address or (pod.eip_gate and pod.eip_condition != "True"):
        step = AnnotatePod(**ref(pod, None, eip), gate=pod.eip_gate, reason="the address is not recorded on the Pod")
        draft.mend.append(Lane((step,)))


def _mend_drift(draft: BindDraft, pod: Pod, wish: Wanted, eip: Eip) -> None:
    """Correct what an annotation names and the cloud can change; report what it can't."""
    steps = corrections(draft, pod, wish, eip)
    if steps:
        draft.mend.append(Lane(steps))
    report_fixed(draft, pod, wish, eip)


def may_keep(wish: Wanted, eip: Eip) -> bool:
    """Whether an own EIP of this Pod is what it asks for, where it names none by id.

    One of a pool stays with its Pod when its owner no longer lends it: it is not taken from a living Pod.
    """
    role = eip.owner.role if eip.owner else None
    if not wish.pool:
        return role is Role.ALLOCATED
    if role is Role.ALLOCATED:
        return wish.overflow
    return role is Role.POOLED and (eip.pool is None or eip.pool.name == wish.pool)


def _may_have(eip: Eip) -> bool:
    """Whether an own EIP may be bound to its Pod again: one of a pool only while its owner lends it."""
    return eip.pool is not None or (eip.owner is not None and eip.owner.role is Role.ALLOCATED)


def _own_eip_for(draft: BindDraft, pod: Pod, wish: Wanted) -> Eip | None:
    """The own EIP of this Pod that it asks for: a bound one first, then one that is not marked as left, the oldest."""
    mine = [eip for eip in draft.own_of_pod.get(pod.uid, ()) if may_keep(wish, eip) and _may_have(eip)]
    return min(mine, key=lambda eip: (not eip.bound, draft.owner(eip).orphan_since is not None), default=None)


def _given(draft: BindDraft, pod: Pod, allocation_id: str, address: EniAddress, current: Eip | None) -> None:
    eip = draft.by_id.get(allocation_id)
    if eip is not None and draft.elsewhere_of_pod.get(pod.uid) is eip and eip is not current:
        _refuse_taken(draft, pod, eip)
        return
    obstacle = _at_its_ip(draft, allocation_id, current) or _obstacle(draft, pod, allocation_id, eip, current)
    if obstacle is not None or eip is None:
        _refuse(draft, pod, obstacle)
        return
    owner = eip.owner
    draft.chosen.add(allocation_id)
    its_own = owner is not None and owner.pod_uid == pod.uid
    by_others = owner is None or ownership.held_elsewhere(eip)
    if current is eip and (by_others or (its_own and eip.status is EipStatus.IN_USE)):
        _satisfied(draft, pod, eip, by_others=by_others)
        return
    if _stays_bound(eip) and not (its_own and eip is current):
        if not draft.world.complete:
            draft.skip(pod, Code.PARTIAL_READ, NOT_UNBOUND.format(allocation_id))
            return
        draft.unbind(eip, living=None, reason=NOT_ITS_ADDRESS, moved_to=pod.ip if its_own else "")
    fields = ref(pod, address, eip)
    steps: list[Action] = []
    tags = eip.lacks(role_tags(draft, pod, Role.GIVEN))
    if tags:
        steps.append(Tag(**fields, tags=tags, reason="the Pod names this EIP; eipctl never releases it"))
    steps.append(Associate(**fields, primary=address.primary, reason="the Pod names this EIP"))
    steps.append(AnnotatePod(**fields, gate=pod.eip_gate, reason="record the address on the Pod"))
    draft.bind.append(Lane(tuple(steps)))


def _at_its_ip(draft: BindDraft, allocation_id: str, current: Eip | None) -> Obstacle | None:
    """Another EIP at the address of a Pod that names one is in the way, unless its Pod is proven gone."""
    if current is None or current.allocation_id == allocation_id:
        return None
    if draft.owned(current) and _leaves(draft, current):
        return None
    return Code.IP_HAS_EIP, f"it names {allocation_id}, but the Pod's IP already has {current.allocation_id}"


def _obstacle(draft: BindDraft, pod: Pod, allocation_id: str, eip: Eip | None, current: Eip | None) -> Obstacle | None:
    """Why the EIP that a Pod names can't be its; None if it can."""
    if eip is None or eip.status is EipStatus.RELEASING:
        return Code.EIP_NOT_FOUND, f"there is no EIP {allocation_id} in this region"
    if draft.claims.get(allocation_id) != pod.uid:
        return Code.EIP_ELSEWHERE, f"another Pod names {allocation_id} too and takes precedence"
    owner = eip.owner
    if eip.pool is not None:
        return Code.EIP_ELSEWHERE, f"{allocation_id} is lent to pool {eip.pool.name}: ask for the pool, not for the EIP"
    if owner is None:
        return _not_givable(eip, current)
    if not draft.owned(eip):
        return Code.EIP_ELSEWHERE, f"{allocation_id} is tagged for cluster {owner.cluster}"
    if ownership.held_elsewhere(eip) and eip is not current:
        return Code.EIP_ELSEWHERE, held_elsewhere(eip)
    whose = owner.key
    if owner.role is Role.ALLOCATED:
        return Code.EIP_ELSEWHERE, f"{allocation_id} was allocated by eipctl for Pod {whose}"
    if owner.pod_uid != pod.uid and not draft.gone(eip):
        return Code.EIP_ELSEWHERE, f"{allocation_id} is lent to Pod {whose}"
    return None if eip is current else _locked(eip)


def _leaves(draft: BindDraft, eip: Eip, moving: frozenset[str] = frozenset()) -> bool:
    """Whether this very plan takes a bound own EIP off its address.

    Its Pod is gone, asks for none, or is served at another address by now: two Pods whose IPs were swapped must not
    wait for each other for ever. `moving` are the EIPs that leave if this one does.
    """
    if eip.untouchable or not draft.world.complete or ownership.held_elsewhere(eip):
        return False
    pod = draft.living(draft.owner(eip))
    if pod is None:
        return draft.gone(eip)
    if pod.uid not in draft.world.selected or pod.terminating:
        return False
    wish = pod.wish
    if not isinstance(wish, Wanted):
        return wish is None
    if wish.instance_id or not_eligible(draft, pod, wish) is not None:
        return False
    there = at(draft.world.enis[pod.uid], draft.bound)
    return there is not eip and _is_free_for(draft, pod, wish, there, moving | {eip.allocation_id})


def _is_free_for(draft: BindDraft, pod: Pod, wish: Wanted, there: Eip | None, moving: frozenset[str]) -> bool:
    """Whether a Pod is not refused for the EIP at its address: then it keeps what it has, wherever that is bound."""
    if there is None or there.allocation_id in moving:
        return True
    owner = there.owner
    if owner is None or draft.elsewhere_of_pod.get(pod.uid) is there:
        return True
    if not draft.owned(there):
        return False
    return may_keep(wish, there) if owner.pod_uid == pod.uid else _leaves(draft, there, moving)


def _stays_bound(eip: Eip) -> bool:
    """Bound, and not on its way off already."""
    return eip.bound and eip.status is not EipStatus.UNASSOCIATING


def _locked(eip: Eip) -> Obstacle | None:
    return (Code.EIP_HELD_BACK, f"{eip.allocation_id} is {eip.untouchable}") if eip.untouchable else None


def _not_givable(eip: Eip, current: Eip | None) -> Obstacle | None:
    """Why an EIP that nobody has tagged can't be this Pod's."""
    if eip.bound and eip is not current:
        return Code.EIP_ELSEWHERE, f"{eip.allocation_id} is bound to {eip.instance_id}"
    crowded = "" if eip is current else ownership.crowded(eip.tags, Role.GIVEN)
    return (Code.EIP_HELD_BACK, f"{eip.allocation_id} {crowded}") if crowded else _locked(eip)
