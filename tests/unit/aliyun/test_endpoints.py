"""Where calls go, and through which proxy."""

from __future__ import annotations

import datetime
import ipaddress
import socketserver
import ssl
import threading
from pathlib import Path
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

    from eipctl.aliyun.client import CloudClient
    from tests.unit.aliyun.conftest import Place, Scripted


PUBLISHED = [
    tuple(line.split("\t")) for line in (Path(__file__).parent / "endpoints.tsv").read_text("utf-8").splitlines()[1:]
]
"""Product, region, public host and host inside a VPC ("" for none), as Alibaba Cloud publishes them (2026-04)."""


@pytest.mark.parametrize(("product", "region", "public", "inside"), PUBLISHED)
def test_the_published_hosts_are_called(product: str, region: str, public: str, inside: str) -> None:
    """Of every product and region that are published; where there is no host inside a VPC, the public one is."""
    assert endpoints.host(product, region) == public
    assert endpoints.host(product, region, internal=True) == (inside or public)


def test_regions_that_only_the_sdk_knows() -> None:
    """Old regions, those of the government among them, are not in what is published."""
    from aliyunsdkvpc.endpoint import endpoint_data

    published = {region for product, region, *_ in PUBLISHED if product == "vpc"}
    known = {region: host for region, host in endpoint_data.getEndpointMap().items() if region not in published}
    assert known
    assert {region: endpoints.host("Vpc", region) for region in known} == known
    assert endpoints.host("Ecs", "cn-north-2-gov-1") == "ecs.aliyuncs.com"


@pytest.mark.parametrize(
    ("product", "region", "host"),
    [
        ("Vpc", "xx-new-1", "vpc.xx-new-1.aliyuncs.com"),
        ("CS", "xx-new-1", "cs.xx-new-1.aliyuncs.com"),
        ("Ram", "xx-new-1", "ram.aliyuncs.com"),
        ("Sts", "", "sts.aliyuncs.com"),
    ],
)
def test_every_region_has_an_endpoint(product: str, region: str, host: str) -> None:
    """A region that is newer than this version, too."""
    assert endpoints.host(product, region) == host


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


@pytest.mark.parametrize(
    ("no_proxy", "url"),
    [
        ("192.0.2.0/24", "https://192.0.2.7:9"),
        ("192.0.2.7", "https://192.0.2.7:9"),
        ("192.0.2.7:9", "https://192.0.2.7:9"),
        ("2001:db8::/32", "https://[2001:db8::1]"),
        ("[2001:db8::1]:443", "https://[2001:db8::1]"),
        ("aliyuncs.com", "https://vpc.aliyuncs.com"),
        (".aliyuncs.com", "https://vpc.aliyuncs.com"),
        ("a, *.ALIYUNCS.com", "https://vpc.aliyuncs.com"),
        ("*", "https://vpc.aliyuncs.com"),
        ("vpc.aliyuncs.com:443", "https://vpc.aliyuncs.com"),
    ],
)
def test_no_proxy_is_read_as_the_aliyun_cli_reads_it(monkeypatch: pytest.MonkeyPatch, no_proxy: str, url: str) -> None:
    """Networks, addresses, hosts, suffixes, and any of them with a port."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert endpoints.proxy_for(url) is None


@pytest.mark.parametrize(
    "no_proxy", ["", "liyuncs.com", "vpc.aliyuncs.com:80", "10.0.0.0/8", ".vpc.aliyuncs.com", ":443"]
)
def test_what_no_proxy_does_not_mean(monkeypatch: pytest.MonkeyPatch, no_proxy: str) -> None:
    """Another port, half of a name, a network for a name; and all_proxy is not read."""
    monkeypatch.setenv("HTTPS_PROXY", "http://who:secret@proxy:3128")
    monkeypatch.setenv("ALL_PROXY", "http://other:1")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert endpoints.proxy_for("https://vpc.aliyuncs.com") == "http://who:secret@proxy:3128"
    monkeypatch.delenv("HTTPS_PROXY")
    assert endpoints.proxy_for("https://vpc.aliyuncs.com") is None


def test_a_socks_proxy_resolves_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in Go, where both schemes mean that."""
    monkeypatch.setenv("HTTPS_PROXY", "socks5://proxy:1080")
    assert endpoints.proxy_for("https://vpc.aliyuncs.com") == "socks5h://proxy:1080"


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
    ("url", "host"), [("https://gateway.example.com", "gateway.example.com"), (None, "vpc.cn-hangzhou.aliyuncs.com")]
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


def test_the_authorities_are_read_once_for_a_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tls: tuple[str, Path], connect: Callable[..., CloudClient]
) -> None:
    """Whoever connects later need not read the bundle, which takes longer than most calls."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(tls[1].read_bytes())
    monkeypatch.setenv("ALIBABA_CLOUD_CA_BUNDLE", str(bundle))
    connect(tls[0]).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"})
    bundle.unlink()
    assert connect(tls[0]).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"}) == {"RequestId": "R"}
