"""RAM policies: a table of documents and what they really grant, and the smallest edits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.domain.ram.policy_document import (
    BANDWIDTH_PACKAGE_ACTIONS,
    EIP_ACTIONS,
    MAX_DOCUMENT,
    NamedDocument,
    VerdictState,
    add_actions,
    missing,
    own_policy_document,
    remove_actions,
    same,
    verdict,
)
from eipctl.domain.ram.resources import ANYWHERE, AccountRegion

GRANTED, MISSING, DENIED, LIMITED = VerdictState
A = "vpc:AllocateEipAddress"

MANAGED_NETWORK_ROLE = [
    {
        "Effect": "Allow",
        "Action": [
            "ecs:CreateNetworkInterface",
            "ecs:DescribeNetworkInterfaces",
            "ecs:AttachNetworkInterface",
            "ecs:DetachNetworkInterface",
            "ecs:DeleteNetworkInterface",
            "ecs:DescribeInstanceAttribute",
            "ecs:AssignPrivateIpAddresses",
            "ecs:UnassignPrivateIpAddresses",
            "ecs:DescribeInstances",
            "vpc:DescribeVSwitches",
        ],
        "Resource": ["*"],
    }
]
ACK_EXTEND = [
    {
        "Effect": "Allow",
        "Action": [
            "vpc:DescribeVSwitches",
            "vpc:AllocateEipAddress",
            "vpc:AllocateEipAddressPro",
            "vpc:DescribeEipAddresses",
            "vpc:AssociateEipAddress",
            "vpc:UnassociateEipAddress",
            "vpc:ReleaseEipAddress",
            "vpc:AddCommonBandwidthPackageIp",
            "vpc:RemoveCommonBandwidthPackageIp",
            "vpc:TagResources",
            "ecs:DescribeNetworkInterfaces",
        ],
        "Resource": ["*"],
    }
]


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """An Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A Deny statement."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> str:
    """A policy of these statements."""
    return json.dumps({"Version": "1", "Statement": list(statements)})


WHEN = {"IpAddress": {"acs:SourceIp": ["10.0.0.0/8"]}}

HERE = AccountRegion("1234567890123456", "cn-hangzhou")
ASSOCIATE = "vpc:AssociateEipAddress"
ODD: list[tuple[str, VerdictState, list[dict[str, Any]]]] = [
    ("no statement at all", MISSING, []),
    ("one character", GRANTED, [allow("vpc:?llocateEipAddress")]),
    ("one character is not none", MISSING, [allow("vpc:?AllocateEipAddress")]),
    ("one character is not two", MISSING, [allow("vpc:?locateEipAddress")]),
    ("wildcards around", GRANTED, [allow("*:*EipAddress")]),
    ("many wildcards", GRANTED, [allow("*" * 4000 + "s")]),
    ("a dot is a dot", MISSING, [allow("vpc.AllocateEipAddress")]),
    ("brackets are no wildcard", MISSING, [allow("vpc:[A-Z]llocateEipAddress")]),
    ("resources of one-letter names", MISSING, [allow(A, "acs:vpc:?:?:?")]),
    ("no resource named", LIMITED, [{"Effect": "Allow", "Action": A}]),
    ("a Deny without a resource", GRANTED, [allow(A), {"Effect": "Deny", "Action": A}]),
    ("under an empty condition", GRANTED, [allow(A, Condition={})]),
    ("no effect", MISSING, [{"Action": A, "Resource": "*"}]),
    ("no action", MISSING, [{"Effect": "Allow", "Resource": "*"}]),
]
"""What RAM's documentation does not speak of; the rest is in the table of tests/contract/test_ram_policies.py."""


@pytest.mark.parametrize(("expected", "statements"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_odd_policies(expected: VerdictState, statements: list[dict[str, Any]]) -> None:
    """Each policy has this verdict for AllocateEipAddress, alone and split over several policies."""
    whole = [NamedDocument("p", document(*statements))]
    apart = [NamedDocument(f"p{n}", document(statement)) for n, statement in enumerate(statements)]
    assert verdict(whole, [A])[A].state is expected
    assert verdict(apart, [A])[A].state is expected
    assert verdict(list(reversed(apart)), [A])[A].state is expected


ACCOUNT, ANOTHER = "acs:vpc:*:1234567890123456:*", "acs:vpc:*:6543210987654321:*"


@pytest.mark.parametrize(
    ("place", "resource", "expected"),
    [
        (HERE, ACCOUNT, GRANTED),
        (HERE, ANOTHER, MISSING),
        (AccountRegion(HERE.account), "acs:vpc:cn-hangzhou:*:*", LIMITED),
        (AccountRegion(region=HERE.region), ACCOUNT, LIMITED),
        (AccountRegion(region=HERE.region), "acs:vpc:cn-beijing:1234567890123456:*", MISSING),
        (ANYWHERE, ACCOUNT, LIMITED),
        (ANYWHERE, "acs:vpc:*:*:eip/*", GRANTED),
        (ANYWHERE, "acs:vpc:*:*:vswitch/*", MISSING),
    ],
)
def test_what_is_not_known_of_the_place_decides_nothing(
    place: AccountRegion, resource: str, expected: VerdictState
) -> None:
    """It may be the one that the policy names, or another one."""
    found = verdict([NamedDocument("p", document(allow("vpc:*", resource)))], [ASSOCIATE], place)
    assert found[ASSOCIATE].state is expected


def test_alibabas_own_two() -> None:
    """The default role of managed clusters lacks five of the six; ack-extend's policy grants all of them and more."""
    default = verdict([NamedDocument("AliyunCSManagedNetworkRolePolicy", document(*MANAGED_NETWORK_ROLE))], EIP_ACTIONS)
    assert missing(default) == EIP_ACTIONS[1:]
    extend = verdict([NamedDocument("x", document(*ACK_EXTEND))], EIP_ACTIONS + BANDWIDTH_PACKAGE_ACTIONS)
    assert all(v.granted for v in extend.values())


def test_a_verdict_names_what_decided() -> None:
    """Policy and statement are named; a Deny that applies at times is a caution, not a verdict."""
    both = [NamedDocument("base", document(allow("vpc:*"))), NamedDocument("org", document(deny("ram:*"), deny(A)))]
    found = verdict(both, EIP_ACTIONS)
    assert (found[A].policy, found[A].statement) == ("org", 2)
    assert found[A].why == f"policy org, statement 2 denies {A}"
    assert found["vpc:ReleaseEipAddress"].why == "policy base, statement 1 allows vpc:ReleaseEipAddress"
    one = document(allow("vpc:*", "acs:vpc:*:*:eip/eip-1"))
    limited = verdict([NamedDocument("p", one)], [ASSOCIATE])[ASSOCIATE]
    assert limited.why == f"policy p, statement 1 allows {ASSOCIATE} only on acs:vpc:*:*:eip/eip-1"
    cautious = verdict([NamedDocument("p", document(allow("*"), deny(A, Condition=WHEN)))], [A])[A]
    assert cautious.granted
    assert cautious.caution == f"policy p, statement 2 denies {A} under a condition"


def test_what_a_denial_hides_is_not_missing() -> None:
    """A denied action is not one that a further Allow could grant."""
    found = verdict([NamedDocument("p", document(allow(A, Condition=WHEN), deny("vpc:Rel*")))], EIP_ACTIONS)
    assert missing(found) == tuple(a for a in EIP_ACTIONS if a != "vpc:ReleaseEipAddress")


def test_the_own_policy_grants_exactly_what_it_says() -> None:
    """Our own document grants its actions and no other."""
    own = [NamedDocument("own", own_policy_document(EIP_ACTIONS))]
    assert all(v.granted for v in verdict(own, EIP_ACTIONS).values())
    assert missing(verdict(own, BANDWIDTH_PACKAGE_ACTIONS)) == BANDWIDTH_PACKAGE_ACTIONS


def added(*statements: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements after AllocateEipAddress was added."""
    text = add_actions(document(*statements), [A])
    loaded: list[dict[str, Any]] = json.loads(text)["Statement"]
    return loaded


NEW = allow([A])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [NEW]),
        ([allow(["ecs:*"])], [allow(["ecs:*", A])]),
        ([allow("ecs:*")], [allow(["ecs:*", A])]),
        ([allow("ecs:*", ["*"])], [allow(["ecs:*", A], ["*"])]),
        ([deny("ecs:*"), allow("ecs:*")], [deny("ecs:*"), allow(["ecs:*", A])]),
        ([allow("a:b"), allow("c:d")], [allow(["a:b", A]), allow("c:d")]),
        ([allow("ecs:*", Condition=WHEN)], [allow("ecs:*", Condition=WHEN), NEW]),
        ([allow("ecs:*", "acs:ecs:*:*:*")], [allow("ecs:*", "acs:ecs:*:*:*"), NEW]),
        ([deny("ecs:*")], [deny("ecs:*"), NEW]),
        (
            [{"Effect": "Allow", "NotAction": "vpc:*", "Resource": "*"}],
            [{"Effect": "Allow", "NotAction": "vpc:*", "Resource": "*"}, NEW],
        ),
    ],
)
def test_where_missing_actions_go(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    """Into the first Allow of everything without a condition, else into a new statement; all else stays."""
    assert added(*before) == after


@pytest.mark.parametrize("action", [A, A.lower(), "vpc:*", ["*"]])
def test_nothing_is_added_twice(action: Any) -> None:
    """A document that has the actions in its fitting statement comes back byte for byte."""
    text = document(allow(action))
    assert add_actions(text, [A]) == text


def test_other_parts_of_the_document_stay() -> None:
    """Unknown members and their order survive."""
    text = json.dumps({"X": [1.5], "Statement": [{"Sid": "ü", **allow("ecs:*")}], "Version": "1"})
    after = json.loads(add_actions(text, EIP_ACTIONS))
    assert list(after) == ["X", "Statement", "Version"]
    assert after["Statement"] == [{"Sid": "ü", **allow(["ecs:*", *EIP_ACTIONS])}]


@pytest.mark.parametrize(
    "statements",
    [
        [allow(["ecs:*"])],
        [allow(["ecs:*"], ["*"]), deny("vpc:*")],
        [allow("ecs:*", Condition=WHEN)],
        [deny("ecs:*")],
        [allow(["a:b"]), allow(["c:d"], "acs:ecs:*:*:*")],
    ],
)
def test_what_was_added_is_taken_out_again(statements: list[dict[str, Any]]) -> None:
    """The document says what it said before; a second time there is nothing to take out."""
    before = document(*statements)
    back = remove_actions(add_actions(before, EIP_ACTIONS), EIP_ACTIONS)
    assert json.loads(back) == json.loads(before)
    assert remove_actions(back, EIP_ACTIONS) == back


def test_what_others_allow_stays() -> None:
    """A wildcard, another case, a narrower statement or a Deny is not what was added."""
    theirs = document(allow("vpc:*"), allow([A.lower(), "x:y"]), allow([A], "acs:vpc:*:*:eip/*"), deny([A]))
    assert remove_actions(theirs, EIP_ACTIONS) == theirs


def test_one_action_is_the_same_in_a_list() -> None:
    """RAM reads both alike, and so does whoever compares versions; more or fewer actions are not the same."""
    assert same(document(allow("ecs:*")), json.dumps(json.loads(document(allow(["ecs:*"]))), indent=4))
    assert not same(document(allow("ecs:*")), document(allow(["ecs:*", A])))


def test_a_policy_of_nothing_else_can_not_be_emptied() -> None:
    """RAM accepts no policy without a statement."""
    assert remove_actions(own_policy_document(EIP_ACTIONS), EIP_ACTIONS) == ""


@pytest.mark.parametrize("statement", [None, "x", [1], {}])
def test_statements_that_are_none(statement: Any) -> None:
    """A document without a usable statement grants nothing."""
    assert not verdict([NamedDocument("p", json.dumps({"Statement": statement}))], [A])[A].granted


def test_the_limit_of_a_document() -> None:
    """A document is packed when it must be, and refused when it is too long even so."""
    roomy = document(allow([f"ecs:Action{n:04}" for n in range(300)]))
    assert len(add_actions(roomy, [A])) <= MAX_DOCUMENT
    with pytest.raises(Failed) as raised:
        add_actions(document(allow([f"ecs:Action{n:04}" for n in range(400)])), [A])
    assert raised.value.code is Code.POLICY_LIMIT


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_what_is_no_policy(text: str) -> None:
    """A document that is no JSON object is an error that names the policy."""
    with pytest.raises(Failed, match="policy broken"):
        verdict([NamedDocument("broken", text)], EIP_ACTIONS)
    with pytest.raises(Failed):
        add_actions(text, EIP_ACTIONS)
