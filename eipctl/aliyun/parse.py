"""The cloud's JSON as facts: decoded straight from bytes, and only the fields that eipctl reads.

A row that can't be understood names itself, so rows are decoded one by one. Optional fields allow null.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from sys import intern
from typing import TYPE_CHECKING, Any

import msgspec

from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.base.text import from_json, with_characters
from eipctl.domain.cost import CHARGE_TYPES
from eipctl.domain.facts import Eip, EipStatus, EniAddress
from eipctl.domain.ownership import POD, POD_UID, tag_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    allocation_id: str | None = None
    ip_address: str | None = None
    status: str | None = None
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


_STATUSES = {status.value: status for status in EipStatus if status is not EipStatus.UNKNOWN}
_INSTANCE_TYPES = ("", "EcsInstance", "SlbInstance", "Nat", "HaVip", "NetworkInterface", "IpAddress")
_INSTANCE_CHARGE_TYPES = ("PostPaid", "PrePaid")
_NEEDED = ("AllocationId", "IpAddress", "Status", "Bandwidth", "InternetChargeType")
"""What every EIP has."""
_FIELDS = tuple((each.encode_name, each.type) for each in msgspec.structs.fields(_EipRow))


def eip(raw: bytes | msgspec.Raw) -> Eip:
    """One element of DescribeEipAddresses. What is not understood of it is in `odd`, and concerns it alone."""
    try:
        return _eip(_eip_row(raw))
    except (ValueError, RecursionError):
        return _in_part(_decoded(raw))


def _decoded(raw: bytes | msgspec.Raw) -> dict[str, Any]:
    try:
        row = from_json(with_characters(bytes(raw)).decode())
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise Failed(Code.CLOUD_ERROR, "a row of DescribeEipAddresses is not an EIP", hint="run the same command again")
    return row


def _in_part(told: dict[str, Any]) -> Eip:
    """The fields that can be read of a row that can't be."""
    unread = [name for name, kind in _FIELDS if name in told and not _is(told[name], kind, name)]
    known = {name: told[name] for name, _ in _FIELDS if name in told and name not in unread}
    found = _eip(msgspec.convert(known, _EipRow))
    strange = [f"its {name} is {_short(told[name])}" for name in unread]
    return replace(found, odd="; ".join(filter(None, [*strange, found.odd])))


def _is(value: object, kind: Any, name: str) -> bool:
    try:
        found = msgspec.convert(value, kind)
        if name in ("Bandwidth", "EipBandwidth"):
            int(found or 0)
        if name == "AllocationTime":
            _moment(found or "")
    except ValueError:
        return False
    return True


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _odd(row: _EipRow) -> str:
    """What is unknown or missing; "" for a row as they are documented."""
    if (
        row.status in _STATUSES
        and (row.instance_type or "") in _INSTANCE_TYPES
        and row.internet_charge_type in CHARGE_TYPES
        and (row.charge_type or "PostPaid") in _INSTANCE_CHARGE_TYPES
        and row.allocation_id
        and row.ip_address
        and row.bandwidth is not None
        and (row.instance_id or row.status != EipStatus.IN_USE)
    ):
        return ""
    told = msgspec.to_builtins(row)
    known = {
        "Status": (*_STATUSES, None),
        "InstanceType": (*_INSTANCE_TYPES, None),
        "InternetChargeType": (*CHARGE_TYPES, None),
        "ChargeType": (*_INSTANCE_CHARGE_TYPES, "", None),
    }
    strange = [f"its {name} is {_short(told[name])}" for name, values in known.items() if told[name] not in values]
    if row.status == EipStatus.IN_USE and not row.instance_id:
        strange.append("it is InUse and has no InstanceId")
    return "; ".join([*strange, *(f"it has no {name}" for name in _NEEDED if told[name] in (None, ""))])


def _eip(row: _EipRow) -> Eip:
    """Texts that many EIPs share are kept once."""
    package = row.bandwidth_package_id or ""
    bandwidth = (row.eip_bandwidth if package else None) or row.bandwidth or 0
    return Eip(
        allocation_id=row.allocation_id or row.ip_address or "",
        address=row.ip_address or "",
        status=_STATUSES.get(row.status or "", EipStatus.UNKNOWN),
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
        odd=_odd(row),
    )


def _tags(row: _EipRow) -> dict[str, str]:
    """One text for each key and for each value that many EIPs share: all but those that name a Pod."""
    pairs = ((tag.key, tag.value or "") for tag in (row.tags and row.tags.tag) or ())
    return {intern(key): value if key in _OF_ONE_POD else intern(value) for key, value in pairs}


class _PrivateIp(CloudWire):
    private_ip_address: str | None = None


class _PrivateIps(CloudWire):
    private_ip_set: list[_PrivateIp] | None = None


class _Attachment(CloudWire):
    instance_id: str | None = None


class EniRow(CloudWire):
    """One element of DescribeNetworkInterfaces."""

    network_interface_id: str
    private_ip_address: str | None = None
    private_ip_sets: _PrivateIps | None = None
    vpc_id: str | None = None
    instance_id: str | None = None
    attachment: _Attachment | None = None

    def addresses(self) -> Iterator[EniAddress]:
        """All private IPs, the primary one first."""
        primary = self.private_ip_address or ""
        others = [
            item.private_ip_address or ""
            for item in (self.private_ip_sets and self.private_ip_sets.private_ip_set) or ()
        ]
        instance = self.instance_id or (self.attachment and self.attachment.instance_id) or ""
        for address in dict.fromkeys([primary, *others]):
            if address:
                yield EniAddress(self.network_interface_id, address, address == primary, self.vpc_id or "", instance)


class EniRows(CloudWire):
    """NetworkInterfaceSets."""

    network_interface_set: list[EniRow] | None = None


class EniPage(Answer):
    """DescribeNetworkInterfaces."""

    network_interface_sets: EniRows | None = None
    next_token: str | None = None


class Allocated(Answer):
    """AllocateEipAddress."""

    allocation_id: str
    eip_address: str


class PolicyRow(CloudWire):
    """One element of ListPoliciesForRole."""

    policy_name: str
    policy_type: str


class PolicyRows(CloudWire):
    """Policies."""

    policy: list[PolicyRow] | None = None


class PolicyPage(Answer):
    """ListPoliciesForRole."""

    policies: PolicyRows


class PolicyVersion(CloudWire):
    """A version of a policy."""

    version_id: str
    policy_document: str = ""


class PolicyFact(CloudWire):
    """Policy of GetPolicy."""

    description: str | None = None
    attachment_count: int | None = None


class PolicyAnswer(Answer):
    """GetPolicy."""

    default_policy_version: PolicyVersion
    policy: PolicyFact | None = None


class PolicyVersions(CloudWire):
    """PolicyVersions."""

    policy_version: list[PolicyVersion] | None = None


class PolicyVersionPage(Answer):
    """ListPolicyVersions."""

    policy_versions: PolicyVersions


class PolicyVersionAnswer(Answer):
    """CreatePolicyVersion, GetPolicyVersion."""

    policy_version: PolicyVersion


class Caller(Answer):
    """GetCallerIdentity."""

    account_id: str
    arn: str


class ClusterAnswer(msgspec.Struct):
    """DescribeClusterDetail of CS, whose fields are spelt in lower case."""

    worker_ram_role_name: str | None = None


class InstanceRole(CloudWire):
    """One element of DescribeInstanceRamRole."""

    ram_role_name: str | None = None


class InstanceRoles(CloudWire):
    """InstanceRamRoleSets."""

    instance_ram_role_set: list[InstanceRole] | None = None


class InstanceRolePage(Answer):
    """DescribeInstanceRamRole."""

    instance_ram_role_sets: InstanceRoles
    total_count: int = 0


def _flag(value: bool | str | int | None) -> bool:  # noqa: FBT001 - a value of the API
    """JSON true, 1, or the text of either; ServiceManaged is a number."""
    return value is not None and value is not False and str(value).lower() in ("true", "1")


def _moment(text: str) -> datetime | None:
    """``2026-11-23T08:20:09Z``, also without seconds."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    if found.tzinfo is UTC:
        return found
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{text} is outside of every calendar") from None
