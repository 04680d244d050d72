"""The newer VPC SDK (alibabacloud-vpc20160428, ACS3-HMAC-SHA256) takes the sandbox for the cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_vpc20160428 import models as vpc

from tests.sandbox.sdks.newer import REGION, allocate, described, refused, settled, vpc_client
from tests.sandbox.sdks.stage import ENI, FIRST_IP, OPERATOR, ROOT, SECOND_IP
from tests.sandboxed import until

if TYPE_CHECKING:
    from eipctl.sandbox.server import Sandbox

NOWHERE = "eip-bp1nowhere0000000000"


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Any:
    """The operator's client."""
    return vpc_client(sandbox.cloud_url, OPERATOR)


def _tags(row: Any) -> dict[str, str]:
    return {tag.key: tag.value for tag in row.tags.tag}


def _associate(client: Any, allocation: str, ip: str, **changes: Any) -> Any:
    wanted = {"allocation_id": allocation, "instance_id": ENI, "instance_type": "NetworkInterface", **changes}
    return client.associate_eip_address(
        vpc.AssociateEipAddressRequest(region_id=REGION, private_ip_address=ip, mode="NAT", **wanted)
    )


def _unassociate(client: Any, allocation: str, ip: str) -> Any:
    return client.unassociate_eip_address(
        vpc.UnassociateEipAddressRequest(
            region_id=REGION,
            allocation_id=allocation,
            instance_id=ENI,
            instance_type="NetworkInterface",
            private_ip_address=ip,
        )
    )


def _release(client: Any, allocation: str) -> Any:
    return client.release_eip_address(vpc.ReleaseEipAddressRequest(region_id=REGION, allocation_id=allocation))


def test_allocate_with_tags_and_client_token(client: Any) -> None:
    """A token that is repeated gives the same EIP, with the tags, name and prices that were asked for."""
    tags = [
        vpc.AllocateEipAddressRequestTag(key="owner", value="a b*c~ä&=/+"),
        vpc.AllocateEipAddressRequestTag("e", "1"),
    ]
    wanted = {"tag": tags, "client_token": "sdk-token-1", "name": "näme", "internet_charge_type": "PayByTraffic"}
    allocation = allocate(client, **wanted)
    assert allocate(client, **wanted) == allocation
    (row,) = described(client, allocation_id=allocation)
    assert (row.status, row.bandwidth, row.name, row.internet_charge_type) == ("Available", "5", "näme", "PayByTraffic")
    assert _tags(row) == {"owner": "a b*c~ä&=/+", "e": "1"}
    assert len(row.ip_address.split(".")) == 4


def test_token_with_other_parameters(client: Any) -> None:
    """A token that comes back with other parameters is refused."""
    allocate(client, client_token="sdk-token-2")
    assert refused(lambda: allocate(client, client_token="sdk-token-2", bandwidth="6")) == (
        400,
        "IdempotentParameterMismatch",
    )


def test_describe_by_tag_and_page(client: Any) -> None:
    """EIPs are found by tag and in pages of the size that was asked for."""
    tag = {"key": "page", "value": "yes"}
    made = {allocate(client, tag=[vpc.AllocateEipAddressRequestTag(**tag)]) for _ in range(3)}
    wanted = [vpc.DescribeEipAddressesRequestTag(**tag)]
    pages = [described(client, tag=wanted, page_size=2, page_number=number) for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [2, 1, 0]
    assert {row.allocation_id for page in pages for row in page} == made


def test_life_of_a_binding(client: Any) -> None:
    """An EIP is bound to one private IP of an ENI, unbound and released, through the states that take time."""
    allocation = allocate(client)
    _associate(client, allocation, FIRST_IP)
    row = settled(client, allocation, "InUse")
    assert (row.instance_id, row.instance_type, row.private_ip_address) == (ENI, "NetworkInterface", FIRST_IP)
    assert refused(lambda: _release(client, allocation)) == (400, "IncorrectEipStatus")
    _unassociate(client, allocation, FIRST_IP)
    assert not settled(client, allocation, "Available").instance_id
    _release(client, allocation)
    until(lambda: not described(client, allocation_id=allocation), "the release")


def test_private_ip_is_taken(client: Any) -> None:
    """A private IP that has an EIP takes no second one."""
    first, second = allocate(client), allocate(client)
    _associate(client, first, SECOND_IP)
    settled(client, first, "InUse")
    status, code = refused(lambda: _associate(client, second, SECOND_IP))
    assert (status, code) == (400, "InvalidAssociation.Duplicated")
    _unassociate(client, first, SECOND_IP)
    settled(client, first, "Available")


def test_tag_and_untag(client: Any) -> None:
    """Tags are put, listed and taken away."""
    allocation = allocate(client)
    about = {"region_id": REGION, "resource_type": "EIP", "resource_id": [allocation]}
    client.tag_resources(vpc.TagResourcesRequest(**about, tag=[vpc.TagResourcesRequestTag("a", "1")]))
    listed = client.list_tag_resources(vpc.ListTagResourcesRequest(**about)).body.tag_resources.tag_resource
    assert [(tag.resource_id, tag.tag_key, tag.tag_value) for tag in listed] == [(allocation, "a", "1")]
    client.un_tag_resources(vpc.UnTagResourcesRequest(**about, tag_key=["a"]))
    assert not _tags(described(client, allocation_id=allocation)[0])


def test_what_is_wrong_is_named(client: Any) -> None:
    """Calls that can't be carried out are refused with the documented status and code."""
    assert refused(lambda: _release(client, NOWHERE)) == (404, "InvalidAllocationId.NotFound")
    assert refused(lambda: _associate(client, NOWHERE, FIRST_IP)) == (404, "InvalidAllocationId.NotFound")
    assert refused(lambda: allocate(client, bandwidth="many"))[0] == 400
    assert refused(lambda: described(client, page_size=101))[0] == 400


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ((ROOT[0], "wrong"), (400, "SignatureDoesNotMatch")),
        (("LTAInobody", "wrong"), (404, "InvalidAccessKeyId.NotFound")),
        ((*OPERATOR, "a-token"), (400, "InvalidSecurityToken.MismatchWithAccessKey")),
    ],
)
def test_wrong_key(sandbox: Sandbox, key: tuple[str, ...], expected: tuple[int, str]) -> None:
    """Who can't prove who they are is refused and allocates nothing."""
    before = len(sandbox.cloud.eips())
    assert refused(lambda: allocate(vpc_client(sandbox.cloud_url, key))) == expected
    assert len(sandbox.cloud.eips()) == before
