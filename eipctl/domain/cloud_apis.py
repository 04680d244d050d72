"""Every Alibaba Cloud call that eipctl makes: how it may be repeated, and which RAM actions it needs.

The registry of commands says which command makes which. A call that is not here can't be made.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Repeat(StrEnum):
    """What may be done after an attempt without a usable answer."""

    FREELY = "freely"
    """It changes nothing: send it again."""
    IDENTICALLY = "identically"
    """Send it again with the same ClientToken."""
    NEVER = "never"
    """Only reading again shows whether it was done."""
    PROVEN = "proven"
    """The same, and it rests on a proof: before it is sent again, for whatever reason, the proof is renewed."""


@dataclass(frozen=True, slots=True)
class Api:
    """One API; `ram` are the RAM actions that allow it."""

    product: str
    action: str
    repeat: Repeat
    ram: tuple[str, ...] = ()
    path: str = ""
    """The path of a ROA style API, fetched with GET; "" for RPC style."""

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.repeat is not Repeat.FREELY


def _vpc(action: str, repeat: Repeat, *more: str) -> Api:
    return Api("Vpc", action, repeat, (f"vpc:{action}", *more))


def _ram(action: str, repeat: Repeat = Repeat.NEVER) -> Api:
    return Api("Ram", action, repeat, (f"ram:{action}",))


ALLOCATE = _vpc("AllocateEipAddress", Repeat.IDENTICALLY, "vpc:TagResources")
ASSOCIATE = _vpc("AssociateEipAddress", Repeat.PROVEN)
UNASSOCIATE = _vpc("UnassociateEipAddress", Repeat.PROVEN)
RELEASE = _vpc("ReleaseEipAddress", Repeat.PROVEN)
MODIFY = _vpc("ModifyEipAddressAttribute", Repeat.NEVER)
JOIN_PACKAGE = _vpc("AddCommonBandwidthPackageIp", Repeat.IDENTICALLY)
LEAVE_PACKAGE = _vpc("RemoveCommonBandwidthPackageIp", Repeat.IDENTICALLY)
TAG = _vpc("TagResources", Repeat.NEVER)
UNTAG = _vpc("UnTagResources", Repeat.NEVER)
DESCRIBE_EIPS = _vpc("DescribeEipAddresses", Repeat.FREELY)
DESCRIBE_ENIS = Api("Ecs", "DescribeNetworkInterfaces", Repeat.FREELY, ("ecs:DescribeNetworkInterfaces",))
DESCRIBE_INSTANCE_ROLES = Api("Ecs", "DescribeInstanceRamRole", Repeat.FREELY, ("ecs:DescribeInstanceRamRole",))

GET_ROLE = _ram("GetRole", Repeat.FREELY)
LIST_POLICIES_FOR_ROLE = _ram("ListPoliciesForRole", Repeat.FREELY)
GET_POLICY = _ram("GetPolicy", Repeat.FREELY)
LIST_POLICY_VERSIONS = _ram("ListPolicyVersions", Repeat.FREELY)
GET_POLICY_VERSION = _ram("GetPolicyVersion", Repeat.FREELY)
CREATE_POLICY = _ram("CreatePolicy")
CREATE_POLICY_VERSION = _ram("CreatePolicyVersion")
UPDATE_POLICY_DESCRIPTION = _ram("UpdatePolicyDescription")
SET_DEFAULT_POLICY_VERSION = _ram("SetDefaultPolicyVersion")
DELETE_POLICY_VERSION = _ram("DeletePolicyVersion")
DELETE_POLICY = _ram("DeletePolicy")
ATTACH_POLICY = _ram("AttachPolicyToRole")
DETACH_POLICY = _ram("DetachPolicyFromRole")

GET_CALLER_IDENTITY = Api("Sts", "GetCallerIdentity", Repeat.FREELY)
ASSUME_ROLE = Api("Sts", "AssumeRole", Repeat.FREELY, ("sts:AssumeRole",))
ASSUME_ROLE_WITH_OIDC = Api("Sts", "AssumeRoleWithOIDC", Repeat.FREELY)
DESCRIBE_CLUSTER = Api(
    "CS", "DescribeClusterDetail", Repeat.FREELY, ("cs:DescribeClusterDetail",), "/clusters/[ClusterId]"
)

VPC_READS = (DESCRIBE_EIPS, DESCRIBE_ENIS)
VPC_WRITES = (ALLOCATE, ASSOCIATE, UNASSOCIATE, RELEASE, MODIFY, TAG, UNTAG)
VPC_PACKAGES = (JOIN_PACKAGE, LEAVE_PACKAGE)
"""Needed only where Pods name a bandwidth package."""
RAM_READS = (GET_ROLE, LIST_POLICIES_FOR_ROLE, GET_POLICY)

ROLE_READS = (*RAM_READS, DESCRIBE_CLUSTER, DESCRIBE_INSTANCE_ROLES)
"""Which roles Terway works under and what they grant; the last two only where those are the worker nodes' roles."""


def ram_actions(apis: Iterable[Api]) -> tuple[str, ...]:
    """The RAM actions that `apis` need together, each once, in order."""
    return tuple(dict.fromkeys(action for api in apis for action in api.ram))
