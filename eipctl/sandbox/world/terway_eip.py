"""Terway's EIP mode, call by call (v1.0.10.280 to v1.6.4: daemon/eip.go, pkg/aliyun, pkg/backoff), weaknesses included.

An allocation carries no ClientToken and no tag; an EIP found on the Pod's IP is taken over and later released; what is
held is known to the node's database only. Where Terway sleeps in the midst of its work, a record's `step` says what
comes next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
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
_BUSY, _GONE, _NOT_SO = "TaskConflict", "InvalidAllocationId.NotFound", "IncorrectEipStatus"
_MORE_KEYS = (1, 2, 3, 0)
"""From here on ISP, bandwidth package and eip-internet-charge-type are read."""
_OVERWRITES = (1, 5, 6, 0)
"""Before, a Pod that tells another address is refused."""
DEFAULT, OPS, RELEASE, WAIT = (2.0, 1.5, 0.3, 6), (5.0, 2.0, 0.3, 6), (4.0, 2.0, 0.5, 8), (5.0, 1.5, 0.5, 8)
"""Backoffs: (seconds, factor, jitter, tries)."""
_BACKOFFS = {"associate": DEFAULT, "wait": WAIT, "look": WAIT, "unassociate": OPS, "free": WAIT, "release": RELEASE}


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


class RollBack(Exception):
    """CNI ADD fails with these words, once the EIP has been let go."""

    def __init__(self, record: EipRecord, why: str) -> None:
        super().__init__(why)
        self.record = record


class Again(Exception):
    """An EIP was taken from its holder; it is free after a while."""


def wish_of(annotations: Mapping[str, str], version: tuple[int, ...]) -> Wish | None:
    """The wish; None for none. Terway reads no other prefix and no other key; only the very text true is a yes."""
    known = {key.removeprefix(_PREFIX): value for key, value in annotations.items() if key.startswith(_PREFIX)}
    if version < _MORE_KEYS:
        for newer in ("eip-isp", "eip-common-bandwidth-package-id", "eip-internet-charge-type"):
            known.pop(newer, None)
    instance_id = known.get("pod-eip-instanceid") or known.get("eci-eip-instanceid") or ""
    if not instance_id and "true" not in (known.get("pod-with-eip"), known.get("eci-with-eip")):
        return None
    bandwidth = known.get("eip-bandwidth", "")
    charge_type = known.get("eip-charge-type", "PayByTraffic")
    return Wish(
        bandwidth=str(int(bandwidth)) if re.fullmatch(r"[+-]?[0-9]+", bandwidth) else "5",
        charge_type=known.get("eip-internet-charge-type", charge_type),
        isp=known.get("eip-isp", ""),
        package=known.get("eip-common-bandwidth-package-id", ""),
        instance_id=instance_id,
    )


def pause(record: EipRecord) -> float | None:
    """Seconds until the record's step is tried again, in the middle of its jitter; None after the last try."""
    seconds, factor, jitter, tries = _BACKOFFS[record.step]
    return None if record.tries >= tries else seconds * factor ** (record.tries - 1) * (1 + jitter / 2)


def allocate(ctx: Context, daemon: Daemon, wish: Wish, address: Address, vpc_id: str) -> EipRecord:
    """Everything up to AssociateEipAddress; Failed and Again leave nothing behind that Terway would know of."""
    try:
        _find_eni(ctx, daemon, address, vpc_id)
        return _static(ctx, daemon, wish, address) if wish.instance_id else _auto(ctx, daemon, wish, address)
    except CloudRefusal as refusal:
        raise Failed(_told(refusal)) from None


def _told(refusal: CloudRefusal) -> str:
    return f"error allocate eip info: {refusal.code}: {refusal.message}"


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
    if wish.package:
        package = {"BandwidthPackageId": wish.package, "IpInstanceId": record.allocation_id}
        try:
            call(ctx, daemon, "vpc", "AddCommonBandwidthPackageIp", package)
        except CloudRefusal as refusal:
            raise RollBack(record, _told(refusal)) from None
    return associate(ctx, daemon, record, address)


def _static(ctx: Context, daemon: Daemon, wish: Wish, address: Address) -> EipRecord:
    found = _eips(call(ctx, daemon, "vpc", "DescribeEipAddresses", {"AllocationId": wish.instance_id}))
    if not found:
        raise Failed(f"error allocate eip info: can not found eip {wish.instance_id}")
    eip = found[0]
    record = EipRecord(wish.instance_id, eip["IpAddress"], delete=False)
    primary = ctx.cloud.state.enis[address.eni_id].primary_ip
    if (eip["InstanceId"], eip["PrivateIpAddress"] or primary) == (address.eni_id, address.ip):
        return record
    if eip["Status"] == "InUse" and daemon.robs:
        _rob(ctx, daemon, wish.instance_id)
    if eip["Status"] != "Available":
        raise Failed(f"error allocate eip info: eip id: {wish.instance_id} status is not Available")
    return associate(ctx, daemon, record, address)


def _rob(ctx: Context, daemon: Daemon, allocation_id: str) -> None:
    """Take it from its holder: tried once, also when the cloud is busy with another EIP of that ENI (TaskConflict)."""
    try:
        call(ctx, daemon, "vpc", "UnassociateEipAddress", {"AllocationId": allocation_id})
    except CloudRefusal as refusal:
        if refusal.code not in (_GONE, _NOT_SO):
            raise
    raise Again


def associate(ctx: Context, daemon: Daemon, record: EipRecord, address: Address) -> EipRecord:
    """The record on its way to InUse; Failed or RollBack when that is refused, or busy for the last time."""
    try:
        call(ctx, daemon, "vpc", "AssociateEipAddress", _binding(record.allocation_id, address))
    except CloudRefusal as refusal:
        busy = replace(record, step="associate", tries=record.tries + 1)
        if refusal.code != _BUSY or pause(busy) is None:
            raise _failure(record, _told(refusal)) from None
        return busy
    return replace(record, step="wait", tries=0)


def settle(ctx: Context, daemon: Daemon, record: EipRecord, address: Address) -> EipRecord:
    """A step towards InUse, where the record has no step any more."""
    if record.step == "associate":
        return associate(ctx, daemon, record, address)
    status = _status(ctx, daemon, record)
    if status == "InUse":
        return replace(record, step="", tries=0)
    late = replace(record, step="wait", tries=record.tries + 1)
    if status is None or pause(late) is None:
        why = "not found" if status is None else "timed out waiting for the condition"
        told = f"failed to wait eip {record.allocation_id} status InUse error: <nil> {why}"
        raise _failure(record, f"error allocate eip info: wait for eip error: {told}")
    return late


def demand_untold(daemon: Daemon, record: EipRecord, annotations: Mapping[str, str]) -> None:
    """RollBack when the Pod tells another address and this Terway minds."""
    told = annotations.get(RESULT, record.address)
    if daemon.version < _OVERWRITES and told != record.address:
        raise RollBack(record, f"error patch pod info: Pod already have eip annotation: {told}")


def _failure(record: EipRecord, why: str) -> Exception:
    """An EIP of Terway's own is let go; one that the Pod named stays as it is."""
    return RollBack(record, why) if record.delete else Failed(why)


def _status(ctx: Context, daemon: Daemon, record: EipRecord) -> str | None:
    """What DescribeEipAddresses shows: "" when it is refused, None when there is no such EIP."""
    try:
        found = _eips(call(ctx, daemon, "vpc", "DescribeEipAddresses", {"AllocationId": record.allocation_id}))
    except CloudRefusal:
        return ""
    status: str | None = found[0]["Status"] if found else None
    return status


def found(ctx: Context, daemon: Daemon, record: EipRecord) -> bool:
    """Whether the EIP can be seen."""
    return bool(_status(ctx, daemon, record))


def let_go(ctx: Context, daemon: Daemon, record: EipRecord, address: Address) -> tuple[EipRecord, float] | None:
    """One step of letting an EIP go, and the seconds to the next; None when that is over, or is given up and leaks.

    Killed when the EIP is gone after its unassociation: Terway reads the status of a nil EIP (pkg/aliyun/eip.go).
    """
    step = record.step if record.step in _STEPS else "look" if record.delete else "unassociate"
    record = record if step == record.step else replace(record, step=step, tries=0)
    following = _STEPS[step](ctx, daemon, record, address)
    if following == step:
        record = replace(record, tries=record.tries + 1)
        seconds = pause(record)
        return None if seconds is None else (record, seconds)
    if not following:
        return None
    return replace(record, step=following, tries=0), SETTLE_SECONDS if following == "free" else 0.0


def _look(ctx: Context, daemon: Daemon, record: EipRecord, _address: Address) -> str:
    status = _status(ctx, daemon, record)
    return {None: "", "": "look", "Available": "release"}.get(status, "unassociate")


def _unassociate(ctx: Context, daemon: Daemon, record: EipRecord, address: Address) -> str:
    """IncorrectEipStatus passes for success, and so does an EIP that is bound elsewhere."""
    try:
        shown = _eips(call(ctx, daemon, "vpc", "DescribeEipAddresses", {"AllocationId": record.allocation_id}))
        here = bool(shown) and shown[0]["InstanceId"] == address.eni_id
        if here and shown[0]["PrivateIpAddress"] in ("", address.ip):
            call(ctx, daemon, "vpc", "UnassociateEipAddress", _binding(record.allocation_id, address))
    except CloudRefusal as refusal:
        if refusal.code not in (_GONE, _NOT_SO):
            return "unassociate"
    return "free" if record.delete else ""


def _free(ctx: Context, daemon: Daemon, record: EipRecord, _address: Address) -> str:
    status = _status(ctx, daemon, record)
    if status is None:
        raise Killed
    return "release" if status == "Available" else "free"


def _release(ctx: Context, daemon: Daemon, record: EipRecord, _address: Address) -> str:
    try:
        if record.package and not record.tries:
            package = {"BandwidthPackageId": record.package, "IpInstanceId": record.allocation_id}
            call(ctx, daemon, "vpc", "RemoveCommonBandwidthPackageIp", package)
    except CloudRefusal as refusal:
        if refusal.code != "OperationUnsupported.IpNotInCbwp":
            return ""
    try:
        call(ctx, daemon, "vpc", "ReleaseEipAddress", {"AllocationId": record.allocation_id})
    except CloudRefusal:
        return "release"
    return ""


_STEPS = {"look": _look, "unassociate": _unassociate, "free": _free, "release": _release}


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
