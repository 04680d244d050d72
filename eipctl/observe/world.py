"""Observing for `bind`: EIPs first, then Pods (a Pod exists before its EIP), then where the Pods' IPs are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Refused
from eipctl.domain import ownership
from eipctl.domain.eligibility import ineligible
from eipctl.domain.wish import Wanted
from eipctl.observe.eni_addresses import locate
from eipctl.observe.other_controllers import ack_extend_present, native_nodes
from eipctl.planners.bind.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eipctl.domain.facts import ClusterId, Eip, Node, Pod
    from eipctl.engine.session import Session

UNREAD = "nothing is unbound or released on what was not read in full; run again"


def observe(
    session: Session, cluster: ClusterId, namespace: str | None, label_selector: str, field_selector: str
) -> tuple[World, tuple[EipctlError, ...]]:
    """What there is, and what keeps the observation from being complete."""
    eips = session.vpc.list_eips()
    listing = session.kube.pods(namespace)
    selected = listing.pods
    if label_selector or field_selector:
        chosen = session.kube.pods(namespace, label_selector=label_selector, field_selector=field_selector)
        selected = chosen.pods
    nodes = {node.name: node for node in session.kube.nodes()}
    uids = frozenset(pod.uid for pod in selected)
    places = locate(session, nodes, [pod for pod in listing.pods if pod.uid in uids and _needs_place(pod, nodes)])
    own = [eip for eip in eips.eips if ownership.belongs_to(eip.owner, cluster)]
    problems = _incomplete(eips.why if not eips.complete else "", listing.why if not listing.complete else "")
    problems += _suspicious(own, listing.pods, namespace, {place.vpc_id for place in places.addresses.values()})
    world = World(
        cluster=cluster,
        now=datetime.now(UTC),
        eips=eips.eips,
        pods=listing.pods,
        selected=uids,
        enis=places.addresses,
        prefixed=places.prefixed,
        nodes=nodes,
        native_nodes=native_nodes(session, nodes.values()),
        ack_extend=ack_extend_present(session),
        namespace=namespace,
        complete=not problems,
    )
    return world, problems


def everything(session: Session, consequence: str) -> tuple[tuple[Eip, ...], tuple[Pod, ...]]:
    """All EIPs, then all Pods (a Pod exists before its EIP); Refused, with the consequence, if some are missing."""
    eips, pods = session.vpc.list_eips(), session.kube.pods(None)
    for listing, what in ((eips, "EIPs"), (pods, "Pods")):
        if not listing.complete:
            message = f"the {what} could not be read in full ({listing.why}), {consequence}"
            raise Refused(Code.PARTIAL_READ, message, hint="run the same command again")
    return eips.eips, pods.pods


def _incomplete(*reasons: str) -> tuple[EipctlError, ...]:
    return tuple(Refused(Code.PARTIAL_READ, f"partial read: {reason}", hint=UNREAD) for reason in reasons if reason)


def _suspicious(
    own: Sequence[Eip], pods: Sequence[Pod], namespace: str | None, vpcs: set[str]
) -> tuple[EipctlError, ...]:
    """Observations that are complete and yet can't be true of the cluster the EIPs belong to."""
    if own and not pods and namespace is None:
        return _incomplete("the cluster shows no Pod at all, yet it owns EIPs")
    strangers = [eip.allocation_id for eip in own if vpcs and eip.vpc_id and eip.vpc_id not in vpcs]
    if not strangers:
        return ()
    message = (
        f"{', '.join(strangers[:3])} carry this cluster's tags but are bound in another VPC: is this a copy of it?"
    )
    return (Refused(Code.CLUSTER_ID, message, hint="give this cluster another identity with --cluster-id"),)


def _needs_place(pod: Pod, nodes: Mapping[str, Node]) -> bool:
    asks = isinstance(pod.wish, Wanted)
    return asks and bool(pod.ip) and not pod.finished and not ineligible(pod, nodes.get(pod.node))
