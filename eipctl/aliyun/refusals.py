"""What the cloud's refusals mean for eipctl: API, status and code together say what a refusal is about.

Published codes come from :mod:`eipctl.aliyun.published`, others are told by their family (``PAY.*`` is about money),
and a code that nobody knows by its HTTP status: it concerns its object only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from eipctl.aliyun.published import ErrorClass, error_class
from eipctl.base.codes import Code
from eipctl.base.errors import Reaction

if TYPE_CHECKING:
    from eipctl.domain.cloud_apis import Api

_REGION_HINT = "choose the region of the cluster with --region"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer as the cloud gave it."""

    cloud_code: str
    message: str
    status: int
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """eipctl's code, how to react, and the hint for the user."""

    code: Code
    reaction: Reaction
    hint: str = ""
    about: ErrorClass = ErrorClass.THIS_OBJECT
    known: bool = True
    """Whether the code, or its family, is known; if not, only its status was judged."""

    @property
    def leaves_unknown(self) -> bool:
        """Whether the call, or an earlier one with the same token, may have been carried out all the same."""
        return self.about is ErrorClass.UNKNOWN_OUTCOME


_MEANINGS = {
    ErrorClass.ACCOUNT_MONEY: Meaning(
        Code.BALANCE, Reaction.STOP, "top up the account or pay its bills, then run the same command again"
    ),
    ErrorClass.ACCOUNT_BLOCK: Meaning(
        Code.ACCOUNT_BLOCKED,
        Reaction.STOP,
        "the account owner must resolve this in the Alibaba Cloud console; see eipctl explain EIP216",
    ),
    ErrorClass.ACCOUNT_QUOTA: Meaning(
        Code.EIP_QUOTA,
        Reaction.STOP,
        "release unneeded EIPs (`eipctl status`), or raise the quota in Quota Center",
    ),
    ErrorClass.STOCK: Meaning(
        Code.EIP_STOCK,
        Reaction.STOP_ALIKE,
        "run the same command again later, or use another line type (eip-isp) or pool",
    ),
    ErrorClass.CREDENTIALS: Meaning(Code.CREDENTIALS_REJECTED, Reaction.STOP),
    ErrorClass.CLOCK: Meaning(
        Code.CREDENTIALS_REJECTED,
        Reaction.STOP,
        "this machine's clock is off by more than 15 minutes: correct it (timedatectl, chronyc)",
    ),
    ErrorClass.RAM: Meaning(Code.CLOUD_FORBIDDEN, Reaction.STOP_ALIKE),
    ErrorClass.THROTTLE: Meaning(
        Code.THROTTLED,
        Reaction.RETRY,
        "other clients share the rate limit; run the same command again, or lower --api-limit",
    ),
    ErrorClass.RETRY: Meaning(
        Code.CLOUD_ERROR, Reaction.RETRY, "another operation is running on it; run the same command again"
    ),
    ErrorClass.REREAD: Meaning(
        Code.EIP_CHANGED, Reaction.REREAD, "run the same command again: it starts with the current state"
    ),
    ErrorClass.GONE: Meaning(Code.EIP_NOT_FOUND, Reaction.GONE),
    ErrorClass.THIS_OBJECT: Meaning(
        Code.EIP_REFUSED,
        Reaction.FAIL,
        "check the EIP and its target in the console, or name another EIP",
    ),
    ErrorClass.THIS_PARAMETER: Meaning(Code.CLOUD_ERROR, Reaction.FAIL),
    ErrorClass.UNKNOWN_OUTCOME: Meaning(Code.CLOUD_ERROR, Reaction.REREAD),
}
"""What each class asks for."""

_NOT_BACK = "a released EIP can be recovered for 7 days, unless its address was reassigned"
_BY_HAND = "change prepaid, locked, protected, segment and service-managed EIPs in the console"
_FULL = "detach or delete policies, or policy versions, that are no longer needed"
_MOVED = "run the same command again: the Pod may have moved"
_HAS_ONE = "run `eipctl status` to see which EIP the address has"

_SPECIAL: tuple[tuple[str, Code, str], ...] = (
    ("FrequentPurchase*", Code.PURCHASE_LIMIT,
     "too many EIPs were bought and released recently; the block ends by itself (documented: after 7 days)"),
    ("SignatureDoesNotMatch", Code.CREDENTIALS_REJECTED,
     "check the AccessKey secret and this machine's clock, or choose other credentials with --profile"),
    ("InvalidRegion*", Code.REGION_UNKNOWN, _REGION_HINT),
    ("Forbidden.Region*", Code.REGION_UNKNOWN, _REGION_HINT),
    ("UnsupportedRegion", Code.REGION_UNKNOWN, _REGION_HINT),
    ("Forbidden.FinancialLocked", Code.EIP_HELD_BACK, "the EIP is overdue: pay its bill in the console"),
    ("Forbidden.ChargeTypeIsPrepaid", Code.EIP_HELD_BACK, _BY_HAND),
    ("Forbidden.ReleaseSegmentEip", Code.EIP_HELD_BACK, _BY_HAND),
    ("Forbidden.InCommonBandwidthPackage", Code.EIP_HELD_BACK, "the EIP's bandwidth is set by its bandwidth package"),
    ("InvalidEIPStatus.BizDisabled", Code.EIP_HELD_BACK, "the EIP is locked: see its state in the console"),
    ("InvalidOperation.DeletionProtection", Code.EIP_HELD_BACK, _BY_HAND),
    ("OperationUnsupported.*Cbwp", Code.EIP_HELD_BACK, _BY_HAND),
    ("OperationUnsupported.EipSegment", Code.EIP_HELD_BACK, _BY_HAND),
    ("OperationUnsupported.ServiceManaged", Code.EIP_HELD_BACK, _BY_HAND),
    ("QuotaExceeded.TagNum", Code.EIP_HELD_BACK, "the EIP has 20 tags: remove some in the console"),
    ("ReserveIpFail", Code.EIP_NOT_FOUND, _NOT_BACK),
    ("Ip.Allocated", Code.EIP_NOT_FOUND, _NOT_BACK),
    ("OperationFailed.AllocateUnfamiliarIp", Code.EIP_NOT_FOUND, _NOT_BACK),
    ("InvalidAssociation.Duplicated", Code.IP_HAS_EIP, _HAS_ONE),
    ("ResourceAlreadyAssociated.*", Code.IP_HAS_EIP, _HAS_ONE),
    ("BIND_INSTANCE_HAVE_PORTMAP_OR_BIND_EIP", Code.IP_HAS_EIP, _HAS_ONE),
    ("InvalidInstan*Not*", Code.ENI_UNKNOWN, _MOVED),  # InvalidInstanId.NotFound, as the VPC API spells it
    ("InvalidNicOrVm.NotFound", Code.ENI_UNKNOWN, _MOVED),
    ("InvalidParams.NotFound", Code.ENI_UNKNOWN, _MOVED),
    ("OperationFailed.*NotExist", Code.ENI_UNKNOWN, _MOVED),
    ("InvalidE*Id.NotFound", Code.ENI_UNKNOWN, ""),
    ("EntityNotExist.Role", Code.ROLE_NOT_FOUND, ""),
    ("EntityNotExist*", Code.POLICY_NOT_FOUND, ""),
    ("EntityAlreadyExists*", Code.CLOUD_ERROR, ""),
    ("DeleteConflict*", Code.CLOUD_ERROR, ""),
    ("IdempotentParameterMismatch", Code.CLOUD_ERROR, ""),
    ("LimitExceeded*", Code.POLICY_LIMIT, _FULL),
    ("InvalidParameter.PolicyDocument.Length", Code.POLICY_LIMIT, _FULL),
)  # fmt: skip
"""Codes that say more than their class."""

_OF_EIP = frozenset({Code.ENI_UNKNOWN})
"""Codes about where an EIP is bound: not when the call's own EIP is what is gone."""

_FAMILIES: tuple[tuple[str, ErrorClass], ...] = (
    ("*Throttling*", ErrorClass.THROTTLE),
    ("TooManyRequests*", ErrorClass.THROTTLE),
    ("*TimeStamp*", ErrorClass.CLOCK),
    ("InvalidAccessKey*", ErrorClass.CREDENTIALS),
    ("MissingAccessKey*", ErrorClass.CREDENTIALS),
    ("*SecurityToken*", ErrorClass.CREDENTIALS),
    ("AuthenticationFail.NoPermission", ErrorClass.RAM),
    ("AuthenticationFail.*", ErrorClass.CREDENTIALS),
    ("NoPermission*", ErrorClass.RAM),
    ("*LastTokenProcessing", ErrorClass.UNKNOWN_OUTCOME),
    ("IdempotentProcessing", ErrorClass.UNKNOWN_OUTCOME),
    ("SDK.UnknownServerError", ErrorClass.UNKNOWN_OUTCOME),
    ("ServiceUnavailable*", ErrorClass.UNKNOWN_OUTCOME),
    ("InternalError*", ErrorClass.UNKNOWN_OUTCOME),
    ("*INVOKE_INNER_API*", ErrorClass.UNKNOWN_OUTCOME),
    ("*InvokeInnerApi*", ErrorClass.UNKNOWN_OUTCOME),
    ("Trade_*", ErrorClass.UNKNOWN_OUTCOME),
    ("PAY*", ErrorClass.ACCOUNT_MONEY),
    ("*InsufficientBalance*", ErrorClass.ACCOUNT_MONEY),
    ("*INSUFFICIENT_BALANCE*", ErrorClass.ACCOUNT_MONEY),
    ("*AccountMoney*", ErrorClass.ACCOUNT_MONEY),
    ("*Arrear*", ErrorClass.ACCOUNT_MONEY),
    ("ORDER.QUANTITY*", ErrorClass.ACCOUNT_QUOTA),
    ("QuotaExceeded.Eip*", ErrorClass.ACCOUNT_QUOTA),
    ("FrequentPurchase*", ErrorClass.ACCOUNT_BLOCK),
    ("*RiskControl*", ErrorClass.ACCOUNT_BLOCK),
    ("*UserVerification*", ErrorClass.ACCOUNT_BLOCK),
    ("*RealName*", ErrorClass.ACCOUNT_BLOCK),
    ("*NotOpen*Service*", ErrorClass.THIS_PARAMETER),
    ("COMMODITY.INVALID_COMPONENT", ErrorClass.THIS_PARAMETER),
    ("*COMMODITY*", ErrorClass.ACCOUNT_BLOCK),
    ("*SALE_VALIDATE*", ErrorClass.ACCOUNT_BLOCK),
    ("*.SaleValidate*", ErrorClass.ACCOUNT_BLOCK),
    ("*ConcurrentOperate*", ErrorClass.RETRY),
    ("*ConcurrentRequest*", ErrorClass.RETRY),
    ("Order*", ErrorClass.ACCOUNT_BLOCK),
    ("*NotEnough*", ErrorClass.STOCK),
    ("*SoldOut*", ErrorClass.STOCK),
    ("TaskConflict*", ErrorClass.RETRY),
    ("*TASK_CONFLICT", ErrorClass.RETRY),
    ("OperationConflict*", ErrorClass.RETRY),
    ("*TooFrequent*", ErrorClass.RETRY),
    ("*Operation.conflict", ErrorClass.RETRY),
    ("*SystemBusy*", ErrorClass.RETRY),
    ("*DistibuteLock*", ErrorClass.RETRY),
    ("OperationFailed.EcsMigrating", ErrorClass.RETRY),
    ("OperationFailed.Query*", ErrorClass.RETRY),
    ("InvalidAction.Denied", ErrorClass.RETRY),
    ("IncorrectStatus.Eip", ErrorClass.REREAD),
    ("IncorrectStatus*", ErrorClass.RETRY),
    ("Incorrect*Status", ErrorClass.REREAD),
    ("InvalidStatus.*", ErrorClass.REREAD),
    ("InvalidBindingStatus", ErrorClass.REREAD),
    ("InvalidAssociation*", ErrorClass.REREAD),
    ("OperationUnsupported.IpNotInCbwp", ErrorClass.REREAD),
    ("IdempotentParameterMismatch", ErrorClass.REREAD),
    ("EntityAlreadyExists*", ErrorClass.REREAD),
    ("DeleteConflict*", ErrorClass.REREAD),
    ("EntityNotExist*", ErrorClass.GONE),
    ("Invalid*AllocationId.NotFound", ErrorClass.GONE),
    ("InvalidResourceId.NotFound", ErrorClass.GONE),
    ("InvalidInstanceIds.NotFound", ErrorClass.GONE),
    ("InvalidInstan*NotFound", ErrorClass.REREAD),
    ("InvalidRegion*", ErrorClass.THIS_PARAMETER),
    ("LimitExceeded*", ErrorClass.THIS_OBJECT),
)
"""Codes of which only the family is known; the first that fits."""

_FORBIDDEN_FAMILY = ("Forbidden*", "Forbbiden*", "Forbedden*", "StatusForbidden", "*Unauthorized", "*AccessDenied*")
_BY_STATUS = {
    401: Meaning(Code.CREDENTIALS_REJECTED, Reaction.STOP, about=ErrorClass.CREDENTIALS, known=False),
    403: Meaning(Code.CLOUD_FORBIDDEN, Reaction.FAIL, known=False),
    429: replace(_MEANINGS[ErrorClass.THROTTLE], about=ErrorClass.THROTTLE),
}


def meaning(api: Api, refusal: Refusal) -> Meaning:
    """What a refusal of a call of `api` asks for."""
    about = error_class(api.action, api.product, refusal.status, refusal.cloud_code) or _family(refusal)
    if about is None:
        return _by_status(refusal.status)
    return _special(api, refusal.cloud_code, replace(_MEANINGS[about], about=about))


def _by_status(status: int) -> Meaning:
    """The fallback for an unknown code."""
    if status >= 500:
        return replace(_MEANINGS[ErrorClass.UNKNOWN_OUTCOME], about=ErrorClass.UNKNOWN_OUTCOME, known=False)
    return _BY_STATUS.get(status, Meaning(Code.CLOUD_ERROR, Reaction.FAIL, known=False))


def _family(refusal: Refusal) -> ErrorClass | None:
    if any(fnmatchcase(refusal.cloud_code, pattern) for pattern in _FORBIDDEN_FAMILY):
        return ErrorClass.RAM if refusal.status == 403 else ErrorClass.THIS_OBJECT
    return next((about for pattern, about in _FAMILIES if fnmatchcase(refusal.cloud_code, pattern)), None)


def _special(api: Api, cloud_code: str, found: Meaning) -> Meaning:
    for pattern, code, hint in _SPECIAL:
        if not fnmatchcase(cloud_code, pattern):
            continue
        if code in _OF_EIP and found.about not in (ErrorClass.REREAD, ErrorClass.THIS_OBJECT) and api.writes:
            continue
        found = replace(found, code=code, hint=hint or found.hint)
        # The region is that of the whole run, except where a call names an EIP's target: it may mean that one's.
        if code is Code.REGION_UNKNOWN and api.action != "AssociateEipAddress":
            return replace(found, reaction=Reaction.STOP)
        return found
    return found
