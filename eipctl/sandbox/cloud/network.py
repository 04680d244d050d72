"""Vpc: vSwitches and Internet shared bandwidths."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.refusal import CloudRefusal, invalid

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.rows import EipRow, PackageRow, VSwitchRow

_MOST_IN_PACKAGE = 100


def describe_vswitches(call: ApiCall) -> dict[str, Any]:
    """DescribeVSwitches, by VSwitchId (comma-separated) and by what a vSwitch shows."""
    params = call.params
    page, size = params.number("PageNumber", 1, 1, 10**6), params.number("PageSize", 10, 1, 50)
    if params.flag("DryRun"):
        raise CloudRefusal("DryRunOperation", "Request validation has been passed with DryRun flag set.")
    ids = params.commas("VSwitchId", 50)
    rows = [
        row
        for row in call.state.vswitches.values()
        if call.region == call.state.region and _passes(call, row) and (not ids or row.vswitch_id in ids)
    ]
    chosen = rows[(page - 1) * size : page * size]
    return {
        "TotalCount": len(rows),
        "PageNumber": page,
        "PageSize": size,
        "VSwitches": {"VSwitch": [_vswitch(call, row) for row in chosen]},
    }


def _passes(call: ApiCall, row: VSwitchRow) -> bool:
    wanted = (
        ("VpcId", row.vpc_id),
        ("ZoneId", row.zone),
        ("VSwitchName", ""),
        ("IsDefault", "false"),
        ("ResourceGroupId", "rg-acfmxdefault0"),
        ("VSwitchOwnerId", call.state.account_id),
    )
    tagged = call.params.pairs("Tag")  # no vSwitch has tags
    return not tagged and all(call.params.get(name) in ("", value) for name, value in wanted)


def _vswitch(call: ApiCall, row: VSwitchRow) -> dict[str, Any]:
    taken = sum(1 + len(eni.secondary_ips) for eni in call.state.enis.values() if eni.vswitch_id == row.vswitch_id)
    return {
        "VSwitchId": row.vswitch_id,
        "VpcId": row.vpc_id,
        "CidrBlock": row.cidr,
        "ZoneId": row.zone,
        "Status": "Available",
        "AvailableIpAddressCount": ipaddress.ip_network(row.cidr).num_addresses - 4 - taken,
        "VSwitchName": "",
        "Description": "",
        "IsDefault": False,
        "ResourceGroupId": "rg-acfmxdefault0",
        "OwnerId": int(call.state.account_id),
        "Tags": {"Tag": []},
    }


def add_package_ip(call: ApiCall) -> dict[str, Any]:
    """AddCommonBandwidthPackageIp."""
    package, row = _package_and_eip(call)
    if row.charge_type != "PostPaid" or row.isp != package.isp or row.bandwidth_package_id:
        raise CloudRefusal("OperationUnsupported.EipInCbwp", "The EIP cannot join this Internet shared bandwidth.")
    inside = sum(other.bandwidth_package_id == package.package_id for other in call.state.all_eips())
    if inside >= _MOST_IN_PACKAGE:
        raise CloudRefusal("QuotaExceeded.EipNum", "The Internet shared bandwidth holds no more EIPs.")
    _put(call, package, row, package.package_id)
    return {}


def remove_package_ip(call: ApiCall) -> dict[str, Any]:
    """RemoveCommonBandwidthPackageIp."""
    package, row = _package_and_eip(call)
    if row.bandwidth_package_id != package.package_id:
        raise CloudRefusal("OperationUnsupported.IpNotInCbwp", "The EIP is not in the Internet shared bandwidth.")
    _put(call, package, row, "")
    return {}


def _package_and_eip(call: ApiCall) -> tuple[PackageRow, EipRow]:
    package = call.state.packages.get(call.params.need("BandwidthPackageId"))
    if package is None:
        raise CloudRefusal("InvalidBandwidthPackageId.NotFound", "The specified BandwidthPackageId is not found.", 404)
    if package.busy_until > call.now:
        raise CloudRefusal("BandwidthPackageOperation.conflict", "Another operation on the package is running.")
    if call.params.get("IpType", "EIP") != "EIP":
        raise invalid("IpType")
    row = call.state.eip(call.params.need("IpInstanceId"))
    if row is None or row.region != call.region:
        raise CloudRefusal("InvalidIpInstanceId.NotFound", "The specified IpInstanceId is not found.", 404)
    if row.settles_at:
        raise CloudRefusal("IncorrectStatus.Eip", "Current elastic IP status does not support this operation.")
    return package, row


def _put(call: ApiCall, package: PackageRow, row: EipRow, package_id: str) -> None:
    state = call.state
    state.change(row, bandwidth_package_id=package_id)
    busy = state.switches.package_seconds
    if busy:
        state.packages.put(package.package_id, replace(package, busy_until=state.clock.after(busy)))
