"""Vpc: DescribeEipAddresses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.rows import EipRow
    from eipctl.sandbox.cloud.state import State

    Filter = Callable[[EipRow], bool]

_FIELDS = {
    "EipName": "name",
    "Status": "status",
    "AssociatedInstanceType": "instance_type",
    "AssociatedInstanceId": "instance_id",
    "ISP": "isp",
    "ChargeType": "charge_type",
    "ResourceGroupId": "resource_group_id",
    "SegmentInstanceId": "segment_id",
    "PublicIpAddressPoolId": "pool_id",
}


def describe(call: ApiCall) -> dict[str, Any]:
    """One page of the EIPs that pass all filters; unknown ids are simply not there."""
    state, params = call.state, call.params
    page, size = params.number("PageNumber"), params.number("PageSize")
    call.known_group()
    filters = list(_filters(call))
    call.dry_run()
    state.describes += 1
    rows = _candidates(call)
    if filters:
        rows = [row for row in _settled(state, rows, call.now) if all(passes(row) for passes in filters)]
    if "stale" in call.spoilt and rows:
        rows.remove(max(rows, key=lambda row: (row.allocated_at, row.allocation_id)))
    first = (page - 1) * size + (page > 1 and "shift" in call.spoilt)
    return {
        "TotalCount": len(rows),
        "PageNumber": page,
        "PageSize": size,
        "EipAddresses": {
            "EipAddress": [render(state, row) for row in _settled(state, rows[first : first + size], call.now)]
        },
    }


def _candidates(call: ApiCall) -> list[EipRow]:
    """What exists in the region, as late as the switches say, in listing order."""
    state, region = call.state, call.region
    ids = call.params.commas("AllocationId")
    if ids:
        found = (state.eip(allocation_id) for allocation_id in dict.fromkeys(ids))
        rows = [row for row in found if row is not None and row.region == region]
    else:
        rows = [row for row in state.eips.values() if row.region == region]
        rows += [row for row in _settled(state, state.releasing.values(), call.now) if row.region == region]
    if state.lagging:
        late = (state.shown(row) for row in _settled(state, rows, call.now))
        rows = [row for row in late if row is not None]
    if state.switches.newest_first:
        rows.reverse()
    return rows


def _settled(state: State, rows: list[EipRow], now: float) -> list[EipRow]:
    found = (state.settled(row, now) for row in rows)
    return [row for row in found if row is not None]


def _filters(call: ApiCall) -> Iterator[Filter]:
    params = call.params
    yield from (_equals(field, params.get(name)) for name, field in _FIELDS.items() if params.get(name))
    addresses = params.commas("EipAddress")
    if addresses:
        yield lambda row: row.address in addresses
    if params.get("LockReason"):
        yield lambda row: params.get("LockReason") in row.locks
    if params.get("ServiceManaged"):
        yield _equals("service_managed", params.flag("ServiceManaged"))
    if params.flag("SecurityProtectionEnabled"):
        yield lambda row: bool(row.security_protection)
    yield from (_tagged(key, value) for key, value in params.pairs("Tag"))
    yield from (_created(call, number) for number in ("1", "2") if params.get(f"Filter.{number}.Key"))


def _equals(field: str, value: object) -> Filter:
    return lambda row: getattr(row, field) == value


def _tagged(key: str, value: str | None) -> Filter:
    if not value:
        return lambda row: any(known == key for known, _ in row.tags)
    return lambda row: (key, value) in row.tags


def _created(call: ApiCall, number: str) -> Filter:
    """Filter.1 CreationStartTime and Filter.2 CreationEndTime, ``YYYY-MM-DDThh:mmZ``."""
    try:
        moment = datetime.strptime(call.params.get(f"Filter.{number}.Value"), "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        raise call.refusal("InvalidFilterValue", "The specified filter value is not valid.") from None
    if number == "1":
        return lambda row: row.allocated_at >= moment.timestamp()
    return lambda row: row.allocated_at <= moment.timestamp()


def render(state: State, row: EipRow) -> dict[str, Any]:
    """One element of EipAddresses.EipAddress; built once per row."""
    known = state.rendered.get(row.allocation_id)
    if known is None or known[0] is not row or known[1] is not state.switches:
        known = (row, state.switches, _render(state, row))
        state.rendered[row.allocation_id] = known
    return known[2]


def _render(state: State, row: EipRow) -> dict[str, Any]:
    package = state.packages.get(row.bandwidth_package_id)
    key = state.switches.description_key
    return {
        "AllocationId": row.allocation_id,
        "IpAddress": row.address,
        "Status": row.status,
        "RegionId": row.region,
        "InstanceId": row.instance_id,
        "InstanceType": row.instance_type,
        "InstanceRegionId": row.region if row.instance_id else "",
        "PrivateIpAddress": "" if row.primary and not state.switches.primary_ip_shown else row.private_ip,
        "VpcId": "",  # published for InstanceType IpAddress only, which nothing here has
        "Mode": row.mode if row.instance_id else "",
        "Bandwidth": str(package.bandwidth if package else row.bandwidth),
        "EipBandwidth": str(row.bandwidth),
        "BandwidthPackageId": row.bandwidth_package_id,
        "BandwidthPackageType": "CommonBandwidthPackage" if package else "",
        "BandwidthPackageBandwidth": str(package.bandwidth) if package else "",
        "InternetChargeType": row.internet_charge_type,
        "ChargeType": row.charge_type,
        "BusinessStatus": state.switches.locked_status if row.locks else "Normal",
        "OperationLocks": {"LockReason": [{"LockReason": reason} for reason in row.locks]},
        "AllocationTime": state.clock.timestamp(row.allocated_at),
        "ExpiredTime": state.clock.timestamp(row.expires_at)[:-4] + "Z" if row.expires_at else "",
        "Name": row.name,
        **{name: row.description for name in ("Descritpion", "Description") if key in (name, "both")},
        "ResourceGroupId": row.resource_group_id,
        "ISP": row.isp,
        "Netmode": "public",
        "Tags": {"Tag": [{"Key": name, "Value": value} for name, value in row.tags]},
        "DeletionProtection": row.protected,
        "HDMonitorStatus": "false",
        "SegmentInstanceId": row.segment_id,
        "ServiceManaged": int(row.service_managed),
        "SecondLimited": False,
        "BizType": "Default",
        "Zone": "",
        "PublicIpAddressPoolId": row.pool_id,
        "SecurityProtectionTypes": {"SecurityProtectionType": list(row.security_protection)},
    }
