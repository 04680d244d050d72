"""The view of Pods and EIPs when something may not be read: what is still certain, and Unknown for the rest.

Without a plan of `bind` nothing can drift here. An EIP in use counts as a Pod's if it is bound to the Pod's ENI and IP;
where the ENI is not known, only if two of three say so: its tags name the Pod's UID, the Pod tells its address, it is
bound to the Pod's IP. An IP alone proves nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.domain.eligibility import ineligible
from eipctl.domain.wish import Problem, Wanted
from eipctl.planners.bind.world import at, bindings
from eipctl.planners.status.join import told_by, wanted_text
from eipctl.planners.status.report import Manager, PodRow, PodState, StatusReport
from eipctl.planners.status.unbound import unbound_by_pod

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from datetime import datetime

    from eipctl.domain.cost import Rates
    from eipctl.domain.facts import Eip, EniAddress, Node, Pod
    from eipctl.planners.status.unbound import Unbound


UNSEEN = "unknown whether the Pod has an EIP: not everything could be read (see the warnings)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What could be read; empty where it could not."""

    now: datetime
    pods: tuple[Pod, ...]
    eips: tuple[Eip, ...] = ()
    enis: Mapping[str, EniAddress]
    """By Pod UID."""
    nodes: Mapping[str, Node]
    rates: Rates


def glance(seen: Seen, warnings: tuple[str, ...]) -> StatusReport:
    """A row for each Pod that asks for an EIP, or certainly has one."""
    claims, bound = _claims(seen.eips), bindings(seen.eips)
    there = {uid: at(place, bound) for uid, place in seen.enis.items()}
    certain = {pod.uid: _certain(pod, claims, there.get(pod.uid)) for pod in seen.pods if not pod.finished}
    shown = {eip.allocation_id for eip in certain.values() if eip}
    unbound = unbound_by_pod(_unshown(seen.eips, certain, shown), seen.now, seen.rates)
    found = (
        _row(pod, certain[pod.uid], there.get(pod.uid), unbound.get(pod.uid, ()), seen)
        for pod in seen.pods
        if pod.uid in certain
    )
    rows = tuple(sorted((row for row in found if row), key=lambda row: row.pod.key))
    listed = {row.pod.uid for row in rows}
    total = sum(row.per_month for row in rows)
    return StatusReport(
        pods=rows,
        unlisted=tuple(pod for pod in seen.pods if pod.uid in certain and pod.uid not in listed),
        orphans=(),
        per_month=total,
        currency=seen.rates.currency,
        prices_as_of=seen.rates.as_of,
        prices=seen.rates.told,
        listed=len(seen.eips),
        warnings=warnings,
        complete=False,
    )


def _unshown(eips: Iterable[Eip], pods: Container[str], shown: Container[str]) -> list[Eip]:
    """EIPs whose tags name one of these Pods (by UID), and that no row shows."""
    return [eip for eip in eips if eip.owner and eip.owner.pod_uid in pods and eip.allocation_id not in shown]


def _claims(eips: Iterable[Eip]) -> dict[str, list[Eip]]:
    """Bound EIPs by the Pod's UID in their tags, by address, id and private IP."""
    found: dict[str, list[Eip]] = defaultdict(list)
    for eip in eips:
        if eip.bound and eip.instance_type == "NetworkInterface":
            owner = eip.owner
            for key in (owner.pod_uid if owner else "", eip.address, eip.allocation_id, eip.private_ip):
                found[key].append(eip)
    return found


def _row(pod: Pod, eip: Eip | None, there: Eip | None, unbound: tuple[Unbound, ...], seen: Seen) -> PodRow | None:
    wish = pod.wish
    if wish is None and eip is None and not unbound:
        return None
    state, reason = _misplaced(pod, there) or _state(pod, wish, eip, seen.nodes.get(pod.node))
    place = seen.enis.get(pod.uid)
    return PodRow(
        pod=pod,
        wanted=wanted_text(wish),
        eip=eip,
        eni_id=place.eni_id if place else eip.instance_id if eip else "",
        managed_by=_manager(pod, eip) if eip else None,
        state=state,
        reason=reason,
        code=wish.code if isinstance(wish, Problem) else None,
        unbound=unbound,
        per_month=sum((one.per_month for one in unbound), seen.rates.per_month(eip) if eip else 0.0),
    )


def _certain(pod: Pod, claims: Mapping[str, list[Eip]], there: Eip | None) -> Eip | None:
    """`there` is what is bound to its ENI and IP."""
    eip = there or _claimed(pod, claims)
    owner = eip.owner if eip else None
    return None if owner is not None and owner.pod_uid != pod.uid else eip


def _claimed(pod: Pod, claims: Mapping[str, list[Eip]]) -> Eip | None:
    told = pod.recorded or next(iter(pod.recorded_elsewhere), "")
    named = Counter(eip.allocation_id for key in (pod.uid, told, pod.ip) if key for eip in claims.get(key, ()))
    both = next((allocation_id for allocation_id, count in named.items() if count > 1), None)
    return claims[both][0] if both else None


def _misplaced(pod: Pod, there: Eip | None) -> tuple[PodState, str] | None:
    owner = there.owner if there else None
    if there is None or owner is None or owner.pod_uid == pod.uid:
        return None
    return PodState.MISPLACED, f"reachable under {there.allocation_id}, which belongs to pod/{owner.key}"


def _state(pod: Pod, wish: Wanted | Problem | None, eip: Eip | None, node: Node | None) -> tuple[PodState, str]:
    if isinstance(wish, Problem):
        return PodState.CONFLICT, wish.reason
    never = ineligible(pod, node) if wish is not None else ""
    if never:
        return PodState.INELIGIBLE, never
    if eip is None:
        told = pod.recorded or next(iter(pod.recorded_elsewhere), "")
        return PodState.UNKNOWN, f"the Pod shows {told}, which was not compared with the cloud" if told else UNSEEN
    if wish is None:
        return PodState.UNKNOWN, "the Pod asks for no EIP"
    if wish.instance_id not in ("", eip.allocation_id):
        return PodState.UNKNOWN, "the Pod has another EIP than the one it names"
    return PodState.BOUND, "not checked for drift"


def _manager(pod: Pod, eip: Eip) -> Manager | None:
    return Manager.EIPCTL if eip.tagged else told_by(pod, eip)
