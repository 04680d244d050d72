"""Observing for `bind`: EIPs first, then Pods (a Pod exists before its EIP), then where the Pods' IPs are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eipctl.domain import ownership
from eipctl.domain.annotations import Wanted, wanted
from eipctl.domain.codes import Code
from eipctl.domain.eligibility import ineligible
from eipctl.domain.facts import ClusterId, Eip, EniAddress, Node, Pod
from eipctl.engine.rivals import ack_extend_present, native_nodes
from eipctl.errors import EipctlError, Refused, UsageError
from eipctl.planners.bind_world import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    places = _places(session, nodes, [pod for pod in listing.pods if pod.uid in uids and _needs_place(pod, nodes)])
    own = [eip for eip in eips.eips if ownership.belongs_to(ownership.owner_of(eip.tags), cluster)]
    problems = _incomplete(eips.why if not eips.complete else "", listing.why if not listing.complete else "")
    problems += _suspicious(own, listing.pods, namespace, {place.vpc_id for place in places.values()})
    world = World(
        cluster=cluster,
        now=datetime.now(UTC),
        eips=eips.eips,
        pods=listing.pods,
        selected=uids,
        enis=places,
        nodes=nodes,
        native_nodes=native_nodes(session),
        ack_extend=ack_extend_present(session),
        namespace=namespace,
        complete=not problems,
    )
    return world, problems


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
    asks = isinstance(wanted(pod.annotations), Wanted)
    return asks and bool(pod.ip) and not pod.finished and not ineligible(pod, nodes.get(pod.node))


def _places(session: Session, nodes: Mapping[str, Node], pods: Sequence[Pod]) -> dict[str, EniAddress]:
    """Pod UID to (ENI, private IP): Terway's PodENI objects first, the rest by one batched look-up in the VPC."""
    if not pods:
        return {}
    vpc_id = vpc_of(session, nodes)
    known = session.kube.pod_enis()
    places = {
        pod.uid: EniAddress(known[pod.uid][0], pod.ip, primary=True, vpc_id=vpc_id)
        for pod in pods
        if pod.uid in known and known[pod.uid][1] == pod.ip
    }
    missing = [pod for pod in pods if pod.uid not in places]
    by_ip = {place.private_ip: place for place in session.vpc.enis_by_ip(vpc_id, [pod.ip for pod in missing])}
    return places | {pod.uid: by_ip[pod.ip] for pod in missing if pod.ip in by_ip}


def vpc_of(session: Session, nodes: Mapping[str, Node]) -> str:
    """The cluster's VPC, by a node's ENI; a node that this account does not know means the wrong account or region."""
    instances = [node.instance_id for node in nodes.values() if node.instance_id]
    for instance_id in instances[:3]:
        vpc_id = session.vpc.vpc_of_instance(instance_id)
        if vpc_id:
            return vpc_id
    shown = ", ".join(instances[:3]) or "none of them has a providerID of Alibaba Cloud"
    raise UsageError(
        Code.WRONG_ACCOUNT,
        f"the cluster's nodes ({shown}) have no ENI in this account and region {session.region}",
        hint="choose the account with --profile and the region with --region; eipctl buys nothing in a wrong one",
    )
