"""The adapter against real HTTP: the simulated cloud for what calls mean, a scripted server for what networks do."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from eipctl.aliyun.client import CloudClient
from eipctl.aliyun.keys import Credentials, Keys, static
from eipctl.base.stop import Stop
from eipctl.sandbox.clock import Clock
from eipctl.sandbox.cloud.service import CloudService
from eipctl.sandbox.faults import Faults
from eipctl.sandbox.http import CallLog, Reply, Server
from eipctl.sandbox.store import Store
from tests.sandboxed import add_account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eipctl.sandbox.cloud.cloud import Cloud
    from eipctl.sandbox.http import Request

ROOT = Keys("LTAIrootkey0001", "root-secret-0001")
REGION = "cn-hangzhou"


@dataclass
class Scripted:
    """Answers with what it was told to, in order, the last answer for ever; remembers what was asked."""

    replies: list[Reply] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    name: str = "cloud"
    throttled: tuple[int, str, str, int] = (400, "Throttling.User", "", 0)

    def says(self, *answers: tuple[int, Any]) -> None:
        """Set the answers: (status, JSON object or bytes)."""
        bodies = ((status, body if isinstance(body, bytes) else json.dumps(body).encode()) for status, body in answers)
        self.replies = [Reply(status, body) for status, body in bodies]

    def describe(self, request: Request) -> tuple[str, str]:
        """The Action, for fault rules."""
        return dict(request.query).get("Action", ""), ""

    def handle(self, request: Request) -> Reply:
        """The next answer."""
        self.requests.append(request)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def refuse(self, status: int, code: str, message: str, retry_after: int) -> Reply:
        """An error as the cloud words it."""
        body = {"RequestId": "R", "HostId": "h", "Code": code, "Message": message}
        return Reply(status, json.dumps(body).encode(), code=code)

    def now(self) -> float:
        """This host's clock."""
        return time.time()

    def params(self, index: int) -> dict[str, str]:
        """Query and form parameters of one request."""
        request = self.requests[index]
        return {**dict(request.query), **dict(parse_qsl(request.body.decode()))}


@dataclass
class Place:
    """A running server, with its fault rules and its call log."""

    url: str
    faults: Faults
    log: CallLog

    def apis(self) -> list[str]:
        """The APIs called so far."""
        return [call["api"] for call in self.log.listing()]


def _run(service: Any) -> Iterator[Place]:
    faults, log = Faults(), CallLog()
    server = Server(service, faults, log)
    server.start()
    yield Place(f"http://127.0.0.1:{server.port}", faults, log)
    server.stop()


@pytest.fixture
def scripted() -> Scripted:
    """The scripted service; succeeds with an empty answer until it is told otherwise."""
    made = Scripted()
    made.says((200, {"RequestId": "R"}))
    return made


@pytest.fixture
def script(scripted: Scripted) -> Iterator[Place]:
    """Where the scripted service runs."""
    yield from _run(scripted)


@pytest.fixture
def service() -> CloudService:
    """An account with one VPC, one instance, two ENIs, a cluster and its worker role; changes take no time."""
    made = CloudService(Store(), Clock(), REGION)
    cloud = made.cloud
    cloud.set_switches(associate_seconds=0.0, unassociate_seconds=0.0, release_seconds=0.0)
    add_account(cloud, ROOT.id, ROOT.secret, network="10.0.0.0/16")
    cloud.add_role("worker")
    cloud.add_cluster("c1", name="demo", vpc_id="vpc-1", worker_role="worker")
    return made


@pytest.fixture
def cloud(service: CloudService) -> Cloud:
    """The model behind the simulated cloud."""
    return service.cloud


@pytest.fixture
def place(service: CloudService) -> Iterator[Place]:
    """Where the simulated cloud runs."""
    yield from _run(service)


@pytest.fixture
def connect() -> Callable[..., CloudClient]:
    """``connect(url, keys=…, timeout=…)``: a client as the product builds it."""

    def make(url: str | None, keys: Keys = ROOT, *, timeout: float | None = 60, **more: Any) -> CloudClient:
        credentials = Credentials("test", static(keys))
        return CloudClient(credentials, REGION, endpoint_url=url, stop=more.pop("stop", Stop(timeout)), **more)

    return make


@pytest.fixture
def client(place: Place, connect: Callable[..., CloudClient]) -> CloudClient:
    """The account's root in the simulated cloud."""
    return connect(place.url)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses connections for as long as the test runs: bound, but nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
