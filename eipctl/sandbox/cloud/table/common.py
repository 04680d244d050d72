"""Codes that any API of a product, or of all products, may answer with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.table.kinds import Code, codes

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.table.kinds import Api

COMMON: dict[str, tuple[Code, ...]] = {
    "*": codes("""
        400 account-money InsufficientBalance
        400 clock SignatureDoesNotMatch IncompleteSignature InvalidSignatureMethod InvalidTimeStamp.Expired
        400 clock InvalidTimeStamp.Format IllegalTimestamp
        400 credentials InvalidAccessKeySecret InvalidAccessKeyId.Inactive MissingAccessKeyId MissingSecurityToken
        400 credentials InvalidSecurityToken.Expired InvalidSecurityToken.Malformed
        400 credentials InvalidSecurityToken.MismatchWithAccessKey
        400 reread IdempotentParameterMismatch DryRunOperation
        400 retry ContentMD5NotMatched
        400 this-parameter MissingParameter InvalidParameter InvalidParameter.Format UnsupportedParameter
        400 this-parameter NoSuchVersion
        400 throttle Throttling Throttling.User Throttling.Api Rejected.Throttling
        400 unknown-outcome UnknownError SignatureNonceUsed
        403 account-block Forbidden.RiskControl Forbidden.UserVerification Forbidden.Authentication
        403 credentials Forbidden.AccessKeyDisabled
        403 ram Forbidden.RAM Forbidden Forbedden.NotSupportRAM ActionUnauthorized
        403 this-parameter InvalidAction UnsupportedHTTPMethod
        404 credentials InvalidAccessKeyId.NotFound
        404 this-parameter InvalidApi.NotFound InvalidAction.NotFound InvalidProduct.NotFound InvalidProtocol.NeedSsl
        500 unknown-outcome InternalError
        503 unknown-outcome ServiceUnavailable
    """),
    "vpc": codes("""
        400 this-parameter IllegalParam.TagKey IllegalParam.TagValue MissingParam.TagKey MissingParam.TagValue
        400 unknown-outcome LastTokenProcessing OperationFailed.LastTokenProcessing
        403 ram Forbbiden
    """),
    "ram": codes("""
        400 this-parameter InvalidParameter.PolicyType InvalidParameter.PolicyName.InvalidChars
        400 this-parameter InvalidParameter.PolicyName.Length InvalidParameter.PolicyDocument.Length
        400 this-parameter InvalidParameter.Description.Length InvalidParameter.VersionId.Format
        400 this-parameter MalformedPolicyDocument
        403 account-block Inactive
        403 ram NoPermission
        404 gone EntityNotExist.Policy EntityNotExist.Policy.Version
        409 account-quota LimitExceeded.Policy
        409 reread EntityAlreadyExists.Policy DeleteConflict.Policy.User DeleteConflict.Policy.Group
        409 reread DeleteConflict.Policy.Version DeleteConflict.Policy.Version.Default
        409 this-object LimitExceeded.Policy.Version LimitExceeded.Role.Policy
        429 throttle TooManyRequests
    """),
    "sts": codes("""
        403 ram NoPermission
    """),
    "cs": codes("""
        403 ram StatusForbidden ErrorCheckAcl
    """),
}


def published(api: Api[Any], product: str, code: str) -> Code | None:
    """How a code is published for an API: of its own, of its product, or of all products."""
    shared = (*COMMON.get(product, ()), *COMMON["*"])
    return api.entry(code) or next((one for one in shared if one.code == code), None)
