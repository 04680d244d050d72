"""Vpc: tags, bandwidth packages, deletion protection, networks."""

from __future__ import annotations

from dataclasses import replace

from eipctl.sandbox.cloud import eips, network, packages, regions, tags
from eipctl.sandbox.cloud.table.kinds import Api, Parameter, codes
from eipctl.sandbox.cloud.table.shared import (
    DRY_RUN,
    GROUP,
    MOST_TAGS,
    NEXT,
    PAGE,
    REGION,
    TAGS,
    TOKEN,
    choice,
    flag,
    needed,
    size,
)

RESOURCE_TYPES = (
    "EIP",
    "VPC",
    "VSWITCH",
    "ROUTETABLE",
    "NATGATEWAY",
    "COMMONBANDWIDTHPACKAGE",
    "PEERCONNECTION",
    "VPNGATEWAY",
    "CUSTOMERGATEWAY",
    "IPV6GATEWAY",
    "HAVIP",
    "SNATENTRY",
    "DHCPOPTIONSSET",
    "IPV4GATEWAY",
    "TRAFFICMIRRORFILTER",
    "FLOWLOG",
    "PREFIXLIST",
    "TRAFFICMIRRORSESSION",
    "ENDPOINT",
    "GATEWAYENDPOINT",
)
"""Those of the SDK's text; only EIPs exist here."""
_KEY = r"(?i)(?!aliyun|acs:)(?!.*https?://).{1,128}"
_TYPE = choice("ResourceType", *RESOURCE_TYPES, need=True, code="InvalidInstanceType.NotFound")
_TYPE = replace(_TYPE, missing="MissingParam", any_case=True)
_IDS = Parameter(
    "ResourceId.N", "list", high=50, many="SizeLimitExceeded.ResourceId", twice="DuplicatedParam.ResourceIds"
)
_TAGS = replace(TAGS, many="SizeLimitExceeded.TagNum", twice="Forbidden.TagKey.Duplicated")
_TAGGED = ("eip/{ResourceId.N}",)
_PACKAGE = ("combandwidthpackage/{BandwidthPackageId}", "eip/{IpInstanceId}")
_PACKAGE_ID = Parameter("BandwidthPackageId", need=True, missing="MissingParam.BandwidthPackageId")

APIS = {
    "TagResources": Api(
        tags.tag,
        _TAGGED,
        (REGION, _TYPE, needed(_IDS, "MissingParam"), needed(_TAGS, "MissingParam.Tags")),
        codes=codes("""
            400 gone InvalidInstanceIds.NotFound
            400 this-object QuotaExceeded.TagNum
            400 this-parameter DuplicatedParam.ResourceIds Forbidden.NotAllowedCategary Forbidden.TagKey.Duplicated
            400 this-parameter Forbidden.TagKeys InvalidInstanceType.NotFound InvalidTagKey InvalidTagScope.NotFound
            400 this-parameter InvalidTagValue MissingParam MissingParam.Tags MissingParameter.TagKey
            400 this-parameter MissingParameter.TagValue SizeLimitExceeded.ResourceId SizeLimitExceeded.TagNum
            403 ram Forbidden
        """),
    ),
    "UnTagResources": Api(
        tags.untag,
        _TAGGED,
        (
            REGION,
            _TYPE,
            needed(_IDS, "MissingParam"),
            Parameter(
                "TagKey.N", "list", high=MOST_TAGS, shape=_KEY, code="InvalidTagKey", many="SizeLimitExceeded.TagNum"
            ),
            flag("All"),
        ),
        codes=codes("""
            400 gone InvalidInstanceIds.NotFound
            400 this-object QuotaExceeded.TagNum
            400 this-parameter DuplicatedParam.ResourceIds Forbidden.NotAllowedCategary Forbidden.TagKey.Duplicated
            400 this-parameter Forbidden.TagKeys InvalidInstanceType.NotFound InvalidTagKey InvalidTagValue
            400 this-parameter MissingParam SizeLimitExceeded.ResourceId SizeLimitExceeded.TagNum
            403 ram Forbidden
        """),
    ),
    "ListTagResources": Api(
        tags.listing,
        _TAGGED,
        (
            REGION,
            replace(_TYPE, missing="MissingParam.ResourceType"),
            replace(_IDS, twice=""),
            _TAGS,
            Parameter("MaxResults", "number", default="50", low=1, high=50),
            NEXT,
        ),
        codes=codes("""
            400 gone InvalidInstanceIds.NotFound
            400 this-object QuotaExceeded.TagNum
            400 this-parameter BothEmpty.TagsAndResources Forbidden.NotAllowedCategary Forbidden.TagKey.Duplicated
            400 this-parameter Forbidden.TagKeys InvalidInstanceType.NotFound InvalidTagKey InvalidTagValue
            400 this-parameter MissingParam MissingParam.ResourceType SizeLimitExceeded.ResourceId
            400 this-parameter SizeLimitExceeded.TagNum
            403 ram Forbidden
            403 this-parameter BothEmpty.TagsAndResources
        """),
    ),
    "AddCommonBandwidthPackageIp": Api(
        packages.add,
        _PACKAGE,
        (
            REGION,
            _PACKAGE_ID,
            Parameter("IpInstanceId", need=True),
            choice("IpType", "EIP", default="EIP", code="OperationUnsupported.IpType"),
            DRY_RUN,
            TOKEN,
        ),
        token=True,
        codes=codes("""
            404 gone InvalidIpInstanceId.NotFound
            404 this-object BandwidthPackageId.InvalidBandwidth IpInstanceId.InvalidIpInternetChargeType
            404 this-parameter InvalidBandwidthPackageId.NotFound InvalidRegionId.NotFound
            400 gone InvalidInstanceId.NotFound
            400 reread IncorrectStatus.Eip IpInstanceId.AlreadyInBandwidthPackage
            400 retry EipOperation.TooFrequently OperationFailed.DistibuteLock TaskConflict
            400 retry BandwidthPackageOperation.conflict OperationConflict SystemBusy
            400 this-object AttrMismatching.BandwidthPackageIpVersion Forbidden.FinancialLocked
            400 this-object InvalidEIPStatus.BizDisabled IpInstanceId.BizStatusInvalid
            400 this-object IpInstanceId.ChargeType.NotSupport Mismatch.CloudBoxCbwpZoneAndEipZone
            400 this-object OperationDenied.SecurityProtectionTypesInconsistent OperationFailed.ZoneIdInconsistent
            400 this-parameter BandwidthPackageId.InvalidBizStatus InvalidBandwidthPackage.NotExist
            400 this-parameter InvalidBandwidthPackageId.NotFound IpInstanceId.QuotaExceeded
            400 this-parameter MissingParam.BandwidthPackageId OperationUnsupported.IpType
            400 this-parameter ParamExclusive.IpInstanceIdAndBandwidthPackageId
            400 unknown-outcome LastTokenProcessing
        """),
    ),
    "RemoveCommonBandwidthPackageIp": Api(
        packages.remove,
        _PACKAGE,
        (REGION, needed(_PACKAGE_ID), Parameter("IpInstanceId", need=True), DRY_RUN, TOKEN),
        token=True,
        codes=codes("""
            400 reread IncorrectStatus.Eip IpInstanceId.NotBandwidthPackage OperationUnsupported.IpNotInCbwp
            400 retry OperationFailed.DistibuteLock OperationFailed.SystemBusy BandwidthPackageOperation.conflict
            400 retry OperationConflict TaskConflict
            400 this-object DependencyViolation.RouteEntry EIP_BIND_NATGATEWAY Forbidden.FinancialLocked
            400 this-object InvalidEIPStatus.BizDisabled InvalidIP.IpInSnatPool OperationFailed.SnatPoolIp
            400 this-object OperationUnsupported.EipBindRemote
            400 this-parameter DependencyViolation.ip InvalidBandwidthPackageId.NotFound InvalidInstanceId.NotFound
            400 this-parameter InvalidIpInstanceId.Malformed
            400 unknown-outcome FAILED_INVOKE_INNER_API Trade_Sync_Create_Sub_ERROR LastTokenProcessing
            404 this-parameter InvalidBandwidthPackageId.NotFound InvalidRegionId.NotFound
        """),
    ),
    "DescribeCommonBandwidthPackages": Api(
        packages.describe,
        ("combandwidthpackage/*",),
        (
            REGION,
            Parameter("BandwidthPackageId", "commas", high=20, many="InvalidBandwidthPackageIdNumber.NotSupported"),
            Parameter("Name"),
            GROUP,
            replace(TAGS, code="InvalidParameter", value="InvalidParameter"),
            flag("SecurityProtectionEnabled"),
            flag("IncludeReservationData"),
            DRY_RUN,
            PAGE,
            size(50),
        ),
        codes=codes("""
            400 this-parameter InvalidBandwidthPackageIdNumber.NotSupported InvalidResourceGroupId
            400 this-parameter OperationUnsupported.ResourceGroupId
            404 this-parameter InvalidRegionId.NotFound
        """),
    ),
    "DeletionProtection": Api(
        eips.protect,
        ("eip/{InstanceId}",),
        (
            REGION,
            Parameter("InstanceId", need=True),
            choice("Type", "EIP", "CBWP", "NATGW", need=True, code="DeletionProtection.TypeNotSupport"),
            Parameter("ProtectionEnable", "flag", need=True),
            TOKEN,
        ),
        token=True,
        codes=codes("""
            400 gone DeletionProtection.ResourceNotExist
            400 reread DeletionProtection.AlreadyEnabled
            400 this-object DeletionProtection.OwnerError DeletionProtection.PrePaidNotSupport
            400 this-parameter DeletionProtection.TypeNotSupport
            404 gone DeletionProtection.NotExist InvalidAllocationId.NotFound
        """),
    ),
    "DescribeVSwitches": Api(
        network.describe_vswitches,
        ("vswitch/*",),
        (
            REGION,
            Parameter("VSwitchId", "commas", high=50, code="InvalidVSwitchIdNumber.NotSupported"),
            TAGS,
            DRY_RUN,
            PAGE,
            size(50),
        ),
        codes=codes("""
            400 gone Forbidden.VpcNotFound
            400 this-parameter IellgalParameter.OwnerAccount IllegalParam.OwnerId InvalidTagKey InvalidTagValue
            400 this-parameter InvalidVSwitchIdNumber.NotSupported InvalidVpcIdNumber.NotSupported
            404 gone InvalidVSwitchId.NotFound
        """),
    ),
    "DescribeVpcs": Api(
        network.describe_vpcs,
        ("vpc/*",),
        (
            REGION,
            Parameter("VpcId", "commas", high=20, code="InvalidVpcIdNumber.NotSupported"),
            DRY_RUN,
            PAGE,
            size(50),
        ),
        codes=codes("400 this-parameter InvalidVpcIdNumber.NotSupported"),
    ),
    "DescribeRegions": Api(regions.describe, ("*",)),
}
