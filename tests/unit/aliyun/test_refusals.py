"""What each error code of the cloud means."""

from __future__ import annotations

import pytest

from eipctl.aliyun.refusals import Refusal, meaning
from eipctl.base.codes import Code
from eipctl.base.errors import Reaction

TABLE = [
    ("Throttling", 400, Code.THROTTLED, Reaction.RETRY),
    ("Throttling.User", 400, Code.THROTTLED, Reaction.RETRY),
    ("Rejected.Throttling", 503, Code.THROTTLED, Reaction.RETRY),
    ("QuotaExceeded.Eip", 400, Code.EIP_QUOTA, Reaction.STOP),
    ("FrequentPurchase.EIP", 400, Code.PURCHASE_LIMIT, Reaction.STOP),
    ("InsufficientBalance", 400, Code.BALANCE, Reaction.STOP),
    ("InsufficientBalance.Eip", 400, Code.BALANCE, Reaction.STOP),
    ("OrderError.EIP", 400, Code.CLOUD_ERROR, Reaction.STOP),
    ("Forbidden.RAM", 403, Code.CLOUD_FORBIDDEN, Reaction.STOP),
    ("Forbbiden", 400, Code.CLOUD_FORBIDDEN, Reaction.STOP),
    ("NoPermission", 403, Code.CLOUD_FORBIDDEN, Reaction.STOP),
    ("SomethingNew", 403, Code.CLOUD_FORBIDDEN, Reaction.STOP),
    ("SomethingNew", 401, Code.CREDENTIALS_REJECTED, Reaction.STOP),
    ("SomethingNew", 400, Code.CLOUD_ERROR, Reaction.FAIL),
    ("Forbidden.ChargeTypeIsPrepaid", 400, Code.EIP_HELD_BACK, Reaction.FAIL),
    ("TaskConflict.AssociateGlobalAccelerationInstance", 400, Code.EIP_HELD_BACK, Reaction.FAIL),
    ("InvalidAccessKeyId.NotFound", 404, Code.CREDENTIALS_REJECTED, Reaction.STOP),
    ("InvalidAccessKeySecret", 400, Code.CREDENTIALS_REJECTED, Reaction.STOP),
    ("InvalidSecurityToken.Expired", 400, Code.CREDENTIALS_REJECTED, Reaction.STOP),
    ("SecurityTokenExpired", 400, Code.CREDENTIALS_REJECTED, Reaction.STOP),
    ("SignatureDoesNotMatch", 400, Code.CREDENTIALS_REJECTED, Reaction.STOP),
    ("InvalidTimeStamp.Expired", 400, Code.CREDENTIALS_REJECTED, Reaction.STOP),
    ("InvalidAllocationId.NotFound", 404, Code.EIP_NOT_FOUND, Reaction.GONE),
    ("InvalidInstanId.NotFound", 404, Code.ENI_UNKNOWN, Reaction.REREAD),
    ("InvalidAssociation.Duplicated", 400, Code.IP_HAS_EIP, Reaction.REREAD),
    ("IncorrectEipStatus", 400, Code.EIP_CHANGED, Reaction.REREAD),
    ("InvalidBindingStatus", 400, Code.EIP_CHANGED, Reaction.REREAD),
    ("InvalidStatus.EniStatusNotSupport", 400, Code.EIP_CHANGED, Reaction.REREAD),
    ("IdempotentParameterMismatch", 400, Code.CLOUD_ERROR, Reaction.REREAD),
    ("TaskConflict", 400, Code.CLOUD_ERROR, Reaction.RETRY),
    ("OperationConflict", 409, Code.CLOUD_ERROR, Reaction.RETRY),
    ("SystemBusy", 400, Code.CLOUD_ERROR, Reaction.RETRY),
    ("OperationFailed.EcsMigrating", 400, Code.CLOUD_ERROR, Reaction.RETRY),
    ("EntityNotExist.Role", 404, Code.ROLE_NOT_FOUND, Reaction.GONE),
    ("EntityNotExist.Policy", 404, Code.POLICY_NOT_FOUND, Reaction.GONE),
    ("EntityAlreadyExists.Policy", 409, Code.CLOUD_ERROR, Reaction.REREAD),
    ("LimitExceeded.Role.Policy", 409, Code.POLICY_LIMIT, Reaction.FAIL),
    ("MalformedPolicyDocument", 400, Code.CLOUD_ERROR, Reaction.FAIL),
]


@pytest.mark.parametrize(("cloud_code", "status", "code", "reaction"), TABLE)
def test_each_code_has_its_meaning(cloud_code: str, status: int, code: Code, reaction: Reaction) -> None:
    """The documented codes, and unknown ones by their HTTP status, ask for the right reaction."""
    found = meaning(Refusal(cloud_code, "", status))
    assert (found.code, found.reaction) == (code, reaction)


def test_a_wrong_clock_is_called_so() -> None:
    """InvalidTimeStamp.Expired tells the user to look at the clock, not at the credentials."""
    assert "clock" in meaning(Refusal("InvalidTimeStamp.Expired", "", 400)).hint


@pytest.mark.parametrize(
    ("cloud_code", "status", "unknown"),
    [
        ("InternalError", 500, True),
        ("ServiceUnavailable", 503, True),
        ("SomethingNew", 502, True),
        ("ServiceUnavailable", 400, True),
        ("LastTokenProcessing", 400, True),
        ("SignatureNonceUsed", 400, True),
        ("Throttling", 503, False),
        ("TaskConflict", 400, False),
        ("QuotaExceeded.Eip", 400, False),
    ],
)
def test_some_errors_prove_nothing(cloud_code: str, status: int, unknown: bool) -> None:
    """5xx and errors of an attempt still under way leave open whether it was carried out; throttling doesn't."""
    assert Refusal(cloud_code, "", status).leaves_unknown is unknown
