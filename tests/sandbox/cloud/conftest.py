"""A running cloud endpoint, and the vendor's own client to call it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import RpcRequest

from eipctl.sandbox.cloud.service import CloudService
from eipctl.sandbox.faults import Faults
from eipctl.sandbox.http import CallLog, Server
from eipctl.sandbox.store import Store
from tests.sandbox.held_clock import HeldClock
from tests.sandboxed import add_account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eipctl.sandbox.clock import Clock
    from eipctl.sandbox.cloud.cloud import Cloud

VERSIONS = {"Vpc": "2016-04-28", "Ecs": "2014-05-26", "Ram": "2015-05-01", "Sts": "2015-04-01"}


@pytest.fixture
def clock() -> HeldClock:
    """The sandbox's clock."""
    return HeldClock()


@pytest.fixture
def advance(clock: HeldClock) -> Callable[[float], None]:
    """Let time pass."""

    def move(seconds: float) -> None:
        clock.moment += seconds

    return move


@pytest.fixture
def service(clock: Clock) -> CloudService:
    """An account with its root key, a VPC, an instance with one primary and one secondary ENI."""
    made = CloudService(Store(), clock, admin_token="let-me-in", faults=Faults(), log=CallLog())
    add_account(made.cloud, "LTAIroot", "root-secret", tags={"ack.aliyun.com": "c1"})
    return made


@pytest.fixture
def cloud(service: CloudService) -> Cloud:
    """The model behind the endpoint."""
    return service.cloud


@pytest.fixture
def faults() -> Faults:
    """The endpoint's fault rules."""
    return Faults()


@pytest.fixture
def url(service: CloudService, faults: Faults) -> Iterator[str]:
    """The running endpoint."""
    server = Server(service, faults, CallLog())
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


@pytest.fixture
def call(url: str) -> Callable[..., dict[str, Any]]:
    """``call("Vpc", "AllocateEipAddress", Bandwidth="5")`` with the SDK; `key` is (id, secret[, token])."""

    def do(
        product: str,
        action: str,
        *,
        key: tuple[str, ...] = ("LTAIroot", "root-secret"),
        form: dict[str, str] | None = None,
        method: str = "POST",
        region: str = "cn-hangzhou",
        dotted: dict[str, str] | None = None,
        **params: str,
    ) -> dict[str, Any]:
        request = RpcRequest(product, VERSIONS[product], action)
        request.set_method(method)
        request.set_endpoint(url)
        for name, value in {**params, **(dotted or {})}.items():
            request.add_query_param(name, value)
        for name, value in (form or {}).items():
            request.add_body_params(name, value)
        credential = StsTokenCredential(*key) if len(key) == 3 else None
        client = AcsClient(
            *(key if credential is None else (None, None)), region, credential=credential, auto_retry=False
        )
        answer: dict[str, Any] = json.loads(client.do_action_with_exception(request))
        return answer

    return do


@pytest.fixture
def refusal(call: Callable[..., dict[str, Any]]) -> Callable[..., tuple[int, str]]:
    """Like `call`, for a call that must fail: (HTTP status, code)."""

    def do(*args: str, **params: Any) -> tuple[int, str]:
        with pytest.raises(ServerException) as caught:
            call(*args, **params)
        return caught.value.http_status, caught.value.error_code

    return do


@pytest.fixture
def eip(call: Callable[..., dict[str, Any]]) -> Callable[[str], dict[str, Any] | None]:
    """One EIP as DescribeEipAddresses shows it."""

    def look(allocation_id: str) -> dict[str, Any] | None:
        found = call("Vpc", "DescribeEipAddresses", AllocationId=allocation_id)["EipAddresses"]["EipAddress"]
        return found[0] if found else None

    return look
