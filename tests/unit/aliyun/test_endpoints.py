"""Where calls go, and through which proxy."""

from __future__ import annotations

import datetime
import ipaddress
import socketserver
import ssl
import threading
from typing import TYPE_CHECKING, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from eipctl.aliyun import endpoints
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Reaction, UsageError
from eipctl.domain import cloud_apis
from eipctl.sandbox.faults import Faults
from eipctl.sandbox.http import CallLog, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from eipctl.aliyun.client import CloudClient
    from tests.unit.aliyun.conftest import Place, Scripted


@pytest.mark.parametrize(
    ("product", "region", "host"),
    [
        ("Vpc", "cn-hangzhou", "vpc.cn-hangzhou.aliyuncs.com"),
        ("Ecs", "na-south-1", "ecs.na-south-1.aliyuncs.com"),
        ("CS", "eu-central-1", "cs.eu-central-1.aliyuncs.com"),
        ("Ram", "cn-hangzhou", "ram.aliyuncs.com"),
        ("Sts", "", "sts.aliyuncs.com"),
        ("Vpc", "cn-special", "vpc-special.aliyuncs.com"),
    ],
)
def test_every_region_has_an_endpoint(product: str, region: str, host: str) -> None:
    """Endpoints follow the region; RAM is global; the SDK's own table wins where it has the region."""
    assert endpoints.host(product, region, {"cn-special": "vpc-special.aliyuncs.com"}) == host


@pytest.mark.parametrize(
    "url", ["http://gateway.example.com", "gateway.example.com", "ftp://127.0.0.1", "https://", ""]
)
def test_unusable_endpoint_urls_are_refused(url: str) -> None:
    """Anything but https is refused, except plain http to loopback."""
    with pytest.raises(UsageError):
        endpoints.checked_url(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/", "http://localhost:1", "http://[::1]:1", "https://gw.example.com/"]
)
def test_usable_endpoint_urls_lose_their_slash(url: str) -> None:
    """https anywhere and http on loopback are fine."""
    assert endpoints.checked_url(url) == url.rstrip("/")


@pytest.mark.parametrize("region", ["cn hangzhou", "evil.example.com/", "CN", "-"])
def test_a_region_can_not_smuggle_a_host(region: str) -> None:
    """A region becomes part of a host name, so it is checked."""
    with pytest.raises(UsageError) as caught:
        endpoints.checked_region(region)
    assert caught.value.code is Code.REGION_UNKNOWN


def test_proxies_of_the_environment_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTPS_PROXY counts, NO_PROXY excepts, and loopback is never proxied."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "ecs.cn-hangzhou.aliyuncs.com,.corp")
    hosts = ("vpc.aliyuncs.com", "ecs.cn-hangzhou.aliyuncs.com", "gw.corp", "127.0.0.1:80")
    found = [endpoints.proxy_for(f"https://{host}") for host in hosts]
    assert found == ["http://proxy:3128", None, None, None]


def test_a_proxy_does_not_swallow_the_sandbox(
    monkeypatch: pytest.MonkeyPatch, script: Place, connect: Callable[..., CloudClient], closed_port: int
) -> None:
    """With a dead proxy in the environment, calls to loopback still arrive."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")
    assert connect(script.url).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"})


class _Proxy(socketserver.StreamRequestHandler):
    """Remembers what it is asked for, and hangs up."""

    asked: ClassVar[list[str]] = []

    def handle(self) -> None:
        """Read the request line."""
        self.asked.append(self.rfile.readline().decode().strip())


@pytest.mark.parametrize(
    ("url", "host"), [("https://gateway.example.com", "gateway.example.com"), (None, "vpc.aliyuncs.com")]
)
def test_calls_elsewhere_go_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch, connect: Callable[..., CloudClient], url: str | None, host: str
) -> None:
    """Calls that leave this machine use https and HTTPS_PROXY; no tunnel means that nothing was sent."""
    _Proxy.asked.clear()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Proxy) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(CloudError) as caught:
            connect(url).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"})
        server.shutdown()
    assert caught.value.code is Code.CLOUD_UNREACHABLE
    assert set(_Proxy.asked) == {f"CONNECT {host}:443 HTTP/1.0"}


@pytest.fixture
def tls(scripted: Scripted, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The scripted service behind a certificate that nobody knows: (URL, the certificate's file)."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    _self_signed(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Server(scripted, Faults(), CallLog(), tls=context)
    server.start()
    yield f"https://127.0.0.1:{server.port}", certificate
    server.stop()


def _self_signed(certificate: Path, key: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def test_an_unknown_certificate_is_refused(tls: tuple[str, Path], connect: Callable[..., CloudClient]) -> None:
    """An endpoint that can't prove who it is gets no signed request, and the hint names ALIBABA_CLOUD_CA_BUNDLE."""
    with pytest.raises(CloudError) as caught:
        connect(tls[0]).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"})
    assert (caught.value.code, caught.value.reaction) == (Code.CLOUD_UNREACHABLE, Reaction.STOP)
    assert "ALIBABA_CLOUD_CA_BUNDLE" in caught.value.hint


def test_a_company_ca_can_be_named(
    monkeypatch: pytest.MonkeyPatch, tls: tuple[str, Path], connect: Callable[..., CloudClient]
) -> None:
    """ALIBABA_CLOUD_CA_BUNDLE makes a private CA known."""
    monkeypatch.setenv("ALIBABA_CLOUD_CA_BUNDLE", str(tls[1]))
    assert connect(tls[0]).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"}) == {"RequestId": "R"}
