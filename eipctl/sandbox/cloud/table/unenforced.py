"""What is published and has no effect here, or happens by a fault alone; each with the reason."""

from __future__ import annotations

from fnmatch import fnmatchcase

PARAMETERS = {
    "AllocateEipAddress ActivityId": "a promotion changes prices only",
    "AllocateEipAddress AutoPay": "orders are paid at once",
    "AssociateEipAddress InstanceRegionId": "only for shared Global Accelerator instances, which don't exist here",
    "CreatePolicy Tag.N": "tags of policies are asked for by nobody",
    "DescribeCommonBandwidthPackages IncludeReservationData": "nothing is ordered for later",
    "DescribeCommonBandwidthPackages SecurityProtectionEnabled": "packages have no protection here",
    "DescribeEipAddresses IncludeReservationData": "nothing is ordered for later",
    "UnassociateEipAddress Force": "only for NAT gateways, which don't exist here",
}
"""``<API> <parameter>``: taken without effect."""

MEANINGS = {
    "account-block": "the sandbox's account is in good standing",
    "account-money": "the sandbox's account has money",
    "account-quota": "orders are for one EIP",
    "credentials": "only one kind of credentials is made, and tokens of OIDC are not verified",
    "ram": "one code stands for every missing right",
    "retry": "nothing is busy by chance",
    "stock": "there are always EIPs",
    "throttle": "one code stands for every rate limit",
    "unknown-outcome": "nothing fails by chance",
    "clock": "one code stands for each kind of mistake in a signature",
}
"""Class of a code: why it happens by a fault alone."""

_OTHER = "another code is answered to the same mistake"
_LESS = "the sandbox has fewer kinds of things: there is no such resource, or it has no such state"
_UNSENT = "the parameter is not there, or not looked at"
_ELSEWHERE = "listed for the API, but said of another operation"
CODES = (
    ("* Forbbiden", "how Forbidden was spelt in 2021"),
    ("*EipAddress Forbidden", "there is one account"),
    ("* *OwnerError", "there is one account"),
    ("* *OWENER_ERROR", "there is one account"),
    ("* *BelongToOtherUser", "there is one account"),
    ("* *.OwnerAccount", _UNSENT),
    ("* *.OwnerId", _UNSENT),
    ("UnassociateEipAddress %s", "a template without a text of its own"),
    ("AssociateEipAddress IllegalParamFormat.%s", _OTHER),
    ("ReleaseEipAddress Mismatch.%sAnd%s", _UNSENT),
    ("* *CloudBox*", "there are no CloudBoxes"),
    ("* *pv4Gateway*", "there are no IPv4 gateways"),
    ("* *HaVip*", "there are no HAVIPs"),
    ("* *HavipBoundPortmap", "there are no HAVIPs"),
    ("* *L2Eip*", "there are no layer-2 EIPs"),
    ("* *Gatgw", "there are no such gateways"),
    ("* *N[aA][tT][gG]*", "there are no NAT gateways"),
    ("* *[sS][nN][aA][tT]*", "there are no NAT gateways"),
    ("* *ForwardEntry", "there are no NAT gateways"),
    ("* *PORTMAP*", "there are no NAT gateways"),
    ("* *LoadBalancer*", "there are no load balancers"),
    ("* *RouteEntry", "there are no routes"),
    ("* *BindRemote*", "there is no Global Accelerator"),
    ("* *BindingInstanceRegion", "there is no Global Accelerator"),
    ("* ServerRegion.Invalid", "there is no Global Accelerator"),
    ("* *Zone*", "everything is in one zone"),
    ("* *Hpc*", "there are no HPC clusters"),
    ("* *DirectE*", "there are no direct EIPs and ENIs"),
    ("* *SlaveEni", "there are no slave ENIs"),
    ("* Eni.*", "ENIs of cut-through mode are not told from others"),
    ("* *EniSubIp", "ENIs of cut-through mode are not told from others"),
    ("* *EcsState*", "instances always run"),
    ("* *EcsStatus*", "instances always run"),
    ("* *EniStatus*", _OTHER),
    ("* *EniType", _LESS),
    ("* *NetworkType*", "everything is in a VPC"),
    ("* *NotVpc", "everything is in a VPC"),
    ("* InvalidVpc.*", "everything is in one VPC per vSwitch"),
    ("* *VpcMismatch", "everything is in one VPC per vSwitch"),
    ("* *PUBLIC_IP", "instances have no public IPs of their own"),
    ("* *BandWidth", "instances have no public IPs of their own"),
    ("* *BandwidthNotZero", "instances have no public IPs of their own"),
    ("* *IpPrefix*", _OTHER),
    ("* *PrefixIp", _OTHER),
    ("* *BindIpAddress", "EIPs are not bound to bare IP addresses"),
    ("* *NoAvailablePrivateIp", "PrivateIpAddress is sent, or the primary one is meant"),
    ("* *UnsupportedEipBindMode", "every ENI takes every mode"),
    ("* *EipBindModel", "every ENI takes every mode"),
    ("* Mode.NotSupport", "every ENI takes every mode"),
    ("* Invalid.Function.NotSupported", "every ENI takes every mode"),
    ("* *MultiIp", "every ENI takes every mode"),
    ("* *MultiBindedEip", "the number of EIPs of an ENI is bound by its private IPs alone"),
    ("* *NumberOf*Eip", "the number of EIPs of an instance is one"),
    ("* *EipQuotaExceeded", "the number of EIPs of an instance is one"),
    ("* *IpIsLocked", "no address is locked"),
    ("* *Keeped", "no address is kept"),
    ("* Invalid.Reserve.Ip", _OTHER),
    ("* ResourceNotFound.Ip", _OTHER),
    ("* Mismatch.*", "pools have no addresses, lines or protection of their own"),
    ("* *SecurityProtectionTypesInconsistent", "packages have no protection here"),
    ("* *IpVersion", "there is IPv4 alone"),
    ("* *BizStatus*", "packages are never overdue"),
    ("* BandwidthPackageId.InvalidBandwidth", "a package takes EIPs of any bandwidth"),
    ("* *InvalidIpInternetChargeType", "a package takes EIPs of any charge type"),
    ("* *LargeSpecEip", "the number of large EIPs is not bound"),
    ("* *TagKeys", "tags have no categories"),
    ("* *Categary", "tags have no categories"),
    ("* *TagScope*", "tags have no scopes"),
    ("* *TagCount", "instances have no tags"),
    ("* InvalidTag.Mismatch", "instances have no tags"),
    ("* *InstanceChargeType.NotFound", _UNSENT),
    ("* InvalidInternetChargeType.ValueNotSupported", _UNSENT),
    ("DescribeInstances *", _UNSENT),
    ("AssumeRole InvalidParameter.*", _UNSENT),
    ("DescribeNetworkInterfaces *", _ELSEWHERE),
    ("* *.ResourceGroupId", "resource groups work everywhere"),
    ("* *Group*", "there are no groups of users"),
    ("* DependencyViolation.ip", _ELSEWHERE),
    ("* DeleteConflict.Role.Policy", _OTHER),
    ("* *PolicyDocument.Length", "only permission policies have a length"),
    ("AllocateEipAddressPro *", _OTHER),
    ("* UnsupportedParameter", _OTHER),
    ("* *Malformed", _OTHER),
    ("* *Bandwidth*", _OTHER),
    ("* *NotFound", _OTHER),
    ("* *NotExist", _OTHER),
    ("* *NotSupport*", _OTHER),
    ("* *NOT_SUPPORT", _OTHER),
    ("* *INVALID*", _OTHER),
    ("* *Region", _OTHER),
    ("* *OrderParamComponent", _OTHER),
    ("* *ServiceLocation", _OTHER),
    ("* QueryParameter.Illegal", _OTHER),
    ("* InstanceType.Invalid", _OTHER),
    ("* InvalidParameter.*", _OTHER),
    ("* Missing*", _OTHER),
    ("* ResourceAlreadyAssociated.IpAddress", _OTHER),
    ("* InvalidStatus.NotAllow", _OTHER),
    ("* InvalidAction", _OTHER),
    ("* InvalidTagValue", "the API takes no tag values"),
    ("* InvalidProtocol.NeedSsl", "the sandbox is asked on loopback"),
)
"""Patterns of ``<API or product> <code>``, the first that fits counts: why a code happens by a fault alone."""


def fits(pattern: str, where: str, code: str) -> bool:
    """Whether a pattern of CODES speaks of a code."""
    return fnmatchcase(f"{where} {code}", pattern)


def reason(where: str, code: str, meaning: str) -> str:
    """Why a published code is answered only when a fault says so; "" for one that nobody gave a reason for."""
    found = (why for pattern, why in CODES if fits(pattern, where, code))
    return MEANINGS.get(meaning) or next(found, "")
