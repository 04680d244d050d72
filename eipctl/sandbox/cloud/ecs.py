"""Ecs: network interfaces, instances and their roles."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from eipctl.sandbox.cloud.rows import DEFAULT_GROUP

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.params import Params
    from eipctl.sandbox.cloud.rows import EipRow, EniRow, InstanceRow
    from eipctl.sandbox.cloud.state import State

T = TypeVar("T")
SECURITY_GROUP = "sg-bp1sandbox0000000000"


def describe_network_interfaces(call: ApiCall) -> dict[str, Any]:
    """DescribeNetworkInterfaces: by MaxResults and NextToken, or by PageNumber and PageSize."""
    rows = [row for row in _candidates(call) if _passes(row, call.params) and _has(row, call)]
    chosen, about = _page(call, rows, lambda row: row.eni_id)
    return {**about, "NetworkInterfaceSets": {"NetworkInterfaceSet": [_eni(call.state, row) for row in chosen]}}


def _page(call: ApiCall, rows: list[T], name: Callable[[T], str]) -> tuple[list[T], dict[str, Any]]:
    """A page in the newer style, which starts behind the row that NextToken names, or in the older one."""
    params = call.params
    if "MaxResults" not in params.raw and "NextToken" not in params.raw:
        return call.page(rows)
    start, most, token = 0, params.number("MaxResults"), params.get("NextToken")
    if token:
        try:
            last = base64.b64decode(token, altchars=b"-_", validate=True).decode()
        except (binascii.Error, ValueError):
            raise call.refusal("InvalidParameter", "The specified parameter NextToken is not valid.") from None
        start = next((index + 1 for index, row in enumerate(rows) if name(row) == last), len(rows))
    chosen = rows[start : start + most]
    more = base64.urlsafe_b64encode(name(chosen[-1]).encode()).decode() if start + most < len(rows) else ""
    return chosen, {"NextToken": more, "TotalCount": len(chosen)}


def _candidates(call: ApiCall) -> list[EniRow]:
    instance = call.params.get("InstanceId")
    if instance and (call.region != call.state.region or instance not in call.state.instances):
        raise call.refusal("InvalidEcsId.NotFound", "The specified InstanceId does not exist.")
    if call.region != call.state.region or call.params.listing("Ipv6Address"):
        return []
    ids = call.params.listing("NetworkInterfaceId")
    if not ids:
        return call.state.enis.values()
    found = (call.state.enis.get(eni_id) for eni_id in dict.fromkeys(ids))
    return [row for row in found if row is not None]


def _passes(row: EniRow, params: Params) -> bool:
    wanted = (
        ("VpcId", row.vpc_id),
        ("VSwitchId", row.vswitch_id),
        ("PrimaryIpAddress", row.primary_ip),
        ("InstanceId", row.instance_id),
        ("Type", row.type),
        ("Status", row.status),
        ("SecurityGroupId", SECURITY_GROUP),
        ("NetworkInterfaceName", ""),
        ("ResourceGroupId", DEFAULT_GROUP),
        ("ServiceManaged", "false"),
    )
    if any(params.get(name) not in ("", value) for name, value in wanted):
        return False
    return all(
        any(key == own and value in (None, "", held) for own, held in row.tags) for key, value in params.pairs("Tag")
    )


def _has(row: EniRow, call: ApiCall) -> bool:
    """Whether it has one of the IPs that PrivateIpAddress.N names; those of prefixes are not seen."""
    wanted = call.params.listing("PrivateIpAddress")
    own = (*row.secondary_ips, *((row.primary_ip,) if call.state.switches.primary_found_by_ip else ()))
    return not wanted or any(ip in wanted for ip in own)


def _eni(state: State, row: EniRow) -> dict[str, Any]:
    bound = {eip.private_ip: _public(state, eip) for eip in state.bound_to(row.eni_id)}
    addresses = [(row.primary_ip, True), *((ip, False) for ip in row.secondary_ips)]
    digest = hashlib.sha256(row.eni_id.encode()).hexdigest()
    return {
        "NetworkInterfaceId": row.eni_id,
        "PrivateIpAddress": row.primary_ip,
        "PrivateIpSets": {
            "PrivateIpSet": [
                {
                    "PrivateIpAddress": ip,
                    "Primary": primary,
                    **({"AssociatedPublicIp": bound[ip]} if ip in bound else {}),
                }
                for ip, primary in addresses
            ]
        },
        "AssociatedPublicIp": bound.get(row.primary_ip, {}),
        "Type": row.type,
        "Status": row.status,
        "InstanceId": row.instance_id,
        **({"Attachment": {"InstanceId": row.instance_id}} if state.switches.preview_fields else {}),
        "VSwitchId": row.vswitch_id,
        "VpcId": row.vpc_id,
        "ZoneId": _zone(state, row),
        "MacAddress": f"00:16:3e:{digest[:2]}:{digest[2:4]}:{digest[4:6]}",
        "NetworkInterfaceName": "",
        "Description": "",
        "CreationTime": state.clock.timestamp(row.created_at),
        "SecurityGroupIds": {"SecurityGroupId": [SECURITY_GROUP]},
        "Tags": {"Tag": [{"TagKey": key, "TagValue": value} for key, value in row.tags]},
        "Ipv6Sets": {"Ipv6Set": []},
        "Ipv4PrefixSets": {"Ipv4PrefixSet": [{"Ipv4Prefix": prefix} for prefix in row.prefixes]},
        "ServiceManaged": False,
        "OwnerId": state.account_id,
        "ResourceGroupId": DEFAULT_GROUP,
    }


def _public(state: State, row: EipRow) -> dict[str, str]:
    preview = {"AllocationId": row.allocation_id} if state.switches.preview_fields else {}
    return {**preview, "PublicIpAddress": row.address}


def _zone(state: State, row: EniRow) -> str:
    vswitch = state.vswitches.get(row.vswitch_id)
    return vswitch.zone if vswitch else f"{state.region}-h"


def unassign_private_ips(call: ApiCall) -> dict[str, Any]:
    """UnassignPrivateIpAddresses: takes secondary private IPs from an ENI."""
    row = call.state.enis.get(call.params.get("NetworkInterfaceId"))
    if row is None or call.region != call.state.region:
        raise call.refusal("InvalidEniId.NotFound", "The specified NetworkInterfaceId does not exist.")
    wanted = call.params.listing("PrivateIpAddress")
    if len(set(wanted)) < len(wanted):
        raise call.refusal("InvalidIp.IpRepeated", "The specified IPs are repeated.")
    if not set(wanted) <= set(row.secondary_ips):
        raise call.refusal("InvalidIp.IpUnassigned", "The specified IP is not assigned on this ENI.")
    call.state.put_eni(replace(row, secondary_ips=tuple(ip for ip in row.secondary_ips if ip not in wanted)))
    return {}


def describe_instances(call: ApiCall) -> dict[str, Any]:
    """DescribeInstances: by InstanceIds (a JSON array) and VpcId; all of them run."""
    params, state = call.params, call.state
    call.dry_run()
    ids = params.json("InstanceIds")
    rows = [
        row
        for row in (state.instances.values() if call.region == state.region else ())
        if (not ids or row.instance_id in ids) and params.get("VpcId") in ("", row.vpc_id)
    ]
    running = params.get("Status") in ("", "Running")
    chosen, about = _page(call, rows if running else [], lambda row: row.instance_id)
    return {**about, "Instances": {"Instance": [_instance(state, row) for row in chosen]}}


def _instance(state: State, row: InstanceRow) -> dict[str, Any]:
    enis = [eni for eni in state.enis.values() if eni.instance_id == row.instance_id]
    eip = next(iter(state.bound_to(row.instance_id)), None)
    own = {"AllocationId": eip.allocation_id, "IpAddress": eip.address, "Bandwidth": eip.bandwidth} if eip else {}
    return {
        "InstanceId": row.instance_id,
        "InstanceName": row.instance_id,
        "RegionId": state.region,
        "Status": "Running",
        "InstanceNetworkType": "vpc",
        "VpcAttributes": {
            "VpcId": row.vpc_id,
            "VSwitchId": next((eni.vswitch_id for eni in enis if eni.type == "Primary"), ""),
            "PrivateIpAddress": {"IpAddress": [eni.primary_ip for eni in enis if eni.type == "Primary"]},
        },
        "EipAddress": own,
        "OperationLocks": {"LockReason": []},
        "NetworkInterfaces": {
            "NetworkInterface": [
                {"NetworkInterfaceId": eni.eni_id, "PrimaryIpAddress": eni.primary_ip, "Type": eni.type} for eni in enis
            ]
        },
    }


def describe_instance_ram_role(call: ApiCall) -> dict[str, Any]:
    """DescribeInstanceRamRole: of InstanceIds (a JSON array), all of which must exist, or those with RamRoleName."""
    known = dict(call.state.instances.items() if call.region == call.state.region else ())
    ids, role = call.params.json("InstanceIds"), call.params.get("RamRoleName")
    if not ids and not role:
        raise call.refusal("InvalidParameter.AllEmpty", "InstanceIds and RamRoleName are both empty.")
    if any(name not in known for name in ids):
        raise call.refusal("InvalidInstanceId.NotFound", "The specified InstanceId does not exist.")
    rows = [known[name] for name in dict.fromkeys(ids)] if ids else list(known.values())
    chosen, about = call.page([row for row in rows if role in ("", row.role)])
    sets = [{"InstanceId": row.instance_id, "RamRoleName": row.role} for row in chosen]
    return {**about, "RegionId": call.region, "InstanceRamRoleSets": {"InstanceRamRoleSet": sets}}
