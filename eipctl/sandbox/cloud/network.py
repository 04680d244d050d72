"""Vpc: vSwitches and VPCs."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.rows import DEFAULT_GROUP

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.rows import VSwitchRow


def describe_vswitches(call: ApiCall) -> dict[str, Any]:
    """DescribeVSwitches, by VSwitchId (comma-separated) and by what a vSwitch shows."""
    params = call.params
    call.dry_run()
    ids = params.commas("VSwitchId")
    rows = [
        row
        for row in call.state.vswitches.values()
        if call.region == call.state.region and _passes(call, row) and (not ids or row.vswitch_id in ids)
    ]
    chosen, about = call.page(rows)
    return {**about, "VSwitches": {"VSwitch": [_vswitch(call, row) for row in chosen]}}


def _passes(call: ApiCall, row: VSwitchRow) -> bool:
    wanted = (
        ("VpcId", row.vpc_id),
        ("ZoneId", row.zone),
        ("VSwitchName", ""),
        ("IsDefault", "false"),
        ("ResourceGroupId", DEFAULT_GROUP),
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
        "ResourceGroupId": DEFAULT_GROUP,
        "OwnerId": int(call.state.account_id),
        "Tags": {"Tag": []},
    }


def describe_vpcs(call: ApiCall) -> dict[str, Any]:
    """DescribeVpcs: those that have vSwitches."""
    call.dry_run()
    ids = call.params.commas("VpcId")
    known: dict[str, list[VSwitchRow]] = {}
    for row in call.state.vswitches.values() if call.region == call.state.region else ():
        known.setdefault(row.vpc_id, []).append(row)
    chosen, about = call.page([name for name in known if not ids or name in ids])
    return {**about, "Vpcs": {"Vpc": [_vpc(call, name, known[name]) for name in chosen]}}


def _vpc(call: ApiCall, name: str, vswitches: list[VSwitchRow]) -> dict[str, Any]:
    return {
        "VpcId": name,
        "RegionId": call.region,
        "Status": "Available",
        "VpcName": "",
        "Description": "",
        "CidrBlock": vswitches[0].cidr,
        "VSwitchIds": {"VSwitchId": [row.vswitch_id for row in vswitches]},
        "IsDefault": False,
        "ResourceGroupId": DEFAULT_GROUP,
        "OwnerId": int(call.state.account_id),
        "Tags": {"Tag": []},
    }
