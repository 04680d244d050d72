"""The cloud's JSON as facts."""

from __future__ import annotations

from datetime import UTC, datetime
from sys import intern
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.domain.facts import Eip, EipStatus, EniAddress
from eipctl.domain.ownership import POD, POD_UID, tag_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OF_ONE_POD = frozenset({POD, POD_UID})


def eip(row: Mapping[str, Any]) -> Eip:
    """One element of DescribeEipAddresses; Failed when it is none."""
    try:
        return _eip(row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        name = str(row.get("AllocationId", "an EIP"))
        raise Failed(
            Code.CLOUD_ERROR,
            f"{name} is described in a way that this version doesn't understand ({type(error).__name__}: {error})",
            hint="look for a newer version of eipctl",
            obj=name,
        ) from None


def _eip(row: Mapping[str, Any]) -> Eip:
    package = row.get("BandwidthPackageId") or ""
    bandwidth = (row.get("EipBandwidth") if package else None) or row.get("Bandwidth") or 0
    return Eip(
        allocation_id=row["AllocationId"],
        address=row["IpAddress"],
        status=EipStatus(row["Status"]),
        instance_id=row.get("InstanceId") or "",
        instance_type=row.get("InstanceType") or "",
        private_ip=row.get("PrivateIpAddress") or "",
        vpc_id=row.get("VpcId") or "",
        bandwidth=int(bandwidth),
        internet_charge_type=row.get("InternetChargeType") or "",
        instance_charge_type=row.get("ChargeType") or "PostPaid",
        isp=row.get("ISP") or "BGP",
        name=row.get("Name") or "",
        description=row.get("Description") or row.get("Descritpion") or "",  # the key as the 2021 API spells it
        resource_group_id=row.get("ResourceGroupId") or "",
        bandwidth_package_id=package,
        pool_id=row.get("PublicIpAddressPoolId") or "",
        allocated_at=_moment(row.get("AllocationTime") or ""),
        **tag_fields(_tags(row)),
        locked=bool(rows(row, "OperationLocks", "LockReason")) or row.get("BusinessStatus") == "FinancialLocked",
        protected=_flag(row.get("DeletionProtection")),
        service_managed=_flag(row.get("ServiceManaged")),
        segment_id=row.get("SegmentInstanceId") or "",
    )


def _tags(row: Mapping[str, Any]) -> dict[str, str]:
    """One text for each key and for each value that many EIPs share: all but those that name a Pod."""
    pairs = ((tag["Key"], tag.get("Value") or "") for tag in rows(row, "Tags", "Tag"))
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


def _flag(value: object) -> bool:
    """JSON true, 1, or the text of either; ServiceManaged is a number."""
    return str(value).lower() in ("true", "1")


def _moment(text: str) -> datetime | None:
    """``2026-11-23T08:20:09Z``, also without seconds."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is UTC else found.astimezone(UTC)
