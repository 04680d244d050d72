"""ClientTokens, quota, purchase limit and rate limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.clock import Clock
from eipctl.sandbox.cloud.cloud import ROOT, Cloud, CloudRefusal
from eipctl.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = Callable[..., dict[str, Any]]
    Refusal = Callable[..., tuple[int, str]]
    Advance = Callable[[float], None]

ENI = {"InstanceId": "eni-1", "InstanceType": "NetworkInterface"}


def _identity(answer: dict[str, Any]) -> tuple[str, str]:
    return answer["AllocationId"], answer["EipAddress"]


def test_same_token_same_reply(call: Call, cloud: Cloud) -> None:
    """The same call with the same token buys one EIP and is answered alike each time."""
    first = call("Vpc", "AllocateEipAddress", ClientToken="t1", Bandwidth="5")
    second = call("Vpc", "AllocateEipAddress", ClientToken="t1", Bandwidth="5")
    assert _identity(first) == _identity(second)
    assert len(cloud.eips()) == 1


def test_same_token_other_parameters(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """A token that was used for something else is refused, and nothing is bought."""
    call("Vpc", "AllocateEipAddress", ClientToken="t1", Bandwidth="5")
    answer = refusal("Vpc", "AllocateEipAddress", ClientToken="t1", Bandwidth="6")
    assert answer == (400, "IdempotentParameterMismatch")
    assert len(cloud.eips()) == 1


def test_tokens_belong_to_their_api(call: Call) -> None:
    """The same token at another API is another token."""
    made = call("Vpc", "AllocateEipAddress", ClientToken="t1")["AllocationId"]
    call("Vpc", "AssociateEipAddress", ClientToken="t1", AllocationId=made, PrivateIpAddress="10.0.0.10", **ENI)


def test_token_answers_for_an_eip_that_is_gone(call: Call, advance: Advance, cloud: Cloud) -> None:
    """A token remembers its answer even when the EIP was released since."""
    made = call("Vpc", "AllocateEipAddress", ClientToken="t1")["AllocationId"]
    call("Vpc", "ReleaseEipAddress", AllocationId=made)
    advance(1)
    assert call("Vpc", "AllocateEipAddress", ClientToken="t1")["AllocationId"] == made
    assert cloud.eips() == []


def test_tokens_are_forgotten(call: Call, advance: Advance, cloud: Cloud) -> None:
    """After its time a token is new again."""
    cloud.set_switches(token_seconds=60.0)
    first = call("Vpc", "AllocateEipAddress", ClientToken="t1")
    advance(61)
    second = call("Vpc", "AllocateEipAddress", ClientToken="t1")
    assert _identity(first) != _identity(second)


@pytest.mark.parametrize("keeps", [False, True])
def test_tokens_and_refusals(call: Call, refusal: Refusal, advance: Advance, cloud: Cloud, keeps: bool) -> None:
    """A refused call may be repeated with its token, unless the switch makes refusals stick."""
    cloud.set_switches(token_keeps_errors=keeps)
    first, second = cloud.add_eip(), cloud.add_eip()
    call("Vpc", "AssociateEipAddress", AllocationId=first, PrivateIpAddress="10.0.0.11", **ENI)
    again = {"AllocationId": second, "PrivateIpAddress": "10.0.0.12", "ClientToken": "t1", **ENI}
    assert refusal("Vpc", "AssociateEipAddress", **again) == (400, "TaskConflict")
    advance(1)
    if keeps:
        assert refusal("Vpc", "AssociateEipAddress", **again) == (400, "TaskConflict")
    else:
        call("Vpc", "AssociateEipAddress", **again)


def test_quota(call: Call, refusal: Refusal, advance: Advance, cloud: Cloud) -> None:
    """The account has so many EIPs and no more; one that is released counts until it is gone."""
    cloud.set_quota(2)
    made = [call("Vpc", "AllocateEipAddress")["AllocationId"] for _ in range(2)]
    assert refusal("Vpc", "AllocateEipAddress") == (400, "QuotaExceeded.Eip")
    call("Vpc", "ReleaseEipAddress", AllocationId=made[0])
    assert refusal("Vpc", "AllocateEipAddress") == (400, "QuotaExceeded.Eip")
    advance(1)
    call("Vpc", "AllocateEipAddress")


def test_quota_is_twenty_by_default(cloud: Cloud, refusal: Refusal) -> None:
    """Without a word about it the quota is the documented one."""
    for _ in range(20):
        cloud.add_eip()
    assert refusal("Vpc", "AllocateEipAddress") == (400, "QuotaExceeded.Eip")


def test_frequent_purchase(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """After as many purchases as the switch says there is no other, even when EIPs are given back."""
    cloud.set_switches(frequent_purchase_after=2)
    for _ in range(2):
        made = call("Vpc", "AllocateEipAddress")["AllocationId"]
        call("Vpc", "ReleaseEipAddress", AllocationId=made)
    assert refusal("Vpc", "AllocateEipAddress") == (400, "FrequentPurchase.EIP")


@pytest.mark.parametrize(
    ("api", "params", "calls"),
    [
        ("AllocateEipAddress", {}, 120),
        ("AssociateEipAddress", {"AllocationId": "eip-x"}, 120),
        ("UnassociateEipAddress", {"AllocationId": "eip-x"}, 120),
        ("ReleaseEipAddress", {"AllocationId": "eip-x"}, 600),
        ("DescribeEipAddresses", {}, 600),
    ],
)
def test_documented_rates(cloud: Cloud, advance: Advance, api: str, params: dict[str, str], calls: int) -> None:
    """Each API answers its documented number of calls in 60 s; the next one is throttled until the first is so old."""
    cloud.set_quota(1000)

    def code() -> str:
        try:
            cloud.call(ROOT, "Vpc", api, params)
        except CloudRefusal as refusal:
            return refusal.code
        return ""

    assert "Throttling.User" not in {code() for _ in range(calls)}
    assert code() == "Throttling.User"
    advance(59)
    assert code() == "Throttling.User"
    advance(1)
    assert code() != "Throttling.User"


def test_throttled_calls_do_nothing(call: Call, refusal: Refusal, advance: Advance, cloud: Cloud) -> None:
    """A throttled call is HTTP 400, changes nothing, and does not delay the next window; others go on."""
    cloud.set_limit("AllocateEipAddress", 1, 60)
    call("Vpc", "AllocateEipAddress")
    for _ in range(3):
        assert refusal("Vpc", "AllocateEipAddress") == (400, "Throttling.User")
    assert call("Vpc", "DescribeEipAddresses")["TotalCount"] == 1
    advance(60)
    call("Vpc", "AllocateEipAddress")
    cloud.set_limit("AllocateEipAddress", 0, 60)
    call("Vpc", "AllocateEipAddress")


def test_speed_shortens_windows_and_states() -> None:
    """At speed 10 everything that takes time takes a tenth of it."""

    class Fast(Clock):
        moment = 1000.0

        def now(self) -> float:
            return self.moment

    clock = Fast(speed=10)
    cloud = Cloud(Store(), clock, "cn-hangzhou", "1")
    cloud.add_eni("eni-1", vpc_id="v", vswitch_id="s", instance_id="i", primary_ip="10.0.0.1")
    cloud.set_limit("DescribeEipAddresses", 1, 60)
    made = cloud.add_eip()
    cloud.call(ROOT, "Vpc", "AssociateEipAddress", {"AllocationId": made, "PrivateIpAddress": "10.0.0.1", **ENI})
    cloud.call(ROOT, "Vpc", "DescribeEipAddresses", {})
    assert cloud.eips()[0].status == "Associating"
    clock.moment += 0.1
    assert cloud.eips()[0].status == "InUse"
    clock.moment += 6
    cloud.call(ROOT, "Vpc", "DescribeEipAddresses", {})
