"""The cloud's JSON as facts: decoded straight from bytes, and only the fields that eipctl reads.

A row that can't be understood names itself, so rows are decoded one by one. Optional fields allow null.
"""

from __future__ import annotations

from datetime import UTC, datetime
from sys import intern
from typing import TYPE_CHECKING, Any

import msgspec

from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.domain.facts import Eip, EipStatus, EniAddress
from eipctl.domain.ownership import POD, POD_UID, tag_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OF_ONE_POD = frozenset({POD, POD_UID})


class CloudWire(msgspec.Struct, rename="pascal", gc=False):
    """Field names as the RPC APIs spell them. gc=False: decoded JSON has no cycles."""


class Answer(CloudWire):
    """What every answer has."""

    request_id: str


class EipRows(CloudWire):
    """EipAddresses."""

    eip_address: list[msgspec.Raw] | None = None


class EipPage(Answer):
    """DescribeEipAddresses."""

    total_count: int | None = None
    eip_addresses: EipRows | None = None


class _Tag(CloudWire):
    key: str
    value: str | None = None


class _Tags(CloudWire):
    tag: list[_Tag] | None = None


class _Locks(CloudWire):
    lock_reason: list[msgspec.Raw] | None = None


class _EipRow(CloudWire):
    """One element of DescribeEipAddresses. Numbers come as text, and flags as numbers, text or booleans."""

    allocation_id: str
    ip_address: str
    status: EipStatus
    instance_id: str | None = None
    instance_type: str | None = None
    private_ip_address: str | None = None
    vpc_id: str | None = None
    bandwidth: str | int | None = None
    eip_bandwidth: str | int | None = None
    bandwidth_package_id: str | None = None
    internet_charge_type: str | None = None
    charge_type: str | None = None
    isp: str | None = msgspec.field(default=None, name="ISP")
    name: str | None = None
    description: str | None = None
    descritpion: str | None = None
    """As the API of 2021 spells it."""
    resource_group_id: str | None = None
    public_ip_address_pool_id: str | None = None
    allocation_time: str | None = None
    tags: _Tags | None = None
    operation_locks: _Locks | None = None
    business_status: str | None = None
    deletion_protection: bool | str | int | None = None
    service_managed: bool | str | int | None = None
    segment_instance_id: str | None = None


_eip_row = msgspec.json.Decoder(_EipRow).decode


def eip(raw: bytes | msgspec.Raw) -> Eip:
    """One element of DescribeEipAddresses; Failed when it is none."""
    try:
        return _eip(_eip_row(raw))
    except ValueError as error:
        name = _name(raw)
        raise Failed(
            Code.CLOUD_ERROR,
            f"{name} is described in a way that this version doesn't understand ({type(error).__name__}: {error})",
            hint="look for a newer version of eipctl",
            obj=name,
        ) from None


def _name(raw: bytes | msgspec.Raw) -> str:
    row = msgspec.json.decode(raw)
    return str(row.get("AllocationId", "an EIP")) if isinstance(row, dict) else "an EIP"


def _eip(row: _EipRow) -> Eip:
    """Texts that many EIPs share are kept once."""
    package = row.bandwidth_package_id or ""
    bandwidth = (row.eip_bandwidth if package else None) or row.bandwidth or 0
    return Eip(
        allocation_id=row.allocation_id,
        address=row.ip_address,
        status=row.status,
        instance_id=intern(row.instance_id or ""),
        instance_type=intern(row.instance_type or ""),
        private_ip=row.private_ip_address or "",
        vpc_id=intern(row.vpc_id or ""),
        bandwidth=int(bandwidth),
        internet_charge_type=intern(row.internet_charge_type or ""),
        instance_charge_type=row.charge_type or "PostPaid",
        isp=row.isp or "BGP",
        name=row.name or "",
        description=row.description or row.descritpion or "",
        resource_group_id=intern(row.resource_group_id or ""),
        bandwidth_package_id=package,
        pool_id=row.public_ip_address_pool_id or "",
        allocated_at=_moment(row.allocation_time or ""),
        **tag_fields(_tags(row)),
        locked=bool(row.operation_locks and row.operation_locks.lock_reason)
        or row.business_status == "FinancialLocked",
        protected=_flag(row.deletion_protection),
        service_managed=_flag(row.service_managed),
        segment_id=row.segment_instance_id or "",
    )


def _tags(row: _EipRow) -> dict[str, str]:
    """One text for each key and for each value that many EIPs share: all but those that name a Pod."""
    pairs = ((tag.key, tag.value or "") for tag in (row.tags and row.tags.tag) or ())
    return {intern(key): value if key in _OF_ONE_POD else intern(value) for key, value in pairs}


def eni_addresses(row: Mapping[str, Any]) -> Iterator[EniAddress]:
    """All private IPs of one element of DescribeNetworkInterfaces, the primary one first."""
    primary = row.get("PrivateIpAddress") or ""
    others = [ip["PrivateIpAddress"] for ip in rows(row, "PrivateIpSets", "PrivateIpSet")]
    instance = row.get("InstanceId") or (row.get("Attachment") or {}).get("InstanceId") or ""
    for address in dict.fromkeys([primary, *others]):
        if address:
            yield EniAddress(row["NetworkInterfaceId"], address, address == primary, row.get("VpcId") or "", instance)


def rows(answer: Mapping[str, Any], *path: str) -> list[Any]:
    """The list at ``path``; empty when any part of it is missing or null."""
    found: Any = answer
    for name in path:
        found = (found or {}).get(name)
    return found or []


def _flag(value: bool | str | int | None) -> bool:  # noqa: FBT001 - a value of the API
    """JSON true, 1, or the text of either; ServiceManaged is a number."""
    return value is not None and value is not False and str(value).lower() in ("true", "1")


def _moment(text: str) -> datetime | None:
    """``2026-11-23T08:20:09Z``, also without seconds."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is UTC else found.astimezone(UTC)
