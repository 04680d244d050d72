"""Plan `adopt --from ack-extend`: EIPs of an uninstalled ack-extend-network-controller come into eipctl's care.

The controller records each EIP in a PodEIP object, named as its Pod. Nothing is unbound; what is not proven is told.

the Pod of that name            its EIP                                   then
------------------------------  ----------------------------------------  ----------------------------------------------
any                             does not exist, or is eipctl's here       nothing to take over; the object may go
any                             lent to a pool, another's, locked, or     told
                                without room for eipctl's tags
any                             not the one whose address is recorded     told
asks for an EIP                 bound at its address, as recorded         tagged: as allocated if the controller bought
                                                                          it, else as given
asks for an EIP                 anything else                             told
asks for none                   any                                       told
gone                            bought by the controller, to follow the   tagged as allocated: an orphan, that
                                Pod; free, and with the recorded address  `bind --prune` releases
gone                            anything else                             told: a person's, kept for the Pod's return,
                                                                          or bound elsewhere
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.base.text import first_few
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Adopt, Tag
from eipctl.domain.actions.pod_eips import RemovePodEip
from eipctl.domain.facts import EipStatus, Pod
from eipctl.domain.ownership import Role
from eipctl.domain.plan import Lane, Plan, Skip, Stage
from eipctl.domain.strategy import FOLLOW
from eipctl.domain.wish import Wanted
from eipctl.planners.bind.draft import ref
from eipctl.planners.bind.world import at, bindings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.facts import ClusterId, Eip, EniAddress
    from eipctl.domain.plan import Action
    from eipctl.domain.pod_eips import PodEip

LONG_AGO = datetime.min.replace(tzinfo=UTC)
SERVE = "eipctl adopt --from ack-extend --podeips remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class PodEipWorld:
    """What was observed; `places` is Pod UID to address, of Pods that have a PodEIP."""

    cluster: ClusterId
    eips: tuple[Eip, ...]
    pods: tuple[Pod, ...]
    places: Mapping[str, EniAddress]
    pod_eips: tuple[PodEip, ...]
    native_nodes: frozenset[str] = frozenset()
    controller: bool = False
    """Whether the controller is installed, or one of its Pods is still there."""


def plan_pod_eips(world: PodEipWorld, *, remove: bool) -> Plan:
    """One Lane for each PodEIP: tag its EIP, then, with `remove`, delete it."""
    if world.controller:
        raise Refused(
            Code.ACK_EXTEND,
            "ack-extend-network-controller is installed in this cluster and owns the EIPs of its PodEIP objects",
            hint="uninstall it first (its PodEIP objects stay), or leave the EIPs to it",
            obj="deployment/kube-system/ack-extend-network-controller",
        )
    judge = _Judge(world)
    lanes: list[Lane] = []
    skips: list[Skip] = []
    left: list[PodEip] = []
    for pod_eip in sorted(world.pod_eips, key=lambda item: item.key):
        found = judge.about(pod_eip)
        if isinstance(found, Skip):
            skips.append(found)
            left.append(pod_eip)
            continue
        actions = (*found, _removal(pod_eip)) if remove else found
        lanes += [Lane(actions)] if actions else []
        left += [] if remove else [pod_eip]
    stages = (Stage("take over", tuple(lanes)),) if lanes else ()
    return Plan("adopt", stages, tuple(skips), _notes(world, left, remove=remove))


def _removal(pod_eip: PodEip) -> RemovePodEip:
    return RemovePodEip(
        namespace=pod_eip.namespace,
        pod=pod_eip.name,
        pod_eip_uid=pod_eip.uid,
        allocation_id=pod_eip.allocation_id,
        reason="its controller is gone, and eipctl has the EIP or it does not exist",
    )


class _Judge:
    """What becomes of the EIP that a PodEIP names."""

    def __init__(self, world: PodEipWorld) -> None:
        self._world, self._bound = world, bindings(world.eips)
        self._eips = {eip.allocation_id: eip for eip in world.eips}
        self._by_address = {eip.address: eip for eip in world.eips if eip.address}
        self._pods = {pod.key: pod for pod in world.pods if not pod.finished}
        self._named = Counter(pod_eip.allocation_id for pod_eip in world.pod_eips)

    def about(self, pod_eip: PodEip) -> tuple[Action, ...] | Skip:
        """The Actions that take it over, none where there is nothing to do; or why it is left alone."""
        eip = self._eips.get(pod_eip.allocation_id)
        if eip is None and (other := self._by_address.get(pod_eip.address)) is not None:
            named = pod_eip.allocation_id or "no EIP"
            reason = f"it names {named}, but records the address of {other.allocation_id}"
            return _skip(pod_eip, Code.UNTAGGED_EIP, reason)
        if eip is None or ownership.belongs_to(eip.owner, self._world.cluster):
            return ()
        if eip.untouchable:
            return _skip(pod_eip, Code.EIP_HELD_BACK, f"{eip.allocation_id} is {eip.untouchable}")
        if crowded := ownership.crowded(eip.tags, Role.ALLOCATED):
            return _skip(pod_eip, Code.EIP_HELD_BACK, f"{eip.allocation_id} {crowded}")
        if eip.tagged or eip.pool is not None:
            whose = "lent to a pool" if eip.pool is not None else "tagged by eipctl, but not for a Pod of this cluster"
            return _skip(pod_eip, Code.UNTAGGED_EIP, f"{eip.allocation_id} is {whose}")
        if self._named[eip.allocation_id] > 1:
            return _skip(pod_eip, Code.UNTAGGED_EIP, f"{eip.allocation_id} is named by several PodEIP objects")
        pod = self._pods.get(pod_eip.key)
        return self._without_pod(pod_eip, eip) if pod is None else self._of_pod(pod_eip, eip, pod)

    def _of_pod(self, pod_eip: PodEip, eip: Eip, pod: Pod) -> tuple[Action, ...] | Skip:
        place = self._world.places.get(pod.uid)
        if pod.node in self._world.native_nodes:
            reason = f"Terway's own EIP mode may be active on node {pod.node}, and would release {eip.allocation_id}"
            return _skip(pod_eip, Code.INELIGIBLE, reason)
        if not isinstance(pod.wish, Wanted):
            reason = f"its Pod asks for no EIP; bind would unbind {eip.allocation_id}, so it stays unchanged"
            return _skip(pod_eip, Code.UNTAGGED_EIP, reason)
        if place is None or at(place, self._bound) is not eip or eip.status is not EipStatus.IN_USE:
            return _skip(pod_eip, Code.EIP_ELSEWHERE, f"{eip.allocation_id} is not bound at the address of its Pod")
        if _contradicts(pod_eip, place, eip):
            reason = f"the PodEIP records another ENI, private IP or address than {eip.allocation_id} has"
            return _skip(pod_eip, Code.UNTAGGED_EIP, reason)
        bought = pod_eip.bought and pod.wish.instance_id != eip.allocation_id
        role = Role.ALLOCATED if bought else Role.GIVEN
        strategy = pod_eip.strategy if bought else FOLLOW
        tags = (*ownership.tags_for(self._world.cluster, pod, role, strategy), ownership.binding_tag(place))
        return (Adopt(**ref(pod, place, eip), primary=place.primary, tags=tags, reason=_REASONS[role]),)

    def _without_pod(self, pod_eip: PodEip, eip: Eip) -> tuple[Action, ...] | Skip:
        why = _not_proven(pod_eip, eip)
        if why:
            return _skip(pod_eip, Code.UNTAGGED_EIP, f"its Pod is gone, and {eip.allocation_id} {why}")
        gone = Pod(pod_eip.namespace, pod_eip.name, pod_eip.uid, LONG_AGO)
        tags = ownership.tags_for(self._world.cluster, gone, Role.ALLOCATED)
        reason = "the controller bought it for a Pod that is gone; bind --prune releases it"
        return (Tag(**ref(gone, None, eip), tags=tags, reason=reason),)


def _contradicts(pod_eip: PodEip, place: EniAddress, eip: Eip) -> bool:
    """Whether the object records another place. Terway's migration to it records none (`enable_eip_migrate`)."""
    there = (place.eni_id, place.private_ip, eip.address)
    recorded = zip((pod_eip.eni_id, pod_eip.private_ip, pod_eip.address), there, strict=True)
    return any(told not in ("", true) for told, true in recorded)


_REASONS = {
    Role.ALLOCATED: "ack-extend-network-controller allocated it for this Pod",
    Role.GIVEN: "it was named, not bought by the controller; eipctl never releases it",
}


def _not_proven(pod_eip: PodEip, eip: Eip) -> str:
    """Why the EIP of a Pod that is gone can't be taken for one that is of no use any more."""
    if not pod_eip.bought:
        return "was named by it, not bought by the controller: it is its owner's"
    if pod_eip.strategy != FOLLOW:
        return f"is kept for its return ({pod_eip.strategy.text}): name it on the Pod, or release it yourself"
    if eip.bound or eip.status is not EipStatus.AVAILABLE:
        return f"is {eip.status} at {eip.instance_id or 'an unknown place'}"
    return "" if eip.address == pod_eip.address else "has another address than the PodEIP records"


def _skip(pod_eip: PodEip, code: Code, reason: str) -> Skip:
    return Skip(f"podeip/{pod_eip.key}", code, reason)


def _notes(world: PodEipWorld, left: list[PodEip], *, remove: bool) -> tuple[str, ...]:
    if not world.pod_eips:
        return ("there are no PodEIP objects in this cluster",)
    if not left:
        return ("once the PodEIP objects are gone, eipctl bind serves the Pods",)
    waits = "while PodEIP objects exist, eipctl bind leaves all Pods to their controller"
    if not remove:
        return (f"{waits}; to delete those whose EIPs are taken over: {SERVE}",)
    keys = first_few([pod_eip.key for pod_eip in left])
    undo = 'kubectl -n NAMESPACE patch podeip NAME --type merge -p \'{"metadata":{"finalizers":null}}\''
    return (f"{waits}, and these stay: {keys}; to delete one, note its EIP, then: {undo}, kubectl delete podeip NAME",)
