"""Ram's policies and roles, and Sts's identities and sessions."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.cloud import sts
from eipctl.sandbox.cloud.cloud import ROOT, CloudRefusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.cloud.cloud import Cloud

    Call = Callable[..., dict[str, Any]]
    Refusal = Callable[..., tuple[int, str]]
    Advance = Callable[[float], None]

DOCUMENT = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "vpc:*", "Resource": "*"}]})
SYSTEM = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]}
P = {"PolicyName": "p"}
CUSTOM = {**P, "PolicyType": "Custom"}
ROLE_ARN = "acs:ram::1234567890123456:role/worker"


def _create(call: Call) -> None:
    call("Ram", "CreatePolicy", PolicyDocument=DOCUMENT, Description="words", **P)


def test_policy_is_created_and_read(call: Call) -> None:
    """A new policy has version v1 as its default, with the document as it was sent."""
    _create(call)
    answer = call("Ram", "GetPolicy", **CUSTOM)
    assert answer["Policy"]["DefaultVersion"] == "v1"
    assert answer["Policy"]["AttachmentCount"] == 0
    assert answer["DefaultPolicyVersion"]["PolicyDocument"] == DOCUMENT
    assert call("Ram", "GetPolicyVersion", VersionId="v1", **CUSTOM)["PolicyVersion"]["IsDefaultVersion"] is True


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"PolicyName": "p", "PolicyDocument": DOCUMENT}, (409, "EntityAlreadyExists.Policy")),
        ({"PolicyName": "a_b", "PolicyDocument": DOCUMENT}, (400, "InvalidParameter.PolicyName.InvalidChars")),
        ({"PolicyName": "a" * 129, "PolicyDocument": DOCUMENT}, (400, "InvalidParameter.PolicyName.Length")),
        ({"PolicyName": "q", "PolicyDocument": "{}"}, (400, "MalformedPolicyDocument")),
        (
            {"PolicyName": "q", "PolicyDocument": DOCUMENT + " " * 6144},
            (400, "InvalidParameter.PolicyDocument.Length"),
        ),
        ({"PolicyDocument": DOCUMENT}, (400, "MissingParameter")),
    ],
)
def test_policies_that_can_not_be(
    call: Call, refusal: Refusal, params: dict[str, str], expected: tuple[int, str]
) -> None:
    """Names and documents out of bounds, and names taken, are refused."""
    _create(call)
    form = {"PolicyDocument": params["PolicyDocument"]}
    rest = {name: value for name, value in params.items() if name not in form}
    assert refusal("Ram", "CreatePolicy", form=form, **rest) == expected


def test_versions(call: Call, refusal: Refusal) -> None:
    """A policy has five versions; a sixth is refused, or takes the place of the oldest that is not the default."""
    _create(call)
    for _ in range(4):
        call("Ram", "CreatePolicyVersion", PolicyDocument=DOCUMENT, **P)
    limit = (409, "LimitExceeded.Policy.Version")
    assert refusal("Ram", "CreatePolicyVersion", PolicyDocument=DOCUMENT, **P) == limit
    call(
        "Ram",
        "CreatePolicyVersion",
        PolicyDocument=DOCUMENT,
        SetAsDefault="true",
        RotateStrategy="DeleteOldestNonDefaultVersionWhenLimitExceeded",
        **P,
    )
    versions = call("Ram", "ListPolicyVersions", **CUSTOM)["PolicyVersions"]["PolicyVersion"]
    assert [version["VersionId"] for version in versions] == ["v1", "v3", "v4", "v5", "v6"]
    assert [version["VersionId"] for version in versions if version["IsDefaultVersion"]] == ["v6"]


def test_default_version(call: Call, refusal: Refusal) -> None:
    """The default version can be chosen among those that exist, and not be deleted."""
    _create(call)
    call("Ram", "CreatePolicyVersion", PolicyDocument=DOCUMENT, **P)
    gone = (404, "EntityNotExist.Policy.Version")
    assert refusal("Ram", "SetDefaultPolicyVersion", VersionId="v9", **P) == gone
    call("Ram", "SetDefaultPolicyVersion", VersionId="v2", **P)
    conflict = (409, "DeleteConflict.Policy.Version.Default")
    assert refusal("Ram", "DeletePolicyVersion", VersionId="v2", **P) == conflict
    call("Ram", "DeletePolicyVersion", VersionId="v1", **P)
    assert refusal("Ram", "GetPolicyVersion", VersionId="v1", **CUSTOM) == gone


def test_attach_and_detach(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """A policy is attached to a role once, listed there, and gone when detached."""
    _create(call)
    cloud.add_role("worker")
    call("Ram", "AttachPolicyToRole", RoleName="worker", **CUSTOM)
    again = (409, "EntityAlreadyExists.Role.Policy")
    assert refusal("Ram", "AttachPolicyToRole", RoleName="worker", **CUSTOM) == again
    (listed,) = call("Ram", "ListPoliciesForRole", RoleName="worker")["Policies"]["Policy"]
    assert (listed["PolicyName"], listed["PolicyType"], listed["DefaultVersion"]) == ("p", "Custom", "v1")
    assert call("Ram", "GetPolicy", **CUSTOM)["Policy"]["AttachmentCount"] == 1
    call("Ram", "DetachPolicyFromRole", RoleName="worker", **CUSTOM)
    assert refusal("Ram", "DetachPolicyFromRole", RoleName="worker", **CUSTOM) == (404, "EntityNotExist.Role.Policy")
    assert call("Ram", "ListPoliciesForRole", RoleName="worker")["Policies"]["Policy"] == []


def test_a_role_takes_five_custom_policies(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """The sixth custom policy of a role is refused; system policies are counted apart."""
    for number in range(6):
        cloud.add_policy(f"p{number}", json.loads(DOCUMENT))
    for number in range(5):
        cloud.add_policy(f"sys{number}", SYSTEM, system=True)
    cloud.add_role("worker", policies=tuple(f"sys{number}" for number in range(5)))
    for number in range(5):
        call("Ram", "AttachPolicyToRole", RoleName="worker", PolicyName=f"p{number}", PolicyType="Custom")
    full = refusal("Ram", "AttachPolicyToRole", RoleName="worker", PolicyName="p5", PolicyType="Custom")
    assert full == (409, "LimitExceeded.Role.Policy")


def test_delete_policy(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """A policy is deleted when nothing holds it and it has one version, or with all of them when asked."""
    _create(call)
    cloud.add_role("worker", policies=("p",))
    assert refusal("Ram", "DeletePolicy", **P) == (409, "DeleteConflict.Policy.Role")
    call("Ram", "DetachPolicyFromRole", RoleName="worker", **CUSTOM)
    call("Ram", "CreatePolicyVersion", PolicyDocument=DOCUMENT, **P)
    assert refusal("Ram", "DeletePolicy", **P) == (409, "DeleteConflict.Policy.Version")
    call("Ram", "DeletePolicy", CascadingDelete="true", **P)
    assert refusal("Ram", "GetPolicy", **CUSTOM) == (404, "EntityNotExist.Policy")


def test_system_policies_can_not_be_written(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """A system policy is read like any other and has no way to be changed."""
    cloud.add_policy("sys", SYSTEM, system=True)
    assert call("Ram", "GetPolicy", PolicyName="sys", PolicyType="System")["Policy"]["PolicyType"] == "System"
    for action in ("CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion", "DeletePolicy"):
        answer = refusal("Ram", action, PolicyName="sys", PolicyDocument=DOCUMENT, VersionId="v1")
        assert answer == (404, "EntityNotExist.Policy")


@pytest.mark.parametrize("action", ["GetRole", "ListPoliciesForRole", "AttachPolicyToRole", "DetachPolicyFromRole"])
def test_unknown_role(call: Call, refusal: Refusal, action: str) -> None:
    """A role that does not exist is not found."""
    _create(call)
    assert refusal("Ram", action, RoleName="nobody", **CUSTOM) == (404, "EntityNotExist.Role")


def test_create_role(call: Call, refusal: Refusal) -> None:
    """A created role is read back; its name is taken from then on, and its trust policy must be one."""
    trust = json.dumps({"Version": "1", "Statement": []})
    params = {"RoleName": "KubernetesWorkerRole-1", "AssumeRolePolicyDocument": trust}
    call("Ram", "CreateRole", **params)
    role = call("Ram", "GetRole", RoleName="KubernetesWorkerRole-1")["Role"]
    assert role["Arn"] == "acs:ram::1234567890123456:role/KubernetesWorkerRole-1"
    assert role["AssumeRolePolicyDocument"] == trust
    assert refusal("Ram", "CreateRole", **params) == (409, "EntityAlreadyExists.Role")
    bad = {**params, "RoleName": "r", "AssumeRolePolicyDocument": "{"}
    assert refusal("Ram", "CreateRole", **bad) == (409, "MalformedPolicyDocument")
    for statement in ("[1]", '[{"Effect": "Allow"}]', '[{"Effect": "Allow", "Principal": {"RAM": 1}}]'):
        trust = f'{{"Version": "1", "Statement": {statement}}}'
        wrong = {"RoleName": "r", "AssumeRolePolicyDocument": trust}
        assert refusal("Ram", "CreateRole", **wrong) == (409, "MalformedPolicyDocument")


def _user(cloud: Cloud, *actions: str) -> tuple[str, str]:
    cloud.add_policy(
        "user", {"Version": "1", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    )
    cloud.add_access_key("LTAIuser", "user-secret", user="ops", policies=("user",))
    return ("LTAIuser", "user-secret")


def _session(answer: dict[str, Any]) -> tuple[str, str, str]:
    given = answer["Credentials"]
    return given["AccessKeyId"], given["AccessKeySecret"], given["SecurityToken"]


def _worker(cloud: Cloud, trust: dict[str, Any] | None = None) -> None:
    cloud.add_policy("vpc", json.loads(DOCUMENT))
    cloud.add_role("worker", json.dumps(trust) if trust else "", policies=("vpc",))


def test_caller_identity(call: Call, cloud: Cloud) -> None:
    """Root, a user and a session are told who they are, without any right."""
    key = _user(cloud, "sts:AssumeRole")
    _worker(cloud)
    session = _session(call("Sts", "AssumeRole", key=key, RoleArn=ROLE_ARN, RoleSessionName="me"))
    seen = [call("Sts", "GetCallerIdentity", key=one) for one in (("LTAIroot", "root-secret"), key, session)]
    assert [who["IdentityType"] for who in seen] == ["Account", "RAMUser", "AssumedRoleUser"]
    assert [who["Arn"] for who in seen] == [
        "acs:ram::1234567890123456:root",
        "acs:ram::1234567890123456:user/ops",
        "acs:ram::1234567890123456:assumed-role/worker/me",
    ]
    assert {who["AccountId"] for who in seen} == {"1234567890123456"}


def test_session_has_the_rights_of_its_role(call: Call, refusal: Refusal, cloud: Cloud, advance: Advance) -> None:
    """Temporary credentials work with their token, for the role's rights, until they expire."""
    key = _user(cloud, "sts:AssumeRole")
    _worker(cloud)
    session = _session(
        call("Sts", "AssumeRole", key=key, RoleArn=ROLE_ARN, RoleSessionName="me", DurationSeconds="900")
    )
    call("Vpc", "AllocateEipAddress", key=session)
    assert refusal("Ram", "GetRole", RoleName="worker", key=session) == (403, "NoPermission")
    assert refusal("Vpc", "AllocateEipAddress", key=session[:2]) == (400, "MissingSecurityToken")
    mismatch = (400, "InvalidSecurityToken.MismatchWithAccessKey")
    assert refusal("Vpc", "AllocateEipAddress", key=(*session[:2], "other")) == mismatch
    advance(800)
    call("Vpc", "AllocateEipAddress", key=session)


def test_expired_session(call: Call, refusal: Refusal, cloud: Cloud, advance: Advance) -> None:
    """Temporary credentials are refused once they have expired."""
    _worker(cloud)
    with cloud.state.store.transaction():
        row = sts.issue(cloud.state, "worker", "me", cloud.state.clock.now() + 5)
    key = (row.key_id, row.secret, row.token)
    call("Vpc", "AllocateEipAddress", key=key)
    advance(5)
    assert refusal("Vpc", "AllocateEipAddress", key=key) == (400, "InvalidSecurityToken.Expired")


def test_session_policy_narrows(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """A session with a policy of its own may do what both that and the role allow."""
    key = _user(cloud, "sts:AssumeRole")
    _worker(cloud)
    narrow = json.dumps(
        {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["vpc:Describe*", "ecs:*"], "Resource": "*"}]}
    )
    session = _session(call("Sts", "AssumeRole", key=key, RoleArn=ROLE_ARN, RoleSessionName="me", Policy=narrow))
    call("Vpc", "DescribeEipAddresses", key=session)
    assert refusal("Vpc", "AllocateEipAddress", key=session) == (403, "Forbidden.RAM")
    assert refusal("Ecs", "DescribeNetworkInterfaces", key=session) == (403, "Forbidden.RAM")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"RoleArn": "worker"}, (400, "InvalidParameter.RoleArn")),
        ({"RoleArn": "acs:ram::1234567890123456:role/nobody"}, (404, "EntityNotExist.Role")),
        ({"RoleArn": "acs:ram::999:role/worker"}, (404, "EntityNotExist.Role")),
        ({"RoleSessionName": "x"}, (400, "InvalidParameter.RoleSessionName")),
        ({"DurationSeconds": "899"}, (400, "InvalidParameter.DurationSeconds")),
        ({"DurationSeconds": "3601"}, (400, "InvalidParameter.DurationSeconds")),
        ({"Policy": "{"}, (400, "InvalidParameter.PolicyGrammar")),
        ({"Policy": "x" * 2049}, (400, "InvalidParameter.PolicySize")),
        ({"ExternalId": "x"}, (400, "InvalidParameter.ExternalId")),
    ],
)
def test_sessions_that_can_not_be(
    refusal: Refusal, cloud: Cloud, params: dict[str, str], expected: tuple[int, str]
) -> None:
    """A wrong role, name, duration or policy is refused."""
    _worker(cloud)
    key = _user(cloud, "sts:AssumeRole")
    wanted = {"RoleArn": ROLE_ARN, "RoleSessionName": "me", **params}
    assert refusal("Sts", "AssumeRole", key=key, **wanted) == expected


def test_an_external_id_is_asked_for(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """A trust policy may ask for the ExternalId that was agreed upon."""
    principal = {"RAM": ["acs:ram::1234567890123456:root"]}
    agreed = {"StringEquals": {"sts:ExternalId": "agreed-1"}}
    _worker(cloud, {"Statement": [{"Effect": "Allow", "Principal": principal, "Condition": agreed}]})
    wanted = {"RoleArn": ROLE_ARN, "RoleSessionName": "me"}
    key = _user(cloud, "sts:AssumeRole")
    for told in ({}, {"ExternalId": "agreed-2"}):
        assert refusal("Sts", "AssumeRole", key=key, **wanted, **told) == (403, "NoPermission")
    answer = call("Sts", "AssumeRole", key=key, ExternalId="agreed-1", SourceIdentity="alice", **wanted)
    assert answer["SourceIdentity"] == "alice"


def test_whom_a_caller_is(call: Call, cloud: Cloud) -> None:
    """Accounts and users have a UserId, roles a RoleId."""
    _worker(cloud)
    session = _session(
        call("Sts", "AssumeRole", key=_user(cloud, "sts:AssumeRole"), RoleArn=ROLE_ARN, RoleSessionName="me")
    )
    told = [call("Sts", "GetCallerIdentity", **asked) for asked in ({}, {"key": session})]
    assert [{"UserId", "RoleId"} & answer.keys() for answer in told] == [{"UserId"}, {"RoleId"}]


def test_roles_and_what_has_a_policy(call: Call, cloud: Cloud) -> None:
    """Roles are listed in pages; a policy tells the roles and users it is attached to."""
    _create(call)
    for name in ("a", "b", "c"):
        cloud.add_role(name)
    call("Ram", "AttachPolicyToRole", RoleName="b", **CUSTOM)
    cloud.add_access_key("LTAIuser", "s", user="ops", policies=(P["PolicyName"],))
    found = call("Ram", "ListEntitiesForPolicy", **CUSTOM)
    assert [role["RoleName"] for role in found["Roles"]["Role"]] == ["b"]
    assert [user["UserName"] for user in found["Users"]["User"]] == ["ops"]
    page = call("Ram", "ListRoles", MaxItems="2")
    rest = call("Ram", "ListRoles", MaxItems="2", Marker=page["Marker"])
    assert [role["RoleName"] for answer in (page, rest) for role in answer["Roles"]["Role"]] == ["a", "b", "c"]
    assert (page["IsTruncated"], rest["IsTruncated"]) == (True, False)


def test_who_may_take_a_role(refusal: Refusal, cloud: Cloud) -> None:
    """A role is taken neither by the account itself, nor without the right, nor against its trust policy."""
    wanted = {"RoleArn": ROLE_ARN, "RoleSessionName": "me"}
    trust = {
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["ecs.aliyuncs.com"]}}]
    }
    _worker(cloud, trust)
    denied = (403, "NoPermission")
    assert refusal("Sts", "AssumeRole", key=_user(cloud, "sts:AssumeRole"), **wanted) == denied
    cloud.add_role("worker")
    assert refusal("Sts", "AssumeRole", **wanted) == denied
    cloud.add_access_key("LTAIother", "s", user="other")
    assert refusal("Sts", "AssumeRole", key=("LTAIother", "s"), **wanted) == denied


@pytest.mark.parametrize(("resource", "granted"), [(ROLE_ARN, True), (f"{ROLE_ARN}-2", False)])
def test_the_right_to_one_role(call: Call, refusal: Refusal, cloud: Cloud, resource: str, granted: bool) -> None:
    """A user who may take one role may take no other, and is trusted by name."""
    user = "acs:ram::1234567890123456:user/ops"
    _worker(cloud, {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [user]}}]})
    cloud.add_policy(
        "user", {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource}]}
    )
    cloud.add_access_key("LTAIuser", "s", user="ops", policies=("user",))
    wanted: dict[str, Any] = {"RoleArn": ROLE_ARN, "RoleSessionName": "me", "key": ("LTAIuser", "s")}
    if granted:
        assert call("Sts", "AssumeRole", **wanted)["Credentials"]["AccessKeyId"].startswith("STS.")
    else:
        assert refusal("Sts", "AssumeRole", **wanted) == (403, "NoPermission")


PROVIDER = "acs:ram::1234567890123456:oidc-provider/ack-rrsa-c1"


EIPCTL = {"sub": "system:serviceaccount:kube-system:eipctl"}


def _jwt(**claims: Any) -> str:
    parts = [{"alg": "RS256"}, {"iss": "https://oidc", "aud": ["sts.aliyuncs.com"], **claims}]
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "sig"]
    )


@pytest.mark.parametrize(
    ("claims", "provider", "expected"),
    [
        (EIPCTL, PROVIDER, None),
        ({"sub": "system:serviceaccount:default:thief"}, PROVIDER, (401, "AuthenticationFail.NoPermission")),
        (EIPCTL, f"{PROVIDER}-2", (401, "AuthenticationFail.NoPermission")),
        ({**EIPCTL, "iss": "https://else"}, PROVIDER, (401, "AuthenticationFail.OIDCToken.IssuerNotMatch")),
        ({**EIPCTL, "aud": "else"}, PROVIDER, (401, "AuthenticationFail.OIDCToken.AudienceNotMatch")),
        ({"exp": 1}, PROVIDER, (401, "AuthenticationFail.OIDCToken.Expired")),
    ],
)
def test_oidc(
    url: str, cloud: Cloud, call: Call, claims: dict[str, Any], provider: str, expected: tuple[int, str] | None
) -> None:
    """An unsigned call with a token that the role trusts is given working credentials, any other is refused."""
    subject = {"oidc:sub": "system:serviceaccount:kube-system:eipctl"}
    trust = {"Effect": "Allow", "Principal": {"Federated": [PROVIDER]}, "Condition": {"StringEquals": subject}}
    _worker(cloud, {"Statement": [trust]})
    cloud.add_oidc_provider("ack-rrsa-c1", "https://oidc", ("sts.aliyuncs.com",))
    params = {
        "Action": "AssumeRoleWithOIDC",
        "Version": "2015-04-01",
        "RoleArn": ROLE_ARN,
        "OIDCProviderArn": provider,
        "OIDCToken": _jwt(**claims),
        "RoleSessionName": "eipctl",
    }
    request = urllib.request.Request(url, urllib.parse.urlencode(params).encode())
    if expected is None:
        with urllib.request.urlopen(request) as answer:
            given = json.load(answer)
        assert given["OIDCTokenInfo"]["ClientIds"] == "sts.aliyuncs.com"
        call("Vpc", "AllocateEipAddress", key=_session(given))
        return
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert (caught.value.code, json.load(caught.value)["Code"]) == expected


def test_an_attached_policy_counts_after_a_while(cloud: Cloud, advance: Advance) -> None:
    """As long as the switch says, the role is refused although ListPoliciesForRole shows the policy."""
    cloud.set_switches(attach_seconds=10.0)
    cloud.add_policy("p", {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    cloud.add_role("worker")
    cloud.call(ROOT, "Ram", "AttachPolicyToRole", {"RoleName": "worker", "PolicyName": "p", "PolicyType": "Custom"})
    who = cloud.role_principal("worker")
    with pytest.raises(CloudRefusal, match=r"Forbidden\.RAM"):
        cloud.call(who, "Vpc", "AllocateEipAddress", {})
    advance(10)
    cloud.call(who, "Vpc", "AllocateEipAddress", {})


def test_limits_of_ram_are_switches(cloud: Cloud, call: Call, refusal: Refusal) -> None:
    """Custom policies per role, the length of a document, and whether a form body is read."""
    document = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    cloud.add_role("worker")
    cloud.set_switches(policies_per_role=1, longest_policy=len(document), ram_takes_forms=False)
    for name in ("a", "b"):
        call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=document)
    wanted = {"RoleName": "worker", "PolicyType": "Custom"}
    call("Ram", "AttachPolicyToRole", PolicyName="a", **wanted)
    assert refusal("Ram", "AttachPolicyToRole", PolicyName="b", **wanted) == (409, "LimitExceeded.Role.Policy")
    longer = {"PolicyName": "c", "PolicyDocument": document + " "}
    assert refusal("Ram", "CreatePolicy", **longer) == (400, "InvalidParameter.PolicyDocument.Length")
    form = {"PolicyDocument": document}
    assert refusal("Ram", "CreatePolicy", PolicyName="c", form=form) == (400, "MissingParameter")
    cloud.set_switches(ram_takes_forms=True)
    call("Ram", "CreatePolicy", PolicyName="c", form=form)
