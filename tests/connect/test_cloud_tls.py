"""Whom calls to Alibaba Cloud trust: nobody more for an empty variable, and no name but a certificate's own."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest

from eipctl.aliyun.client import CloudClient
from eipctl.aliyun.identity import IdentityReader
from eipctl.base.errors import EipctlError, ExitCode, UsageError
from eipctl.base.stop import Stop
from tests.connect.certificates import made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.connect.certificates import Pair

ANSWER = b'{"RequestId":"R","AccountId":"1","Arn":"acs:ram::1:root"}'
HTTP = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(ANSWER), ANSWER)
AUTHORITY = made("authority", ca=True)
LOGIN = "user:word"
VARIABLES = ("ALIBABA_CLOUD_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


class Listener:
    """Keeps the first bytes on the wire, and what comes inside TLS; answers as the cloud does."""

    def __init__(self, folder: Path, pair: Pair) -> None:
        certificate, key = folder / "server.pem", folder / "server.key"
        certificate.write_bytes(pair.pem)
        key.write_bytes(pair.key_pem)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.first, self.inside = b"", b""
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        try:
            while True:
                found, _ = self._socket.accept()
                self.first = self.first or found.recv(64, socket.MSG_PEEK)
                try:
                    with self._context.wrap_socket(found, server_side=True) as inside:
                        self.inside += inside.recv(65536)
                        inside.sendall(HTTP)
                except OSError:
                    continue
        except OSError:
            return

    def close(self) -> None:
        """Stop."""
        self._socket.close()


@pytest.fixture
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Listener]:
    """With the certificate that the test asks for."""
    server = Listener(tmp_path, request.param)
    yield server
    server.close()


def ask(url: str) -> str:
    """A call that nobody signs."""
    return IdentityReader(CloudClient(None, "cn-hangzhou", endpoint_url=url, stop=Stop(20))).caller().account_id


def trusted(folder: Path) -> str:
    """A file with the authority."""
    path = folder / "authority.pem"
    path.write_bytes(AUTHORITY.pem)
    return str(path)


GOOD = made("server", AUTHORITY, hosts=("127.0.0.1", "localhost"))
NAMED_IN_SUBJECT = made("localhost", AUTHORITY)


@pytest.mark.parametrize("listener", [GOOD], indirect=True)
def test_a_server_of_the_bundle_is_trusted(listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is refused below is refused for its reason."""
    monkeypatch.setenv("ALIBABA_CLOUD_CA_BUNDLE", trusted(tmp_path))
    assert ask(f"https://localhost:{listener.port}") == "1"


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("listener", [GOOD], indirect=True)
def test_an_empty_variable_trusts_nobody_more(
    listener: Listener, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent to a server with a certificate of nobody's."""
    monkeypatch.setenv(variable, "")
    with pytest.raises(EipctlError, match="certificate verify failed"):
        ask(f"https://localhost:{listener.port}")
    assert listener.inside == b""


@pytest.mark.parametrize("listener", [NAMED_IN_SUBJECT], indirect=True)
def test_a_name_in_the_subject_is_none(listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate without alternative names is refused."""
    monkeypatch.setenv("ALIBABA_CLOUD_CA_BUNDLE", trusted(tmp_path))
    with pytest.raises(EipctlError, match="certificate verify failed"):
        ask(f"https://localhost:{listener.port}")
    assert listener.inside == b""


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_bundle_that_cannot_be_read_is_an_error_of_the_configuration(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2, and the variable and its file are named."""
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("ALIBABA_CLOUD_CA_BUNDLE", str(path))
    with pytest.raises(UsageError, match=f"ALIBABA_CLOUD_CA_BUNDLE names {path}") as raised:
        ask("https://localhost:1")
    assert raised.value.exit is ExitCode.USAGE


@pytest.mark.parametrize("bundle", [False, True], ids=["of nobody's", "of the bundle"])
@pytest.mark.parametrize("listener", [GOOD], indirect=True)
def test_a_login_never_goes_in_clear_to_a_proxy_of_https(
    listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, bundle: bool
) -> None:
    """TLS comes first, and a proxy that is not trusted gets no login."""
    if bundle:
        monkeypatch.setenv("ALIBABA_CLOUD_CA_BUNDLE", trusted(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", f"https://{LOGIN}@localhost:{listener.port}")
    with pytest.raises(EipctlError):
        ask("https://vpc.cn-hangzhou.example.com")
    assert listener.first.startswith(b"\x16\x03")
    assert (b"proxy-authorization: " in listener.inside.lower()) is bundle
