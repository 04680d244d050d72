"""Every method of the VPC reader and writer against the simulated cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eipctl.aliyun import parse
from eipctl.aliyun.vpc import VpcReader, VpcWriter
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, ExitCode, Failed, OutcomeUnknown, Reaction
from eipctl.domain.facts import EipStatus, EniAddress
from eipctl.domain.settings import EipSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.aliyun.client import CloudClient
    from eipctl.sandbox.cloud.cloud import Cloud
    from tests.unit.aliyun.conftest import Place, Scripted

TAGS = (("eipctl-cluster", "c-1"), ("eipctl-pod", "default/web-0"))
SECONDARY = "10.0.0.11"
PLAIN = {
    "AllocationId": "eip-1",
    "IpAddress": "1.2.3.4",
    "Status": "Available",
    "Bandwidth": "5",
    "InternetChargeType": "PayByTraffic",
}


@pytest.fixture
def reader(client: CloudClient) -> VpcReader:
    """Reads the simulated cloud."""
    return VpcReader(client)


@pytest.fixture
def writer(client: CloudClient) -> VpcWriter:
    """Changes the simulated cloud."""
    return VpcWriter(client)


@pytest.fixture
def eip(writer: VpcWriter) -> str:
    """One EIP, not bound."""
    return writer.allocate(EipSpec(), TAGS, "token-0")[0]


def test_an_allocated_eip_is_what_was_asked_for(reader: VpcReader, writer: VpcWriter, cloud: Cloud) -> None:
    """All attributes and tags arrive with the allocating call; ownership tags win over a user's of the same key."""
    cloud.add_names(resource_groups=("rg-1",))
    spec = EipSpec(
        bandwidth=7,
        internet_charge_type="PayByBandwidth",
        isp="BGP",
        resource_group_id="rg-1",
        name="web",
        description="for web",
        tags=(("team", "a"), ("eipctl-pod", "forged")),
    )
    allocation_id, address = writer.allocate(spec, TAGS, "token-1")
    seen = reader.eips_by_id([allocation_id])[allocation_id]
    assert (seen.address, seen.bandwidth, seen.internet_charge_type) == (address, 7, "PayByBandwidth")
    assert (seen.name, seen.description, seen.resource_group_id) == ("web", "for web", "rg-1")
    assert seen.tags == {**dict(TAGS), "team": "a"}
    assert (seen.status, seen.bound, seen.releasable) == (EipStatus.AVAILABLE, False, True)
    assert seen.allocated_at is not None
    assert seen.allocated_at.tzinfo is not None


def test_the_same_token_buys_one_eip(reader: VpcReader, writer: VpcWriter) -> None:
    """Asking twice with one token gives the same EIP twice."""
    assert writer.allocate(EipSpec(), TAGS, "token-1") == writer.allocate(EipSpec(), TAGS, "token-1")
    assert len(reader.list_eips().eips) == 1


def test_a_used_up_quota_stops_buying(cloud: Cloud, writer: VpcWriter) -> None:
    """QuotaExceeded.Eip stops allocations and exits with 75."""
    cloud.set_quota(0)
    with pytest.raises(CloudError) as caught:
        writer.allocate(EipSpec(), TAGS, "token-1")
    assert (caught.value.code, caught.value.reaction) == (Code.EIP_QUOTA, Reaction.STOP)
    assert caught.value.exit is ExitCode.TRY_LATER


def test_an_allocation_without_an_id_is_not_believed(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """An answer without AllocationId leaves the outcome unknown."""
    scripted.says((200, {"RequestId": "R"}))
    with pytest.raises(OutcomeUnknown):
        VpcWriter(connect(script.url)).allocate(EipSpec(), TAGS, "token-1")


@pytest.mark.parametrize(("ip", "shown"), [(SECONDARY, SECONDARY), ("10.0.0.10", "")])
def test_binding_and_unbinding(reader: VpcReader, writer: VpcWriter, eip: str, ip: str, shown: str) -> None:
    """An EIP is bound to (ENI, private IP), the primary IP shown as "", and unbound from it again."""
    writer.associate(eip, "eni-1", ip, "token-1")
    bound = reader.eips_by_id([eip])[eip]
    assert (bound.status, bound.instance_id, bound.private_ip) == (EipStatus.IN_USE, "eni-1", shown)
    assert bound.instance_type == "NetworkInterface"
    writer.unassociate(eip, "eni-1", shown, "token-2")
    assert not reader.eips_by_id([eip])[eip].bound


def test_a_stale_unbinding_cuts_nothing(reader: VpcReader, writer: VpcWriter, eip: str) -> None:
    """Unassociate names the private IP, so that a later binding elsewhere survives it."""
    writer.associate(eip, "eni-1", SECONDARY, "token-1")
    with pytest.raises(CloudError):
        writer.unassociate(eip, "eni-1", "10.0.0.12", "token-2")
    assert reader.eips_by_id([eip])[eip].bound


@pytest.mark.parametrize(
    ("eni", "ip", "code", "reaction"),
    [
        ("eni-none", SECONDARY, Code.ENI_UNKNOWN, Reaction.REREAD),
        ("eni-1", SECONDARY, Code.IP_HAS_EIP, Reaction.REREAD),
    ],
)
def test_a_binding_that_can_not_be(
    writer: VpcWriter, eip: str, eni: str, ip: str, code: Code, reaction: Reaction
) -> None:
    """A vanished ENI and a taken address ask for another look."""
    other, _ = writer.allocate(EipSpec(), TAGS, "token-9")
    writer.associate(other, "eni-1", SECONDARY, "token-1")
    with pytest.raises(CloudError) as caught:
        writer.associate(eip, eni, ip, "token-2")
    assert (caught.value.code, caught.value.reaction) == (code, reaction)


def test_releasing(reader: VpcReader, writer: VpcWriter, eip: str) -> None:
    """A released EIP is gone; releasing it again says so; a bound one asks for another look."""
    writer.associate(eip, "eni-1", SECONDARY, "token-1")
    with pytest.raises(CloudError) as bound:
        writer.release(eip)
    writer.unassociate(eip, "eni-1", SECONDARY, "token-2")
    writer.release(eip)
    with pytest.raises(CloudError) as gone:
        writer.release(eip)
    assert (bound.value.reaction, gone.value.reaction) == (Reaction.REREAD, Reaction.GONE)
    assert reader.eips_by_id([eip]) == {}


def test_tags_and_bandwidth_are_changed(reader: VpcReader, writer: VpcWriter, eip: str) -> None:
    """Tags are added, overwritten and removed by key; the bandwidth is set."""
    writer.tag(eip, (("eipctl-pod", "default/web-1"), ("k", "v")))
    writer.untag(eip, ["k", "eipctl-cluster"])
    writer.modify(eip, {"bandwidth": 9})
    seen = reader.eips_by_id([eip])[eip]
    assert (seen.tags, seen.bandwidth, seen.name) == ({"eipctl-pod": "default/web-1"}, 9, "")
    writer.modify(eip, {"name": "web", "description": "for the web"})
    seen = reader.eips_by_id([eip])[eip]
    assert (seen.bandwidth, seen.name, seen.description) == (9, "web", "for the web")


def test_a_bandwidth_package_is_joined_and_left(reader: VpcReader, writer: VpcWriter, eip: str, cloud: Cloud) -> None:
    """The EIP is in it, and then no more; leaving twice says to look again."""
    cloud.add_bandwidth_package("cbwp-1")
    writer.join_package(eip, "cbwp-1", "t-1")
    assert reader.eips_by_id([eip])[eip].bandwidth_package_id == "cbwp-1"
    writer.leave_package(eip, "cbwp-1", "t-2")
    assert reader.eips_by_id([eip])[eip].bandwidth_package_id == ""
    with pytest.raises(CloudError) as outside:
        writer.leave_package(eip, "cbwp-1", "t-3")
    assert outside.value.reaction is Reaction.REREAD


def test_removing_no_tag_removes_no_tag(reader: VpcReader, writer: VpcWriter, place: Place, eip: str) -> None:
    """Without keys UnTagResources is not even called: it could be understood as all."""
    writer.untag(eip, [])
    assert "UnTagResources" not in place.apis()
    assert reader.eips_by_id([eip])[eip].tags == dict(TAGS)


def test_a_long_list_is_read_completely(cloud: Cloud, reader: VpcReader, place: Place) -> None:
    """250 EIPs are three pages of 100, each EIP once, and the list is complete."""
    made = {cloud.add_eip() for _ in range(250)}
    listing = reader.list_eips()
    assert (listing.complete, listing.why) == (True, "")
    assert {eip.allocation_id for eip in listing.eips} == made
    assert place.apis().count("DescribeEipAddresses") == 3


def test_many_ids_are_asked_for_in_batches(cloud: Cloud, reader: VpcReader, place: Place) -> None:
    """120 ids are three calls; doubles are asked for once and absent ones are absent."""
    made = [cloud.add_eip() for _ in range(119)]
    found = reader.eips_by_id([*made, *made, "eip-none"])
    assert list(found) == made
    assert place.apis().count("DescribeEipAddresses") == 3


def _page(total: int, *ids: str) -> tuple[int, Any]:
    rows = [{"AllocationId": name, "IpAddress": "1.2.3.4", "Status": "Available", "Bandwidth": "5"} for name in ids]
    return 200, {"RequestId": "R", "TotalCount": total, "EipAddresses": {"EipAddress": rows}}


def test_a_list_that_changes_meanwhile_is_read_again(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """When TotalCount moves between pages the list is read again from the start, until it adds up."""
    hundred = [f"eip-{number}" for number in range(100)]
    scripted.says(_page(102, *hundred), _page(101, "eip-100"), _page(101, *hundred), _page(101, "eip-100"))
    listing = VpcReader(connect(script.url)).list_eips()
    assert (listing.complete, len(listing.eips), len(scripted.requests)) == (True, 101, 4)


def test_a_list_that_never_adds_up_is_called_incomplete(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """After three tries the list is handed over as incomplete, with the reason."""
    scripted.says(_page(3, "eip-1", "eip-2"))
    listing = VpcReader(connect(script.url)).list_eips()
    assert not listing.complete
    assert listing.why == "2 EIPs were listed but TotalCount says 3"
    assert len(listing.eips) == 2


def test_a_page_without_eips_is_no_empty_list(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """An answer without the expected keys is an error, never "there are no EIPs"."""
    scripted.says((200, {"RequestId": "R", "TotalCount": 0}))
    with pytest.raises(Failed) as caught:
        VpcReader(connect(script.url)).list_eips()
    assert caught.value.code is Code.PARTIAL_READ


def test_a_list_that_is_the_same_page_for_ever_ends(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """However many EIPs it promises: it is incomplete, and says why."""
    answer = {"RequestId": "R", "TotalCount": 1 << 40, "EipAddresses": {"EipAddress": [PLAIN]}}
    scripted.says((200, answer))
    listing = VpcReader(connect(script.url)).list_eips()
    assert (len(listing.eips), listing.complete) == (1, False)
    assert listing.why == "page 2 repeats EIPs of earlier pages"


def test_an_eni_of_another_vpc_is_never_an_answer(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """Also from a gateway that drops the filter: the other VPC may have the same private IPs."""
    rows = [
        {"NetworkInterfaceId": f"eni-{vpc}", "PrivateIpAddress": "10.0.0.1", "VpcId": vpc} for vpc in ("vpc-2", "vpc-1")
    ]
    scripted.says((200, {"RequestId": "R", "NetworkInterfaceSets": {"NetworkInterfaceSet": rows}}))
    reader = VpcReader(connect(script.url))
    for found in (reader.enis_by_ip("vpc-1", ["10.0.0.1"]), reader.enis_of_vpc("vpc-1")):
        assert [address.eni_id for address in found] == ["eni-vpc-1"]


def test_enis_whose_pages_go_round_in_a_circle_end(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """Also in a circle of two."""
    pages = [{"RequestId": "R", "NextToken": token, "NetworkInterfaceSets": {}} for token in "abab"]
    scripted.says(*((200, page) for page in pages))
    with pytest.raises(Failed, match="repeats its pages endlessly"):
        VpcReader(connect(script.url)).enis_of_vpc("vpc-1")


@pytest.mark.parametrize("cut", [b"\\ud83d", b"\\ude00\\ud83d", b"\xf0\x9f", b"\xed\xa0\xbd"])
def test_a_text_that_was_cut_within_a_character_spoils_no_list(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient], cut: bytes
) -> None:
    """A person's name of one EIP, or whatever other programs made of it, keeps nobody from reading all others."""
    rows = [{**PLAIN, "Name": "web"}, {**PLAIN, "AllocationId": "eip-2", "Name": "CUT"}]
    answer = {"RequestId": "R", "TotalCount": 2, "EipAddresses": {"EipAddress": rows}}
    scripted.says((200, msgspec.json.encode(answer).replace(b"CUT", b"a" + cut)))
    listing = VpcReader(connect(script.url)).list_eips()
    assert listing.complete
    assert [eip.name.isprintable() for eip in listing.eips] == [True, True]
    assert [(eip.odd, eip.name[:1]) for eip in listing.eips] == [("", "w"), ("", "a")]


@pytest.mark.parametrize("key", ["Description", "Descritpion", "both"])
def test_the_description_is_read_under_both_spellings(cloud: Cloud, reader: VpcReader, key: str) -> None:
    """The API has spelt the key wrongly; either spelling is read."""
    cloud.set_switches(description_key=key)
    cloud.add_eip(description="hello")
    assert reader.list_eips().eips[0].description == "hello"


@pytest.mark.parametrize(
    "row",
    [
        {"OperationLocks": {"LockReason": [{"LockReason": "financial"}]}},
        {"BusinessStatus": "FinancialLocked"},
        {"DeletionProtection": True},
        {"ServiceManaged": 1},
        {"SegmentInstanceId": "eipsg-1"},
        {"ChargeType": "PrePaid"},
    ],
)
def test_an_eip_that_must_stay_is_not_releasable(row: dict[str, Any]) -> None:
    """Locked, protected, service-managed, segment and prepaid EIPs are recognised."""
    plain = PLAIN
    assert parse.eip(msgspec.json.encode(plain)).releasable
    assert not parse.eip(msgspec.json.encode({**plain, **row})).releasable


@pytest.mark.parametrize(
    ("row", "odd"),
    [
        ({"Status": "Melting"}, "its Status is 'Melting'"),
        ({"Status": None}, "it has no Status"),
        ({"Status": 7}, "its Status is 7; it has no Status"),
        ({"InternetChargeType": "PayByDominantTraffic"}, "its InternetChargeType is 'PayByDominantTraffic'"),
        ({"InternetChargeType": None}, "it has no InternetChargeType"),
        ({"ChargeType": "PayLater"}, "its ChargeType is 'PayLater'"),
        ({"InstanceType": "Teapot", "InstanceId": "t-1"}, "its InstanceType is 'Teapot'"),
        ({"Status": "InUse"}, "it is InUse and has no InstanceId"),
        ({"Status": "InUse", "InstanceType": "NetworkInterface"}, "it is InUse and has no InstanceId"),
        ({"IpAddress": None}, "it has no IpAddress"),
        ({"AllocationId": None}, "it has no AllocationId"),
        ({"Bandwidth": "fast"}, "its Bandwidth is 'fast'; it has no Bandwidth"),
        ({"Bandwidth": None}, "it has no Bandwidth"),
        ({"AllocationTime": "yesterday"}, "its AllocationTime is 'yesterday'"),
        (
            {"AllocationTime": "0001-01-01T00:00:00+14:00"},
            "its AllocationTime is '0001-01-01T00:00:00+14:00'",
        ),
        ({"Tags": {"Tag": [{"Key": 7}]}}, "its Tags is {'Tag': [{'Key': 7}]}"),
        ({"OperationLocks": "none"}, "its OperationLocks is 'none'"),
    ],
)
def test_what_is_not_understood_of_an_eip_concerns_it_alone(row: dict[str, Any], odd: str) -> None:
    """It is read as far as it can be, kept as it is told, and never released."""
    found = parse.eip(msgspec.json.encode({**PLAIN, **row}))
    assert found.odd == odd
    assert not found.releasable
    assert odd in found.untouchable


@pytest.mark.parametrize("raw", [b"7", b"null", b'"eip-1"', b"[]", b"[" * 100_000])
def test_a_row_that_is_no_object_is_a_bad_answer(raw: bytes) -> None:
    """Nothing that the cloud publishes looks like it: the list was not read."""
    with pytest.raises(Failed, match="not an EIP"):
        parse.eip(raw)


def test_a_row_without_fields_is_an_eip_without_anything() -> None:
    """It concerns itself alone: the list goes on."""
    found = parse.eip(b"{}")
    assert (found.allocation_id, found.status, found.releasable) == ("", EipStatus.UNKNOWN, False)


def test_rows_without_an_id_are_counted(script: Place, scripted: Scripted, connect: Callable[..., CloudClient]) -> None:
    """Two of them are two EIPs: the list is complete."""
    rows: list[Any] = [PLAIN, {}, {"Status": "Melting"}]
    scripted.says((200, {"RequestId": "R", "TotalCount": 3, "EipAddresses": {"EipAddress": rows}}))
    listing = VpcReader(connect(script.url)).list_eips()
    assert (listing.complete, len(listing.eips)) == (True, 3)


def test_inside_a_package_the_eips_own_bandwidth_is_read() -> None:
    """Bandwidth is the package's there; the EIP's own is EipBandwidth."""
    row = {**PLAIN, "Bandwidth": "100", "EipBandwidth": "5"}
    assert parse.eip(msgspec.json.encode(row)).bandwidth == 100
    assert parse.eip(msgspec.json.encode({**row, "BandwidthPackageId": "cbwp-1"})).bandwidth == 5


def test_private_ips_lead_to_their_enis(reader: VpcReader) -> None:
    """Every IP of each ENI found is returned, with its role and instance; unknown IPs and VPCs find nothing."""
    assert set(reader.enis_by_ip("vpc-1", [SECONDARY, "10.9.9.9"])) == {
        EniAddress("eni-1", "10.0.0.10", primary=True, vpc_id="vpc-1", instance_id="i-1"),
        EniAddress("eni-1", SECONDARY, primary=False, vpc_id="vpc-1", instance_id="i-1"),
        EniAddress("eni-1", "10.0.0.12", primary=False, vpc_id="vpc-1", instance_id="i-1"),
    }
    assert reader.enis_by_ip("vpc-2", [SECONDARY]) == ()
    assert reader.enis_by_ip("vpc-1", []) == ()


def _add_enis(cloud: Cloud, count: int) -> list[str]:
    addresses = [f"10.0.{number // 200 + 1}.{number % 200 + 1}" for number in range(count)]
    for number, address in enumerate(addresses):
        cloud.add_eni(f"eni-x{number}", vpc_id="vpc-1", vswitch_id="vsw-1", instance_id="i-1", primary_ip=address)
    return addresses


def test_many_private_ips_are_asked_for_in_batches(cloud: Cloud, reader: VpcReader, place: Place) -> None:
    """250 private IPs are three calls."""
    addresses = _add_enis(cloud, 250)
    assert {found.private_ip for found in reader.enis_by_ip("vpc-1", addresses)} == set(addresses)
    assert place.apis().count("DescribeNetworkInterfaces") == 3


def test_all_enis_of_a_vpc_are_read(cloud: Cloud, reader: VpcReader, place: Place) -> None:
    """More than 500 ENIs come in several pages by NextToken."""
    addresses = _add_enis(cloud, 600)
    assert set(addresses) < {found.private_ip for found in reader.enis_of_vpc("vpc-1")}
    assert place.apis().count("DescribeNetworkInterfaces") == 2


def test_the_vpc_of_an_instance(reader: VpcReader) -> None:
    """An instance's VPC is found by its ENIs; an unknown instance has none."""
    assert (reader.vpc_of_instance("i-1"), reader.vpc_of_instance("i-none")) == ("vpc-1", "")


def test_the_vpcs_of_enis(reader: VpcReader, cloud: Cloud) -> None:
    """Each ENI's VPC, however many there are; an ENI that is not there is absent."""
    for number in range(101):
        ip = f"10.9.0.{number}"
        cloud.add_eni(f"eni-9{number}", vpc_id="vpc-9", vswitch_id="vsw-9", instance_id="i-9", primary_ip=ip)
    wanted = [*(f"eni-9{number}" for number in range(101)), "eni-none"]
    assert reader.vpcs_of_enis(wanted) == {f"eni-9{number}": "vpc-9" for number in range(101)}
    assert reader.vpcs_of_enis([]) == {}
