"""Vpc: EIPs from AllocateEipAddress to ReleaseEipAddress."""

from __future__ import annotations

from dataclasses import replace

from eipctl.sandbox.cloud import describe, eips
from eipctl.sandbox.cloud.table.kinds import Api, Parameter, codes
from eipctl.sandbox.cloud.table.shared import (
    ALLOCATION,
    DRY_RUN,
    GROUP,
    INSTANCE_TYPES,
    PAGE,
    REGION,
    TAGS,
    TOKEN,
    choice,
    flag,
    size,
)

ISPS = (
    "BGP",
    "BGP_PRO",
    "BGP_FinanceCloud",
    "ChinaTelecom",
    "ChinaUnicom",
    "ChinaMobile",
    "ChinaTelecom_L2",
    "ChinaUnicom_L2",
    "ChinaMobile_L2",
)
_ALLOCATE = (
    REGION,
    Parameter("Bandwidth", "number", default="5", low=1, high=1000),
    Parameter("Period", "number", low=1, high=9),
    choice("PricingCycle", "Month", "Year", default="Month"),
    flag("AutoPay"),
    Parameter("ActivityId"),
    choice("ISP", *ISPS, default="BGP", code="IllegalParam.Isp"),
    choice("Netmode", "public", default="public"),
    choice("InstanceChargeType", "PostPaid", "PrePaid", default="PostPaid"),
    choice("InternetChargeType", "PayByBandwidth", "PayByTraffic", default="PayByBandwidth"),
    GROUP,
    TOKEN,
    Parameter("Name", high=128, code="InvalidName.Malformed"),
    Parameter("Description", high=256, code="InvalidDescription.Malformed"),
    Parameter(
        "SecurityProtectionTypes.N",
        "list",
        high=1,
        among=("AntiDDoS_Enhanced",),
        code="IllegalParam.SecurityProtectionTypes",
    ),
    Parameter("PublicIpAddressPoolId", code="ResourceNotFound.PublicIpAddressPool"),
    Parameter("Zone", code="IllegalParam.Zone"),
    Parameter("IpAddress", shape=r"\d+\.\d+\.\d+\.\d+"),
    Parameter("InstanceId"),
    replace(
        TAGS,
        low=1,
        code="IllegalParam.TagKey",
        value="IllegalParam.TagValue",
        missing="MissingParam.TagValue",
        twice="InvalidParameter",
    ),
)
_TARGET_TYPE = choice(
    "InstanceType", *INSTANCE_TYPES, default="EcsInstance", code="InvalidInstanceType.ValueNotSupported"
)

_MINUTE = r"\d{4}-\d\d-\d\dT\d\d:\d\dZ"

APIS = {
    "AllocateEipAddress": Api(
        eips.allocate,
        ("eip/*",),
        _ALLOCATE,
        token=True,
        codes=codes("""
            400 account-block COMMODITY_NO_EXIST FrequentPurchase.EIP OperationFailed.BasicInfoUncompleted
            400 account-block OperationFailed.CompleteUserInfo OperationFailed.RiskControl
            400 account-block OperationFailed.SaleExpression OperationFailed.SaleValidate
            400 account-block OperationFailed.UpgradeCdtServiceFirst OrderError.EIP OrderFailed
            400 account-money AccountMoneyValidateError CreditPayInsufficientBalance InsufficientBalance
            400 account-money OperationFailed.AccountMoneyInvalid OperationFailed.CreditPayInsufficientBalance
            400 account-money OperationFailed.QuotaNotEnough PAY.INSUFFICIENT_BALANCE
            400 account-money PAY.MAYI_WITHHOLDING_AGREEMENT_ILLEGAL PAYFOR.CREDIT_PAY_INSUFFICIENT_BALANCE
            400 account-money SYSTEM.SALE_VALIDATE_UNEXPECTED_ERROR
            400 account-quota ORDER.QUANTITY_INVALID QuotaExceeded.Eip
            400 retry IncorrectStatus.Ip IncorrectStatus.PublicIpAddressPool OperationFailed.QueryCredtiInfo
            400 retry OperationFailed.QueryPrice OperationFailed.QueryUserLabel OrderFailed.ConcurrentOperate
            400 retry TokenVerfiy.Failed
            400 stock OperationFailed.InsufficientEIP OperationFailed.ResourceNotEnough
            400 stock ResourceNotEnough.PublicIpAddressPool
            400 this-object Ip.Allocated OperationFailed.AllocateUnfamiliarIp OperationFailed.IpIsLocked ReserveIpFail
            400 this-object ResourceNotFound.Ip
            400 this-parameter ExclusiveParam.ZoneAndIpAddress ExclusiveParam.ZoneAndPublicIpAddressPoolId
            400 this-parameter INSTANCE_TYPE_NOT_SUPPORT IellgalParameter.OwnerAccount IllegalParam.Bandwidth
            400 this-parameter IllegalParam.Isp IllegalParam.OrderParamComponent IllegalParam.SecurityProtectionTypes
            400 this-parameter IllegalParam.ServiceLocation IllegalParam.Zone InvalidBandwidth.Malformed
            400 this-parameter InvalidComponent.EipBandwidthMax InvalidDescription.Malformed InvalidName.Malformed
            400 this-parameter InvalidParameter InvalidRegion.NotSupport InvalidResourceGroupId
            400 this-parameter Mismatch.EipSecurityProtectionTypeAndPoolSecurityProtectionType
            400 this-parameter Mismatch.IpAndPublicIpAddressPool OperationDenied.NotOpenDdosOriginProtectService
            400 this-parameter QueryParameter.Illegal QuotaExceeded.LargeSpecEip ResourceNotFound.PublicIpAddressPool
            400 this-parameter UnsupportedFeature.AllocateEipAddressWithZone UnsupportedFeature.Isp
            400 unknown-outcome OperationFailed.InvokeInnerApi Trade_Sync_Create_Sub_ERROR LastTokenProcessing
            403 ram Forbbiden Forbidden
            404 account-block FUWU_BIZ_COMMODITY_VERIFY_FAIL
            404 this-parameter InvalidRegionId.NotFound
            409 retry OperationConflict
            500 unknown-outcome InternalError OperationFailed.SystemBusy OrderError.EIP
        """),
    ),
    "AllocateEipAddressPro": Api(
        eips.allocate,
        ("eip/*",),
        _ALLOCATE,
        token=True,
        otherwise="InvalidParameter",
        codes=codes("""
            400 account-block COMMODITY_NO_EXIST FrequentPurchase.EIP OperationFailed.RiskControl OrderError.EIP
            400 account-block OrderFailed
            400 account-money InsufficientBalance
            400 account-quota QuotaExceeded.Eip
            400 retry IncorrectStatus.Ip IncorrectStatus.PublicIpAddressPool TokenVerfiy.Failed
            400 stock OperationFailed.ResourceNotEnough ResourceNotEnough.PublicIpAddressPool
            400 this-object INVALID_INSTANCE_STATUS Invalid.Reserve.Ip Ip.Allocated Ip.Keeped
            400 this-object OperationDenied.IpBelongToOtherUser OperationFailed.AllocateUnfamiliarIp
            400 this-object OperationFailed.InstanceNotExist OperationFailed.IpIsLocked ReserveIpFail
            400 this-object ResourceNotFound.Ip
            400 this-parameter INSTANCE_TYPE_NOT_SUPPORT IllegalParam.IpAddress IllegalParam.Isp
            400 this-parameter InvalidBandwidth.Malformed InvalidParameter InvalidRegion.NotSupport
            400 this-parameter InvalidResourceGroupId InvalidStatus.ValueNotSupported
            400 this-parameter Mismatch.EipSecurityProtectionTypeAndPoolSecurityProtectionType Mismatch.IpAndIsp
            400 this-parameter Mismatch.IpAndPublicIpAddressPool QueryParameter.Illegal QuotaExceeded.LargeSpecEip
            400 this-parameter ResourceNotFound.PublicIpAddressPool
            400 unknown-outcome SYSTEM.UNKNOWN.ERROR
            403 ram Forbidden
            404 account-block FUWU_BIZ_COMMODITY_VERIFY_FAIL
            404 this-parameter InvalidRegionId.NotFound
            500 unknown-outcome InternalError
        """),
    ),
    "AssociateEipAddress": Api(
        eips.associate,
        ("eip/{AllocationId}",),
        (
            REGION,
            ALLOCATION,
            Parameter("InstanceId", need=True, missing="MissingParam.InstanceId"),
            _TARGET_TYPE,
            Parameter("PrivateIpAddress", shape=r"\d+\.\d+\.\d+\.\d+", code="IllegalParam.PrivateIpAddress"),
            choice("Mode", "NAT", "MULTI_BINDED", "BINDED", default="NAT", code="IllegalParam.Mode"),
            Parameter("InstanceRegionId"),
            Parameter("VpcId"),
            TOKEN,
        ),
        token=True,
        codes=codes("""
            400 account-block OperationDenied.Unauthorized
            400 reread BIND_INSTANCE_HAVE_PORTMAP_OR_BIND_EIP IncorrectEipStatus IncorrectHaVipStatus
            400 reread IncorrectInstanceStatus InvalidAssociation.Duplicated InvalidBindingStatus
            400 reread InvalidInstance.NotExist InvalidNicOrVm.NotFound InvalidParams.NotFound
            400 reread InvalidStatus.EcsStatusNotSupport InvalidStatus.EniStatusNotSupport InvalidStatus.NotAllow
            400 reread OperationFailed.InstanceNotExist OperationFailed.PrivateIpAddressNotExist
            400 reread ResourceAlreadyAssociated.IpAddress
            400 retry IncorrectStatus.NatGateway InvalidAction.Denied OperationFailed.EcsMigrating
            400 retry OperationFailed.QueryCommodityInfo OperationFailed.SystemBusy ResourceQueryError TaskConflict
            400 retry OperationConflict
            400 this-object BIND_INSTANCE_OWENER_ERROR EIP_CAN_NOT_ASSOCIATE_WITH_PUBLIC_IP
            400 this-object EipBindRemote.BackendRegionMustBeSingle Eni.Attached Eni.HasSubIp Forbbiden Forbidden
            400 this-object Forbidden.EipCanNotBindGatgw Forbidden.FinancialLocked Forbidden.InstanceBandwidthNotZero
            400 this-object IllegalParam.PrivateIpAddress Invalid.DirectEip.BindType Invalid.Function.NotSupported
            400 this-object InvalidEIPStatus.BizDisabled InvalidEip.EipQuotaExceeded InvalidEniType.SlaveEni
            400 this-object InvalidNexthop.DirectEni InvalidParameter.EniInstanceId InvalidParameter.Mismatch
            400 this-object InvalidStatus.InstanceHasBandWidth Mode.Conflict Mode.NotSupport
            400 this-object NATGATEWAY_FINANCIALLOCKED OperationDenied OperationDenied.CloudBoxResourceExist
            400 this-object OperationDenied.CloudBoxVSwitchExist OperationDenied.Ipv4GatewayExist
            400 this-object OperationDenied.L2EipBindIpAddress OperationDenied.NoAvailablePrivateIp
            400 this-object OperationDenied.UnsupportedEipBindMode OperationFailed.EipBindModeConflict
            400 this-object OperationFailed.EniSubIp OperationFailed.HavipBoundPortmap
            400 this-object OperationFailed.IpPrefixConflict OperationFailed.Ipv4GatewayNotActivatedInVpc
            400 this-object OperationFailed.Ipv4GatewayNotOpenedInVpc OperationUnsupported.EipBindModel
            400 this-object OperationUnsupported.MultiIp QuotaExceed.MultiBindedEip QuotaExceeded.NumberOfEip
            400 this-object QuotaExceeded.NumberOfTrafficEip ServerRegion.Invalid UnsupportedFeature.EipBindIpAddress
            400 this-object UnsupportedFeature.EipBindPrefixIp
            400 this-parameter BindInstance.NotSupported INSTANCE_TYPE_NOT_SUPPORT IllegalParam.Mode
            400 this-parameter IllegalParamFormat.%s InstanceType.NotSupport InvalidBandwidthPackageId.NotFound
            400 this-parameter InvalidInstanceType.ValueNotSupported InvalidParameter
            400 this-parameter InvalidParameter.BindingInstanceRegion InvalidParameter.InstanceTypeNotSupport
            400 this-parameter MissingParam.InstanceId UnsupportedRegion
            400 unknown-outcome LastTokenProcessing
            404 gone InvalidAllocationId.NotFound
            404 reread InvalidInstanId.NotFound
            404 this-object OperationDenied.VpcIpv4GatewayEnabled
            404 this-parameter Forbidden.RegionNotFound InvalidRegionId.NotFound
            503 unknown-outcome ServiceUnavailable
        """),
    ),
    "UnassociateEipAddress": Api(
        eips.unassociate,
        ("eip/{AllocationId}",),
        (
            REGION,
            ALLOCATION,
            Parameter("InstanceId"),
            _TARGET_TYPE,
            Parameter("PrivateIpAddress"),
            flag("Force"),
            TOKEN,
        ),
        token=True,
        codes=codes("""
            400 reread IncorrectEipStatus IncorrectHaVipStatus IncorrectInstanceStatus InvalidBindingStatus
            400 reread InvalidInstanceId.NotFound InvalidLoadBalancerId.NotFound InvalidStatus.EcsStatusNotSupport
            400 reread InvalidStatus.EniStatusNotSupport InvalidStatus.NotAllow
            400 retry InvalidStatus.SnatOrDnat OperationFailed.SystemBusy TaskConflict IncorrectStatus
            400 retry OperationConflict
            400 this-object %s DependencyViolation.SnatEntry Eni.Attached Forbbiden Forbidden
            400 this-object Forbidden.FinancialLocked InvalidEIPStatus.BizDisabled
            400 this-object InvalidIpStatus.HasBeenUsedByForwardEntry InvalidIpStatus.HasBeenUsedBySnatTable
            400 this-object OperationDenied
            400 this-parameter InvalidInstanceType.ValueNotSupported InvalidParameter
            400 unknown-outcome LastTokenProcessing OperationFailed.LastTokenProcessing
            404 gone InvalidAllocationId.NotFound
            404 reread InvalidBindInstance.NotFound
            404 this-parameter Forbidden.RegionNotFound
        """),
    ),
    "ReleaseEipAddress": Api(
        eips.release,
        ("eip/{AllocationId}",),
        (REGION, ALLOCATION),
        conditions=("vpc:tag",),
        codes=codes("""
            400 reread IncorrectEipStatus
            400 retry TaskConflict.AssociateGlobalAccelerationInstance IncorrectStatus OperationConflict SystemBusy
            400 this-object Forbbiden Forbidden Forbidden.ChargeTypeIsPrepaid Forbidden.ReleaseSegmentEip
            400 this-object InvalidOperation.DeletionProtection
            400 this-parameter Mismatch.%sAnd%s
            400 unknown-outcome LastTokenProcessing
            404 gone InvalidAllocationId.NotFound
            404 this-parameter Forbidden.RegionNotFound
            500 unknown-outcome InternalError
        """),
    ),
    "ModifyEipAddressAttribute": Api(
        eips.modify,
        ("eip/{AllocationId}",),
        (
            REGION,
            ALLOCATION,
            Parameter("Bandwidth", "number", low=1, high=500),
            Parameter("Name", high=128, code="InvalidEipAddressName.Malformed"),
            Parameter("Description", high=256, code="InvalidDescription.Malformed"),
        ),
        codes=codes("""
            400 account-block OperationFailed.CompleteUserInfo OperationFailed.SaleValidate OrderError.EIP
            400 account-money InsufficientBalance.Eip
            400 reread IncorrectEipStatus
            400 retry IncorrectStatus.ResourceStatus OperationFailed.ConcurrentRequest ResourceQueryError
            400 retry OperationConflict SystemBusy VPC_TASK_CONFLICT
            400 this-object Forbidden.ChargeTypeIsPrepaid Forbidden.FinancialLocked InvalidEIPStatus.BizDisabled
            400 this-parameter Abs.InvalidBandwidth.Malformed COMMODITY.INVALID_COMPONENT
            400 this-parameter InvalidBandwidth.OutOfMaxTrafficBindedOnNatgw InvalidDescription.Malformed
            400 this-parameter InvalidEipAddressName.Malformed InvalidParameter MissingParam.InstanceId
            400 this-parameter QuotaExceeded.LargeSpecEip
            400 unknown-outcome OperationFailed.SyncOrderToSub SYSTEM.UNKNOWN.ERROR LastTokenProcessing
            404 gone InvalidAllocationId.NotFound
            404 this-object Forbidden.InCommonBandwidthPackage
            404 this-parameter Forbidden.RegionNotFound
            500 unknown-outcome InternalError OrderError.EIP
        """),
    ),
    "DescribeEipAddresses": Api(
        describe.describe,
        ("eip/*",),
        (
            REGION,
            Parameter("AllocationId", "commas", high=50, code="InstanceIdLength.Exceed"),
            Parameter("EipAddress", "commas", high=50),
            choice("Status", "Associating", "Unassociating", "InUse", "Available", "Releasing"),
            choice("AssociatedInstanceType", *INSTANCE_TYPES, code="InvalidIAssociatedInstanceType.ValueNotSupported"),
            Parameter("AssociatedInstanceId"),
            Parameter("EipName", low=1, high=128),
            choice("ISP", *ISPS),
            choice("ChargeType", "PostPaid", "PrePaid", code="InvalidChargeType.ValueNotSupported"),
            GROUP,
            choice("LockReason", "financial", "security", code="InvalidLockReason.NotFound"),
            Parameter("SegmentInstanceId"),
            Parameter("PublicIpAddressPoolId"),
            flag("SecurityProtectionEnabled", ""),
            flag("ServiceManaged", ""),
            flag("IncludeReservationData"),
            choice("Filter.1.Key", "CreationStartTime", code="InvalidFilterKey.NotFound"),
            choice("Filter.2.Key", "CreationEndTime", code="InvalidFilterKey.NotFound"),
            Parameter("Filter.1.Value", shape=_MINUTE, code="InvalidFilterValue"),
            Parameter("Filter.2.Value", shape=_MINUTE, code="InvalidFilterValue"),
            TAGS,
            DRY_RUN,
            PAGE,
            size(100),
        ),
        codes=codes("""
            400 account-block InvalidAliuid
            400 this-parameter IellgalParameter.OwnerAccount InstanceIdLength.Exceed InstanceType.Invalid
            400 this-parameter InvalidChargeType.ValueNotSupported InvalidIAssociatedInstanceType.ValueNotSupported
            400 this-parameter InvalidResourceGroupId InvalidTagKey InvalidTagValue
            400 this-parameter OperationUnsupported.ResourceGroupId
            404 this-parameter Forbidden.RegionNotFound InvalidFilterKey.NotFound InvalidFilterValue
            404 this-parameter InvalidLockReason.NotFound
        """),
    ),
}
