"""What nobody could verify about the real cloud, where its sources differ, and how fast it is: a switch each."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import msgspec

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Switches:
    """Seconds are those of the real cloud; the sandbox's speed divides them."""

    associate_seconds: float = 1.0
    unassociate_seconds: float = 1.0
    release_seconds: float = 1.0
    package_seconds: float = 0.0
    """How long a bandwidth package refuses the next operation on it."""

    modify_seconds: float = 0.0
    """How long another bandwidth is being set up, in which the EIP is not bound (InvalidAction.Denied)."""

    allocate_needs_tag_right: bool = False
    """Whether AllocateEipAddress with Tag.N also needs vpc:TagResources."""
    unassociate_checks_binding: bool = True
    """Whether UnassociateEipAddress refuses an InstanceId or PrivateIpAddress that is not the bound one."""
    private_ip_required: bool = True
    """Whether AssociateEipAddress to an ENI needs PrivateIpAddress; else the primary IP is meant without it."""
    primary_ip_shown: bool = False
    """Whether DescribeEipAddresses shows PrivateIpAddress also for an ENI's primary IP."""
    eni_conflicts: bool = True
    """Whether an operation is refused (TaskConflict) while another EIP of the same ENI is in transition."""
    prefix_ips_bindable: bool = False
    """Whether an IP inside an ENI's IPv4 prefix takes an EIP."""
    primary_eni_takes_many: bool = False
    """Whether the secondary private IPs of an instance's primary ENI take EIPs."""
    primary_found_by_ip: bool = True
    """Whether PrivateIpAddress.N of DescribeNetworkInterfaces also finds an ENI by its primary IP."""
    release_inside_package: bool = True
    """Whether an EIP can be released without leaving its bandwidth package first."""
    unassigned_ip: Literal["unbinds", "stays"] = "unbinds"
    """What becomes of an EIP whose private IP is taken from its ENI: Available, or InUse where nothing is any more."""
    protection_opened: bool = False
    """Whether Anti-DDoS Origin is opened, which SecurityProtectionTypes needs."""
    released_recoverable: bool = True
    """Whether a released EIP can be had again by AllocateEipAddress with its InstanceId or IpAddress, for 7 days."""

    attach_seconds: float = 0.0
    """How long a policy just attached to a role gives no rights yet."""
    policies_per_role: int = 5
    """How many custom policies a role takes."""
    longest_policy: int = 6144
    """How many characters a policy document has at most."""
    ram_takes_forms: bool = True
    """Whether RAM reads parameters from a form body, not only from the query."""

    token_seconds: float = DAY
    """How long a ClientToken is remembered."""
    token_keeps_errors: bool = False
    """Whether a ClientToken also remembers a refusal, and repeats it."""

    hidden_describes: int = 0
    """For how many DescribeEipAddresses calls a new EIP is not listed yet."""
    stale_describes: int = 0
    """For how many DescribeEipAddresses calls a changed EIP is still shown as it was."""
    newest_first: bool = True
    """Whether DescribeEipAddresses lists the newest EIP first."""
    description_key: Literal["Description", "Descritpion", "both"] = "Description"
    """Under which key DescribeEipAddresses shows the description."""

    locked_status: Literal["OperationLock", "FinancialLocked"] = "OperationLock"
    """The BusinessStatus of a locked EIP."""
    preview_fields: bool = False
    """Whether DescribeNetworkInterfaces tells what is in invitational preview: Attachment, AllocationId of an EIP."""

    strict_names: bool = True
    """Whether an EIP's name starts with a letter and holds only letters, digits and ``. _ -``, and its description
    has 2 to 256 characters, the first a letter; else both only don't begin with a link."""
    strict_tag_keys: bool = False
    """Whether tag keys must be at most 64 letters, digits and ``. _ -``, starting with a letter."""
    tags_overwrite: bool = True
    """Whether TagResources overwrites a tag of the same key; else it refuses."""
    frequent_purchase_after: int = 0
    """How many AllocateEipAddress calls succeed before FrequentPurchase.EIP; 0 for no limit."""
    lower_case_cs_errors: bool = True
    """Whether errors of CS have the keys code, message and requestId."""
    imds_v1: bool = True
    """Whether the metadata service answers requests without a token."""


def changed(switches: Switches, changes: dict[str, Any]) -> Switches:
    """The switches with changes by name; ValueError for one that doesn't exist, or a value of another type."""
    unknown = changes.keys() - {field.name for field in fields(Switches)}
    if unknown:
        raise ValueError(f"there is no switch {', '.join(sorted(unknown))}")
    try:
        return msgspec.convert({**asdict(switches), **changes}, Switches)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
