"""Nothing that is sent to the sandbox makes it fail: garbage is refused, and it goes on answering. Loopback only."""

from __future__ import annotations

import json
import os
import random
import socket
import ssl
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eipctl.sandbox.http import MAX_BODY
from eipctl.sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = int(os.environ.get("EIPCTL_EXAMPLES", "60"))
QUIET = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SECONDS = 20.0


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One for all: it must survive all of it."""
    with Sandbox(tmp_path_factory.mktemp("sandbox"), scenario="modern", speed=50.0) as running:
        yield running


class Port:
    """One of the three services, spoken to with bytes."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        record = sandbox.record
        self.url = urlsplit({"kube": record.kube_url, "cloud": record.cloud_url}.get(name, record.metadata_url))
        self.headers = ""
        self._context: ssl.SSLContext | None = None
        if self.url.scheme == "https":
            self._context = ssl._create_unverified_context()
            self.headers = f"Authorization: Bearer {record.kube_token}\r\n"

    def connect(self) -> socket.socket:
        """A connection that never waits for ever."""
        plain = socket.create_connection((self.url.hostname, self.url.port), SECONDS)
        return self._context.wrap_socket(plain) if self._context else plain

    def send(self, raw: bytes, *, whole: bool = True) -> bytes:
        """The answer to these bytes until the connection is closed; to half a request none may come."""
        found = b""
        with closing(self.connect()) as connection, suppress(ConnectionError, ssl.SSLError):
            connection.sendall(raw)
            if self._context is None:
                with suppress(OSError):  # closed by the other side already
                    connection.shutdown(socket.SHUT_WR)
            elif not whole:
                connection.settimeout(0.05)  # TLS has no half-closed connection: nothing more is sent or awaited
            with suppress(*(() if whole else (TimeoutError,))):
                while part := connection.recv(65536):
                    found += part
        return found

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> int:
        """The status of one well-formed request."""
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\n{self.headers}Content-Type: {kind}\r\nConnection: close\r\n"
        return status(self.send(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body))


def status(answer: bytes) -> int:
    """0 for no answer at all."""
    parts = answer.split(b" ", 2)
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0


@pytest.fixture(params=["kube", "cloud", "metadata"])
def port(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Port]:
    """Each service; it must still answer afterwards."""
    found = Port(sandbox, request.param)
    yield found
    path = "/version" if request.param == "kube" else "/?Action=DescribeEipAddresses&Version=2016-04-28"
    assert found.ask("GET", path) in (200, 400, 403, 404)


def test_it_listens_on_loopback_only(sandbox: Sandbox) -> None:
    """No other address of this machine leads to it."""
    record = sandbox.record
    for address in own_addresses():
        for url in (record.kube_url, record.cloud_url, record.metadata_url):
            with pytest.raises(OSError, match=r"refused|timed out|unreachable"):
                socket.create_connection((address, urlsplit(url).port), 2).close()
    assert {urlsplit(url).hostname for url in (record.kube_url, record.cloud_url, record.metadata_url)} == {"127.0.0.1"}


def own_addresses() -> set[str]:
    """This machine's addresses but for loopback."""
    found = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        found.add(probe.getsockname()[0])
    return {address for address in found if not address.startswith("127.")}


def test_a_body_has_a_size(port: Port) -> None:
    """Too long: 413 without reading it; none given or chunked: 411."""
    head = f"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\n{port.headers}"
    assert status(port.send(f"{head}Content-Length: {MAX_BODY + 1}\r\n\r\n".encode())) == 413
    assert status(port.send(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())) == 411
    assert status(port.send(f"{head}Content-Length: many\r\n\r\n".encode())) == 411


def test_headers_are_bounded(port: Port) -> None:
    """A flood of headers, or one without an end, is refused by the HTTP layer."""
    flood = "".join(f"X-{number}: y\r\n" for number in range(500))
    assert status(port.send(f"GET / HTTP/1.1\r\nHost: x\r\n{flood}\r\n".encode())) in (400, 431)
    assert status(port.send(b"GET / HTTP/1.1\r\nX: " + b"y" * 200_000 + b"\r\n\r\n")) in (0, 400, 431)
    assert status(port.send(b"GET /" + b"y" * 200_000 + b" HTTP/1.1\r\n\r\n")) in (0, 400, 414)


@QUIET
@given(raw=st.binary(max_size=300))
def test_random_bytes_are_no_request(port: Port, raw: bytes) -> None:
    """They are refused or ignored, never a server error and never a hang."""
    assert status(port.send(raw, whole=False)) < 500, raw


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
KUBE_PATHS = (
    "/api/v1/namespaces/default/pods",
    "/api/v1/namespaces/default/pods/web-0",
    "/api/v1/namespaces/default/pods/web-0/status",
    "/apis/apps/v1/namespaces/default/deployments/web",
    "/apis/apps/v1/deployments",
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases",
    "/openapi/v2",
)
KINDS = (
    "application/json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/json-patch+json",
    "application/apply-patch+yaml",
    "application/vnd.kubernetes.protobuf",
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "apiVersion": st.sampled_from(["v1", "apps/v1", "x"]) | VALUES,
        "kind": st.sampled_from(["Pod", "Deployment", "List"]) | VALUES,
        "metadata": st.dictionaries(st.sampled_from(["name", "labels", "annotations", "uid"]), VALUES) | VALUES,
        "spec": VALUES,
        "status": VALUES,
    },
)
BODIES = (OBJECTS | VALUES).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60)
QUERIES = st.dictionaries(
    st.sampled_from(["limit", "continue", "labelSelector", "fieldSelector", "resourceVersion", "dryRun"]) | TEXTS,
    st.sampled_from(["1", "-1", "a=b", "!", "All", "metadata.name=x"]) | TEXTS,
    max_size=3,
)


@QUIET
@given(
    method=st.sampled_from(METHODS),
    path=st.sampled_from(KUBE_PATHS),
    kind=st.sampled_from(KINDS),
    query=QUERIES,
    body=BODIES,
)
def test_random_kubernetes_requests(
    sandbox: Sandbox, method: str, path: str, kind: str, query: dict[str, str], body: bytes
) -> None:
    """Any verb on any path with any body: an answer below 500."""
    found = Port(sandbox, "kube").ask(method, f"{path}?{urlencode(query, errors='replace')}", body, kind)
    assert 200 <= found < 500, (method, path, kind, query, body)


ACTIONS = ("AllocateEipAddress", "AssociateEipAddress", "DescribeEipAddresses", "TagResources", "ReleaseEipAddress")
NAMES = ("AllocationId", "InstanceId", "PageSize", "PageNumber", "Bandwidth", "Tag.1.Key", "ResourceId.1")


@QUIET
@given(
    action=st.sampled_from(ACTIONS) | TEXTS,
    params=st.dictionaries(st.sampled_from(NAMES) | TEXTS, TEXTS | st.integers().map(str), max_size=5),
    form=st.booleans(),
)
def test_random_cloud_calls(sandbox: Sandbox, action: str, params: dict[str, str], form: bool) -> None:
    """Signed rightly or not, any parameters: an answer below 500, as root from inside, too."""
    words = urlencode({"Action": action, "Version": "2016-04-28", **params}, errors="replace")
    port = Port(sandbox, "cloud")
    kind = "application/x-www-form-urlencoded"
    found = port.ask("POST", "/", words.encode(), kind) if form else port.ask("GET", f"/?{words}")
    assert 400 <= found < 500, words
    _as_root(sandbox, action, params)


def _as_root(sandbox: Sandbox, action: str, params: dict[str, Any]) -> None:
    """Behind the signature: only refusals in the API's own words."""
    from eipctl.sandbox.cloud.cloud import ROOT
    from eipctl.sandbox.cloud.refusal import CloudRefusal

    with suppress(CloudRefusal):
        sandbox.cloud.call(ROOT, "vpc", action, {name: str(value) for name, value in params.items()})


def test_many_connections_at_once(sandbox: Sandbox) -> None:
    """Two hundred that say nothing keep nobody else from being served."""
    port = Port(sandbox, "cloud")
    idle = [port.connect() for _ in range(200)]
    try:
        assert port.ask("GET", "/") < 500
    finally:
        for connection in random.sample(idle, len(idle)):
            connection.close()
