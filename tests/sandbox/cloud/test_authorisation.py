"""Every call is authorised by the RAM policies of its caller."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.cloud import policy
from eipctl.sandbox.cloud.cloud import Cloud, CloudRefusal, Principal
from eipctl.sandbox.cloud.table import APIS

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = Callable[..., dict[str, Any]]
    Refusal = Callable[..., tuple[int, str]]

KEY = ("LTAIuser", "user-secret")


def _allow(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _deny(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "1", "Statement": list(statements)}


@pytest.mark.parametrize(
    ("statements", "granted"),
    [
        ([], False),
        ([_allow("vpc:ReleaseEipAddress")], True),
        ([_allow("VPC:releaseeipaddress")], True),
        ([_allow(["vpc:AllocateEipAddress", "vpc:ReleaseEipAddress"])], True),
        ([_allow("vpc:*")], True),
        ([_allow("*")], True),
        ([_allow("*:*")], True),
        ([_allow("vpc:*EipAddress")], True),
        ([_allow("vpc:Release???Address")], True),
        ([_allow("vpc:Release??Address")], False),
        ([_allow("vpc:Describe*")], False),
        ([_allow("ecs:*")], False),
        ([_allow("vpc:ReleaseEipAddresses")], False),
        ([_allow("vpc:ReleaseEipAddress", "acs:vpc:*:*:eip/*")], True),
        ([_allow("vpc:ReleaseEipAddress", "acs:vpc:cn-hangzhou:*:eip/eip-1")], True),
        ([_allow("vpc:ReleaseEipAddress", ["acs:vpc:*:*:vswitch/*", "acs:vpc:*:*:eip/eip-?"])], True),
        ([_allow("vpc:ReleaseEipAddress", "acs:vpc:cn-beijing:*:eip/*")], False),
        ([_allow("vpc:ReleaseEipAddress", "acs:vpc:*:*:eip/eip-2")], False),
        ([_allow("vpc:*"), _deny("vpc:ReleaseEipAddress")], False),
        ([_deny("vpc:release*"), _allow("*")], False),
        ([_allow("*"), _deny("vpc:ReleaseEipAddress", "acs:vpc:*:*:eip/eip-2")], True),
        ([_allow("*"), _deny("ecs:*")], True),
        ([{"Effect": "Allow", "NotAction": "ram:*", "Resource": "*"}], True),
        ([{"Effect": "Allow", "NotAction": ["ram:*", "vpc:Release*"], "Resource": "*"}], False),
        ([_allow("*"), {"Effect": "Deny", "NotAction": "vpc:*", "Resource": "*"}], True),
        ([_allow("*"), {"Effect": "Deny", "NotAction": "vpc:Describe*", "Resource": "*"}], False),
        ([_allow("vpc:*", Condition={"IpAddress": {"acs:SourceIp": "1.2.3.4"}})], False),
        ([_allow("*"), _deny("vpc:*", Condition={"IpAddress": {"acs:SourceIp": "1.2.3.4"}})], True),
        ([_allow("vpc:*", Condition={"IpAddress": {"acs:SourceIp": ["10.0.0.0/8", "127.0.0.0/8"]}})], True),
        ([_allow("*"), _deny("vpc:*", Condition={"NotIpAddress": {"acs:SourceIp": "10.0.0.0/8"}})], False),
        ([_allow("vpc:*", Condition={"Bool": {"acs:SecureTransport": "true"}})], False),
        ([_allow("vpc:*", Condition={"DateLessThan": {"acs:CurrentTime": "2020-01-01T00:00:00Z"}})], False),
        ([_allow("vpc:*", Condition={"DateGreaterThan": {"acs:CurrentTime": "2020-01-01T00:00:00Z"}})], True),
        ([_allow("vpc:*", Condition={"StringEquals": {"acs:SomethingElse": "x"}})], False),
        ([_allow("*"), _deny("vpc:*", Condition={"StringEquals": {"acs:SomethingElse": "x"}})], False),
        ([_allow("vpc:*", Condition={"NumericLessThan": {"acs:SourceIp": "1"}})], False),
        ([_allow("vpc:*", Condition={})], True),
    ],
)
def test_what_policies_grant(cloud: Cloud, statements: list[dict[str, Any]], granted: bool) -> None:
    """A call works exactly when the statements of all attached policies together allow it."""
    names = []
    for number, statement in enumerate(statements):
        cloud.add_policy(f"p{number}", _document(statement), system=bool(number % 2))
        names.append(f"p{number}")
    cloud.add_role("worker", policies=tuple(names))
    cloud.add_eip(allocation_id="eip-1")
    if granted:
        cloud.call(cloud.role_principal("worker"), "Vpc", "ReleaseEipAddress", {"AllocationId": "eip-1"})
        return
    with pytest.raises(CloudRefusal) as caught:
        cloud.call(cloud.role_principal("worker"), "Vpc", "ReleaseEipAddress", {"AllocationId": "eip-1"})
    assert (caught.value.status, caught.value.code) == (403, "Forbidden.RAM")
    assert cloud.eips()[0].status == "Available"


OWN = {"acs:ResourceTag/owner": ["me", "us"]}


@pytest.mark.parametrize(
    ("condition", "tags", "granted"),
    [
        ({"StringEquals": OWN}, {"owner": "us"}, True),
        ({"StringEquals": OWN}, {"owner": "them"}, False),
        ({"StringEquals": OWN}, {}, False),
        ({"StringNotEquals": OWN}, {"owner": "them"}, True),
        ({"StringNotEquals": OWN}, {}, True),
        ({"StringNotEquals": OWN}, {"owner": "me"}, False),
        ({"StringLike": {"acs:ResourceTag/owner": "m?-*"}}, {"owner": "me-1"}, True),
        ({"StringLike": {"acs:ResourceTag/owner": "m?-*"}}, {"owner": "ME-1"}, False),
        ({"StringNotLike": {"acs:ResourceTag/owner": "m*"}}, {"owner": "me"}, False),
        ({"StringEqualsIgnoreCase": OWN}, {"owner": "ME"}, True),
        ({"StringEquals": {**OWN, "acs:ResourceTag/env": "test"}}, {"owner": "me"}, False),
        ({"StringEquals": OWN, "StringLike": {"acs:ResourceTag/env": "t*"}}, {"owner": "me", "env": "test"}, True),
    ],
)
def test_rights_by_the_tags_of_an_eip(
    cloud: Cloud, condition: dict[str, Any], tags: dict[str, str], granted: bool
) -> None:
    """One value of a key is enough, all keys and operators must hold; the EIP itself decides, not the request."""
    cloud.add_policy("p", _document(_allow("vpc:*", Condition=condition)))
    cloud.add_role("worker", policies=("p",))
    cloud.add_eip(allocation_id="eip-1", tags=tags)
    sent = {"AllocationId": "eip-1", "Tag.1.Key": "owner", "Tag.1.Value": "me"}
    with nullcontext() if granted else pytest.raises(CloudRefusal, match=r"Forbidden\.RAM"):
        cloud.call(cloud.role_principal("worker"), "Vpc", "ReleaseEipAddress", sent)


@pytest.mark.parametrize(
    ("operator", "tags", "granted"),
    [
        ("StringEquals", {"owner": "me"}, True),
        ("StringEquals", {"owner": "them"}, False),
        ("StringEquals", {}, False),
        ("StringNotEquals", {}, True),
    ],
)
def test_the_condition_key_of_release(cloud: Cloud, operator: str, tags: dict[str, str], granted: bool) -> None:
    """ReleaseEipAddress publishes vpc:tag as its condition key, and no other API does: there it grants nothing."""
    condition = {operator: {"vpc:tag/owner": "me"}}
    cloud.add_policy("p", _document(_allow("vpc:*", Condition=condition)))
    cloud.add_role("worker", policies=("p",))
    cloud.add_eip(allocation_id="eip-1", tags=tags)
    with pytest.raises(CloudRefusal, match=r"Forbidden\.RAM"):
        _as_worker(cloud, "ModifyEipAddressAttribute", Name="new")
    with nullcontext() if granted else pytest.raises(CloudRefusal, match=r"Forbidden\.RAM"):
        _as_worker(cloud, "ReleaseEipAddress")


def _as_worker(cloud: Cloud, action: str, **params: str) -> None:
    cloud.call(cloud.role_principal("worker"), "Vpc", action, {"AllocationId": "eip-1", **params})


def test_rights_by_the_tags_that_are_asked_for(cloud: Cloud) -> None:
    """A buyer who must tag can't buy without the tag, nor take one of another value."""
    must = {"StringLike": {"acs:RequestTag/owner": "team-*"}}
    cloud.add_policy("p", _document(_allow(["vpc:AllocateEipAddress", "vpc:TagResources"], Condition=must)))
    cloud.add_role("worker", policies=("p",))
    who = cloud.role_principal("worker")
    for tags in ({}, {"Tag.1.Key": "owner", "Tag.1.Value": "me"}, {"Tag.1.Key": "owner"}):
        with pytest.raises(CloudRefusal, match=r"Forbidden\.RAM"):
            cloud.call(who, "Vpc", "AllocateEipAddress", tags)
    cloud.call(who, "Vpc", "AllocateEipAddress", {"Tag.1.Key": "owner", "Tag.1.Value": "team-a"})
    assert [row.tags for row in cloud.eips()] == [(("owner", "team-a"),)]


@pytest.mark.parametrize(("product", "action"), [key for key, api in APIS.items() if not api.free])
def test_no_api_works_without_a_right(cloud: Cloud, product: str, action: str) -> None:
    """A role without policies is refused by every API, in the words of its product."""
    cloud.add_role("nobody")
    with pytest.raises(CloudRefusal) as caught:
        cloud.call(cloud.role_principal("nobody"), product, action, {})
    codes = {"vpc": "Forbidden.RAM", "ecs": "Forbidden.RAM", "cs": "StatusForbidden"}
    assert (caught.value.status, caught.value.code) == (403, codes.get(product, "NoPermission"))


def test_users_have_policies_too(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """A RAM user may do what its policies allow, and is refused the rest over HTTP by 403."""
    cloud.add_policy("reader", _document(_allow("vpc:Describe*")))
    cloud.add_access_key(*KEY, user="reader", policies=("reader",))
    call("Vpc", "DescribeEipAddresses", key=KEY)
    assert refusal("Vpc", "AllocateEipAddress", key=KEY) == (403, "Forbidden.RAM")
    assert refusal("Ram", "GetRole", RoleName="worker", key=KEY) == (403, "NoPermission")


@pytest.mark.parametrize("needed", [True, False])
def test_tags_at_allocation_need_a_right(cloud: Cloud, needed: bool) -> None:
    """Buying with tags needs vpc:TagResources too, as the switch says; buying without never does."""
    cloud.set_switches(allocate_needs_tag_right=needed)
    cloud.add_policy("buyer", _document(_allow("vpc:AllocateEipAddress")))
    cloud.add_role("worker", policies=("buyer",))
    who = cloud.role_principal("worker")
    cloud.call(who, "Vpc", "AllocateEipAddress", {})
    tagged = {"Tag.1.Key": "k", "Tag.1.Value": "v"}
    if needed:
        with pytest.raises(CloudRefusal, match=r"Forbidden\.RAM"):
            cloud.call(who, "Vpc", "AllocateEipAddress", tagged)
        cloud.add_policy("tagger", _document(_allow("vpc:TagResources")))
        cloud.add_role("worker", policies=("buyer", "tagger"))
    cloud.call(who, "Vpc", "AllocateEipAddress", tagged)
    assert len(cloud.eips()) == 2


def test_new_default_version_counts_at_once(cloud: Cloud) -> None:
    """A right given by a new default version is there for the next call, and gone with a detached policy."""
    cloud.add_policy("p", _document(_allow("ecs:*")))
    cloud.add_role("worker", policies=("p",))
    who, root = cloud.role_principal("worker"), Principal("root", "root")
    with pytest.raises(CloudRefusal):
        cloud.call(who, "Vpc", "AllocateEipAddress", {})
    document = '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "vpc:*", "Resource": "*"}]}'
    cloud.call(
        root, "Ram", "CreatePolicyVersion", {"PolicyName": "p", "PolicyDocument": document, "SetAsDefault": "true"}
    )
    cloud.call(who, "Vpc", "AllocateEipAddress", {})
    cloud.call(root, "Ram", "DetachPolicyFromRole", {"PolicyName": "p", "PolicyType": "Custom", "RoleName": "worker"})
    with pytest.raises(CloudRefusal):
        cloud.call(who, "Vpc", "AllocateEipAddress", {})


@pytest.mark.parametrize(
    "document",
    [
        "",
        "nonsense",
        "[]",
        '{"Version": "1"}',
        '{"Version": "2", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
        '{"Version": "1", "Statement": [{"Effect": "Perhaps", "Action": "*", "Resource": "*"}]}',
        '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*"}]}',
        '{"Version": "1", "Statement": [{"Effect": "Allow", "Resource": "*"}]}',
        '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "nocolon", "Resource": "*"}]}',
        '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": [7], "Resource": "*"}]}',
        '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": []}]}',
        '{"Version": "1", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": 1}}}',
    ],
)
def test_malformed_documents(document: str) -> None:
    """What is no policy document is not taken for one."""
    with pytest.raises(ValueError):  # noqa: PT011 - some come from the JSON reader
        policy.parse(document)
