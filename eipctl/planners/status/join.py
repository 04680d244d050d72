"""Join Pods, annotations, EIPs and ENIs into one view, whoever bound the EIPs.

What `bind` would do decides what is Pending, Drifted or a Conflict: the two can't tell different stories.

    the Pod                                                          state
    ---------------------------------------------------------------  ----------
    is reached under another Pod's EIP, or its EIP leads elsewhere   Misplaced
    its annotations can't be obeyed, or another EIP is in the way    Conflict
    it can never have an EIP (hostNetwork, virtual node, …)          Ineligible
    asks for an EIP and has none, or one that is not bound yet       Pending
    has one, but bind would unbind it or mend a tag or annotation    Drifted
    has one                                                          Bound
    asks for nothing and has none                                    not listed

What could not be read for want of a right is another module's matter: :mod:`eipctl.planners.status.partial`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.actions.eips import BindAction, Unassociate
from eipctl.domain.eligibility import ineligible
from eipctl.domain.facts import EipStatus
from eipctl.domain.plan import Verb
from eipctl.domain.wish import Problem, Wanted
from eipctl.planners.bind.unserved import CONFLICTS
from eipctl.planners.bind.world import at, bindings, terways_mode
from eipctl.planners.pools import pools_of
from eipctl.planners.status.leftovers import leftovers, nobodys, without_row
from eipctl.planners.status.report import BY_BIND, Manager, PodRow, PodState, PodVerdict, Remedy, StatusReport
from eipctl.planners.status.unbound import unbound_by_pod

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.cost import Rates
    from eipctl.domain.facts import Eip, Pod
    from eipctl.domain.plan import Plan
    from eipctl.planners.bind.world import World
    from eipctl.planners.status.unbound import Unbound

_NEVER = frozenset({Code.INELIGIBLE, Code.ACK_EXTEND})
_BINDS = frozenset({Verb.ALLOCATE, Verb.ASSOCIATE})


def report(world: World, plan: Plan, rates: Rates, warnings: tuple[str, ...] = ()) -> StatusReport:
    """The view of the selected Pods; `plan` is what bind, without prune, would do with this World."""
    join = _Join(world, plan, rates)
    listed = {pod.uid: pod for pod in world.pods if pod.uid in world.selected and not pod.finished}
    left = list(leftovers(world, plan, rates))
    join.share_out(listed.values())
    at_pods = {eip.allocation_id: eip for eip in map(join.eip_at, listed.values()) if eip}
    rest = without_row(world, {*at_pods, *(row.eip.allocation_id for row in left)})
    unbound = [
        eip for eip in rest if eip.status is not EipStatus.RELEASING and eip.owner and eip.owner.pod_uid in listed
    ]
    by_pod = unbound_by_pod(unbound, world.now, rates)
    left += nobodys(world, plan, [eip for eip in rest if eip not in unbound], rates)
    rows = {uid: join.row(pod, by_pod.get(uid, ())) for uid, pod in listed.items()}
    shown = {row.eip.allocation_id: row.eip for row in left} | at_pods | {eip.allocation_id: eip for eip in unbound}
    return StatusReport(
        pods=tuple(sorted((row for row in rows.values() if row), key=lambda row: row.pod.key)),
        unlisted=tuple(listed[uid] for uid, row in rows.items() if row is None),
        orphans=tuple(row for row in left if not row.kept),
        kept=tuple(sorted((row for row in left if row.kept), key=lambda row: row.eip.allocation_id)),
        per_month=sum(rates.per_month(eip) for eip in shown.values()),
        currency=rates.currency,
        prices_as_of=rates.as_of,
        prices=rates.told,
        unpriced=tuple(sorted(name for name, eip in shown.items() if not rates.know(eip))),
        listed=len(world.eips),
        warnings=warnings,
        complete=world.complete,
        pools=pools_of(world, plan, rates),
    )


class _Join:
    """Look-ups over one World and its plan."""

    def __init__(self, world: World, plan: Plan, rates: Rates) -> None:
        self._world, self._rates = world, rates
        self._bound = bindings(world.eips)
        self._skips = {skip.object: skip for skip in plan.skips}
        self._steps: dict[str, list[BindAction]] = defaultdict(list)
        self._unbinding: dict[str, str] = {}
        self._payers: dict[str, str] = {}
        self._living = {pod.uid for pod in world.pods if not pod.finished}
        self._own: dict[str, list[Eip]] = defaultdict(list)
        for eip in world.eips:
            if eip.owner is not None and ownership.belongs_to(eip.owner, world.cluster):
                self._own[eip.owner.pod_uid].append(eip)
        for action in plan.actions:
            if isinstance(action, BindAction):
                self._steps[action.uid].append(action)
            if isinstance(action, Unassociate):
                self._unbinding[action.allocation_id] = action.reason

    def eip_at(self, pod: Pod) -> Eip | None:
        """What is bound to its address."""
        place = self._world.enis.get(pod.uid)
        return at(place, self._bound) if place else None

    def share_out(self, pods: Iterable[Pod]) -> None:
        """Whose row an EIP is priced in: a leaving Pod and the next one may have the same address for a while."""
        for pod in sorted(pods, key=lambda pod: (pod.terminating, pod.key, pod.uid)):
            eip = self.eip_at(pod)
            if eip is None:
                continue
            first = self._payers.setdefault(eip.allocation_id, pod.uid)
            if eip.owner is not None and eip.owner.pod_uid == pod.uid != first:
                self._payers[eip.allocation_id] = pod.uid

    def _price(self, pod: Pod, eip: Eip | None) -> float:
        return self._rates.per_month(eip) if eip and self._payers[eip.allocation_id] == pod.uid else 0.0

    def row(self, pod: Pod, unbound: tuple[Unbound, ...]) -> PodRow | None:
        """None for a Pod that asks for nothing and has nothing."""
        place, eip = self._world.enis.get(pod.uid), self.eip_at(pod)
        wish = pod.wish
        if wish is None and eip is None and not unbound and not self._steps[pod.uid]:
            return None
        verdict = self._misplaced(pod, eip) or self._verdict(pod, wish, eip, unbound)
        skip = self._skips.get(f"pod/{pod.key}")
        return PodRow(
            pod=pod,
            wanted=wanted_text(wish),
            eip=eip,
            eni_id=place.eni_id if place else "",
            managed_by=self._manager(pod, eip, asks=wish is not None) if eip else None,
            state=verdict.state,
            reason=verdict.reason,
            code=wish.code if isinstance(wish, Problem) else skip.code if skip else None,
            remedy=verdict.remedy,
            served_by=self._server(pod),
            unbound=unbound,
            per_month=sum((one.per_month for one in unbound), self._price(pod, eip)),
        )

    def _misplaced(self, pod: Pod, eip: Eip | None) -> PodVerdict | None:
        """Whether it is reached under an EIP of another Pod, or its own EIP leads elsewhere."""
        owner = eip.owner if eip else None
        if eip is not None and owner is not None and owner.pod_uid != pod.uid:
            whose = f"pod/{owner.key}{'' if owner.pod_uid in self._living else ' (deleted)'}"
            return self._wrong(pod, eip, f"reachable under {eip.allocation_id}, which belongs to {whose}")
        bound = (one for one in self._own.get(pod.uid, ()) if one.bound and one.status is EipStatus.IN_USE)
        placed = pod.uid in self._world.enis
        away = next(bound, None) if placed and eip is None else None
        if away is None:
            return None
        target = " ".join(filter(None, (away.instance_id, away.private_ip)))
        return self._wrong(pod, away, f"its EIP {away.allocation_id} is bound to {target} instead")

    def _wrong(self, pod: Pod, eip: Eip, what: str) -> PodVerdict:
        if eip.allocation_id in self._unbinding:
            return PodVerdict(PodState.MISPLACED, f"{what}{BY_BIND}", Remedy.BIND)
        skip = self._skips.get(f"pod/{pod.key}") or self._skips.get(eip.allocation_id)
        if skip is None:
            return PodVerdict(PodState.MISPLACED, what)
        bound_by_others = skip.code is Code.EIP_ELSEWHERE and ownership.held_elsewhere(eip)
        why = "eipctl did not bind it there and leaves it alone" if bound_by_others else skip.reason
        return PodVerdict(PodState.MISPLACED, f"{what}; {why}")

    def _verdict(
        self, pod: Pod, wish: Wanted | Problem | None, eip: Eip | None, unbound: tuple[Unbound, ...]
    ) -> PodVerdict:
        if isinstance(wish, Problem):
            return PodVerdict(PodState.CONFLICT, wish.reason)
        if wish is None:
            return self._unasked(pod, eip, unbound)
        never = ineligible(pod, self._world.nodes.get(pod.node))
        if never:
            return PodVerdict(PodState.INELIGIBLE, never)
        if not self._world.ack_extend and pod.node in self._world.native_nodes and not eip and pod.terway_passes:
            return PodVerdict(PodState.INELIGIBLE, pod.terway_passes)
        if self._world.ack_extend or pod.node in self._world.native_nodes:
            return PodVerdict(PodState.BOUND) if eip else self._awaiting_others(pod)
        return self._asked(pod, eip, unbound)

    def _unasked(self, pod: Pod, eip: Eip | None, unbound: tuple[Unbound, ...]) -> PodVerdict:
        reason = self._unbinding.get(eip.allocation_id) if eip else next((one.reason for one in unbound), None)
        if reason is None and eip is None:
            reason = next((action.reason for action in self._steps[pod.uid]), None)
        if reason is not None:
            return PodVerdict(PodState.DRIFTED, reason, Remedy.BIND)
        if pod.asks_terway and pod.node in self._world.native_nodes:
            return PodVerdict(PodState.BOUND, "Terway gives it an EIP: one of pod-with-eip and eci-with-eip is 'true'")
        return PodVerdict(PodState.BOUND, "the Pod asks for no EIP")

    def _asked(self, pod: Pod, eip: Eip | None, unbound: tuple[Unbound, ...]) -> PodVerdict:
        skip = self._skips.get(f"pod/{pod.key}")
        if skip is not None and skip.code in CONFLICTS:
            return PodVerdict(PodState.CONFLICT, skip.reason)
        if skip is not None and skip.code in _NEVER:
            return PodVerdict(PodState.INELIGIBLE, skip.reason)
        steps = self._steps[pod.uid]
        binding = next((action for action in steps if action.verb in _BINDS), None)
        paid = next((one.reason for one in unbound), "")
        if binding is not None:
            return PodVerdict(PodState.PENDING, f"{paid or binding.reason}{BY_BIND}", Remedy.BIND)
        if eip is None:
            return PodVerdict(PodState.PENDING, "; ".join(filter(None, (paid, skip.reason if skip else ""))))
        mend = next((action for action in steps if action.allocation_id == eip.allocation_id), None)
        if mend is not None:
            return PodVerdict(PodState.DRIFTED, mend.reason, Remedy.BIND)
        return PodVerdict(PodState.BOUND, skip.reason if skip else "")

    def _awaiting_others(self, pod: Pod) -> PodVerdict:
        if self._world.ack_extend:
            return PodVerdict(PodState.PENDING, "ack-extend-network-controller gives the Pod its EIP")
        if pod.node in self._world.undecided_nodes:
            return PodVerdict(PodState.PENDING, terways_mode(self._world, pod.node))
        if not pod.ip:
            return PodVerdict(PodState.PENDING, "Terway gives the Pod its EIP while the Pod is being created")
        reason = "Terway gives EIPs to new Pods only; delete this Pod so that it is replaced"
        return PodVerdict(PodState.PENDING, reason, Remedy.RECREATE)

    def _server(self, pod: Pod) -> Manager:
        if self._world.ack_extend:
            return Manager.ACK_EXTEND
        return Manager.TERWAY if pod.node in self._world.native_nodes else Manager.EIPCTL

    def _manager(self, pod: Pod, eip: Eip, *, asks: bool) -> Manager:
        if eip.tagged:
            return Manager.USER if eip.owner and ownership.held_elsewhere(eip) else Manager.EIPCTL
        if self._world.ack_extend and asks:
            return Manager.ACK_EXTEND
        teller = told_by(pod, eip)
        if teller is not None:
            return teller
        return Manager.TERWAY if asks and pod.node in self._world.native_nodes else Manager.USER


def told_by(pod: Pod, eip: Eip) -> Manager | None:
    """Who wrote into the Pod that it has this EIP: Terway under its own prefix, the controller under the other too."""
    names = (eip.address, eip.allocation_id)
    if pod.recorded in names:
        return Manager.TERWAY
    return Manager.ACK_EXTEND if any(value in names for value in pod.recorded_elsewhere) else None


def wanted_text(wish: Wanted | Problem | None) -> str | None:
    if wish is None:
        return None
    if isinstance(wish, Problem):
        return "invalid"
    return f"pool/{wish.pool}" if wish.pool else wish.instance_id or "auto"
