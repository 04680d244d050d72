"""What the cloud's error codes mean for eipctl: one table, first match wins.

Sources: the error tables of the VPC, RAM and STS documentation, the retry lists of terraform-provider-alicloud
(service and resource files of EIP, EIP association and RAM) and Terway v1.6.4 pkg/aliyun.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from eipctl.base.codes import Code
from eipctl.base.errors import Reaction


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer as the cloud gave it."""

    cloud_code: str
    message: str
    status: int
    request_id: str = ""

    @property
    def throttled(self) -> bool:
        """Whether the call was not even admitted."""
        return "Throttling" in self.cloud_code or self.status == 429

    @property
    def leaves_unknown(self) -> bool:
        """Whether the call, or an earlier one with the same token, may have been carried out all the same."""
        return not self.throttled and (self.status >= 500 or self.cloud_code in _UNKNOWN)


_UNKNOWN = frozenset(
    {
        "InternalError",
        "UnknownError",
        "ServiceUnavailable",
        "SDK.UnknownServerError",
        "LastTokenProcessing",
        "OperationFailed.LastTokenProcessing",
        "IdempotentProcessing",
        "SignatureNonceUsed",
    }
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """eipctl's code, what to do about it, and what to tell the user to do."""

    code: Code
    reaction: Reaction
    hint: str = ""


_REJECTED = Meaning(Code.CREDENTIALS_REJECTED, Reaction.STOP)
_CLOCK = Meaning(
    Code.CREDENTIALS_REJECTED,
    Reaction.STOP,
    "this machine's clock is off by more than 15 minutes: set it right (timedatectl, chronyc)",
)
_FORBIDDEN = Meaning(Code.CLOUD_FORBIDDEN, Reaction.STOP)
_BUSY = Meaning(Code.CLOUD_ERROR, Reaction.RETRY, "another operation is running on it; run the same command again")
_OTHER_STATE = Meaning(Code.EIP_CHANGED, Reaction.REREAD, "run the same command again: it looks at the present state")
_TAKEN = Meaning(Code.IP_HAS_EIP, Reaction.REREAD, "run `eipctl status` to see which EIP the address has")
_NO_EIP = Meaning(Code.EIP_NOT_FOUND, Reaction.GONE)
_NO_ENI = Meaning(Code.ENI_UNKNOWN, Reaction.REREAD, "run the same command again: the Pod may have moved")
_HELD_BACK = Meaning(
    Code.EIP_HELD_BACK, Reaction.FAIL, "prepaid, protected, segment and service-managed EIPs are released by hand"
)
_BALANCE = Meaning(Code.BALANCE, Reaction.STOP, "top up the account, then run the same command again")
_LIMIT = Meaning(Code.POLICY_LIMIT, Reaction.FAIL, "detach or delete policies, or policy versions, not needed any more")
_AGAIN = Meaning(Code.CLOUD_ERROR, Reaction.REREAD, "run the same command again")
_WRONG = Meaning(Code.CLOUD_ERROR, Reaction.FAIL)

_TABLE: tuple[tuple[str, Meaning], ...] = (
    ("InvalidTimeStamp.Expired", _CLOCK),
    ("InvalidAccessKey*", _REJECTED),
    ("MissingAccessKeyId", _REJECTED),
    ("*SecurityToken*", _REJECTED),
    ("SignatureDoesNotMatch", _REJECTED),
    ("IncompleteSignature", _REJECTED),
    ("AuthenticationFail.NoPermission", _FORBIDDEN),
    ("AuthenticationFail.*", _REJECTED),
    ("Forbidden.ChargeTypeIsPrepaid", _HELD_BACK),
    ("InvalidOperation.DeletionProtection", _HELD_BACK),
    ("OperationUnsupported.EipSegment", _HELD_BACK),
    ("OperationUnsupported.ServiceManaged", _HELD_BACK),
    ("OperationUnsupported.EipInCbwp", _HELD_BACK),
    ("OperationUnsupported.IpNotInCbwp", _OTHER_STATE),
    ("Forbidden.RegionNotFound", Meaning(Code.REGION_UNKNOWN, Reaction.STOP, "give the right --region")),
    ("InvalidRegion*", Meaning(Code.REGION_UNKNOWN, Reaction.STOP, "give the right --region")),
    ("Forbidden*", _FORBIDDEN),
    ("Forbbiden*", _FORBIDDEN),  # as the VPC API spells it
    ("StatusForbidden", _FORBIDDEN),
    ("NoPermission*", _FORBIDDEN),
    (
        "QuotaExceeded.Eip*",
        Meaning(
            Code.EIP_QUOTA,
            Reaction.STOP,
            "release EIPs that are not needed (`eipctl status`), or have the quota raised in Quota Center",
        ),
    ),
    (
        "FrequentPurchase*",
        Meaning(
            Code.PURCHASE_LIMIT,
            Reaction.STOP,
            "too many EIPs were bought and released lately; the block lifts by itself (documented: after 7 days)",
        ),
    ),
    ("InsufficientBalance*", _BALANCE),
    ("OrderError*", Meaning(Code.CLOUD_ERROR, Reaction.STOP, "the account may not order this; ask its owner")),
    ("COMMODITY*", Meaning(Code.CLOUD_ERROR, Reaction.STOP, "the account may not order this; ask its owner")),
    (
        "ReserveIpFail",
        Meaning(
            Code.EIP_NOT_FOUND,
            Reaction.FAIL,
            "a released EIP comes back for 7 days at most, and only if nobody else has got its address",
        ),
    ),
    ("IdempotentParameterMismatch", _AGAIN),
    ("InvalidAllocationId.NotFound", _NO_EIP),
    ("InvalidResourceId.NotFound", _NO_EIP),
    ("InvalidInstan*NotFound", _NO_ENI),  # InvalidInstanId.NotFound, as the VPC API spells it
    ("InvalidAssociation.Duplicated", _TAKEN),
    ("BIND_INSTANCE_HAVE_PORTMAP_OR_BIND_EIP", _TAKEN),
    ("IncorrectEipStatus", _OTHER_STATE),
    ("IncorrectStatus.Eip", _OTHER_STATE),
    ("IncorrectInstanceStatus", _OTHER_STATE),
    ("InvalidBindingStatus", _OTHER_STATE),
    ("InvalidStatus.*", _OTHER_STATE),
    ("TaskConflict.AssociateGlobalAccelerationInstance", _HELD_BACK),
    ("TaskConflict*", _BUSY),
    ("VPC_TASK_CONFLICT", _BUSY),
    ("OperationConflict*", _BUSY),
    ("*TooFrequently", _BUSY),
    ("BandwidthPackageOperation.conflict", _BUSY),
    ("OperationFailed.EcsMigrating", _BUSY),
    ("IncorrectStatus*", _BUSY),
    ("SystemBusy", _BUSY),
    ("EntityNotExist.Role", Meaning(Code.ROLE_NOT_FOUND, Reaction.GONE)),
    ("EntityNotExist.*", Meaning(Code.POLICY_NOT_FOUND, Reaction.GONE)),
    ("EntityAlreadyExists.*", _AGAIN),
    ("DeleteConflict.Policy.Version*", _AGAIN),
    ("LimitExceeded.*", _LIMIT),
    ("InvalidParameter.PolicyDocument.Length", _LIMIT),
)
_THROTTLED = Meaning(
    Code.THROTTLED,
    Reaction.RETRY,
    "others spend from the same API quota; run the same command again, or lower --api-limit",
)


def meaning(refusal: Refusal) -> Meaning:
    """What a definitive refusal asks for; a code that is not in the table is judged by its HTTP status."""
    if refusal.throttled:
        return _THROTTLED
    for pattern, known in _TABLE:
        if fnmatchcase(refusal.cloud_code, pattern):
            return known
    return {401: _REJECTED, 403: _FORBIDDEN}.get(refusal.status, _WRONG)
