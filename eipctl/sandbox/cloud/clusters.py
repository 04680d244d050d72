"""CS: what an ACK cluster tells about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.ecs import SECURITY_GROUP

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.rows import ClusterRow


def describe(call: ApiCall) -> dict[str, Any]:
    """DescribeClusterDetail: GET /clusters/{ClusterId}."""
    state = call.state
    row = _find(call)
    vswitches = [vswitch.vswitch_id for vswitch in state.vswitches.values() if vswitch.vpc_id == row.vpc_id]
    return {
        "cluster_id": row.cluster_id,
        "name": row.name,
        "region_id": state.region,
        "vpc_id": row.vpc_id,
        "vswitch_id": ",".join(vswitches),
        "vswitch_ids": vswitches,
        "worker_ram_role_name": row.worker_role,
        "security_group_id": SECURITY_GROUP,
        "cluster_type": "ManagedKubernetes",
        "profile": "Default",
        "cluster_spec": "ack.pro.small",
        "network_mode": "vpc",
        "state": "running",
        "created": state.clock.timestamp(row.created_at),
        "resource_group_id": "rg-acfmxdefault0",
        "deletion_protection": False,
        "meta_data": "{}",
        "tags": [],
    }


def node_pools(call: ApiCall) -> dict[str, Any]:
    """DescribeClusterNodePools: GET /clusters/{ClusterId}/nodepools; a pool for each role of the VPC's instances."""
    row, wanted = _find(call), call.params.get("NodepoolName")
    roles = [instance.role for instance in call.state.instances.values() if instance.vpc_id == row.vpc_id]
    counted = {role: roles.count(role) for role in dict.fromkeys((row.worker_role, *roles)) if role}
    pools = [_pool(role, nodes, number) for number, (role, nodes) in enumerate(counted.items())]
    return {"nodepools": [pool for pool in pools if wanted in ("", pool["nodepool_info"]["name"])]}


def _pool(role: str, nodes: int, number: int) -> dict[str, Any]:
    name = "default-nodepool" if number == 0 else f"nodepool-{number}"
    return {
        "nodepool_info": {"nodepool_id": f"np{number:020}", "name": name, "type": "ess", "is_default": number == 0},
        "scaling_group": {"ram_policy": role, "ram_role_name": role},
        "status": {"state": "active", "total_nodes": nodes, "healthy_nodes": nodes},
    }


def _find(call: ApiCall) -> ClusterRow:
    row = call.state.clusters.get(call.params.get("ClusterId"))
    if row is None:
        raise call.refusal("ErrorClusterNotFound", "cluster not found")
    return row
