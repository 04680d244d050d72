"""Ecs: network interfaces, instances and their roles; CS: clusters and their node pools."""

from __future__ import annotations

from dataclasses import replace

from eipctl.sandbox.cloud import clusters, ecs, regions
from eipctl.sandbox.cloud.table.kinds import Api, Parameter, codes
from eipctl.sandbox.cloud.table.shared import DRY_RUN, GROUP, NEXT, PAGE, REGION, TAGS, choice, flag, size

_TAGS = replace(TAGS, code="InvalidParameter", value="InvalidParameter")
_INSTANCES = Parameter("InstanceIds", "json", high=100)
_CLUSTER = Parameter("ClusterId", need=True)


def _listing(name: str, high: int = 100) -> Parameter:
    return Parameter(name, "list", high=high)


def _results(high: int) -> Parameter:
    return Parameter("MaxResults", "number", default="10", low=10, high=high, clamped=True)


APIS = {
    "DescribeNetworkInterfaces": Api(
        ecs.describe_network_interfaces,
        ("eni/*",),
        (
            REGION,
            _listing("NetworkInterfaceId.N"),
            _listing("PrivateIpAddress.N"),
            _listing("Ipv6Address.N"),
            Parameter("PrimaryIpAddress"),
            Parameter("InstanceId"),
            Parameter("VpcId"),
            Parameter("VSwitchId"),
            Parameter("SecurityGroupId"),
            replace(GROUP, code="InvalidParameter"),
            Parameter("NetworkInterfaceName"),
            choice("Type", "Primary", "Secondary"),
            choice("Status", "Available", "Attaching", "InUse", "Detaching", "Deleting"),
            flag("ServiceManaged", ""),
            _TAGS,
            _results(500),
            NEXT,
            PAGE,
            size(1000),
        ),
        codes=codes("""
            400 retry InvalidOperation.InvalidEniState
            400 this-object InvalidOperation.DetachPrimaryEniNotAllowed InvalidOperation.InvalidEcsState
            400 this-parameter Forbidden.RegionId InvalidInstanceID.Malformed InvalidParameter
            400 this-parameter InvalidRegionId.MalFormed MissingParameter UnsupportedParameter
            403 account-block InvalidUserType.NotSupported
            403 credentials Abs.InvalidAccount.NotFound
            403 ram Forbidden.NotSupportRAM Forbidden.SubUser
            403 this-object EniPerInstanceLimitExceeded InvalidOperation.InvalidEniType MaxEniCountExceeded
            403 this-object SecurityGroupInstanceLimitExceed
            403 this-parameter Forbidden.RegionId InvalidOperation.AvailabilityZoneMismatch
            403 this-parameter InvalidOperation.InvalidEniPageNumber InvalidOperation.VpcMismatch InvalidParameter
            403 this-parameter InvalidSecurityGroupId.NotVpc InvalidVpc.Empty InvalidVpc.Indeterminacy
            404 gone InvalidEcsId.NotFound InvalidEniId.NotFound InvalidSecurityGroupId.NotFound
            404 gone InvalidVSwitchId.NotFound
        """),
    ),
    "UnassignPrivateIpAddresses": Api(
        ecs.unassign_private_ips,
        ("eni/{NetworkInterfaceId}",),
        (REGION, Parameter("NetworkInterfaceId", need=True), _listing("PrivateIpAddress.N", 32)),
        codes=codes("""
            400 this-object InvalidOperation.InvalidEcsState
            400 this-parameter Forbidden.RegionId InvalidInstanceID.Malformed InvalidParameter UnsupportedParameter
            400 retry InvalidOperation.InvalidEniState
            403 ram Forbbiden.SubUser
            403 this-object InvalidOperation.EniServiceManaged InvalidOperation.InvalidEniType
            403 this-parameter InvalidIp.Address InvalidIp.IpRepeated InvalidIp.IpUnassigned
            404 gone InvalidEniId.NotFound
        """),
    ),
    "DescribeInstances": Api(
        ecs.describe_instances,
        ("instance/*",),
        (
            REGION,
            _INSTANCES,
            Parameter("VpcId"),
            choice("Status", "Pending", "Running", "Starting", "Stopped", "Stopping", code="InvalidStatus.NotFound"),
            _results(100),
            NEXT,
            PAGE,
            size(100),
            DRY_RUN,
        ),
        codes=codes("""
            400 this-object InvalidHpcClusterId.Creating
            400 this-parameter InvalidHpcClusterId.NotFound InvalidTag.Mismatch InvalidTagCount
            400 unknown-outcome InternalError
            404 this-parameter InvalidFilterKey.NotFound InvalidFilterValue InvalidInstanceChargeType.NotFound
            404 this-parameter InvalidInternetChargeType.ValueNotSupported InvalidLockReason.NotFound
            404 this-parameter InvalidNetworkType.NotFound InvalidStatus.NotFound
        """),
    ),
    "DescribeInstanceRamRole": Api(
        ecs.describe_instance_ram_role,
        ("instance/*",),
        (
            REGION,
            replace(_INSTANCES, high=50, code="InvalidInstanceIds.Malformed"),
            Parameter("RamRoleName"),
            PAGE,
            size(50),
        ),
        codes=codes("""
            400 this-parameter InvalidInstanceIds.Malformed
            403 this-object InvalidNetworkType.MismatchRamRole
            403 this-parameter InvalidParameter.AllEmpty
            404 gone InvalidInstanceId.NotFound
            500 unknown-outcome InternalError
        """),
    ),
    "DescribeRegions": Api(regions.describe, ("*",)),
}
CLUSTERS = {
    "DescribeClusterDetail": Api(
        clusters.describe,
        ("cluster/{ClusterId}",),
        (_CLUSTER,),
        codes=codes("404 gone ErrorClusterNotFound"),
    ),
    "DescribeClusterNodePools": Api(
        clusters.node_pools,
        ("cluster/{ClusterId}",),
        (_CLUSTER, Parameter("NodepoolName")),
        codes=codes("404 gone ErrorClusterNotFound"),
    ),
}
