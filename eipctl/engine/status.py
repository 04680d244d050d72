"""`eipctl status`: observe as bind does, also what Pods have that they did not ask for, and join."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.engine.cluster import identify
from eipctl.engine.observe import observe
from eipctl.engine.places import locate
from eipctl.planners.bind import plan_bind
from eipctl.planners.bind_world import Knobs
from eipctl.planners.status import StatusReport, report

if TYPE_CHECKING:
    from eipctl.domain.facts import EniAddress
    from eipctl.engine.session import Session
    from eipctl.planners.bind_world import World

DEFAULT_NAMESPACE = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOptions:
    """`namespace` None is `default`, unless `all_namespaces`; `orphans` leaves the Pods out."""

    namespace: str | None = None
    all_namespaces: bool = False
    selector: str = ""
    orphans: bool = False
    cluster_id: str | None = None


def observe_status(session: Session, options: StatusOptions) -> StatusReport:
    """What the selected Pods ask for and have. Nothing is changed."""
    cluster = identify(session, options.cluster_id)
    namespace = None if options.all_namespaces else options.namespace or DEFAULT_NAMESPACE
    world, problems = observe(session, cluster, namespace, options.selector, "")
    world = replace(world, enis={**_places_of_others(session, world), **world.enis})
    plan = plan_bind(world, Knobs()).plan
    found = report(world, plan, session.region, tuple(problem.message for problem in problems))
    return replace(found, pods=()) if options.orphans else found


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
