"""Whatever comes back, an answer is Alibaba Cloud's or none: a bad read, or an unknown outcome, and never a success."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.aliyun.identity import IdentityReader
from eipctl.aliyun.ram import RamReader, RamWriter
from eipctl.aliyun.vpc import VpcReader, VpcWriter
from eipctl.base.errors import CloudError, EipctlError, Failed, OutcomeUnknown
from eipctl.domain.settings import EipSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.aliyun.client import CloudClient
    from tests.unit.aliyun.conftest import Place, Scripted

ROWS = {"EipAddresses": {"EipAddress": ["text"]}, "TotalCount": 1}
DEEP = b"[" * 100_000 + b"]" * 100_000
SHAPES: dict[str, bytes] = {
    "null": b"null",
    "a list": b"[]",
    "a number": b"7",
    "empty": b"",
    "HTML": b"<html>log in</html>",
    "deep": DEEP,
    "deep inside": b'{"RequestId":"R","EipAddresses":' + DEEP + b"}",
    "a Status": b'{"kind":"Status","status":"Failure","code":500}',
    "no UTF-8": b'{"RequestId":"\xff"}',
    "an error with 200": b'{"RequestId":"R","Code":"Forbidden.RAM","Message":"no"}',
    "gzip nobody asked for": gzip.compress(b'{"RequestId":"R"}'),
}
READ_SHAPES = {
    **SHAPES,
    "rows that are text": json.dumps({"RequestId": "R", **ROWS}).encode(),
    "a count in words": b'{"RequestId":"R","EipAddresses":{"EipAddress":[]},"TotalCount":"many"}',
    "rows that are a number": json.dumps(
        {
            "RequestId": "R",
            "TotalCount": 1,
            **dict.fromkeys(("EipAddresses", "NetworkInterfaceSets", "Policies", "PolicyVersions"), 1),
            **dict.fromkeys(("DefaultPolicyVersion", "InstanceRamRoleSets", "AccountId"), 1),
        }
    ).encode(),
    "a deep row": b'{"RequestId":"R","TotalCount":1,"EipAddresses":{"EipAddress":[' + DEEP + b"]}}",
}
READS: dict[str, Callable[[CloudClient], Any]] = {
    "DescribeEipAddresses": lambda client: VpcReader(client).list_eips(),
    "DescribeEipAddresses by id": lambda client: VpcReader(client).eips_by_id(["eip-1"]),
    "DescribeNetworkInterfaces": lambda client: VpcReader(client).enis_by_ip("vpc-1", ["10.0.0.1"]),
    "ListPoliciesForRole": lambda client: RamReader(client).policies_of_role("worker"),
    "GetPolicy": lambda client: RamReader(client).custom_policy("p"),
    "ListPolicyVersions": lambda client: RamReader(client).versions("p"),
    "GetCallerIdentity": lambda client: IdentityReader(client).caller(),
    "DescribeInstanceRamRole": lambda client: IdentityReader(client).instance_roles(["i-1"]),
}
WRITES: dict[str, Callable[[CloudClient], Any]] = {
    "AllocateEipAddress": lambda client: VpcWriter(client).allocate(EipSpec(), (), "t"),
    "AssociateEipAddress": lambda client: VpcWriter(client).associate("eip-1", "eni-1", "10.0.0.1", "t"),
    "UnassociateEipAddress": lambda client: VpcWriter(client).unassociate("eip-1", "eni-1", "10.0.0.1", "t"),
    "ReleaseEipAddress": lambda client: VpcWriter(client).release("eip-1"),
    "TagResources": lambda client: VpcWriter(client).tag("eip-1", (("a", "b"),)),
    "UnTagResources": lambda client: VpcWriter(client).untag("eip-1", ("a",)),
    "ModifyEipAddressAttribute": lambda client: VpcWriter(client).modify("eip-1", {"bandwidth": 5}),
    "AddCommonBandwidthPackageIp": lambda client: VpcWriter(client).join_package("eip-1", "cbwp-1", "t"),
    "CreatePolicy": lambda client: RamWriter(client).create_policy("p", "{}", ""),
    "CreatePolicyVersion": lambda client: RamWriter(client).update_policy("p", "{}"),
    "DetachPolicyFromRole": lambda client: RamWriter(client).detach_policy("p", "worker"),
}
QUICK = {"timeout": 2.0}


@pytest.mark.parametrize("shape", READ_SHAPES)
@pytest.mark.parametrize("api", READS)
def test_a_read_of_any_shape_is_a_bad_read(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient], api: str, shape: str
) -> None:
    """It is an error of the product with a sentence, and no facts."""
    scripted.says((200, READ_SHAPES[shape]))
    with pytest.raises(EipctlError) as raised:
        READS[api](connect(script.url, **QUICK))
    assert raised.value.message
    assert "internal error" not in raised.value.message


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("api", WRITES)
def test_a_write_answered_with_any_shape_has_an_unknown_outcome(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient], api: str, shape: str
) -> None:
    """It is neither a success nor a refusal."""
    scripted.says((200, SHAPES[shape]))
    with pytest.raises(OutcomeUnknown) as raised:
        WRITES[api](connect(script.url, timeout=20))
    assert raised.value.api in api


@pytest.mark.parametrize("body", [DEEP, b'{"Code":["a"],"Message":{}}', b'{"Code":' + DEEP + b"}"])
def test_a_refusal_of_any_shape_is_a_refusal(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient], body: bytes
) -> None:
    """It is a refusal, or nobody knows; a traceback it is not."""
    scripted.says((403, body))
    with pytest.raises((CloudError, OutcomeUnknown)):
        VpcWriter(connect(script.url, **QUICK)).release("eip-1")


def test_rows_that_are_text_are_not_asked_for_again(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """One call is enough to know that no API is there."""
    scripted.says((200, READ_SHAPES["a count in words"]))
    with pytest.raises(Failed):
        VpcReader(connect(script.url)).list_eips()
    assert len(scripted.requests) == 1
