"""Where Pods' IPs are: from Terway's own objects without a cloud call, the rest from the cloud in the fewest calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.domain.terway.eni_records import in_prefix, recorded
from eipctl.planners.bind.world import at, bindings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eipctl.domain.facts import Eip, EniAddress, Pod
    from eipctl.observe.snapshot import Snapshot

IPS_A_CALL = 100
ENIS_A_CALL = 500
ENIS_A_NODE = 10
"""What a node of a middling ECS type can hold: how many ENIs a VPC may have is only known after listing them."""


class Places(NamedTuple):
    """Pod UID to address, and the UIDs of Pods whose IP comes from a prefix."""

    addresses: Mapping[str, EniAddress]
    prefixed: frozenset[str]


def locate(look: Snapshot, pods: Sequence[Pod], eips: Sequence[Eip] | None = None) -> Places:
    """Where the IPs of `pods` are; an unknown Pod is absent.

    Records can be stale. With the region's EIPs, a record that shows no EIP at its address is compared with the cloud,
    which goes before it: that is where something may be about to be bound. Pods that have their EIP cost no call.
    """
    if not pods:
        return Places({}, frozenset())
    vpc_id = vpc_of(look)
    records = look.kube.terway_records()
    found = recorded(pods, records, vpc_id)
    prefixed = frozenset(pod.uid for pod in pods if pod.uid not in found and in_prefix(pod, records.prefixes))
    bound = bindings(eips or ())
    doubted = {uid for uid, place in found.items() if eips is not None and at(place, bound) is None}
    open_ones = [pod for pod in pods if pod.uid in doubted or (pod.uid not in found and pod.uid not in prefixed)]
    asked = [pod for pod in open_ones if (pod.uid, pod.ip) not in look.places]
    by_ip = _of_cloud(look, vpc_id, [pod.ip for pod in asked], len(look.nodes)) if asked else {}
    look.places |= {(pod.uid, pod.ip): by_ip[pod.ip] for pod in asked if pod.ip in by_ip}
    told = {pod.uid: look.places[pod.uid, pod.ip] for pod in open_ones if (pod.uid, pod.ip) in look.places}
    return Places(found | told, prefixed)


def _of_cloud(look: Snapshot, vpc_id: str, ips: Sequence[str], nodes: int) -> dict[str, EniAddress]:
    """Private IP to address, by batches of IPs or by one list of the VPC's ENIs, whichever takes fewer calls."""
    batches = -(-len(set(ips)) // IPS_A_CALL)
    pages = max(1, -(-nodes * ENIS_A_NODE // ENIS_A_CALL))
    if batches <= pages:
        found = {place.private_ip: place for place in look.vpc.enis_by_ip(vpc_id, ips)}
        if found.keys() >= set(ips):
            return found
        # Whether an ENI is found by its primary IP is not documented; the list of all ENIs tells it in any case.
    return {place.private_ip: place for place in look.vpc.enis_of_vpc(vpc_id)}


def vpc_of(look: Snapshot) -> str:
    """The cluster's VPC, by a node's ENI; a node that this account does not know means the wrong account or region.

    Nodes that still report come first: the instance of another one may have been released.
    """
    nodes = sorted(look.nodes.values(), key=lambda node: node.silent)
    instances = [node.instance_id for node in nodes if node.instance_id]
    if not instances:
        raise UsageError(
            Code.WRONG_ACCOUNT,
            "no node of the cluster has a providerID of Alibaba Cloud, so that their ENIs can't be found",
            hint="the cloud controller manager sets spec.providerID of each node: REGION.INSTANCE-ID",
        )
    for instance_id in instances[:3]:
        vpc_id = look.vpc.vpc_of_instance(instance_id)
        if vpc_id:
            return vpc_id
    raise UsageError(
        Code.WRONG_ACCOUNT,
        f"the cluster's nodes ({', '.join(instances[:3])}) have no ENI in this account and region {look.region}",
        hint="choose the account with --profile and the region with --region; a wrong account gets no EIPs",
    )
