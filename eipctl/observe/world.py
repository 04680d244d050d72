"""Observing for `bind`: EIPs first, then Pods (a Pod exists before its EIP), then where the Pods' IPs are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Refused
from eipctl.domain import ownership
from eipctl.domain.eligibility import ineligible
from eipctl.domain.facts import EIP_FAILED
from eipctl.domain.wish import Wanted
from eipctl.observe.eni_addresses import locate, vpc_of
from eipctl.observe.other_controllers import ack_extend_present, native_nodes, undecided_nodes
from eipctl.observe.snapshot import UNREAD
from eipctl.planners.bind.world import World, at, bindings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from eipctl.domain.facts import ClusterId, Eip, Node, Pod, PodEvent
    from eipctl.observe.snapshot import Snapshot


def observe(
    look: Snapshot,
    cluster: ClusterId,
    namespaces: Sequence[str] | None,
    label_selector: str = "",
    field_selector: str = "",
) -> tuple[World, tuple[EipctlError, ...]]:
    """What there is, and what keeps the observation from being complete."""
    eips, pods = look.vpc.list_eips().eips, pods_in(look, namespaces)
    selected = pods
    if label_selector or field_selector:
        selected = pods_in(look, namespaces, label_selector=label_selector, field_selector=field_selector)
    uids = frozenset(pod.uid for pod in selected)
    places = locate(look, [pod for pod in pods if pod.uid in uids and _needs_place(pod, look.nodes)], eips)
    native, ack_extend = native_nodes(look), ack_extend_present(look)
    own = [eip for eip in eips if ownership.belongs_to(eip.owner, cluster)]
    strangers = _elsewhere(look, own, {place.eni_id for place in places.addresses.values()})
    problems = (*look.partial, *_suspicious(own, pods, namespaces, strangers))
    world = World(
        cluster=cluster,
        now=look.vpc.now(),
        eips=eips,
        pods=pods,
        selected=uids,
        enis=places.addresses,
        prefixed=places.prefixed,
        nodes=look.nodes,
        native_nodes=native,
        undecided_nodes=undecided_nodes(look),
        ack_extend=ack_extend,
        namespaces=None if namespaces is None else frozenset(namespaces),
        complete=not problems,
    )
    return world, problems


def last_failures(look: Snapshot, world: World) -> dict[str, str]:
    """Pod UID to when its EIP failed last, as Events record it; nothing while every Pod has its EIP.

    Events are kept for an hour or so, and may not be readable: then nothing is known of earlier runs.
    """
    bound = bindings(world.eips)
    if all(at(place, bound) for place in world.enis.values()):
        return {}
    events = look.allowed(lambda: events_in(look, world.namespaces, EIP_FAILED), unless=lambda _error: True)
    return {event.uid: event.last for event in events or ()}


def pods_in(look: Snapshot, namespaces: Collection[str] | None, **selectors: str) -> tuple[Pod, ...]:
    """The Pods of these namespaces; None is all. What could not be read is a note of `look`."""
    listed = [look.kube.pods(each, **selectors).pods for each in _each(namespaces)]
    return tuple(pod for pods in listed for pod in pods)


def events_in(look: Snapshot, namespaces: Collection[str] | None, reason: str) -> tuple[PodEvent, ...]:
    """The Events of Pods with this reason in these namespaces, the last one last."""
    found = [event for each in _each(namespaces) for event in look.kube.pod_events(each, reason)]
    return tuple(sorted(found, key=lambda event: event.last))


def _each(namespaces: Collection[str] | None) -> list[str | None]:
    return [None] if namespaces is None else [*sorted(set(namespaces))]


def everything(look: Snapshot, consequence: str) -> tuple[tuple[Eip, ...], tuple[Pod, ...]]:
    """All EIPs, then all Pods (a Pod exists before its EIP); Refused, with the consequence, if some are missing."""
    eips, pods = look.vpc.list_eips(), look.kube.pods(None)
    for listing, what in ((eips, "EIPs"), (pods, "Pods")):
        if not listing.complete:
            message = f"the {what} could not be read in full ({listing.why}), {consequence}"
            raise Refused(Code.PARTIAL_READ, message, hint="run the same command again")
    return eips.eips, pods.pods


def _suspicious(
    own: Sequence[Eip], pods: Sequence[Pod], namespaces: Sequence[str] | None, strangers: Sequence[str]
) -> tuple[EipctlError, ...]:
    """Observations that are complete and yet can't be true of the cluster the EIPs belong to."""
    if own and not pods and namespaces is None:
        message = "partial read: the cluster lists no Pods at all, yet it owns EIPs"
        return (Refused(Code.PARTIAL_READ, message, hint=UNREAD),)
    if not strangers:
        return ()
    message = (
        f"{', '.join(strangers[:3])} carry this cluster's tags but are bound in another VPC; is this a copied cluster?"
    )
    return (Refused(Code.CLUSTER_ID, message, hint="give this cluster another identity with --cluster-id"),)


def _elsewhere(look: Snapshot, own: Sequence[Eip], known: Collection[str]) -> tuple[str, ...]:
    """The EIPs that are bound in another VPC than the cluster's, by their ENIs: an EIP does not name its VPC.

    `known` are ENIs of the cluster's Pods. Without a node that is an ECS instance nobody can say.
    """
    far = [eip for eip in own if eip.instance_type == "NetworkInterface" and eip.instance_id not in known]
    if not far or not any(node.instance_id for node in look.nodes.values()):
        return ()
    home = vpc_of(look)
    vpcs = look.vpc.vpcs_of_enis([eip.instance_id for eip in far])
    return tuple(eip.allocation_id for eip in far if vpcs.get(eip.instance_id, home) != home)


def _needs_place(pod: Pod, nodes: Mapping[str, Node]) -> bool:
    asks = isinstance(pod.wish, Wanted)
    return asks and bool(pod.ip) and not pod.finished and not ineligible(pod, nodes.get(pod.node))
