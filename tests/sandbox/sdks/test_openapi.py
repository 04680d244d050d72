"""The newer SDKs' generic client and its asynchronous calls take the sandbox for the cloud."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
from alibabacloud_vpc20160428 import models as vpc
from darabonba.runtime import RuntimeOptions

from tests.sandbox.sdks.newer import REGION, config, refused, vpc_client
from tests.sandbox.sdks.stage import OPERATOR

if TYPE_CHECKING:
    from eipctl.sandbox.server import Sandbox

AWKWARD = "a b+&=ä~*/?"


def _call(sandbox: Sandbox, request: OpenApiRequest, secret: str = OPERATOR[1], **about: str) -> dict[str, Any]:
    params = Params(protocol="HTTP", auth_type="AK", body_type="json", **about)
    client = Client(config(sandbox.cloud_url, (OPERATOR[0], secret)))
    body: dict[str, Any] = client.call_api(params, request, RuntimeOptions())["body"]
    return body


def test_form_body(sandbox: Sandbox) -> None:
    """Parameters of a form body are signed by its hash, and count like those of the query."""
    about = {"version": "2016-04-28", "method": "POST", "style": "RPC", "pathname": "/", "req_body_type": "formData"}
    request = OpenApiRequest(query={"RegionId": REGION}, body={"Bandwidth": "9", "Description": AWKWARD})
    made = _call(sandbox, request, action="AllocateEipAddress", **about)["AllocationId"]
    (row,) = [eip for eip in sandbox.cloud.eips() if eip.allocation_id == made]
    assert (row.bandwidth, row.description) == (9, AWKWARD)
    code = refused(lambda: _call(sandbox, request, "wrong", action="AllocateEipAddress", **about))
    assert code == (400, "SignatureDoesNotMatch")


def test_path_style(sandbox: Sandbox) -> None:
    """A cluster is read by its path, without an Action."""
    request = OpenApiRequest(query={"odd": AWKWARD})
    about = {"action": "DescribeClusterDetail", "version": "2015-12-15", "method": "GET", "req_body_type": "json"}
    found = _call(sandbox, request, style="ROA", pathname=f"/clusters/{sandbox.cluster_id}", **about)
    assert found["cluster_id"] == sandbox.cluster_id


def test_asynchronous(sandbox: Sandbox) -> None:
    """Calls that run at the same time are all admitted, each with a nonce of its own."""
    client = vpc_client(sandbox.cloud_url, OPERATOR)
    request = vpc.DescribeEipAddressesRequest(region_id=REGION)

    async def ten() -> list[Any]:
        return await asyncio.gather(*(client.describe_eip_addresses_async(request) for _ in range(10)))

    assert {answer.body.total_count for answer in asyncio.run(ten())} == {len(sandbox.cloud.eips())}
