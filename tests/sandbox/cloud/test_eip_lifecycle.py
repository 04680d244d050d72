"""An EIP goes through the documented states, in its own time, and refuses what its state does not allow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aliyunsdkcore.client import AcsClient
from aliyunsdkvpc.request.v20160428.AllocateEipAddressRequest import AllocateEipAddressRequest

from eipctl.sandbox.cloud.cloud import ROOT, CloudRefusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.cloud.cloud import Cloud

    Call = Callable[..., dict[str, Any]]
    Refusal = Callable[..., tuple[int, str]]
    Look = Callable[[str], dict[str, Any] | None]
    Advance = Callable[[float], None]

ENI = {"InstanceId": "eni-1", "InstanceType": "NetworkInterface"}


def _allocate(call: Call, **params: str) -> str:
    allocation_id: str = call("Vpc", "AllocateEipAddress", **params)["AllocationId"]
    return allocation_id


def _bound(call: Call, advance: Advance, ip: str = "10.0.0.11") -> str:
    made = _allocate(call)
    call("Vpc", "AssociateEipAddress", AllocationId=made, PrivateIpAddress=ip, **ENI)
    advance(1)
    return made


def test_allocate_with_the_sdk_class(url: str, cloud: Cloud) -> None:
    """What the SDK's own request class sends is what the EIP becomes."""
    request = AllocateEipAddressRequest()
    request.set_endpoint(url)
    request.set_Bandwidth("10")
    request.set_InternetChargeType("PayByTraffic")
    request.set_Name("web-0")
    request.set_Description("for the shop")
    request.set_Tags([{"Key": "team", "Value": "shop"}, {"Key": "shift", "Value": "late"}])
    client = AcsClient("LTAIroot", "root-secret", "cn-hangzhou", auto_retry=False)
    answer = json.loads(client.do_action_with_exception(request))
    (row,) = cloud.eips()
    assert (row.allocation_id, row.address) == (answer["AllocationId"], answer["EipAddress"])
    assert (row.status, row.bandwidth, row.internet_charge_type) == ("Available", 10, "PayByTraffic")
    assert (row.name, row.description) == ("web-0", "for the shop")
    assert row.tags == (("team", "shop"), ("shift", "late"))


def test_whole_life(call: Call, eip: Look, advance: Advance) -> None:
    """Available, Associating, InUse, Unassociating, Available, Releasing, gone."""
    made = _allocate(call)
    seen = []

    def note() -> None:
        shown = eip(made)
        seen.append((shown["Status"], shown["InstanceId"], shown["PrivateIpAddress"]) if shown else None)

    note()
    call("Vpc", "AssociateEipAddress", AllocationId=made, PrivateIpAddress="10.0.0.11", **ENI)
    note()
    advance(1)
    note()
    call("Vpc", "UnassociateEipAddress", AllocationId=made, PrivateIpAddress="10.0.0.11", **ENI)
    note()
    advance(1)
    note()
    call("Vpc", "ReleaseEipAddress", AllocationId=made)
    note()
    advance(1)
    note()
    assert seen == [
        ("Available", "", ""),
        ("Associating", "eni-1", "10.0.0.11"),
        ("InUse", "eni-1", "10.0.0.11"),
        ("Unassociating", "eni-1", "10.0.0.11"),
        ("Available", "", ""),
        ("Releasing", "", ""),
        None,
    ]


@pytest.mark.parametrize("state", ["Associating", "Unassociating", "Releasing"])
@pytest.mark.parametrize(
    "action", ["AssociateEipAddress", "UnassociateEipAddress", "ReleaseEipAddress", "ModifyEipAddressAttribute"]
)
def test_in_transition_only_reads_work(
    call: Call, refusal: Refusal, advance: Advance, cloud: Cloud, state: str, action: str
) -> None:
    """While an EIP is in transition every change is refused and nothing happens to it."""
    if state == "Associating":
        made = _allocate(call)
        call("Vpc", "AssociateEipAddress", AllocationId=made, PrivateIpAddress="10.0.0.11", **ENI)
    elif state == "Unassociating":
        made = _bound(call, advance)
        call("Vpc", "UnassociateEipAddress", AllocationId=made)
    else:
        made = _allocate(call)
        call("Vpc", "ReleaseEipAddress", AllocationId=made)
    before = cloud.eips()
    assert before[0].status == state
    assert refusal("Vpc", action, AllocationId=made, Name="new", **ENI) == (400, "IncorrectEipStatus")
    assert cloud.eips() == before


def test_states_that_do_not_fit(call: Call, refusal: Refusal, advance: Advance) -> None:
    """A bound EIP can't be bound again or released, an unbound one not be unbound."""
    made = _bound(call, advance)
    wrong = (400, "IncorrectEipStatus")
    assert refusal("Vpc", "AssociateEipAddress", AllocationId=made, PrivateIpAddress="10.0.0.12", **ENI) == wrong
    assert refusal("Vpc", "ReleaseEipAddress", AllocationId=made) == wrong
    assert refusal("Vpc", "UnassociateEipAddress", AllocationId=_allocate(call)) == wrong


def test_unknown_and_gone_ids(call: Call, refusal: Refusal, advance: Advance) -> None:
    """An id that never was, was released, or is in another region is not found."""
    made = _allocate(call)
    call("Vpc", "ReleaseEipAddress", AllocationId=made)
    advance(1)
    elsewhere = _allocate(call, region="cn-beijing")
    for allocation_id in ("eip-nobody", made, elsewhere):
        for action in (
            "AssociateEipAddress",
            "UnassociateEipAddress",
            "ReleaseEipAddress",
            "ModifyEipAddressAttribute",
        ):
            assert refusal("Vpc", action, AllocationId=allocation_id, **ENI) == (404, "InvalidAllocationId.NotFound")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"InstanceId": "eni-nobody", "InstanceType": "NetworkInterface"}, (404, "InvalidInstanId.NotFound")),
        ({"InstanceId": "eni-1"}, (404, "InvalidInstanId.NotFound")),
        ({"InstanceId": "nat-1", "InstanceType": "Nat"}, (404, "InvalidInstanId.NotFound")),
        ({"InstanceId": "eni-1", "InstanceType": "Toaster"}, (400, "InvalidInstanceType.ValueNotSupported")),
        ({**ENI, "PrivateIpAddress": "10.0.0.99"}, (400, "OperationFailed.PrivateIpAddressNotExist")),
        ({**ENI, "Mode": "SIDEWAYS"}, (400, "IllegalParam.Mode")),
        ({**ENI, "Mode": "BINDED", "PrivateIpAddress": "10.0.0.11"}, (400, "OperationDenied")),
        ({**ENI, "PrivateIpAddress": "here"}, (400, "IllegalParam.PrivateIpAddress")),
        (ENI, (400, "MissingParameter")),
        ({"InstanceId": "10.0.0.10", "InstanceType": "IpAddress"}, (400, "MissingParameter")),
        ({"InstanceType": "NetworkInterface"}, (400, "MissingParam.InstanceId")),
    ],
)
def test_bad_targets(call: Call, refusal: Refusal, params: dict[str, str], expected: tuple[int, str]) -> None:
    """A target that does not exist or can't take an EIP is refused by the documented code."""
    assert refusal("Vpc", "AssociateEipAddress", AllocationId=_allocate(call), **params) == expected


def test_one_eip_per_private_ip(call: Call, refusal: Refusal, advance: Advance) -> None:
    """Every private IP of a secondary ENI takes one EIP and no second one."""
    bound = {ip: _bound(call, advance, ip) for ip in ("10.0.0.10", "10.0.0.11", "10.0.0.12")}
    assert len(set(bound.values())) == 3
    spare = _allocate(call)
    for ip in bound:
        answer = refusal("Vpc", "AssociateEipAddress", AllocationId=spare, PrivateIpAddress=ip, **ENI)
        assert answer == (400, "InvalidAssociation.Duplicated")


def test_cut_through_takes_the_whole_eni(call: Call, refusal: Refusal, advance: Advance, cloud: Cloud) -> None:
    """An ENI in cut-through mode takes no second EIP, and EIPs of one ENI are in one mode."""
    _bound(call, advance)
    spare = {"AllocationId": _allocate(call), "PrivateIpAddress": "10.0.0.10", **ENI}
    conflict = refusal("Vpc", "AssociateEipAddress", Mode="BINDED", **spare)
    assert conflict == (400, "OperationFailed.EipBindModeConflict")
    assert refusal("Vpc", "AssociateEipAddress", Mode="MULTI_BINDED", **spare) == (400, "Mode.Conflict")
    call("Vpc", "UnassociateEipAddress", AllocationId=cloud.eips()[0].allocation_id)
    advance(1)
    call("Vpc", "AssociateEipAddress", Mode="BINDED", **spare)
    second = {**spare, "AllocationId": _allocate(call)}
    advance(1)
    assert refusal("Vpc", "AssociateEipAddress", Mode="BINDED", **second) == (400, "InvalidAssociation.Duplicated")


def test_ecs_instance(call: Call, refusal: Refusal, advance: Advance, eip: Look) -> None:
    """An ECS instance takes exactly one EIP."""
    first, second = _allocate(call), _allocate(call)
    call("Vpc", "AssociateEipAddress", AllocationId=first, InstanceId="i-1")
    advance(1)
    shown = eip(first)
    assert shown is not None
    assert (shown["Status"], shown["InstanceType"]) == ("InUse", "EcsInstance")
    answer = refusal("Vpc", "AssociateEipAddress", AllocationId=second, InstanceId="i-1")
    assert answer == (400, "InvalidAssociation.Duplicated")


def test_one_operation_at_a_time_per_eni(call: Call, refusal: Refusal, advance: Advance, cloud: Cloud) -> None:
    """While one EIP of an ENI is in transition the others get TaskConflict, unless switched off."""
    bound, first, second = _bound(call, advance), _allocate(call), _allocate(call)
    call("Vpc", "AssociateEipAddress", AllocationId=first, PrivateIpAddress="10.0.0.12", **ENI)
    conflict = (400, "TaskConflict")
    assert refusal("Vpc", "AssociateEipAddress", AllocationId=second, PrivateIpAddress="10.0.0.10", **ENI) == conflict
    assert refusal("Vpc", "UnassociateEipAddress", AllocationId=bound) == conflict
    cloud.set_switches(eni_conflicts=False)
    call("Vpc", "UnassociateEipAddress", AllocationId=bound)
    advance(1)
    cloud.set_switches(eni_conflicts=True)
    call("Vpc", "AssociateEipAddress", AllocationId=second, PrivateIpAddress="10.0.0.10", **ENI)


def test_primary_ip_is_shown_empty(call: Call, advance: Advance, eip: Look, cloud: Cloud) -> None:
    """An EIP on an ENI's primary IP shows no PrivateIpAddress, unless switched."""
    made = _bound(call, advance, "10.0.0.10")
    shown = eip(made)
    assert shown is not None
    assert shown["PrivateIpAddress"] == ""
    cloud.set_switches(primary_ip_shown=True)
    shown = eip(made)
    assert shown is not None
    assert shown["PrivateIpAddress"] == "10.0.0.10"


def test_private_ip_may_be_required(call: Call, refusal: Refusal, advance: Advance, cloud: Cloud) -> None:
    """Without PrivateIpAddress the primary IP is meant, or the call is refused, as the switch says."""
    cloud.set_switches(private_ip_required=False)
    made = _allocate(call)
    call("Vpc", "AssociateEipAddress", AllocationId=made, **ENI)
    assert cloud.eips()[0].private_ip == "10.0.0.10"
    advance(1)
    cloud.set_switches(private_ip_required=True)
    answer = refusal("Vpc", "AssociateEipAddress", AllocationId=_allocate(call), **ENI)
    assert answer == (400, "MissingParameter")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"InstanceId": "eni-0", "InstanceType": "NetworkInterface"}, (400, "InvalidInstanceId.NotFound")),
        ({**ENI, "PrivateIpAddress": "10.0.0.12"}, (400, "InvalidBindingStatus")),
    ],
)
def test_unassociate_checks_what_it_is_told(
    call: Call, refusal: Refusal, advance: Advance, cloud: Cloud, params: dict[str, str], expected: tuple[int, str]
) -> None:
    """UnassociateEipAddress refuses another binding than the present one, unless switched off."""
    made = _bound(call, advance)
    assert refusal("Vpc", "UnassociateEipAddress", AllocationId=made, **params) == expected
    assert cloud.eips()[0].status == "InUse"
    cloud.set_switches(unassociate_checks_binding=False)
    call("Vpc", "UnassociateEipAddress", AllocationId=made, **params)
    assert cloud.eips()[0].status == "Unassociating"


def test_deleting_an_eni_frees_its_eips(call: Call, advance: Advance, cloud: Cloud) -> None:
    """The EIPs of a deleted ENI are Available again, also those on their way to it."""
    _bound(call, advance)
    going = _allocate(call)
    call("Vpc", "AssociateEipAddress", AllocationId=going, PrivateIpAddress="10.0.0.12", **ENI)
    cloud.delete_eni("eni-1")
    assert {(row.status, row.instance_id, row.private_ip) for row in cloud.eips()} == {("Available", "", "")}


def test_an_address_is_free_again(call: Call, advance: Advance, cloud: Cloud) -> None:
    """An address whose EIP went elsewhere takes another, and so does the EIP take another address."""
    first, second = _bound(call, advance), _allocate(call)
    call("Vpc", "UnassociateEipAddress", AllocationId=first)
    advance(1)
    for made, ip in ((first, "10.0.0.12"), (second, "10.0.0.11")):
        call("Vpc", "AssociateEipAddress", AllocationId=made, PrivateIpAddress=ip, **ENI)
        advance(1)
    assert {row.allocation_id: row.private_ip for row in cloud.eips()} == {first: "10.0.0.12", second: "10.0.0.11"}
    call("Vpc", "UnassociateEipAddress", AllocationId=first)
    advance(1)
    call("Vpc", "AssociateEipAddress", AllocationId=first, InstanceId="i-1")
    call("Vpc", "AssociateEipAddress", AllocationId=_allocate(call), PrivateIpAddress="10.0.0.12", **ENI)


def test_an_address_taken_from_an_eni_frees_its_eip(call: Call, advance: Advance, cloud: Cloud) -> None:
    """When an ENI loses a private IP the EIP bound there is Available, the others stay."""
    for ip in ("10.0.0.11", "10.0.0.12"):
        _bound(call, advance, ip)
    cloud.add_eni(
        "eni-1",
        vpc_id="vpc-1",
        vswitch_id="vsw-1",
        instance_id="i-1",
        primary_ip="10.0.0.10",
        secondary_ips=("10.0.0.12",),
    )
    assert [(row.status, row.private_ip) for row in cloud.eips()] == [("Available", ""), ("InUse", "10.0.0.12")]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"protected": True}, (400, "InvalidOperation.DeletionProtection")),
        ({"charge_type": "PrePaid"}, (400, "Forbidden.ChargeTypeIsPrepaid")),
        ({"service_managed": True}, (400, "IncorrectEipStatus")),
        ({"locks": ("financial",)}, (400, "IncorrectEipStatus")),
        ({"segment_id": "eipsg-1"}, (400, "Forbidden.ReleaseSegmentEip")),
    ],
)
def test_what_can_not_be_released(
    refusal: Refusal, cloud: Cloud, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Protected, prepaid, managed, locked and grouped EIPs are not released."""
    made = cloud.add_eip(**fields)
    assert refusal("Vpc", "ReleaseEipAddress", AllocationId=made) == expected
    assert [row.status for row in cloud.eips()] == ["Available"]


@pytest.mark.parametrize(
    ("fields", "bound", "modified"),
    [
        ({"service_managed": True}, "OperationDenied", "IncorrectEipStatus"),
        ({"locks": ("security",)}, "InvalidEIPStatus.BizDisabled", "InvalidEIPStatus.BizDisabled"),
        ({"locks": ("financial",)}, "Forbidden.FinancialLocked", "Forbidden.FinancialLocked"),
    ],
)
def test_what_can_not_be_bound_or_modified(
    refusal: Refusal, cloud: Cloud, fields: dict[str, Any], bound: str, modified: str
) -> None:
    """Managed and locked EIPs are neither bound nor modified."""
    made = cloud.add_eip(**fields)
    assert refusal("Vpc", "AssociateEipAddress", AllocationId=made, **ENI) == (400, bound)
    assert refusal("Vpc", "ModifyEipAddressAttribute", AllocationId=made, Name="new") == (400, modified)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"charge_type": "PrePaid"}, (400, "Forbidden.ChargeTypeIsPrepaid")),
        ({"segment_id": "eipsg-1"}, (400, "InvalidParameter")),
        ({"bandwidth_package_id": "cbwp-1"}, (404, "Forbidden.InCommonBandwidthPackage")),
    ],
)
def test_whose_bandwidth_stays(
    refusal: Refusal, cloud: Cloud, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Prepaid and grouped EIPs and those in a bandwidth package keep their bandwidth."""
    made = cloud.add_eip(**fields)
    assert refusal("Vpc", "ModifyEipAddressAttribute", AllocationId=made, Bandwidth="9") == expected
    assert cloud.eips()[0].bandwidth == 5


def test_an_unfinished_modification(call: Call, refusal: Refusal, cloud: Cloud, advance: Advance) -> None:
    """While another bandwidth is being set up the EIP is neither bound nor modified again."""
    cloud.set_switches(modify_seconds=5.0)
    made, target = _allocate(call), {"PrivateIpAddress": "10.0.0.11", **ENI}
    call("Vpc", "ModifyEipAddressAttribute", AllocationId=made, Bandwidth="9")
    assert refusal("Vpc", "AssociateEipAddress", AllocationId=made, **target) == (400, "InvalidAction.Denied")
    again = refusal("Vpc", "ModifyEipAddressAttribute", AllocationId=made, Bandwidth="8")
    assert again == (400, "IncorrectStatus.ResourceStatus")
    advance(5)
    call("Vpc", "AssociateEipAddress", AllocationId=made, **target)


def test_modify(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """Name, description and bandwidth can be changed within the charge type's range."""
    made = _allocate(call, InternetChargeType="PayByTraffic")
    call("Vpc", "ModifyEipAddressAttribute", AllocationId=made, Name="n-1", Description="words", Bandwidth="200")
    (row,) = cloud.eips()
    assert (row.name, row.description, row.bandwidth) == ("n-1", "words", 200)
    bad = refusal("Vpc", "ModifyEipAddressAttribute", AllocationId=made, Bandwidth="201")
    assert bad == (400, "InvalidParameter")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"Bandwidth": "201", "InternetChargeType": "PayByTraffic"}, "InvalidParameter"),
        ({"Bandwidth": "501", "InternetChargeType": "PayByBandwidth"}, "InvalidParameter"),
        ({"Bandwidth": "1001", "InstanceChargeType": "PrePaid", "Period": "1"}, "InvalidParameter"),
        ({"Bandwidth": "0"}, "InvalidParameter"),
        ({"Bandwidth": "many"}, "InvalidParameter"),
        ({"InternetChargeType": "Free"}, "InvalidParameter"),
        ({"InstanceChargeType": "Free"}, "InvalidParameter"),
        ({"ISP": "BGP_PRO"}, "UnsupportedFeature.Isp"),
        ({"ISP": "BGP_FinanceCloud"}, "UnsupportedFeature.Isp"),
        ({"ISP": "Pigeon"}, "IllegalParam.Isp"),
        ({"Netmode": "hybrid"}, "InvalidParameter"),
        ({"PublicIpAddressPoolId": "pippool-1"}, "ResourceNotFound.PublicIpAddressPool"),
        ({"PublicIpAddressPoolId": "p", "Zone": "z"}, "ExclusiveParam.ZoneAndPublicIpAddressPoolId"),
        ({"IpAddress": "198.18.9.9", "Zone": "z"}, "ExclusiveParam.ZoneAndIpAddress"),
        ({"Zone": "moon-a"}, "IllegalParam.Zone"),
        ({"Zone": "cn-hangzhou-h"}, "UnsupportedFeature.AllocateEipAddressWithZone"),
        ({"InstanceChargeType": "PrePaid"}, "MissingParameter"),
        ({"InstanceChargeType": "PrePaid", "Period": "10"}, "InvalidParameter"),
        ({"InstanceChargeType": "PrePaid", "Period": "6", "PricingCycle": "Year"}, "InvalidParameter"),
        ({"InstanceChargeType": "PrePaid", "Period": "1", "PricingCycle": "Week"}, "InvalidParameter"),
        ({"InstanceChargeType": "PrePaid", "Period": "1", "Name": "web"}, "InvalidParameter"),
        ({"InstanceChargeType": "PrePaid", "Period": "1", "InternetChargeType": "PayByTraffic"}, "InvalidParameter"),
        ({"Name": "9lives"}, "InvalidName.Malformed"),
        ({"Name": "a/b"}, "InvalidName.Malformed"),
        ({"Description": "x"}, "InvalidDescription.Malformed"),
        ({"ResourceGroupId": "group"}, "InvalidResourceGroupId"),
        ({"ClientToken": "x" * 65}, "InvalidParameter"),
        ({"IpAddress": "198.18.9.9"}, "OperationFailed.AllocateUnfamiliarIp"),
        ({"ResourceGroupId": "rg-nobody"}, "InvalidResourceGroupId"),
        ({"dotted": {"SecurityProtectionTypes.1": "Armour"}}, "IllegalParam.SecurityProtectionTypes"),
        (
            {"dotted": {"SecurityProtectionTypes.1": "AntiDDoS_Enhanced"}},
            "OperationDenied.NotOpenDdosOriginProtectService",
        ),
        ({"dotted": {"Tag.1.Key": "acs:x", "Tag.1.Value": "v"}}, "IllegalParam.TagKey"),
        ({"dotted": {"Tag.1.Key": "k", "Tag.1.Value": "v" * 129}}, "IllegalParam.TagValue"),
        ({"dotted": {"Tag.1.Key": "k", "Tag.1.Value": "Aliyun-x"}}, "IllegalParam.TagValue"),
        ({"dotted": {"Tag.1.Key": "k", "Tag.1.Value": "see https://x"}}, "IllegalParam.TagValue"),
        ({"dotted": {"Tag.1.Key": "k", "Tag.1.Value": ""}}, "MissingParam.TagValue"),
        ({"dotted": {"Tag.1.Key": "k"}}, "MissingParam.TagValue"),
        ({"dotted": {"Tag.1.Key": "k", "Tag.2.Key": "k"}}, "InvalidParameter"),
        ({"dotted": {f"Tag.{n}.Key": f"k{n}" for n in range(1, 22)}}, "InvalidParameter"),
    ],
)
def test_bad_wishes(refusal: Refusal, cloud: Cloud, params: dict[str, Any], expected: str) -> None:
    """What an EIP can't be is refused, and nothing is bought."""
    assert refusal("Vpc", "AllocateEipAddress", **params) == (400, expected)
    assert cloud.eips() == []


@pytest.mark.parametrize(
    ("product", "expected"), [("Vpc", (404, "Forbidden.RegionNotFound")), ("Ecs", (400, "Forbidden.RegionId"))]
)
def test_unknown_region(refusal: Refusal, product: str, expected: tuple[int, str]) -> None:
    """A region that does not exist is refused."""
    action = {"Vpc": "DescribeEipAddresses", "Ecs": "DescribeNetworkInterfaces"}[product]
    assert refusal(product, action, region="cn-atlantis") == expected


def test_released_address_comes_back(call: Call, refusal: Refusal, advance: Advance, cloud: Cloud) -> None:
    """A released EIP can be had again by its id for seven days, once, and not when switched off."""
    answer = call("Vpc", "AllocateEipAddress")
    made, address = answer["AllocationId"], answer["EipAddress"]
    for _ in range(2):
        call("Vpc", "ReleaseEipAddress", AllocationId=made)
        advance(1)
        cloud.set_switches(released_recoverable=False)
        assert refusal("Vpc", "AllocateEipAddress", InstanceId=made) == (400, "ReserveIpFail")
        cloud.set_switches(released_recoverable=True)
        again = call("Vpc", "AllocateEipAddress", InstanceId=made)
        assert (again["AllocationId"], again["EipAddress"]) == (made, address)
        assert refusal("Vpc", "AllocateEipAddress", IpAddress=address) == (400, "Ip.Allocated")


def test_what_a_subscription_answers(call: Call, cloud: Cloud, eip: Look) -> None:
    """It tells the order as a number and not the address, and DescribeEipAddresses when it ends."""
    answer = call("Vpc", "AllocateEipAddress", InstanceChargeType="PrePaid", Period="1")
    assert isinstance(answer.pop("OrderId"), int)
    assert answer.keys() == {"RequestId", "AllocationId"}
    shown = eip(answer["AllocationId"])
    assert shown is not None
    assert shown["ExpiredTime"] > shown["AllocationTime"]
    assert cloud.eips()[0].charge_type == "PrePaid"


def test_what_the_account_owns_by_name(call: Call, cloud: Cloud) -> None:
    """EIPs are bought in resource groups and from pools that exist, with protection that is opened."""
    cloud.add_names(resource_groups=("rg-2",), pools=("pippool-1",))
    cloud.set_switches(protection_opened=True)
    wanted = {"ResourceGroupId": "rg-2", "PublicIpAddressPoolId": "pippool-1"}
    call("Vpc", "AllocateEipAddress", dotted={"SecurityProtectionTypes.1": "AntiDDoS_Enhanced"}, **wanted)
    (row,) = cloud.eips()
    assert (row.resource_group_id, row.pool_id) == ("rg-2", "pippool-1")
    assert row.security_protection == ("AntiDDoS_Enhanced",)


@pytest.mark.parametrize(("setting", "left"), [("unbinds", ("Available", "")), ("stays", ("InUse", "10.0.0.11"))])
def test_an_address_that_is_unassigned(
    call: Call, refusal: Refusal, cloud: Cloud, advance: Advance, setting: str, left: tuple[str, str]
) -> None:
    """Of an EIP whose private IP is taken from its ENI becomes what the switch says; only secondary IPs are taken."""
    cloud.set_switches(unassigned_ip=setting)
    _bound(call, advance)
    api, eni = "UnassignPrivateIpAddresses", {"NetworkInterfaceId": "eni-1"}
    call("Ecs", api, dotted={**eni, "PrivateIpAddress.1": "10.0.0.11"})
    assert cloud.state.enis["eni-1"].secondary_ips == ("10.0.0.12",)
    assert [(row.status, row.private_ip) for row in cloud.eips()] == [left]
    for ips, code in ((["10.0.0.10"], "IpUnassigned"), (["10.0.0.12", "10.0.0.12"], "IpRepeated")):
        numbered = {f"PrivateIpAddress.{number}": ip for number, ip in enumerate(ips, 1)}
        assert refusal("Ecs", api, dotted={**eni, **numbered}) == (403, f"InvalidIp.{code}")
    assert refusal("Ecs", api, NetworkInterfaceId="eni-x") == (404, "InvalidEniId.NotFound")


def test_lenient_names(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """By the newest text a name is anything but a link."""
    cloud.set_switches(strict_names=False)
    call("Vpc", "AllocateEipAddress", Name="games/web-0", Description="1")
    assert refusal("Vpc", "AllocateEipAddress", Name="http://x") == (400, "InvalidName.Malformed")


def test_released_address_is_lost_after_a_week(cloud: Cloud, advance: Advance) -> None:
    """After seven days nobody gets the address back."""
    made = cloud.call(ROOT, "Vpc", "AllocateEipAddress", {})["AllocationId"]
    cloud.call(ROOT, "Vpc", "ReleaseEipAddress", {"AllocationId": made})
    advance(7 * 86400 + 2)
    with pytest.raises(CloudRefusal, match="ReserveIpFail"):
        cloud.call(ROOT, "Vpc", "AllocateEipAddress", {"InstanceId": made})
