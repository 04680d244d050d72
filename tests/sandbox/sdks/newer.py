"""The vendor's newer Python SDKs, configured as their users do it for an endpoint of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from alibabacloud_vpc20160428 import models as vpc
from alibabacloud_vpc20160428.client import Client as VpcClient

from tests.sandboxed import until

if TYPE_CHECKING:
    from collections.abc import Callable

REGION = "cn-hangzhou"


def config(url: str, key: tuple[str, ...]) -> Config:
    """How a client is led to the sandbox; `key` is (id, secret[, security token])."""
    return Config(
        access_key_id=key[0],
        access_key_secret=key[1],
        security_token=key[2] if len(key) == 3 else None,
        region_id=REGION,
        protocol="http",
        endpoint=urlsplit(url).netloc,
    )


def vpc_client(url: str, key: tuple[str, ...]) -> Any:
    """For EIPs."""
    return VpcClient(config(url, key))


def ram_client(url: str, key: tuple[str, ...]) -> Any:
    """For policies and roles."""
    return RamClient(config(url, key))


def refused(call: Callable[[], object]) -> tuple[int, str]:
    """(HTTP status, code) of a call that must fail."""
    with pytest.raises(AlibabaCloudException) as caught:
        call()
    return caught.value.status_code, caught.value.code


def allocate(client: Any, **wanted: Any) -> str:
    """A new EIP's allocation id."""
    request = vpc.AllocateEipAddressRequest(region_id=REGION, **{"bandwidth": "5", **wanted})
    allocation: str = client.allocate_eip_address(request).body.allocation_id
    return allocation


def described(client: Any, **wanted: Any) -> list[Any]:
    """The EIPs that DescribeEipAddresses finds."""
    request = vpc.DescribeEipAddressesRequest(region_id=REGION, **wanted)
    found: list[Any] = client.describe_eip_addresses(request).body.eip_addresses.eip_address
    return found


def settled(client: Any, allocation: str, status: str) -> Any:
    """The EIP once it has reached that status."""
    until(lambda: described(client, allocation_id=allocation)[0].status == status, f"{allocation} {status}")
    return described(client, allocation_id=allocation)[0]
