"""`eipctl status`: observe as bind does, also what Pods have that they did not ask for, and join.

Without some right it still shows what is certain, and says which columns it could not fill and why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain.cost import Rates
from eipctl.domain.eligibility import ineligible
from eipctl.domain.facts import EIP_FAILED
from eipctl.observe.cluster import identify
from eipctl.observe.eni_addresses import locate
from eipctl.observe.other_controllers import ack_extend_present, native_nodes
from eipctl.observe.snapshot import FORBIDDEN, Snapshot
from eipctl.observe.world import events_in, observe, pods_in
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs
from eipctl.planners.status.join import report
from eipctl.planners.status.order import Sort, sorted_by
from eipctl.planners.status.partial import Seen, glance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from eipctl.domain.facts import EniAddress
    from eipctl.engine.session import Session
    from eipctl.observe.snapshot import Note
    from eipctl.planners.bind.world import World
    from eipctl.planners.status.report import PodState, StatusReport

COLUMNS = {
    "list_eips": "EIP, ID, MBIT/S, BY, orphans, drift and money",
    "nodes": "NODE facts, ENI, STATE, orphans and drift",
    "deployment_exists": "who else gives EIPs (BY, STATE), orphans and drift",
    "pod_eips": "who else gives EIPs (BY, STATE), orphans and drift",
    "pods": "who else gives EIPs (BY, STATE), orphans and drift",
    "vpc_of_instance": "ENI, orphans and drift",
    "enis_by_ip": "ENI, orphans and drift",
    "enis_of_vpc": "ENI, orphans and drift",
}
"""What is not filled without the answer to a question: of Pods only those of Terway can be missing."""
SOME = {"pods": "rows of some Pods", "list_eips": "EIP, ID, MBIT/S, BY and money of some Pods"}
"""The same with a part of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOptions:
    """`namespaces` None is all of them; `orphans` leaves the Pods out, `states` all others."""

    namespaces: tuple[str, ...] | None = None
    selector: str = ""
    field_selector: str = ""
    orphans: bool = False
    cluster_id: str | None = None
    states: frozenset[PodState] = frozenset()
    sort_by: Sort = Sort.STATE


def observe_status(look: Snapshot, options: StatusOptions) -> StatusReport:
    """What the selected Pods ask for and have, in full. Nothing is changed."""
    cluster = identify(look, options.cluster_id)
    world, problems = observe(look, cluster, options.namespaces, options.selector, options.field_selector)
    world = replace(world, enis={**_places_of_others(look, world), **world.enis})
    plan = plan_bind(world, Knobs()).plan
    found = report(world, plan, look.rates, tuple(problem.message for problem in problems))
    return _with_errors(look, found, options.namespaces)


def _with_errors(look: Snapshot, found: StatusReport, namespaces: tuple[str, ...] | None) -> StatusReport:
    """Why Pods could not be given their EIPs, as far as Events record it and may be read."""
    if not any(row.tried for row in found.pods):
        return found
    events = look.allowed(lambda: events_in(look, namespaces, EIP_FAILED))
    return found.with_errors({event.uid: event.message for event in events or ()})


def observe_allowed(session: Session, options: StatusOptions) -> StatusReport:
    """The same as far as one may look: what is certain, and warnings that name the columns that are not filled."""
    look = Snapshot(session)
    return look.allowed(lambda: observe_status(look, options)) or _partial(look, options)


def chosen(found: StatusReport, options: StatusOptions) -> StatusReport:
    """The rows that are asked for, in the order that is."""
    if options.orphans:
        money = sum(row.per_month for row in found.orphans)
        found = replace(found, pods=(), kept=(), per_month=money, only_orphans=True)
    if options.states:
        pods = tuple(row for row in found.pods if row.state in options.states)
        found = replace(found, pods=pods, orphans=(), kept=(), per_month=sum(row.per_month for row in pods))
    return replace(found, pods=sorted_by(found.pods, options.sort_by), namespaces=options.namespaces)


def _places_of_others(look: Snapshot, world: World) -> dict[str, EniAddress]:
    """Where the Pods are that did not ask, but whose IP has an EIP. Other VPCs may have the same IPs.

    An EIP at the primary IP of an ENI does not tell it: then any Pod may be the one.
    """
    bound = [eip for eip in world.eips if eip.bound and eip.instance_type == "NetworkInterface"]
    ips = {eip.private_ip for eip in bound if eip.private_ip}
    known = {place.binding for place in world.enis.values()}
    primary = any((eip.instance_id, "") not in known for eip in bound if not eip.private_ip)
    pods = [pod for pod in world.pods if pod.ip and pod.uid not in world.enis and not pod.host_network]
    return dict(locate(look, [pod for pod in pods if primary or pod.ip in ips]).addresses)


def _partial(look: Snapshot, options: StatusOptions) -> StatusReport:
    """Pods must be readable; everything else only if it may be."""
    eips = look.allowed(look.vpc.list_eips)
    selectors = {"label_selector": options.selector, "field_selector": options.field_selector}
    pods = pods_in(look, options.namespaces, **{name: text for name, text in selectors.items() if text})
    nodes = look.allowed(lambda: look.nodes) or {}
    look.allowed(lambda: identify(look, options.cluster_id))
    if nodes:
        look.allowed(lambda: native_nodes(look))
    look.allowed(lambda: ack_extend_present(look))
    asked = [pod for pod in pods if pod.ip and not pod.finished and not ineligible(pod, nodes.get(pod.node))]
    places = look.allowed(lambda: locate(look, asked)) if nodes else None
    seen = Seen(
        now=look.vpc.now() if eips else look.kube.now(),
        pods=pods,
        eips=eips.eips if eips else (),
        enis=places.addresses if places else {},
        nodes=nodes,
        rates=look.rates if eips else Rates(),
    )
    return glance(seen, tuple(_warnings(look.notes)))


def _warnings(notes: Iterable[Note]) -> Iterator[str]:
    """The columns for which something was missing, and why."""
    for note in notes:
        if note.error.code in FORBIDDEN:
            columns = COLUMNS.get(note.asked, "orphans and drift")
            yield f"not filled: {columns}, because {note.error.message}; {note.error.hint}"
        elif note.error.code is Code.PARTIAL_READ:
            columns = SOME.get(note.asked, "orphans and drift")
            yield f"not filled: {columns}, because of a {note.error.message}; run again"
