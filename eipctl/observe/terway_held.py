"""Which EIPs Terway holds in this cluster: found by the ENIs and by what its Pods say, for they carry no tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.domain.wish import Wanted
from eipctl.observe.eni_addresses import locate, vpc_of
from eipctl.observe.world import everything
from eipctl.planners.terway.held import GONE, Held, held_by_terway

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from eipctl.domain.facts import EniAddress, Node, Pod
    from eipctl.observe.snapshot import Snapshot


def held(look: Snapshot) -> tuple[Held, ...]:
    """Also at addresses of the ENIs' pools that no Pod has any more."""
    eips, pods = everything(look, "so Terway may hold some")
    living = [pod for pod in pods if not pod.finished and not pod.host_network]
    pools = look.vpc.enis_of_vpc(vpc_of(look))
    idle = _idle(pools, look.nodes.values(), {pod.ip for pod in pods if not pod.finished})
    found = held_by_terway(eips, _by_result(living), _by_place(look, living), idle)
    if not found:
        return ()
    rates = look.rates
    return tuple(
        Held(eip, f"pod/{pod.key}" if pod else GONE, rates.per_month(eip), rates.currency) for eip, pod in found
    )


def _idle(places: Iterable[EniAddress], nodes: Iterable[Node], ips: Container[str]) -> frozenset[tuple[str, str]]:
    """The addresses of Terway's pools on these nodes that no Pod has; an ENI's primary one is the node's own."""
    instances = {node.instance_id for node in nodes if node.instance_id}
    free = (place for place in places if place.instance_id in instances and place.private_ip not in ips)
    return frozenset(place.binding for place in free if not place.primary)


def _by_result(pods: Iterable[Pod]) -> dict[str, Pod]:
    return {pod.recorded: pod for pod in pods if pod.recorded}


def _by_place(look: Snapshot, pods: Iterable[Pod]) -> Mapping[tuple[str, str], Pod]:
    """Pods that ask for an EIP by (ENI id, private IP); the primary IP of an ENI may be shown as "" or in full."""
    asking = {pod.uid: pod for pod in pods if pod.ip and isinstance(pod.wish, Wanted)}
    places = locate(look, list(asking.values())).addresses
    both = [(uid, place, ip) for uid, place in places.items() for ip in {place.private_ip, place.binding[1]}]
    return {(place.eni_id, ip): asking[uid] for uid, place, ip in both}
