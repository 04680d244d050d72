"""The bind plan in the making: facts looked up once, lanes collected stage by stage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from eipctl.domain import ownership
from eipctl.domain.actions.eips import AnnotatePod, BindAction, Heir, Unassociate
from eipctl.domain.facts import Eip, EipStatus, EniAddress
from eipctl.domain.ownership import Owner, Role
from eipctl.domain.plan import Action, Lane, Plan, Skip, Stage
from eipctl.domain.strategy import FOLLOW, Strategy
from eipctl.domain.wish import Wanted
from eipctl.domain.workloads.rollout import STABLE_KINDS
from eipctl.planners.bind.world import Knobs, World, bindings

if TYPE_CHECKING:
    from eipctl.base.codes import Code
    from eipctl.domain.facts import Pod

_ANY_AGE = datetime(1970, 1, 1, tzinfo=UTC)
NOT_ITS_ADDRESS = "the EIP is bound to an address that the Pod no longer has"
NOT_UNBOUND = "its EIP {} is bound elsewhere, and nothing is unbound after an incomplete read"


class Ref(TypedDict):
    """The fields that all bind Actions share."""

    namespace: str
    pod: str
    uid: str
    allocation_id: str
    eip_address: str
    eni_id: str
    private_ip: str


def ref(pod: Pod | Owner | None, address: EniAddress | None = None, eip: Eip | None = None) -> Ref:
    """Who (a Pod, or the owner that tags name), where and which EIP."""
    if pod is None:
        who = ("", "", "")
    elif isinstance(pod, Owner):
        who = (pod.namespace, pod.pod, pod.pod_uid)
    else:
        who = (pod.namespace, pod.name, pod.uid)
    return Ref(
        namespace=who[0],
        pod=who[1],
        uid=who[2],
        allocation_id=eip.allocation_id if eip else "",
        eip_address=eip.address if eip else "",
        eni_id=address.eni_id if address else "",
        private_ip=address.private_ip if address else "",
    )


@dataclass(frozen=True, slots=True)
class Need:
    """A Pod that needs an EIP at `address`; `current` is one that this plan takes off it."""

    pod: Pod
    wish: Wanted
    address: EniAddress
    current: Eip | None


@dataclass(frozen=True, slots=True)
class Parting:
    """How an own EIP leaves its Pod: `living` is the Pod if it is alive, the rest as in :class:`Unassociate`."""

    living: Pod | None
    reason: str
    asked: bool = False
    moved_to: str = ""
    heir: Heir | None = None


class BindDraft:
    """Facts about one World, and the lanes that are being collected."""

    def __init__(self, world: World, knobs: Knobs) -> None:
        self.world, self.knobs = world, knobs
        self.alive = {pod.uid: pod for pod in world.pods if not pod.finished}
        self.selected = sorted(
            (pod for uid, pod in self.alive.items() if uid in world.selected), key=lambda pod: (pod.key, pod.uid)
        )
        self.staying_ips = {
            pod.ip for pod in self.alive.values() if pod.ip and not (pod.terminating or pod.host_network)
        }
        eips = sorted(world.eips, key=oldest_first)
        self.by_id = {eip.allocation_id: eip for eip in eips}
        self.by_address = {eip.address: eip for eip in eips}
        own = [eip for eip in eips if self.owned(eip) and eip.status is not EipStatus.RELEASING]
        self.own = [eip for eip in own if not ownership.held_elsewhere(eip)]
        self.elsewhere = [eip for eip in own if ownership.held_elsewhere(eip)]
        """Own EIPs that someone else has bound to something: left alone."""
        self.elsewhere_of_pod = {self.owner(eip).pod_uid: eip for eip in self.elsewhere}
        self.own_of_pod: dict[str, list[Eip]] = {}
        for eip in self.own:
            self.own_of_pod.setdefault(self.owner(eip).pod_uid, []).append(eip)
        self.bound = bindings(eips)
        self.pools: dict[str, list[Eip]] = {}
        """EIPs that are lent to this cluster, by the name of their pool."""
        for eip in eips:
            if eip.pool and eip.pool.is_of(world.cluster) and eip.status is not EipStatus.RELEASING:
                self.pools.setdefault(eip.pool.name, []).append(eip)
        self.claims = self._claims()
        self.chosen: set[str] = set()
        """Allocation ids that a Pod keeps, or gets in this run."""
        self.lent: dict[str, str] = {}
        """Allocation ids of pools' EIPs to the Pod that gets them in this run."""
        self.needs: list[Need] = []
        """Pods that have no EIP of their own yet."""
        self.undo: list[Lane] = []
        self.bind: list[Lane] = []
        self.mend: list[Lane] = []
        self.release: list[Lane] = []
        self.skips: list[Skip] = []
        self.satisfied: list[str] = []
        self.eligible = 0

    def owned(self, eip: Eip) -> bool:
        """Whether its tags name a Pod of this cluster."""
        return ownership.belongs_to(eip.owner, self.world.cluster)

    def owner(self, eip: Eip) -> Owner:
        """The owner of an own EIP."""
        assert eip.owner is not None
        return eip.owner

    def in_scope(self, owner: Owner) -> bool:
        """Whether the observation says anything about this owner's namespace."""
        return self.world.covers(owner.namespace)

    def living(self, owner: Owner) -> Pod | None:
        """The Pod that an owner names; a leaving Pod whose IP another Pod has got counts as gone."""
        pod = self.alive.get(owner.pod_uid)
        return None if pod is None or self.replaced(pod) else pod

    def replaced(self, pod: Pod) -> bool:
        """Whether a leaving Pod's IP belongs to another Pod by now."""
        return pod.terminating and pod.ip in self.staying_ips

    def gone(self, eip: Eip) -> bool:
        """Whether the Pod that an own EIP names is proven gone by this observation."""
        owner = self.owner(eip)
        return self.world.complete and self.in_scope(owner) and self.living(owner) is None

    def _claims(self) -> dict[str, str]:
        """Allocation id named by Pods to the one Pod UID that may have it: its holder, else the oldest Pod."""
        claims: dict[str, tuple[bool, datetime, str]] = {}
        for pod in self.alive.values():
            wish = pod.wish
            if not isinstance(wish, Wanted) or not wish.instance_id:
                continue
            eip = self.by_id.get(wish.instance_id)
            holder = eip is not None and self.owned(eip) and self.owner(eip).pod_uid == pod.uid
            rank = (not holder, pod.created, pod.uid)
            claims[wish.instance_id] = min(claims.get(wish.instance_id, rank), rank)
        return {allocation_id: rank[2] for allocation_id, rank in claims.items()}

    def keep_all(self, pod: Pod) -> None:
        """A Pod that can't be served keeps what it has, unless it is leaving and its IP is another's already."""
        if self.replaced(pod):
            return
        self.chosen.update(eip.allocation_id for eip in self.own_of_pod.get(pod.uid, ()))

    def unbind(self, eip: Eip, *, living: Pod | None, reason: str, moved_to: str = "") -> None:
        """Unbind an own EIP; `living` is the Pod that loses it, if it is alive."""
        self.undo.append(self.parting(eip, Parting(living, reason, moved_to=moved_to)))

    def parting(self, eip: Eip, how: Parting) -> Lane:
        """Unbind an own EIP, and let a living Pod no longer record it; also where a run was stopped between the two."""
        fields = ref(how.living or self.owner(eip), place_of(eip), eip)
        steps: list[Action] = []
        if eip.bound and eip.status is not EipStatus.UNASSOCIATING:
            step = Unassociate(**fields, living=how.living is not None, asked=how.asked, reason=how.reason)
            steps.append(replace(step, moved_to=how.moved_to, heir=how.heir))
        if how.living is not None and how.living.recorded == eip.address:
            gone = "the Pod no longer has the address"
            steps.append(AnnotatePod(**fields, remove=True, gate=how.living.eip_gate, reason=gone))
        return Lane(tuple(steps))

    def of_pod(self, key: str) -> list[Eip]:
        """Own EIPs of the Pods of this name, living or gone. The tag of a long name is cut, its UID is not."""
        uids = {pod.uid for pod in self.alive.values() if pod.key == key}
        everything = (*self.own, *self.elsewhere)
        return [eip for eip in everything if self.owner(eip).key == key or self.owner(eip).pod_uid in uids]

    def lost(self, pod: Pod, eip: Eip) -> None:
        """Remove from a Pod the record of an EIP that someone else has bound to something else, and write an Event."""
        if pod.recorded == eip.address and not pod.terminating:
            step = AnnotatePod(
                **ref(pod, None, eip), remove=True, lost=True, gate=pod.eip_gate, reason=held_elsewhere(eip)
            )
            self.mend.append(Lane((step,)))

    def skip(self, pod: Pod, code: Code, reason: str) -> None:
        """Leave a Pod alone, and say why."""
        self.skips.append(Skip(f"pod/{pod.key}", code, reason))

    def is_told(self, pod: Pod, reason: str) -> bool:
        """Whether a Pod is left alone for this reason."""
        return any(skip.object == f"pod/{pod.key}" and skip.reason == reason for skip in self.skips)

    def hold(self, eip: Eip, code: Code, reason: str) -> None:
        """Leave an EIP alone, and say why."""
        self.skips.append(Skip(eip.allocation_id, code, reason))

    def _failed(self, lane: Lane) -> str:
        """The Pod that failed last comes last: no Pod waits forever behind one that spoils each run."""
        first = lane.actions[0]
        return self.world.failures.get(first.uid, "") if isinstance(first, BindAction) else ""

    def plan(self) -> Plan:
        """The stages in the order that is safe: undo, bind, mend, release."""
        stages = (
            Stage("undo wrong bindings", tuple(self.undo)),
            Stage("bind", tuple(sorted(self.bind, key=self._failed))),
            Stage("update tags and annotations", tuple(self.mend)),
            Stage("release", tuple(self.release)),
        )
        return Plan("bind", tuple(stage for stage in stages if stage.lanes), tuple(self.skips))


def strategy_of(draft: BindDraft, pod: Pod, wish: Wanted) -> Strategy:
    """The release strategy in force: only Pods with a stable name can have another one than Follow."""
    if wish.strategy.keep == FOLLOW.keep:
        return FOLLOW
    kind = pod.owner.kind if pod.owner else ""
    stable = pod.reserved or kind in STABLE_KINDS or kind in draft.knobs.stateful_kinds
    return wish.strategy if stable else FOLLOW


def role_tags(draft: BindDraft, pod: Pod, role: Role, strategy: Strategy = FOLLOW) -> tuple[tuple[str, str], ...]:
    """The tags that make an EIP this Pod's, and record where it is bound for it."""
    binding = ownership.binding_tag(draft.world.enis[pod.uid])
    return (*ownership.tags_for(draft.world.cluster, pod, role, strategy), binding)


def role_for(wish: Wanted, eip: Eip) -> Role:
    """As what an EIP serves a Pod that does not name it by id. Nothing makes one of a pool one that eipctl bought."""
    lends = wish.pool and eip.pool and eip.pool.name == wish.pool
    return Role.POOLED if lends or (eip.owner and eip.owner.role is Role.POOLED) else Role.ALLOCATED


def place_of(eip: Eip) -> EniAddress:
    """Where an EIP is bound."""
    return EniAddress(eip.instance_id, eip.private_ip, primary=not eip.private_ip, vpc_id=eip.vpc_id)


def held_elsewhere(eip: Eip) -> str:
    """Why an own EIP that someone else has bound is left alone."""
    place = f"{eip.instance_id} {eip.private_ip}".rstrip()
    return f"{eip.allocation_id} is bound to {place}, where eipctl did not bind it; it is left alone"


def oldest_first(eip: Eip) -> tuple[bool, datetime, str]:
    """Sorts EIPs by age; those of unknown age come last."""
    return (eip.allocated_at is None, eip.allocated_at or _ANY_AGE, eip.allocation_id)
