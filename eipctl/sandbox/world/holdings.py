"""What a scenario's account and cluster already have: foreign ENIs, EIPs, PodEIPs, an upgrade under way."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.errors import SandboxError
from eipctl.sandbox.world.terway import NAMESPACE, is_terway

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.sandbox.cloud.cloud import Cloud
    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.meta import Obj
    from eipctl.sandbox.world.scenario import Eip, Scenario, Upgrade

_FINALIZER = "podeip-controller.alibabacloud.com/finalizer"
_ATTRIBUTES = (
    "address", "name", "bandwidth", "internet_charge_type", "charge_type", "locks", "protected", "service_managed",
    "tags",
)  # fmt: skip


def enis(cloud: Cloud, scenario: Scenario) -> None:
    """ENIs of others."""
    for eni in scenario.enis:
        cloud.add_eni(
            eni.id,
            vpc_id=eni.vpc,
            vswitch_id=eni.vswitch,
            instance_id=eni.instance,
            primary_ip=eni.ip,
            secondary_ips=eni.secondary_ips,
            tags=eni.tags,
        )


def eips(ctx: Context, wanted: Iterable[Eip]) -> None:
    """EIPs, bound where the scenario says."""
    with ctx.store.transaction():
        for eip in wanted:
            eni_id, ip = _place(ctx, eip)
            attributes: dict[str, Any] = {name: getattr(eip, name) for name in _ATTRIBUTES}
            ctx.cloud.add_eip(allocation_id=eip.id, **attributes, **_binding(ctx, eni_id, ip))
            if eip.pod_eip:
                ctx.objects.create("podeips.alibabacloud.com", _pod_eip(eip, eni_id, ip))


def _place(ctx: Context, eip: Eip) -> tuple[str, str]:
    """(ENI id, private IP); "" for an EIP that is free."""
    if not eip.pod:
        return eip.eni, eip.ip
    for row in ctx.rows.pods.values():
        if f"{row.namespace}/{row.name}" == eip.pod and row.ip:
            return row.eni_id, row.ip
    raise SandboxError(f"the scenario binds EIP {eip.id} to Pod {eip.pod}, which has no IP")


def _binding(ctx: Context, eni_id: str, ip: str) -> dict[str, Any]:
    if not eni_id:
        return {}
    eni = ctx.cloud.state.enis[eni_id]
    return {
        "status": "InUse",
        "instance_id": eni_id,
        "instance_type": "NetworkInterface",
        "private_ip": ip,
        "primary": ip == eni.primary_ip,
    }


def _pod_eip(eip: Eip, eni_id: str, ip: str) -> Obj:
    """As ack-extend-network-controller writes it (alibabacloud.com/v1beta1)."""
    namespace, _, name = eip.pod.partition("/")
    return {
        "apiVersion": "alibabacloud.com/v1beta1",
        "kind": "PodEIP",
        "metadata": {"namespace": namespace, "name": name, "finalizers": [_FINALIZER]},
        "spec": {"allocationID": eip.id, "allocationType": {"type": "Auto", "releaseStrategy": "Follow"}},
        "status": {
            "networkInterfaceID": eni_id,
            "privateIPAddress": ip,
            "eipAddress": eip.address,
            "internetChargeType": eip.internet_charge_type,
            "isp": "BGP",
            "name": eip.name,
            "status": "InUse",
        },
    }


def upgrade(ctx: Context, wanted: Upgrade) -> None:
    """The DaemonSet has the new image, updates nothing by itself (OnDelete), and Pods of some nodes were deleted."""
    with ctx.store.transaction():
        daemon_set = next(one for one in ctx.objects.list("daemonsets", NAMESPACE) if is_terway(one))
        ctx.change("daemonsets", daemon_set, lambda current: _renew(current, wanted.image))
        for pod in ctx.objects.list("pods", NAMESPACE):
            if is_terway(pod) and pod["spec"].get("nodeName") in wanted.nodes:
                ctx.delete("pods", pod, now=True)


def _renew(daemon_set: Obj, image: str) -> None:
    daemon_set["spec"]["updateStrategy"] = {"type": "OnDelete"}
    template = copy.deepcopy(daemon_set["spec"]["template"])
    for container in (*template["spec"].get("initContainers", ()), *template["spec"]["containers"]):
        container["image"] = image
    daemon_set["spec"]["template"] = template
