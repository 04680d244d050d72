"""`eipctl status`: observe as bind does, also what Pods have that they did not ask for, and join.

Without some right it still shows what is certain, and says which columns it could not fill and why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError
from eipctl.domain.cost import Rates
from eipctl.domain.eligibility import ineligible
from eipctl.observe.cluster import identify
from eipctl.observe.eni_addresses import locate
from eipctl.observe.other_controllers import ack_extend_present, native_nodes
from eipctl.observe.world import observe
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs
from eipctl.planners.status.join import report
from eipctl.planners.status.order import Sort, sorted_by
from eipctl.planners.status.partial import Seen, glance

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.domain.facts import EipListing, EniAddress, Node, PodListing
    from eipctl.engine.session import Session
    from eipctl.planners.bind.world import World
    from eipctl.planners.status.report import PodState, StatusReport

T = TypeVar("T")

FORBIDDEN = (Code.KUBE_FORBIDDEN, Code.CLOUD_FORBIDDEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOptions:
    """`namespace` None is all of them; `orphans` leaves the Pods out, `states` all others."""

    namespace: str | None = None
    selector: str = ""
    orphans: bool = False
    cluster_id: str | None = None
    states: frozenset[PodState] = frozenset()
    sort_by: Sort = Sort.NAMESPACE


def observe_status(session: Session, options: StatusOptions) -> StatusReport:
    """What the selected Pods ask for and have, in full. Nothing is changed."""
    cluster = identify(session, options.cluster_id)
    world, problems = observe(session, cluster, options.namespace, options.selector, "")
    world = replace(world, enis={**_places_of_others(session, world), **world.enis})
    plan = plan_bind(world, Knobs()).plan
    return report(world, plan, session.rates, tuple(problem.message for problem in problems))


def observe_allowed(session: Session, options: StatusOptions) -> StatusReport:
    """The same as far as one may look: what is certain, and warnings that name the columns that are not filled."""
    try:
        return observe_status(session, options)
    except EipctlError as error:
        if error.code not in FORBIDDEN:
            raise
        return _partial(session, options)


def chosen(found: StatusReport, options: StatusOptions) -> StatusReport:
    """The rows that are asked for, in the order that is."""
    if options.orphans:
        money = sum(row.per_month for row in found.orphans)
        found = replace(found, pods=(), kept=(), per_month=money, only_orphans=True)
    if options.states:
        pods = tuple(row for row in found.pods if row.state in options.states)
        found = replace(found, pods=pods, orphans=(), kept=(), per_month=sum(row.per_month for row in pods))
    return replace(found, pods=sorted_by(found.pods, options.sort_by), namespace=options.namespace)


def _places_of_others(session: Session, world: World) -> dict[str, EniAddress]:
    """Where the Pods are that did not ask, but whose IP has an EIP. Other VPCs may have the same IPs.

    An EIP at the primary IP of an ENI does not tell it: then any Pod may be the one.
    """
    bound = [eip for eip in world.eips if eip.bound and eip.instance_type == "NetworkInterface"]
    ips = {eip.private_ip for eip in bound if eip.private_ip}
    known = {place.binding for place in world.enis.values()}
    primary = any((eip.instance_id, "") not in known for eip in bound if not eip.private_ip)
    pods = [pod for pod in world.pods if pod.ip and pod.uid not in world.enis and not pod.host_network]
    return dict(locate(session, world.nodes, [pod for pod in pods if primary or pod.ip in ips]).addresses)


class _Allowed:
    """Reads what may be read, and remembers for what columns something was missing."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def at(self, columns: str, read: Callable[[], T]) -> T | None:
        """What `read` returns; None when a right is missing."""
        try:
            return read()
        except EipctlError as error:
            if error.code not in FORBIDDEN:
                raise
            self.warnings.append(f"not filled: {columns}, because {error.message}; {error.hint}")
            return None

    def lacks(self, columns: str, listing: PodListing | EipListing | None) -> None:
        """Warn of a list of which a part did not come."""
        if listing is not None and not listing.complete:
            self.warnings.append(f"not filled: {columns}, because of a partial read: {listing.why}; run again")


def _partial(session: Session, options: StatusOptions) -> StatusReport:
    """Pods must be readable; everything else only if it may be."""
    allowed = _Allowed()
    eips = allowed.at("EIP, ID, MBIT/S, BY, orphans, drift and money", session.vpc.list_eips)
    pods = session.kube.pods(options.namespace, label_selector=options.selector)
    allowed.lacks("rows of some Pods", pods)
    allowed.lacks("EIP, ID, MBIT/S, BY and money of some Pods", eips)
    listed = allowed.at("NODE facts, ENI, STATE, orphans and drift", session.kube.nodes)
    nodes = {node.name: node for node in listed or ()}
    allowed.at("orphans and drift", lambda: identify(session, options.cluster_id))
    allowed.at("who else gives EIPs (BY, STATE), orphans and drift", lambda: _rivals(session, nodes))
    asked = [pod for pod in pods.pods if pod.ip and not pod.finished and not ineligible(pod, nodes.get(pod.node))]
    places = None
    if nodes:
        places = allowed.at("ENI, orphans and drift", lambda: locate(session, nodes, asked))
    seen = Seen(
        pods=pods.pods,
        eips=eips.eips if eips else (),
        enis=places.addresses if places else {},
        nodes=nodes,
        rates=session.rates if eips else Rates(),
    )
    return glance(seen, tuple(allowed.warnings))


def _rivals(session: Session, nodes: dict[str, Node]) -> None:
    native_nodes(session, nodes.values())
    ack_extend_present(session)
