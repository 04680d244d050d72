"""The objects in which newer Terways keep their books (network.alibabacloud.com/v1beta1), if the cluster has the CRDs.

Node (v1.10.0): the node's shared ENIs with the Pod at each IP. PodENI: a Pod with an ENI of its own. NetworkInterface
(v1.14.1): such an ENI.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from eipctl.sandbox.cloud.ecs import SECURITY_GROUP
from eipctl.sandbox.world.meta import Obj, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.sandbox.cloud.rows import EniRow
    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.rows import NodeRow, PodRow

_GROUP = "network.alibabacloud.com"
_API = f"{_GROUP}/v1beta1"
_SYNCED = "lastSyncOpenAPITime"


def sync(ctx: Context) -> None:
    """Make the objects of each kind that is served say what is."""
    for plural, wanted in (("nodes", _nodes), ("podenis", _pod_enis), ("networkinterfaces", _interfaces)):
        key = f"{plural}.{_GROUP}"
        if ctx.objects.serves(key):
            _write(ctx, key, wanted(ctx))


def _nodes(ctx: Context) -> list[Obj]:
    return [_node(ctx, row) for row in ctx.rows.nodes.values()]


def _pod_enis(ctx: Context) -> list[Obj]:
    return [_pod_eni(ctx, row) for row in _owners(ctx)]


def _interfaces(ctx: Context) -> list[Obj]:
    return [_interface(ctx, row) for row in _owners(ctx)]


def _owners(ctx: Context) -> list[PodRow]:
    """Pods that have an ENI of their own."""
    return [row for row in ctx.rows.pods.values() if row.own_eni and row.eni_id in ctx.cloud.state.enis]


def _write(ctx: Context, key: str, wanted: Iterable[Obj]) -> None:
    with ctx.store.transaction():
        left = {name_of(obj): obj for obj in ctx.objects.list(key)}
        for obj in wanted:
            known = left.pop(name_of(obj), None)
            if known is None:
                ctx.objects.create(key, obj)
            elif _differs(known, obj):
                ctx.objects.update(key, {**obj, "metadata": {**known["metadata"], **obj["metadata"]}})
        for namespace, name in left:
            ctx.objects.delete(key, namespace, name, now=True)


def _differs(known: Obj, wanted: Obj) -> bool:
    """When they were last compared with the cloud is no difference."""

    def facts(obj: Obj) -> tuple[object, ...]:
        status = {key: value for key, value in obj["status"].items() if key != _SYNCED}
        return obj.get("spec"), status, obj["metadata"].get("annotations")

    return facts(known) != facts(wanted)


def _node(ctx: Context, row: NodeRow) -> Obj:
    pods = {(pod.eni_id, pod.ip): pod for pod in ctx.rows.pods.values() if pod.node == row.name and pod.eni_id}
    enis = (ctx.cloud.state.enis[eni_id] for eni_id in row.enis)
    return {
        "apiVersion": _API,
        "kind": "Node",
        "metadata": {"name": row.name},
        "spec": {"nodeMetadata": {"instanceID": row.instance_id}},
        "status": {
            "networkInterfaces": {eni.eni_id: _shared(eni, pods) for eni in enis},
            _SYNCED: ctx.clock.timestamp(),
        },
    }


def _shared(eni: EniRow, pods: dict[tuple[str, str], PodRow]) -> Obj:
    ips = (eni.primary_ip, *eni.secondary_ips)
    return {
        "id": eni.eni_id,
        "status": "InUse",
        "macAddress": _mac(eni.eni_id),
        "vSwitchID": eni.vswitch_id,
        "primaryIPAddress": eni.primary_ip,
        "networkInterfaceType": "Secondary",
        "networkInterfaceTrafficMode": "Standard",
        "ipv4": {ip: _ip(eni, ip, pods.get((eni.eni_id, ip))) for ip in ips},
    }


def _ip(eni: EniRow, ip: str, pod: PodRow | None) -> Obj:
    holder = {"podID": f"{pod.namespace}/{pod.name}", "podUID": pod.uid} if pod else {}
    return {"ip": ip, "primary": ip == eni.primary_ip, "status": "Valid", **holder}


def _pod_eni(ctx: Context, row: PodRow) -> Obj:
    eni = ctx.cloud.state.enis[row.eni_id]
    info = {"id": eni.eni_id, "type": eni.type, "status": "Bind"}
    allocation = {
        "allocationType": {"type": "Elastic"},
        "defaultRoute": True,
        "eni": _own(eni),
        "interface": "eth0",
        "ipv4": row.ip,
    }
    return {
        "apiVersion": _API,
        "kind": "PodENI",
        "metadata": {
            "namespace": row.namespace,
            "name": row.name,
            "annotations": {"k8s.aliyun.com/pod-uid": row.uid},
        },
        "spec": {"allocations": [allocation]},
        "status": {"phase": "Bind", "instanceID": eni.instance_id, "eniInfos": {eni.eni_id: info}},
    }


def _interface(ctx: Context, row: PodRow) -> Obj:
    reference = {"namespace": row.namespace, "name": row.name, "uid": row.uid}
    return {
        "apiVersion": _API,
        "kind": "NetworkInterface",
        "metadata": {"name": row.eni_id},
        "spec": {"eni": _own(ctx.cloud.state.enis[row.eni_id]), "ipv4": row.ip, "podENIRef": reference},
        "status": {"phase": "Bind", "nodeName": row.node},
    }


def _own(eni: EniRow) -> Obj:
    return {
        "id": eni.eni_id,
        "mac": _mac(eni.eni_id),
        "vpcID": eni.vpc_id,
        "vSwitchID": eni.vswitch_id,
        "securityGroupIDs": [SECURITY_GROUP],
        "attachmentOptions": {"trunk": eni.type == "Member"},
    }


def _mac(eni_id: str) -> str:
    digest = hashlib.sha256(eni_id.encode()).hexdigest()
    return "00:16:3e:" + ":".join(digest[at : at + 2] for at in (0, 2, 4))
