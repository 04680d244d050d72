"""Terway's EIP mode, call by call (Terway v1.6.4 daemon/eip.go, pkg/aliyun/eip.go), its weaknesses included.

An allocation carries no ClientToken and no tag; an EIP found on the Pod's IP is taken over and later released; what is
held is known to the node's database only, and is forgotten when its release fails.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.cloud import CloudRefusal
from eipctl.sandbox.world.rows import Address, Daemon, EipRecord
from eipctl.sandbox.world.terway import Killed, call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.sandbox.world.context import Context

_PREFIX = "k8s.aliyun.com/"
RESULT = _PREFIX + "allocated-eipAddress"
SETTLE_SECONDS = 3.0
"""How long Terway sleeps after a change before it looks at the EIP."""
BUSY = "TaskConflict"
_TRUE = ("1", "t", "T", "TRUE", "true", "True")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a Pod's annotations ask Terway for."""

    bandwidth: str
    charge_type: str
    isp: str
    package: str
    instance_id: str


class Failed(Exception):
    """CNI ADD fails with these words."""


class Gone(Failed):
    """The EIP that Terway holds is not there."""


class Again(Exception):
    """An EIP was taken from its holder; it is free after a while."""


def wish_of(annotations: Mapping[str, str]) -> Wish | None:
    """The wish; None for none. Terway reads no other prefix and no other key."""

    def first(*names: str) -> str:
        return next((value for name in names if (value := annotations.get(_PREFIX + name, ""))), "")

    instance_id = first("pod-eip-instanceid", "eci-eip-instanceid")
    flagged = any(annotations.get(_PREFIX + name) in _TRUE for name in ("pod-with-eip", "eci-with-eip"))
    if not instance_id and not flagged:
        return None
    bandwidth = first("eip-bandwidth")
    return Wish(
        bandwidth=bandwidth if bandwidth.isascii() and bandwidth.isdigit() else "5",
        charge_type=first("eip-internet-charge-type", "eip-charge-type") or "PayByTraffic",
        isp=first("eip-isp"),
        package=first("eip-common-bandwidth-package-id"),
        instance_id=instance_id,
    )


def allocate(ctx: Context, daemon: Daemon, wish: Wish, address: Address, vpc_id: str) -> EipRecord:
    """Everything up to AssociateEipAddress; Failed and Again leave nothing behind that Terway would know of."""
    try:
        _find_eni(ctx, daemon, address, vpc_id)
        return _static(ctx, daemon, wish, address) if wish.instance_id else _auto(ctx, daemon, wish, address)
    except CloudRefusal as refusal:
        raise Failed(f"error allocate eip info: {refusal.code}: {refusal.message}") from None


def _find_eni(ctx: Context, daemon: Daemon, address: Address, vpc_id: str) -> None:
    by_ip = {"VpcId": vpc_id, "PrivateIpAddress.1": address.ip}
    found = call(ctx, daemon, "ecs", "DescribeNetworkInterfaces", by_ip)
    if len(found["NetworkInterfaceSets"]["NetworkInterfaceSet"]) != 1:
        raise Failed(f"error allocate eip info: error find eni by ip {address.ip}")
    call(ctx, daemon, "ecs", "DescribeNetworkInterfaces", {"NetworkInterfaceId.1": address.eni_id})


def _auto(ctx: Context, daemon: Daemon, wish: Wish, address: Address) -> EipRecord:
    here = {
        "AssociatedInstanceType": "NetworkInterface",
        "AssociatedInstanceId": address.eni_id,
        "PageSize": "100",
    }
    bound = _eips(call(ctx, daemon, "vpc", "DescribeEipAddresses", here))
    primary = ctx.cloud.state.enis[address.eni_id].primary_ip
    for eip in bound:
        if (eip["PrivateIpAddress"] or primary) == address.ip:
            return EipRecord(eip["AllocationId"], eip["IpAddress"], delete=True)
    asked = {"Bandwidth": wish.bandwidth, "InternetChargeType": wish.charge_type, "ISP": wish.isp}
    made = call(ctx, daemon, "vpc", "AllocateEipAddress", {key: value for key, value in asked.items() if value})
    record = EipRecord(made["AllocationId"], made["EipAddress"], delete=True, package=wish.package)
    try:
        if wish.package:
            package = {"BandwidthPackageId": wish.package, "IpInstanceId": record.allocation_id}
            call(ctx, daemon, "vpc", "AddCommonBandwidthPackageIp", package)
        _associate(ctx, daemon, record.allocation_id, address)
    except CloudRefusal:
        _roll_back(ctx, daemon, record)
        raise
    return record


def _roll_back(ctx: Context, daemon: Daemon, record: EipRecord) -> None:
    """As there: a refused release is logged and never repeated."""
    with contextlib.suppress(CloudRefusal):
        if record.delete:
            call(ctx, daemon, "vpc", "ReleaseEipAddress", {"AllocationId": record.allocation_id})


def _static(ctx: Context, daemon: Daemon, wish: Wish, address: Address) -> EipRecord:
    found = _eips(call(ctx, daemon, "vpc", "DescribeEipAddresses", {"AllocationId": wish.instance_id}))
    if not found:
        raise Failed(f"error allocate eip info: eip id: {wish.instance_id} not found")
    eip = found[0]
    record = EipRecord(wish.instance_id, eip["IpAddress"], delete=False)
    primary = ctx.cloud.state.enis[address.eni_id].primary_ip
    if (eip["InstanceId"], eip["PrivateIpAddress"] or primary) == (address.eni_id, address.ip):
        return record
    if eip["Status"] == "InUse" and daemon.robs:
        call(ctx, daemon, "vpc", "UnassociateEipAddress", {"AllocationId": wish.instance_id})
        raise Again
    if eip["Status"] != "Available":
        raise Failed(f"error allocate eip info: eip id: {wish.instance_id} status is not Available")
    _associate(ctx, daemon, wish.instance_id, address)
    return record


def _associate(ctx: Context, daemon: Daemon, allocation_id: str, address: Address) -> None:
    binding = _binding(allocation_id, address)
    try:
        call(ctx, daemon, "vpc", "AssociateEipAddress", binding)
    except CloudRefusal as refusal:
        if refusal.code != BUSY:
            raise


def settled(ctx: Context, daemon: Daemon, record: EipRecord, address: Address) -> bool:
    """Whether the EIP is InUse by now; one that still waits for its turn on the ENI is associated again."""
    try:
        status = _status(ctx, daemon, record)
    except CloudRefusal as refusal:
        _undo(ctx, daemon, record, address)
        raise Failed(f"error allocate eip info: {refusal.code}: {refusal.message}") from None
    if status == "Available":
        try:
            _associate(ctx, daemon, record.allocation_id, address)
        except CloudRefusal as refusal:
            _roll_back(ctx, daemon, record)
            raise Failed(f"error allocate eip info: {refusal.code}: {refusal.message}") from None
    return status == "InUse"


def _undo(ctx: Context, daemon: Daemon, record: EipRecord, address: Address) -> None:
    """The roll-back of a binding. IncorrectEipStatus passes for success, and an EIP that then isn't Available leaks."""
    with contextlib.suppress(CloudRefusal):
        call(ctx, daemon, "vpc", "UnassociateEipAddress", _binding(record.allocation_id, address))


def _status(ctx: Context, daemon: Daemon, record: EipRecord) -> str:
    """What DescribeEipAddresses shows."""
    found = _eips(call(ctx, daemon, "vpc", "DescribeEipAddresses", {"AllocationId": record.allocation_id}))
    if not found:
        raise Gone(f"error allocate eip info: eip id: {record.allocation_id} not found")
    status: str = found[0]["Status"]
    return status


def found(ctx: Context, daemon: Daemon, record: EipRecord) -> bool:
    """Whether the EIP can be seen."""
    try:
        return bool(_status(ctx, daemon, record))
    except (CloudRefusal, Gone):
        return False


class Progress(StrEnum):
    """How far letting an EIP go has come."""

    DONE = "done"
    RELEASE = "release"
    """Unassociating: the release is to follow."""
    BUSY = "busy"
    """The ENI is busy with another EIP."""


def unassociate(ctx: Context, daemon: Daemon, record: EipRecord, address: Address) -> Progress:
    """Begin to let the EIP go. A refusal ends it: the EIP leaks."""
    binding = _binding(record.allocation_id, address)
    try:
        call(ctx, daemon, "vpc", "DescribeEipAddresses", {"AllocationId": record.allocation_id})
        call(ctx, daemon, "vpc", "UnassociateEipAddress", binding)
    except CloudRefusal as refusal:
        return Progress.BUSY if refusal.code == BUSY else Progress.DONE
    return Progress.RELEASE if record.delete else Progress.DONE


def release(ctx: Context, daemon: Daemon, record: EipRecord) -> bool:
    """Release the EIP once it is Available; False to look again later. A refusal ends it: the EIP leaks.

    Killed when the EIP is gone: Terway reads the status of a nil EIP (daemon/eip.go:228-238).
    """
    try:
        if _status(ctx, daemon, record) != "Available":
            return False
        if record.package:
            package = {"BandwidthPackageId": record.package, "IpInstanceId": record.allocation_id}
            call(ctx, daemon, "vpc", "RemoveCommonBandwidthPackageIp", package)
        call(ctx, daemon, "vpc", "ReleaseEipAddress", {"AllocationId": record.allocation_id})
    except Gone:
        raise Killed from None
    except CloudRefusal:
        return True
    return True


def _binding(allocation_id: str, address: Address) -> dict[str, str]:
    return {
        "AllocationId": allocation_id,
        "InstanceId": address.eni_id,
        "InstanceType": "NetworkInterface",
        "PrivateIpAddress": address.ip,
    }


def _eips(reply: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = reply["EipAddresses"]["EipAddress"]
    return rows
