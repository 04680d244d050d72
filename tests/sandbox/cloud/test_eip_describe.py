"""DescribeEipAddresses pages, filters and shows what it should, and lags behind when told to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.cloud.cloud import Cloud

    Call = Callable[..., dict[str, Any]]
    Refusal = Callable[..., tuple[int, str]]
    Advance = Callable[[float], None]


def _ids(answer: dict[str, Any]) -> list[str]:
    return [row["AllocationId"] for row in answer["EipAddresses"]["EipAddress"]]


def test_pages(call: Call, cloud: Cloud) -> None:
    """The pages hold every EIP once, ten by default, and TotalCount is the number of all."""
    made = [cloud.add_eip() for _ in range(25)]
    pages = [call("Vpc", "DescribeEipAddresses", PageNumber=str(number)) for number in (1, 2, 3, 4)]
    assert [len(_ids(page)) for page in pages] == [10, 10, 5, 0]
    assert {page["TotalCount"] for page in pages} == {25}
    listed = [allocation_id for page in pages for allocation_id in _ids(page)]
    assert listed == made[::-1]
    cloud.set_switches(newest_first=False)
    assert _ids(call("Vpc", "DescribeEipAddresses", PageSize="100")) == made


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"PageSize": "101"}, (400, "InvalidParameter")),
        ({"PageSize": "0"}, (400, "InvalidParameter")),
        ({"AllocationId": ",".join(f"eip-{n}" for n in range(51))}, (400, "InstanceIdLength.Exceed")),
        ({"EipAddress": ",".join(f"1.1.1.{n}" for n in range(51))}, (400, "InvalidParameter")),
        ({"Status": "Happy"}, (400, "InvalidParameter")),
        ({"AssociatedInstanceType": "Toaster"}, (400, "InvalidIAssociatedInstanceType.ValueNotSupported")),
        ({"ChargeType": "Free"}, (400, "InvalidChargeType.ValueNotSupported")),
        ({"LockReason": "mood"}, (404, "InvalidLockReason.NotFound")),
        ({"DryRun": "true"}, (400, "DryRunOperation")),
        ({"dotted": {"Filter.1.Key": "CreationStartTime", "Filter.1.Value": "soon"}}, (404, "InvalidFilterValue")),
        ({"dotted": {"Filter.1.Key": "Mood", "Filter.1.Value": "good"}}, (404, "InvalidFilterKey.NotFound")),
        ({"ResourceGroupId": "rg-nobody"}, (400, "InvalidResourceGroupId")),
        ({"dotted": {"Tag.1.Key": "aliyun-x"}}, (400, "InvalidTagKey")),
        ({"dotted": {"Tag.1.Key": "k", "Tag.1.Value": "http://x"}}, (400, "InvalidTagValue")),
    ],
)
def test_bad_questions(refusal: Refusal, params: dict[str, Any], expected: tuple[int, str]) -> None:
    """A filter with an impossible value is refused, and a dry run says that it would have worked."""
    assert refusal("Vpc", "DescribeEipAddresses", **params) == expected


@pytest.mark.parametrize(
    "params",
    [
        {"AllocationId": "eip-x,eip-wanted"},
        {"EipAddress": "198.19.0.7,198.19.0.8"},
        {"EipName": "wanted"},
        {"Status": "InUse"},
        {"AssociatedInstanceId": "eni-1"},
        {"AssociatedInstanceType": "NetworkInterface"},
        {"ISP": "ChinaTelecom"},
        {"ChargeType": "PrePaid"},
        {"ResourceGroupId": "rg-2"},
        {"SegmentInstanceId": "eipsg-1"},
        {"PublicIpAddressPoolId": "pippool-1"},
        {"LockReason": "financial"},
        {"ServiceManaged": "true"},
        {"SecurityProtectionEnabled": "true"},
        {"dotted": {"Tag.1.Key": "team", "Tag.1.Value": "shop"}},
        {"dotted": {"Tag.1.Key": "team", "Tag.2.Key": "only"}},
        {"dotted": {"Filter.2.Key": "CreationEndTime", "Filter.2.Value": "2020-06-01T00:00Z"}},
    ],
)
def test_filters(call: Call, cloud: Cloud, params: dict[str, Any]) -> None:
    """Every filter finds the one EIP it describes, and no other."""
    cloud.add_names(resource_groups=("rg-2",))
    cloud.add_eip(name="other", tags={"team": "bank"})
    cloud.add_eip(
        allocation_id="eip-wanted",
        address="198.19.0.7",
        name="wanted",
        status="InUse",
        instance_id="eni-1",
        instance_type="NetworkInterface",
        private_ip="10.0.0.11",
        isp="ChinaTelecom",
        charge_type="PrePaid",
        resource_group_id="rg-2",
        segment_id="eipsg-1",
        pool_id="pippool-1",
        locks=("financial",),
        service_managed=True,
        security_protection=("AntiDDoS_Enhanced",),
        tags={"team": "shop", "only": "here"},
        allocated_at=1577836800.0,
    )
    answer = call("Vpc", "DescribeEipAddresses", **params)
    assert (answer["TotalCount"], _ids(answer)) == (1, ["eip-wanted"])


def test_filters_join_with_and(call: Call, cloud: Cloud) -> None:
    """Two filters find what passes both."""
    cloud.add_eip(name="a", tags={"k": "1"})
    cloud.add_eip(name="b", tags={"k": "1"})
    answer = call("Vpc", "DescribeEipAddresses", EipName="b", dotted={"Tag.1.Key": "k", "Tag.1.Value": "1"})
    assert [row["Name"] for row in answer["EipAddresses"]["EipAddress"]] == ["b"]


def test_other_regions_are_other_worlds(call: Call, cloud: Cloud) -> None:
    """A list shows the EIPs of the region that is asked for only."""
    cloud.add_eip()
    elsewhere = cloud.add_eip(region="cn-beijing")
    assert _ids(call("Vpc", "DescribeEipAddresses", region="cn-beijing")) == [elsewhere]


@pytest.mark.parametrize(
    ("switch", "keys"),
    [("Descritpion", {"Descritpion"}), ("Description", {"Description"}), ("both", {"Descritpion", "Description"})],
)
def test_description_key(call: Call, cloud: Cloud, switch: str, keys: set[str]) -> None:
    """The description stands under the misspelt key, the right one or both, as the switch says."""
    cloud.add_eip(description="words")
    cloud.set_switches(description_key=switch)
    (row,) = call("Vpc", "DescribeEipAddresses")["EipAddresses"]["EipAddress"]
    assert {key for key, value in row.items() if value == "words"} == keys


@pytest.mark.parametrize("status", ["OperationLock", "FinancialLocked"])
def test_locks_and_flags_are_shown(call: Call, cloud: Cloud, status: str) -> None:
    """What keeps an EIP from being changed can be read, in the words of 2026 or of 2021."""
    cloud.set_switches(locked_status=status)
    cloud.add_eip(locks=("financial", "security"), protected=True, service_managed=True, segment_id="eipsg-1")
    (row,) = call("Vpc", "DescribeEipAddresses")["EipAddresses"]["EipAddress"]
    assert row["BusinessStatus"] == status
    assert row["OperationLocks"] == {"LockReason": [{"LockReason": "financial"}, {"LockReason": "security"}]}
    assert (row["DeletionProtection"], row["ServiceManaged"], row["SegmentInstanceId"]) == (True, 1, "eipsg-1")


def test_new_eips_can_be_listed_late(call: Call, cloud: Cloud) -> None:
    """A new EIP is invisible for as many calls as the switch says, by id too, yet it works."""
    cloud.set_switches(hidden_describes=2)
    made = call("Vpc", "AllocateEipAddress")["AllocationId"]
    assert call("Vpc", "DescribeEipAddresses")["TotalCount"] == 0
    assert _ids(call("Vpc", "DescribeEipAddresses", AllocationId=made)) == []
    assert _ids(call("Vpc", "DescribeEipAddresses", AllocationId=made)) == [made]
    assert _ids(call("Vpc", "DescribeEipAddresses")) == [made]


def test_changes_can_be_seen_late(call: Call, cloud: Cloud, advance: Advance) -> None:
    """A changed EIP is shown as it was for as many calls as the switch says."""
    made = cloud.add_eip()
    cloud.set_switches(stale_describes=1)
    call("Vpc", "AssociateEipAddress", AllocationId=made, InstanceId="i-1")
    seen = [call("Vpc", "DescribeEipAddresses")["EipAddresses"]["EipAddress"][0]["Status"] for _ in range(2)]
    advance(1)
    seen.append(call("Vpc", "DescribeEipAddresses")["EipAddresses"]["EipAddress"][0]["Status"])
    assert seen == ["Available", "Associating", "InUse"]


def test_the_vpc_is_not_told(call: Call, cloud: Cloud, advance: Advance) -> None:
    """VpcId is published for EIPs bound to IP addresses alone, so one bound to an ENI or an instance tells none."""
    made = cloud.add_eip()
    call("Vpc", "AssociateEipAddress", AllocationId=made, InstanceId="i-1")
    advance(1)
    (row,) = call("Vpc", "DescribeEipAddresses")["EipAddresses"]["EipAddress"]
    assert (row["Status"], row["VpcId"]) == ("InUse", "")
