"""Ecs: network interfaces, instances and their roles."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.refusal import CloudRefusal, invalid

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.params import Params
    from eipctl.sandbox.cloud.rows import EipRow, EniRow, InstanceRow
    from eipctl.sandbox.cloud.state import State

SECURITY_GROUP = "sg-bp1sandbox0000000000"


def describe_network_interfaces(call: ApiCall) -> dict[str, Any]:
    """DescribeNetworkInterfaces: by MaxResults and NextToken, or by PageNumber and PageSize."""
    params = call.params
    primary = call.state.switches.primary_found_by_ip
    rows = [row for row in _candidates(call) if _passes(row, params) and _has(row, params, primary=primary)]
    if params.get("MaxResults") or params.get("NextToken"):
        most = params.number("MaxResults", 10, 10, 500)
        chosen, token = _from_token(rows, params.get("NextToken"), most)
        return {"NextToken": token, "TotalCount": len(chosen), **_enis(call.state, chosen)}
    page, size = params.number("PageNumber", 1, 1, 10**6), params.number("PageSize", 10, 1, 100)
    chosen = rows[(page - 1) * size : page * size]
    return {"TotalCount": len(rows), "PageNumber": page, "PageSize": size, **_enis(call.state, chosen)}


def _candidates(call: ApiCall) -> list[EniRow]:
    if call.region != call.state.region or call.params.listing("Ipv6Address"):
        return []
    ids = call.params.listing("NetworkInterfaceId")
    if len(ids) > 100 or len(call.params.listing("PrivateIpAddress")) > 100:
        raise invalid("NetworkInterfaceId.N or PrivateIpAddress.N", "at most 100 values")
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
        ("ResourceGroupId", "rg-acfmxdefault0"),
        ("ServiceManaged", "false"),
    )
    if any(params.get(name) not in ("", value) for name, value in wanted):
        return False
    return all(
        any(key == own and value in (None, "", held) for own, held in row.tags) for key, value in params.pairs("Tag")
    )


def _has(row: EniRow, params: Params, *, primary: bool) -> bool:
    """Whether it has one of the IPs that PrivateIpAddress.N names; those of prefixes are not seen."""
    wanted = params.listing("PrivateIpAddress")
    own = (*row.secondary_ips, *((row.primary_ip,) if primary else ()))
    return not wanted or any(ip in wanted for ip in own)


def _from_token(rows: list[EniRow], token: str, most: int) -> tuple[list[EniRow], str]:
    """The page that starts behind the ENI that `token` names, and the token of the next one."""
    start = 0
    if token:
        try:
            last = base64.b64decode(token, altchars=b"-_", validate=True).decode()
        except (binascii.Error, ValueError):
            raise invalid("NextToken") from None
        start = next((index + 1 for index, row in enumerate(rows) if row.eni_id == last), len(rows))
    chosen = rows[start : start + most]
    more = start + most < len(rows)
    return chosen, base64.urlsafe_b64encode(chosen[-1].eni_id.encode()).decode() if more else ""


def _enis(state: State, rows: list[EniRow]) -> dict[str, Any]:
    return {"NetworkInterfaceSets": {"NetworkInterfaceSet": [_eni(state, row) for row in rows]}}


def _eni(state: State, row: EniRow) -> dict[str, Any]:
    bound = {eip.private_ip: _public(eip) for eip in state.bound_to(row.eni_id)}
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
        "Attachment": {"InstanceId": row.instance_id},
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
        "ResourceGroupId": "rg-acfmxdefault0",
    }


def _public(row: EipRow) -> dict[str, str]:
    return {"AllocationId": row.allocation_id, "PublicIpAddress": row.address}


def _zone(state: State, row: EniRow) -> str:
    vswitch = state.vswitches.get(row.vswitch_id)
    return vswitch.zone if vswitch else f"{state.region}-h"


def describe_instances(call: ApiCall) -> dict[str, Any]:
    """DescribeInstances: by InstanceIds (a JSON array) and VpcId, in pages."""
    params = call.params
    page, size = params.number("PageNumber", 1, 1, 10**6), params.number("PageSize", 10, 1, 100)
    rows = [row for row in _instances(call) if params.get("VpcId") in ("", row.vpc_id)]
    chosen = rows[(page - 1) * size : page * size]
    return {
        "TotalCount": len(rows),
        "PageNumber": page,
        "PageSize": size,
        "Instances": {"Instance": [_instance(call.state, row) for row in chosen]},
    }


def _instance(state: State, row: InstanceRow) -> dict[str, Any]:
    enis = [eni for eni in state.enis.values() if eni.instance_id == row.instance_id]
    return {
        "InstanceId": row.instance_id,
        "InstanceName": row.instance_id,
        "RegionId": state.region,
        "Status": "Running",
        "InstanceNetworkType": "vpc",
        "VpcAttributes": {"VpcId": row.vpc_id},
        "NetworkInterfaces": {
            "NetworkInterface": [
                {"NetworkInterfaceId": eni.eni_id, "PrimaryIpAddress": eni.primary_ip, "Type": eni.type} for eni in enis
            ]
        },
    }


def describe_instance_ram_role(call: ApiCall) -> dict[str, Any]:
    """DescribeInstanceRamRole: the roles of InstanceIds (a JSON array, mandatory)."""
    call.params.need("InstanceIds")
    sets = [{"InstanceId": row.instance_id, "RamRoleName": row.role} for row in _instances(call)]
    return {"RegionId": call.region, "TotalCount": len(sets), "InstanceRamRoleSets": {"InstanceRamRoleSet": sets}}


def _instances(call: ApiCall) -> list[InstanceRow]:
    if call.region != call.state.region:
        return []
    text = call.params.get("InstanceIds")
    if not text:
        return call.state.instances.values()
    try:
        ids = json.loads(text)
    except ValueError:
        ids = None
    if not isinstance(ids, list) or len(ids) > 100:
        raise CloudRefusal("InvalidInstanceIds.Malformed", "The specified parameter InstanceIds is not valid.")
    found = (call.state.instances.get(str(instance_id)) for instance_id in ids)
    return [row for row in found if row is not None]
