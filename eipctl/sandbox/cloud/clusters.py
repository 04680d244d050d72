"""CS: what an ACK cluster tells about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.ecs import SECURITY_GROUP
from eipctl.sandbox.cloud.refusal import CloudRefusal

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall


def describe(call: ApiCall) -> dict[str, Any]:
    """DescribeClusterDetail: GET /clusters/{ClusterId}."""
    state = call.state
    row = state.clusters.get(call.params.need("ClusterId"))
    if row is None:
        raise CloudRefusal("ErrorClusterNotFound", "cluster not found", 404)
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
