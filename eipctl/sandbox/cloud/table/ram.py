"""Ram: roles and policies; Sts: sessions."""

from __future__ import annotations

from dataclasses import replace

from eipctl.sandbox.cloud import policies, roles, sts
from eipctl.sandbox.cloud.table.kinds import Api, Parameter, codes
from eipctl.sandbox.cloud.table.shared import TAGS, choice

ROTATE = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
_P, _R = "InvalidParameter.PolicyName", "InvalidParameter.RoleName"
_POLICY = Parameter(
    "PolicyName", need=True, low=1, high=128, shape=r"[A-Za-z0-9-]+", code=f"{_P}.InvalidChars", many=f"{_P}.Length"
)
_ROLE = Parameter(
    "RoleName", need=True, low=1, high=64, shape=r"[A-Za-z0-9.-]+", code=f"{_R}.InvalidChars", many=f"{_R}.Length"
)
_TYPE = choice("PolicyType", "System", "Custom", need=True, code="InvalidParameter.PolicyType")
_DOCUMENT = Parameter("PolicyDocument", need=True)
_DESCRIPTION = Parameter("Description", high=1024, code="InvalidParameter.Description.Length")
_VERSION = Parameter("VersionId", need=True, shape=r"v\d+", code="InvalidParameter.VersionId.Format")
_ON_POLICY, _ON_ROLE = ("policy/{PolicyName}",), ("role/{RoleName}",)

APIS = {
    "GetRole": Api(
        roles.get,
        _ON_ROLE,
        (_ROLE,),
        codes=codes("""
            400 this-parameter InvalidParameter.RoleName.InvalidChars InvalidParameter.RoleName.Length
            404 gone EntityNotExist.Role
        """),
    ),
    "CreateRole": Api(
        roles.create,
        _ON_ROLE,
        (
            _ROLE,
            Parameter("AssumeRolePolicyDocument", need=True),
            replace(_DESCRIPTION, code="InvalidParameter"),
            Parameter("MaxSessionDuration", "number", default="3600", low=3600, high=43200),
        ),
        codes=codes("""
            400 this-parameter InvalidParameter.AssumeRolePolicyDocument.Length InvalidParameter.RoleName.InvalidChars
            400 this-parameter InvalidParameter.RoleName.Length
            409 account-quota LimitExceeded.Role
            409 reread EntityAlreadyExists.Role
            409 this-parameter MalformedPolicyDocument
        """),
    ),
    "ListRoles": Api(
        roles.listing,
        ("role/*",),
        (Parameter("Marker"), Parameter("MaxItems", "number", default="100", low=1, high=1000)),
    ),
    "ListPoliciesForRole": Api(
        roles.list_policies,
        _ON_ROLE,
        (_ROLE,),
        otherwise="InvalidParameter",
        codes=codes("""
            404 gone EntityNotExist.Role
        """),
    ),
    "AttachPolicyToRole": Api(
        roles.attach,
        (*_ON_POLICY, *_ON_ROLE),
        (_TYPE, _POLICY, _ROLE, Parameter("ResourceGroupId")),
        codes=codes("""
            400 this-parameter InvalidParameter.PolicyName.InvalidChars InvalidParameter.PolicyName.Length
            400 this-parameter InvalidParameter.PolicyType InvalidParameter.RoleName.InvalidChars
            400 this-parameter InvalidParameter.RoleName.Length
            404 gone EntityNotExist.Policy EntityNotExist.Role
            404 this-parameter EntityNotExists.ResourceGroup
            409 reread EntityAlreadyExists.Role.Policy
            409 this-object LimitExceeded.Role.Policy
        """),
    ),
    "DetachPolicyFromRole": Api(
        roles.detach,
        (*_ON_POLICY, *_ON_ROLE),
        (_TYPE, _POLICY, _ROLE),
        otherwise="InvalidParameter",
        codes=codes("""
            400 this-parameter InvalidParameter.PolicyType
            404 gone EntityNotExist.Role EntityNotExist.Role.Policy
        """),
    ),
    "GetPolicy": Api(
        policies.get,
        _ON_POLICY,
        (_TYPE, _POLICY),
        codes=codes("""
            400 this-parameter InvalidParameter.PolicyName.InvalidChars InvalidParameter.PolicyName.Length
            400 this-parameter InvalidParameter.PolicyType
            404 gone EntityNotExist.Policy
        """),
    ),
    "GetPolicyVersion": Api(
        policies.get_version,
        _ON_POLICY,
        (_TYPE, _POLICY, _VERSION),
        codes=codes("""
            400 this-parameter InvalidParameter.PolicyName.InvalidChars InvalidParameter.PolicyName.Length
            400 this-parameter InvalidParameter.PolicyType InvalidParameter.VersionId.Format
            404 gone EntityNotExist.Policy EntityNotExist.Policy.Version
        """),
    ),
    "ListPolicyVersions": Api(
        policies.list_versions,
        _ON_POLICY,
        (_TYPE, _POLICY),
        codes=codes("""
            400 this-parameter InvalidParameter.PolicyName.InvalidChars InvalidParameter.PolicyName.Length
            400 this-parameter InvalidParameter.PolicyType
            404 gone EntityNotExist.Policy
        """),
    ),
    "ListEntitiesForPolicy": Api(
        policies.list_entities,
        _ON_POLICY,
        (_TYPE, _POLICY),
        codes=codes("""
            400 this-parameter InvalidParameter.PolicyType
            404 gone EntityNotExist.Policy
        """),
    ),
    "CreatePolicy": Api(
        policies.create,
        _ON_POLICY,
        (_POLICY, _DOCUMENT, _DESCRIPTION, replace(TAGS, code="InvalidParameter", value="InvalidParameter")),
        codes=codes("""
            400 this-parameter InvalidParameter.Description.Length InvalidParameter.PolicyDocument.Length
            400 this-parameter InvalidParameter.PolicyName.InvalidChars InvalidParameter.PolicyName.Length
            400 this-parameter MalformedPolicyDocument
            409 account-quota LimitExceeded.Policy
            409 reread EntityAlreadyExists.Policy
            409 this-parameter MalformedPolicyDocument
        """),
    ),
    "CreatePolicyVersion": Api(
        policies.create_version,
        _ON_POLICY,
        (
            _POLICY,
            _DOCUMENT,
            Parameter("SetAsDefault", "flag", default="false"),
            choice("RotateStrategy", "None", ROTATE, default="None"),
        ),
        codes=codes("""
            400 this-parameter InvalidParameter.PolicyDocument.Length InvalidParameter.PolicyName.InvalidChars
            400 this-parameter InvalidParameter.PolicyName.Length MalformedPolicyDocument
            404 gone EntityNotExist.Policy
            409 this-object LimitExceeded.Policy.Version
        """),
    ),
    "UpdatePolicyDescription": Api(
        policies.describe,
        _ON_POLICY,
        (_POLICY, replace(_DESCRIPTION, name="NewDescription", need=True)),
        codes=codes("""
            400 this-parameter InvalidParameter.Description.Length InvalidParameter.PolicyName.InvalidChars
            404 gone EntityNotExist.Policy
        """),
    ),
    "SetDefaultPolicyVersion": Api(
        policies.set_default,
        _ON_POLICY,
        (_POLICY, _VERSION),
        codes=codes("""
            400 this-parameter InvalidParameter.PolicyName.InvalidChars InvalidParameter.PolicyName.Length
            400 this-parameter InvalidParameter.VersionId.Format
            404 gone EntityNotExist.Policy EntityNotExist.Policy.Version
        """),
    ),
    "DeletePolicyVersion": Api(
        policies.delete_version,
        _ON_POLICY,
        (_POLICY, _VERSION),
        codes=codes("""
            400 this-parameter InvalidParameter.PolicyName.InvalidChars InvalidParameter.PolicyName.Length
            400 this-parameter InvalidParameter.VersionId.Format
            404 gone EntityNotExist.Policy EntityNotExist.Policy.Version
            409 reread DeleteConflict.Policy.Version.Default
        """),
    ),
    "DeletePolicy": Api(
        policies.delete,
        _ON_POLICY,
        (_POLICY, Parameter("CascadingDelete", "flag", default="false")),
        codes=codes("""
            400 this-parameter InvalidParameter.PolicyName.InvalidChars InvalidParameter.PolicyName.Length
            404 gone EntityNotExist.Policy
            409 reread DeleteConflict.Policy.Group DeleteConflict.Policy.Role DeleteConflict.Policy.User
            409 reread DeleteConflict.Policy.Version DeleteConflict.Role.Policy
        """),
    ),
}

_ARN = Parameter("RoleArn", need=True, shape=r"acs:ram::\d+:role/.+", code="InvalidParameter.RoleArn")
_SESSION = Parameter(
    "RoleSessionName", need=True, low=2, high=64, shape=r"[A-Za-z0-9_.@-]+", code="InvalidParameter.RoleSessionName"
)
_SECONDS = Parameter("DurationSeconds", "number", default="3600", low=900, code="InvalidParameter.DurationSeconds")
_RESTRICTION = Parameter("Policy", high=2048, code="InvalidParameter.PolicySize")
SESSIONS = {
    "GetCallerIdentity": Api(
        sts.get_caller_identity,
        free=True,
        codes=codes("""
            500 unknown-outcome InternalError
        """),
    ),
    "AssumeRole": Api(
        sts.assume_role,
        ("{RoleArn}",),
        (
            _ARN,
            _SESSION,
            _SECONDS,
            _RESTRICTION,
            Parameter(
                "ExternalId", low=2, high=1224, shape=r"[A-Za-z0-9_+=,.@:/-]+", code="InvalidParameter.ExternalId"
            ),
            Parameter("SourceIdentity"),
        ),
        codes=codes("""
            400 this-parameter InvalidParameter InvalidParameter.ContentType InvalidParameter.DurationSeconds
            400 this-parameter InvalidParameter.ExternalId InvalidParameter.PolicyGrammar InvalidParameter.PolicySize
            400 this-parameter InvalidParameter.RoleArn InvalidParameter.RoleSessionName InvalidParameter.SerialNumber
            400 this-parameter InvalidParameter.TokenCode
            403 credentials AuthenticationFail.ApiPassword AuthenticationFail.ApiUsername
            403 ram NoPermission
            404 gone EntityNotExist.Role
            500 unknown-outcome InternalError
        """),
    ),
    "AssumeRoleWithOIDC": Api(
        sts.assume_role_with_oidc,
        free=True,
        parameters=(
            Parameter("OIDCProviderArn", need=True, shape=r"acs:ram::\d+:oidc-provider/.+"),
            _ARN,
            Parameter("OIDCToken", need=True, low=4, high=20000),
            _SESSION,
            _SECONDS,
            _RESTRICTION,
        ),
        otherwise="InvalidParameter",
        codes=codes("""
            401 credentials AuthenticationFail.OIDCToken.AudienceNotMatch AuthenticationFail.OIDCToken.Expired
            401 credentials AuthenticationFail.OIDCToken.HttpsUrlInvalid AuthenticationFail.OIDCToken.Invalid
            401 credentials AuthenticationFail.OIDCToken.InvalidSignature
            401 credentials AuthenticationFail.OIDCToken.IssuerConfigurationBroken
            401 credentials AuthenticationFail.OIDCToken.IssuerNotMatch
            401 credentials AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch
            401 ram AuthenticationFail.NoPermission
            404 gone EntityNotExist.Role
        """),
    ),
}
