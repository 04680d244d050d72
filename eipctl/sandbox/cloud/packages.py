"""Vpc: Internet shared bandwidths, in which EIPs share one bandwidth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.locks import refuse_locked
from eipctl.sandbox.cloud.rows import DEFAULT_GROUP

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.rows import EipRow, PackageRow

_MOST_INSIDE = 100


def add(call: ApiCall) -> dict[str, Any]:
    """AddCommonBandwidthPackageIp."""
    package = _package(call)
    row = _eip(call, "InvalidIpInstanceId.NotFound")
    if row.charge_type != "PostPaid":
        raise call.refusal("IpInstanceId.ChargeType.NotSupport", "A subscription EIP can't join.")
    if row.bandwidth_package_id:
        raise call.refusal("IpInstanceId.AlreadyInBandwidthPackage", "The EIP is in an Internet shared bandwidth.")
    if row.isp != package.isp:
        raise call.refusal("InvalidParameter", "The EIP is of another line type.")
    if len(_inside(call, package)) >= _MOST_INSIDE:
        raise call.refusal("IpInstanceId.QuotaExceeded", "The Internet shared bandwidth holds no more EIPs.")
    return _put(call, package, row, package.package_id)


def remove(call: ApiCall) -> dict[str, Any]:
    """RemoveCommonBandwidthPackageIp."""
    package = _package(call)
    row = _eip(call, "InvalidIpInstanceId.Malformed")
    if row.bandwidth_package_id != package.package_id:
        raise call.refusal("OperationUnsupported.IpNotInCbwp", "The EIP is not in the Internet shared bandwidth.")
    return _put(call, package, row, "")


def _package(call: ApiCall) -> PackageRow:
    package = call.state.packages.get(call.params.get("BandwidthPackageId"))
    if package is None:
        raise call.refusal("InvalidBandwidthPackageId.NotFound", "The specified BandwidthPackageId is not found.")
    if package.busy_until > call.now:
        raise call.refusal("BandwidthPackageOperation.conflict", "Another operation on the package is running.")
    return package


def _eip(call: ApiCall, unknown: str) -> EipRow:
    row = call.state.eip(call.params.get("IpInstanceId"))
    if row is None or row.region != call.region:
        raise call.refusal(unknown, "The specified IpInstanceId is not found.")
    refuse_locked(call, row)
    if row.settles_at:
        raise call.refusal("IncorrectStatus.Eip", "Current elastic IP status does not support this operation.")
    return row


def _put(call: ApiCall, package: PackageRow, row: EipRow, package_id: str) -> dict[str, Any]:
    call.dry_run()
    state = call.state
    state.change(row, bandwidth_package_id=package_id)
    busy = state.switches.package_seconds
    if busy:
        state.packages.put(package.package_id, replace(package, busy_until=state.clock.after(busy)))
    return {}


def _inside(call: ApiCall, package: PackageRow) -> list[EipRow]:
    return [row for row in call.state.all_eips() if row.bandwidth_package_id == package.package_id]


def describe(call: ApiCall) -> dict[str, Any]:
    """DescribeCommonBandwidthPackages; no package has a name or tags."""
    params = call.params
    call.known_group()
    call.dry_run()
    ids = params.commas("BandwidthPackageId")
    named = params.get("Name") or params.pairs("Tag") or params.get("ResourceGroupId") not in ("", DEFAULT_GROUP)
    rows = call.state.packages.values() if call.region == call.state.region and not named else []
    chosen, about = call.page([row for row in rows if not ids or row.package_id in ids])
    return {**about, "CommonBandwidthPackages": {"CommonBandwidthPackage": [_shown(call, row) for row in chosen]}}


def _shown(call: ApiCall, row: PackageRow) -> dict[str, Any]:
    relation = "BINDING" if row.busy_until > call.now else "BINDED"
    inside = [
        {"AllocationId": eip.allocation_id, "IpAddress": eip.address, "BandwidthPackageIpRelationStatus": relation}
        for eip in _inside(call, row)
    ]
    return {
        "BandwidthPackageId": row.package_id,
        "RegionId": call.region,
        "Name": "",
        "Description": "",
        "Bandwidth": str(row.bandwidth),
        "ISP": row.isp,
        "Status": "Modifying" if row.busy_until > call.now else "Available",
        "BusinessStatus": "Normal",
        "InternetChargeType": "PayByBandwidth",
        "InstanceChargeType": "PostPaid",
        "ResourceGroupId": DEFAULT_GROUP,
        "DeletionProtection": row.protected,
        "PublicIpAddresses": {"PublicIpAddresse": inside},
        "Tags": {"Tag": []},
    }
