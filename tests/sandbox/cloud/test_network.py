"""Tags, bandwidth packages, vSwitches, network interfaces and instances."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.cloud.cloud import Cloud

    Call = Callable[..., dict[str, Any]]
    Refusal = Callable[..., tuple[int, str]]
    Advance = Callable[[float], None]

ENI = {"InstanceId": "eni-1", "InstanceType": "NetworkInterface"}


def _numbered(name: str, values: list[str]) -> dict[str, str]:
    return {f"{name}.{number}": value for number, value in enumerate(values, 1)}


def _tags(**tags: str) -> dict[str, str]:
    pairs = enumerate(tags.items(), 1)
    return {f"Tag.{n}.{part}": text for n, pair in pairs for part, text in zip(("Key", "Value"), pair, strict=True)}


def _tag(ids: list[str], **tags: str) -> dict[str, str]:
    return {"ResourceType": "EIP", **_numbered("ResourceId", ids), **_tags(**tags)}


def test_tagging_overwrites_and_untagging_removes(call: Call, cloud: Cloud) -> None:
    """A tag of the same key is overwritten, others stay; named keys, or all, are removed."""
    first, second = cloud.add_eip(tags={"a": "1", "b": "2"}), cloud.add_eip()
    call("Vpc", "TagResources", dotted=_tag([first, second], b="3", c="4"))
    assert [dict(row.tags) for row in cloud.eips()] == [{"a": "1", "b": "3", "c": "4"}, {"b": "3", "c": "4"}]
    call("Vpc", "UnTagResources", dotted={**_tag([first]), "TagKey.1": "a", "TagKey.2": "c"})
    call("Vpc", "UnTagResources", All="true", dotted=_tag([second]))
    assert [dict(row.tags) for row in cloud.eips()] == [{"b": "3"}, {}]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (_tag(["eip-nobody"], a="1"), (400, "InvalidInstanceIds.NotFound")),
        (_tag(["eip-1"]), (400, "MissingParam.Tags")),
        (_tag([], a="1"), (400, "MissingParam")),
        ({**_tag(["eip-1"], a="1"), "ResourceType": "TOASTER"}, (400, "InvalidInstanceType.NotFound")),
        ({**_tag(["eip-1"], a="1"), "ResourceType": "VPC"}, (400, "InvalidInstanceIds.NotFound")),
        (_tag(["eip-1", "eip-1"], a="1"), (400, "DuplicatedParam.ResourceIds")),
        ({**_tag(["eip-1"], a="1"), "Tag.2.Key": "a"}, (400, "Forbidden.TagKey.Duplicated")),
        (_tag(["eip-1"], a="acs:1"), (400, "InvalidTagValue")),
        (_tag([f"eip-{n}" for n in range(51)], a="1"), (400, "SizeLimitExceeded.ResourceId")),
        (_tag(["eip-1"], **{f"k{n}": "v" for n in range(21)}), (400, "SizeLimitExceeded.TagNum")),
        (_tag(["eip-1"], **{f"k{n}": "v" for n in range(20)}), (400, "QuotaExceeded.TagNum")),
        (_tag(["eip-1"], aliyun_x="1"), (400, "InvalidTagKey")),
    ],
)
def test_tag_limits(refusal: Refusal, cloud: Cloud, params: dict[str, str], expected: tuple[int, str]) -> None:
    """Unknown EIPs, too many of anything and forbidden keys are refused, and no tag is written."""
    cloud.add_eip(allocation_id="eip-1", tags={"own": "1"})
    assert refusal("Vpc", "TagResources", dotted=params) == expected
    assert [dict(row.tags) for row in cloud.eips()] == [{"own": "1"}]


def test_strict_tag_keys(refusal: Refusal, cloud: Cloud) -> None:
    """With the switch on, only the narrower documented keys are accepted."""
    cloud.add_eip(allocation_id="eip-1")
    cloud.set_switches(strict_tag_keys=True)
    answer = refusal("Vpc", "TagResources", dotted={**_tag(["eip-1"]), "Tag.1.Key": "a/b", "Tag.1.Value": "c"})
    assert answer == (400, "InvalidTagKey")


def test_list_tags(call: Call, cloud: Cloud) -> None:
    """Tags are listed by resource or by tag, a few at a time with a token for the rest."""
    first, _ = cloud.add_eip(tags={"a": "1", "b": "2", "c": "3"}), cloud.add_eip(tags={"a": "9"})
    dotted = {"ResourceType": "EIP", "ResourceId.1": first}
    page = call("Vpc", "ListTagResources", MaxResults="2", dotted=dotted)
    rest = call("Vpc", "ListTagResources", MaxResults="2", NextToken=page["NextToken"], dotted=dotted)
    found = [*page["TagResources"]["TagResource"], *rest["TagResources"]["TagResource"]]
    assert [(tag["ResourceId"], tag["TagKey"], tag["TagValue"]) for tag in found] == [
        (first, "a", "1"),
        (first, "b", "2"),
        (first, "c", "3"),
    ]
    assert "NextToken" not in rest
    by_tag = call("Vpc", "ListTagResources", ResourceType="EIP", dotted=_tags(a="9"))
    assert [tag["TagValue"] for tag in by_tag["TagResources"]["TagResource"]] == ["9"]


def test_bandwidth_package(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """An EIP joins a package once, shows its bandwidth, keeps its own, and leaves it once."""
    cloud.add_bandwidth_package("cbwp-1", 500)
    params = {"BandwidthPackageId": "cbwp-1", "IpInstanceId": cloud.add_eip(), "IpType": "EIP"}
    call("Vpc", "AddCommonBandwidthPackageIp", **params)
    again = refusal("Vpc", "AddCommonBandwidthPackageIp", **params)
    assert again == (400, "IpInstanceId.AlreadyInBandwidthPackage")
    (shown,) = call("Vpc", "DescribeEipAddresses")["EipAddresses"]["EipAddress"]
    assert (shown["BandwidthPackageId"], shown["Bandwidth"], shown["EipBandwidth"]) == ("cbwp-1", "500", "5")
    bad = refusal("Vpc", "ModifyEipAddressAttribute", AllocationId=shown["AllocationId"], Bandwidth="9")
    assert bad == (404, "Forbidden.InCommonBandwidthPackage")
    call("Vpc", "RemoveCommonBandwidthPackageIp", **params)
    assert refusal("Vpc", "RemoveCommonBandwidthPackageIp", **params) == (400, "OperationUnsupported.IpNotInCbwp")


def _relations(call: Call) -> list[tuple[str, str]]:
    (package,) = call("Vpc", "DescribeCommonBandwidthPackages")["CommonBandwidthPackages"]["CommonBandwidthPackage"]
    inside = package["PublicIpAddresses"]["PublicIpAddresse"]
    return [(row["AllocationId"], row["BandwidthPackageIpRelationStatus"]) for row in inside]


def test_bandwidth_package_refuses(refusal: Refusal, call: Call, cloud: Cloud, advance: Advance) -> None:
    """Unknown packages and EIPs, prepaid EIPs, and a package that is busy are refused."""
    cloud.add_bandwidth_package("cbwp-1")
    api, first, second = "AddCommonBandwidthPackageIp", cloud.add_eip(), cloud.add_eip()
    package = {"BandwidthPackageId": "cbwp-1"}
    unknown = refusal("Vpc", api, BandwidthPackageId="cbwp-9", IpInstanceId=first)
    assert unknown == (404, "InvalidBandwidthPackageId.NotFound")
    assert refusal("Vpc", api, IpInstanceId="eip-x", **package) == (404, "InvalidIpInstanceId.NotFound")
    prepaid = refusal("Vpc", api, IpInstanceId=cloud.add_eip(charge_type="PrePaid"), **package)
    assert prepaid == (400, "IpInstanceId.ChargeType.NotSupport")
    locked = {name: cloud.add_eip(locks=(name,)) for name in ("financial", "security")}
    overdue = refusal("Vpc", api, IpInstanceId=locked["financial"], **package)
    assert overdue == (400, "Forbidden.FinancialLocked")
    assert refusal("Vpc", api, IpInstanceId=locked["security"], **package) == (400, "InvalidEIPStatus.BizDisabled")
    kind = refusal("Vpc", api, IpInstanceId=first, IpType="AnycastEip", **package)
    assert kind == (400, "OperationUnsupported.IpType")
    assert refusal("Vpc", api, IpInstanceId=first, DryRun="true", **package) == (400, "DryRunOperation")
    unheard = refusal("Vpc", "RemoveCommonBandwidthPackageIp", IpInstanceId="eip-x", **package)
    assert unheard == (400, "InvalidIpInstanceId.Malformed")
    cloud.set_switches(package_seconds=2.0)
    call("Vpc", api, IpInstanceId=first, **package)
    assert refusal("Vpc", api, IpInstanceId=second, **package) == (400, "BandwidthPackageOperation.conflict")
    assert _relations(call) == [(first, "BINDING")]
    advance(2)
    assert _relations(call) == [(first, "BINDED")]
    call("Vpc", api, IpInstanceId=second, **package)


def test_release_inside_a_package(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """An EIP inside a package is released only if the switch allows it."""
    cloud.add_bandwidth_package("cbwp-1")
    made = cloud.add_eip(bandwidth_package_id="cbwp-1")
    cloud.set_switches(release_inside_package=False)
    assert refusal("Vpc", "ReleaseEipAddress", AllocationId=made) == (400, "IncorrectEipStatus")
    cloud.set_switches(release_inside_package=True)
    call("Vpc", "ReleaseEipAddress", AllocationId=made)


def test_vswitches(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """vSwitches are found by VPC and id, with the addresses that are left, at most 50 a page."""
    cloud.add_vswitch("vsw-2", "vpc-2", "10.1.0.0/24")
    (row,) = call("Vpc", "DescribeVSwitches", VpcId="vpc-1")["VSwitches"]["VSwitch"]
    assert (row["VSwitchId"], row["CidrBlock"], row["AvailableIpAddressCount"]) == ("vsw-1", "10.0.0.0/24", 248)
    assert call("Vpc", "DescribeVSwitches", VSwitchId="vsw-1,vsw-2")["TotalCount"] == 2
    assert refusal("Vpc", "DescribeVSwitches", PageSize="51") == (400, "InvalidParameter")
    assert refusal("Vpc", "DescribeVSwitches", DryRun="true") == (400, "DryRunOperation")


def _enis(answer: dict[str, Any]) -> list[str]:
    return [eni["NetworkInterfaceId"] for eni in answer["NetworkInterfaceSets"]["NetworkInterfaceSet"]]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["eni-0", "eni-1"]),
        ({"VpcId": "vpc-1"}, ["eni-0", "eni-1"]),
        ({"VpcId": "vpc-9"}, []),
        ({"VSwitchId": "vsw-1", "Type": "Secondary"}, ["eni-1"]),
        ({"Type": "Primary"}, ["eni-0"]),
        ({"Status": "Available"}, []),
        ({"InstanceId": "i-1", "PrimaryIpAddress": "10.0.0.10"}, ["eni-1"]),
        ({"dotted": {"PrivateIpAddress.1": "10.0.0.12"}}, ["eni-1"]),
        ({"dotted": {"PrivateIpAddress.1": "10.0.0.12", "PrivateIpAddress.2": "10.0.0.1"}}, ["eni-0", "eni-1"]),
        ({"dotted": {"PrivateIpAddress.1": "10.0.0.10"}, "VpcId": "vpc-1"}, ["eni-1"]),
        ({"dotted": {"NetworkInterfaceId.1": "eni-1", "NetworkInterfaceId.2": "eni-x"}}, ["eni-1"]),
        ({"dotted": {"Tag.1.Key": "ack.aliyun.com", "Tag.1.Value": "c1"}}, ["eni-1"]),
        ({"dotted": {"Tag.1.Key": "ack.aliyun.com", "Tag.1.Value": "c2"}}, []),
        ({"region": "cn-beijing"}, []),
    ],
)
def test_network_interfaces(call: Call, params: dict[str, Any], expected: list[str]) -> None:
    """Every filter finds the ENIs that it describes."""
    assert _enis(call("Ecs", "DescribeNetworkInterfaces", **params)) == expected


def test_network_interface_shows_its_eips(call: Call, cloud: Cloud) -> None:
    """Each private IP shows the EIP bound to it, the primary one also at the top; its id is in preview."""
    assert (
        "Attachment" not in call("Ecs", "DescribeNetworkInterfaces")["NetworkInterfaceSets"]["NetworkInterfaceSet"][0]
    )
    cloud.set_switches(preview_fields=True)
    on_primary, on_second = cloud.add_eip(), cloud.add_eip()
    cloud.set_switches(associate_seconds=0.0)
    for made, ip in ((on_primary, "10.0.0.10"), (on_second, "10.0.0.12")):
        call("Vpc", "AssociateEipAddress", AllocationId=made, PrivateIpAddress=ip, **ENI)
    answer = call("Ecs", "DescribeNetworkInterfaces", dotted={"NetworkInterfaceId.1": "eni-1"})
    (eni,) = answer["NetworkInterfaceSets"]["NetworkInterfaceSet"]
    sets = eni["PrivateIpSets"]["PrivateIpSet"]
    shown = [
        (ip["PrivateIpAddress"], ip["Primary"], ip.get("AssociatedPublicIp", {}).get("AllocationId")) for ip in sets
    ]
    assert shown == [
        ("10.0.0.10", True, on_primary),
        ("10.0.0.11", False, None),
        ("10.0.0.12", False, on_second),
    ]
    assert eni["AssociatedPublicIp"]["AllocationId"] == on_primary
    assert eni["Tags"]["Tag"] == [{"TagKey": "ack.aliyun.com", "TagValue": "c1"}]
    cloud.set_switches(preview_fields=False)
    answer = call("Ecs", "DescribeNetworkInterfaces", dotted={"NetworkInterfaceId.1": "eni-1"})
    public = answer["NetworkInterfaceSets"]["NetworkInterfaceSet"][0]["AssociatedPublicIp"]
    assert public == {"PublicIpAddress": cloud.eips()[0].address}


def test_network_interfaces_by_token_and_page(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """Tokens and pages both lead to every ENI once; their sizes have limits."""
    for number in range(30):
        ip = f"10.9.0.{number + 1}"
        cloud.add_eni(f"eni-9{number}", vpc_id="vpc-9", vswitch_id="vsw-9", instance_id="i-9", primary_ip=ip)
    expected = [f"eni-9{number}" for number in range(30)]
    api, found, token = "DescribeNetworkInterfaces", [], ""
    while True:
        more = {"NextToken": token} if token else {}
        page = call("Ecs", api, VpcId="vpc-9", MaxResults="12", **more)
        found += _enis(page)
        token = page["NextToken"]
        if not token:
            break
    assert found == expected
    pages = [call("Ecs", api, VpcId="vpc-9", PageNumber=str(number), PageSize="20") for number in (1, 2)]
    assert [eni for page in pages for eni in _enis(page)] == expected
    assert {page["TotalCount"] for page in pages} == {30}
    assert len(_enis(call("Ecs", api, VpcId="vpc-9", MaxResults="9"))) == 10
    assert len(_enis(call("Ecs", api, VpcId="vpc-9", MaxResults="501"))) == 30
    assert refusal("Ecs", api, InstanceId="i-x") == (404, "InvalidEcsId.NotFound")
    for bad in ({"MaxResults": "many"}, {"PageSize": "1001"}, {"NextToken": "\x00"}):
        assert refusal("Ecs", api, **bad) == (400, "InvalidParameter")
    many = refusal("Ecs", api, dotted=_numbered("PrivateIpAddress", ["10.0.0.1"] * 101))
    assert many == (400, "InvalidParameter")


def test_instances_and_roles(call: Call, refusal: Refusal) -> None:
    """An instance tells its VPC, its ENIs and its role; unknown ones are not listed, and have no role."""
    ids = json.dumps(["i-1", "i-x"])
    (instance,) = call("Ecs", "DescribeInstances", InstanceIds=ids)["Instances"]["Instance"]
    assert (instance["InstanceId"], instance["VpcAttributes"]["VpcId"]) == ("i-1", "vpc-1")
    enis = instance["NetworkInterfaces"]["NetworkInterface"]
    assert [eni["NetworkInterfaceId"] for eni in enis] == ["eni-0", "eni-1"]
    roles = call("Ecs", "DescribeInstanceRamRole", InstanceIds='["i-1"]')["InstanceRamRoleSets"]["InstanceRamRoleSet"]
    assert roles == [{"InstanceId": "i-1", "RamRoleName": "worker"}]
    assert refusal("Ecs", "DescribeInstances", InstanceIds="i-1") == (400, "InvalidParameter")
    unknown = refusal("Ecs", "DescribeInstanceRamRole", InstanceIds=ids)
    assert unknown == (404, "InvalidInstanceId.NotFound")
    many = json.dumps([f"i-{number}" for number in range(51)])
    assert refusal("Ecs", "DescribeInstanceRamRole", InstanceIds=many) == (400, "InvalidInstanceIds.Malformed")
    assert refusal("Ecs", "DescribeInstanceRamRole") == (403, "InvalidParameter.AllEmpty")


def test_roles_come_in_pages(call: Call, cloud: Cloud) -> None:
    """Ten instances a page without PageSize, fifty at most; TotalCount counts those of all pages."""
    for number in range(11):
        cloud.add_instance(f"i-9{number}", "vpc-9", role="pool")
    ids = json.dumps([f"i-9{number}" for number in range(11)])
    api = "DescribeInstanceRamRole"
    pages = [call("Ecs", api, InstanceIds=ids, PageNumber=str(number)) for number in (1, 2)]
    assert [len(page["InstanceRamRoleSets"]["InstanceRamRoleSet"]) for page in pages] == [10, 1]
    assert {page["TotalCount"] for page in pages} == {11}
    assert call("Ecs", api, RamRoleName="pool", PageSize="50")["TotalCount"] == 11


def test_regions_and_vpcs(call: Call, cloud: Cloud) -> None:
    """The regions, of Vpc as of Ecs, and the VPCs of the region's vSwitches are told."""
    cloud.add_vswitch("vsw-2", "vpc-2", "10.1.0.0/24")
    for product in ("Vpc", "Ecs"):
        regions = call(product, "DescribeRegions")["Regions"]["Region"]
        assert {"cn-hangzhou", "eu-central-1"} <= {region["RegionId"] for region in regions}
    assert [vpc["VpcId"] for vpc in call("Vpc", "DescribeVpcs")["Vpcs"]["Vpc"]] == ["vpc-1", "vpc-2"]
    (vpc,) = call("Vpc", "DescribeVpcs", VpcId="vpc-2")["Vpcs"]["Vpc"]
    assert (vpc["CidrBlock"], vpc["VSwitchIds"]["VSwitchId"]) == ("10.1.0.0/24", ["vsw-2"])


PLACE: dict[str, Any] = {"vpc_id": "vpc-1", "vswitch_id": "vsw-1", "instance_id": "i-1"}
PREFIX_IP = {"InstanceId": "eni-p", "InstanceType": "NetworkInterface", "PrivateIpAddress": "10.0.0.37"}


@pytest.mark.parametrize("bindable", [False, True])
def test_ips_inside_a_prefix(call: Call, refusal: Refusal, cloud: Cloud, bindable: bool) -> None:
    """DescribeNetworkInterfaces shows the prefix, not its IPs; the switch decides whether they take EIPs."""
    cloud.set_switches(prefix_ips_bindable=bindable)
    cloud.add_eni("eni-p", primary_ip="10.0.0.30", prefixes=("10.0.0.32/28",), **PLACE)
    shown = call("Ecs", "DescribeNetworkInterfaces", dotted={"NetworkInterfaceId.1": "eni-p"})
    eni = shown["NetworkInterfaceSets"]["NetworkInterfaceSet"][0]
    assert eni["Ipv4PrefixSets"] == {"Ipv4PrefixSet": [{"Ipv4Prefix": "10.0.0.32/28"}]}
    assert [entry["PrivateIpAddress"] for entry in eni["PrivateIpSets"]["PrivateIpSet"]] == ["10.0.0.30"]
    allocation_id = cloud.add_eip()
    if bindable:
        call("Vpc", "AssociateEipAddress", AllocationId=allocation_id, **PREFIX_IP)
    else:
        assert (
            refusal("Vpc", "AssociateEipAddress", AllocationId=allocation_id, **PREFIX_IP)[1]
            == "OperationFailed.PrivateIpAddressNotExist"
        )
    junk = {**PREFIX_IP, "PrivateIpAddress": "no address"}
    assert (
        refusal("Vpc", "AssociateEipAddress", AllocationId=cloud.add_eip(), **junk)[1]
        == "IllegalParam.PrivateIpAddress"
    )


def test_secondary_ips_of_a_primary_eni(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """They take no EIP, unless the switch says so."""
    cloud.add_eni("eni-0", primary_ip="10.0.0.1", secondary_ips=("10.0.0.2",), type="Primary", **PLACE)
    target = {"InstanceId": "eni-0", "InstanceType": "NetworkInterface", "PrivateIpAddress": "10.0.0.2"}
    allocation_id = cloud.add_eip()
    assert refusal("Vpc", "AssociateEipAddress", AllocationId=allocation_id, **target)[1] == "OperationDenied"
    cloud.set_switches(primary_eni_takes_many=True)
    call("Vpc", "AssociateEipAddress", AllocationId=allocation_id, **target)


@pytest.mark.parametrize(("primary", "found"), [(True, ["eni-1"]), (False, [])])
def test_an_eni_by_its_primary_ip(call: Call, cloud: Cloud, primary: bool, found: list[str]) -> None:
    """PrivateIpAddress.N finds secondary IPs always, primary ones as the switch says."""
    cloud.set_switches(primary_found_by_ip=primary)
    for ip, wanted in (("10.0.0.10", found), ("10.0.0.11", ["eni-1"])):
        answer = call("Ecs", "DescribeNetworkInterfaces", dotted={"PrivateIpAddress.1": ip})
        assert [row["NetworkInterfaceId"] for row in answer["NetworkInterfaceSets"]["NetworkInterfaceSet"]] == wanted


def test_a_tag_of_the_same_key(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """It is overwritten, or refused as the switch says."""
    allocation_id = cloud.add_eip(tags={"k": "old"})
    wanted = {"ResourceType": "EIP", "ResourceId.1": allocation_id, "Tag.1.Key": "k", "Tag.1.Value": "new"}
    cloud.set_switches(tags_overwrite=False)
    assert refusal("Vpc", "TagResources", dotted=wanted)[1] == "Forbidden.TagKey.Duplicated"
    cloud.set_switches(tags_overwrite=True)
    call("Vpc", "TagResources", dotted=wanted)
    assert cloud.eips()[0].tags == (("k", "new"),)


def test_protection_of_an_eip(call: Call, refusal: Refusal, cloud: Cloud) -> None:
    """DeletionProtection keeps ReleaseEipAddress off until it is taken away."""
    allocation_id = cloud.add_eip()
    on = {"InstanceId": allocation_id, "Type": "EIP", "ProtectionEnable": "true"}
    call("Vpc", "DeletionProtection", **on)
    assert refusal("Vpc", "DeletionProtection", **on) == (400, "DeletionProtection.AlreadyEnabled")
    assert refusal("Vpc", "ReleaseEipAddress", AllocationId=allocation_id)[1] == "InvalidOperation.DeletionProtection"
    call("Vpc", "DeletionProtection", **{**on, "ProtectionEnable": "false"})
    call("Vpc", "ReleaseEipAddress", AllocationId=allocation_id)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"InstanceId": "eip-none"}, (404, "InvalidAllocationId.NotFound")),
        ({"InstanceId": "eip-prepaid"}, (400, "DeletionProtection.PrePaidNotSupport")),
        ({"InstanceId": "cbwp-9", "Type": "CBWP"}, (400, "DeletionProtection.ResourceNotExist")),
        ({"InstanceId": "eip-prepaid", "Type": "TOASTER"}, (400, "DeletionProtection.TypeNotSupport")),
    ],
)
def test_what_can_not_be_protected(
    refusal: Refusal, cloud: Cloud, params: dict[str, str], expected: tuple[int, str]
) -> None:
    """What does not exist, is prepaid or of a type that has no protection."""
    cloud.add_eip(allocation_id="eip-prepaid", charge_type="PrePaid")
    assert refusal("Vpc", "DeletionProtection", **{"Type": "EIP", "ProtectionEnable": "true", **params}) == expected


def test_protection_of_a_package(call: Call, cloud: Cloud) -> None:
    """A bandwidth package can be protected too."""
    cloud.add_bandwidth_package("cbwp-1")
    call("Vpc", "DeletionProtection", InstanceId="cbwp-1", Type="CBWP", ProtectionEnable="true")
    (package,) = call("Vpc", "DescribeCommonBandwidthPackages")["CommonBandwidthPackages"]["CommonBandwidthPackage"]
    assert package["DeletionProtection"] is True
