"""Credentials that change while a run goes on, and those that have expired."""

from __future__ import annotations

import base64
import json
import resource
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.errors import KubeError, TimedOut, UsageError
from eipctl.base.stop import Stop
from eipctl.kube.login import Credential, Fixed, TokenFile
from eipctl.kube.tls import Certificate, Trust, context
from tests.unit.kube.conftest import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.kube.conftest import Connect, Scripted

OK = Answer(body={})
NO = Answer(401, {"kind": "Status", "message": "Unauthorized", "code": 401})


@pytest.fixture
def trust(certificate: Path) -> dict[str, str]:
    """The cluster's authority."""
    return {"certificate-authority": str(certificate)}


def shown(api: Scripted) -> list[str]:
    """The Authorization headers that arrived."""
    return [seen.headers.get("authorization", "") for seen in api.seen]


def test_a_token_file_is_read_again_after_a_401(
    secure: Scripted, connect: Connect, trust: dict[str, str], tmp_path: Path
) -> None:
    """At once, for reads and for writes: a refused call has changed nothing."""
    file = tmp_path / "token"
    file.write_text("one")
    client = connect(secure.url, user={"tokenFile": str(file)}, **trust)
    secure.plan(OK, NO, OK, NO, OK)
    client.get("/x")
    file.write_text("two\n")
    client.get("/x")
    file.write_text("three")
    client.write("PATCH", "/api/v1/nodes/x", {})
    assert shown(secure) == [f"Bearer {token}" for token in ("one", "one", "two", "two", "three")]


def test_a_401_for_a_token_that_stays_is_told_at_once(
    secure: Scripted, connect: Connect, trust: dict[str, str], tmp_path: Path
) -> None:
    """The same token is not shown twice."""
    file = tmp_path / "token"
    file.write_text("one")
    secure.plan(NO)
    with pytest.raises(KubeError, match="doesn't accept the credentials"):
        connect(secure.url, user={"tokenFile": str(file)}, **trust).get("/x")
    assert shown(secure) == ["Bearer one"]


def test_a_token_file_is_read_every_minute(tmp_path: Path) -> None:
    """And an old token serves while the file is being replaced."""
    file, now = tmp_path / "token", [0.0]
    login = TokenFile(file, Fixed(lambda: Credential("Bearer first")), lambda: now[0])
    assert login.now().authorization == "Bearer first"
    file.write_text("one")
    assert login.now().authorization == "Bearer one"
    file.write_text("two")
    now[0] = 49.0
    assert login.now().authorization == "Bearer one"
    now[0] = 50.0
    assert login.now().authorization == "Bearer two"
    file.unlink()
    now[0] = 500.0
    assert login.now().authorization == "Bearer two"


def test_a_plugin_is_asked_again_after_a_401(
    secure: Scripted, connect: Connect, trust: dict[str, str], tmp_path: Path
) -> None:
    """As kubectl does."""
    plugin = tmp_path / "plugin"
    answer = {"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "@"}}
    plugin.write_text(
        f"#!/bin/sh\necho x >> {tmp_path}/n\necho '{json.dumps(answer)}' | sed s/@/t$(wc -l < {tmp_path}/n)/\n"
    )
    plugin.chmod(0o755)
    section = {"apiVersion": answer["apiVersion"], "command": str(plugin), "interactiveMode": "Never"}
    secure.plan(OK, NO, OK, OK)
    client = connect(secure.url, user={"exec": section}, **trust)
    for _ in range(3):
        client.get("/x")
    assert shown(secure) == ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2"]


def test_impersonation_goes_with_every_call(secure: Scripted, connect: Connect, trust: dict[str, str]) -> None:
    """Reads, reviews, writes and watches."""
    secure.plan(OK, OK, OK, Answer(body=b"{}\n"))
    client = connect(secure.url, user={"token": "t", "as": "jane", "as-uid": "7"}, **trust)
    client.get("/x")
    client.ask("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {})
    client.write("DELETE", "/api/v1/nodes/x", {})
    list(client.lines("/x", {"watch": "true"}, 1, 60.0))
    assert [seen.headers["impersonate-user"] for seen in secure.seen] == ["jane"] * 4
    assert [seen.headers["impersonate-uid"] for seen in secure.seen] == ["7"] * 4


def test_an_expired_token_is_named(secure: Scripted, connect: Connect, trust: dict[str, str]) -> None:
    """By what it says itself; the token is not shown."""
    claims = base64.urlsafe_b64encode(json.dumps({"exp": 1000000000}).encode()).decode().rstrip("=")
    secure.plan(NO)
    with pytest.raises(KubeError, match=r"\(401\): the token expired at 2001-09-09T01:46:40Z") as raised:
        connect(secure.url, user={"token": f"head.{claims}.hunter2"}, **trust).get("/x")
    assert "hunter2" not in raised.value.message


def test_a_certificate_needs_no_place_for_files(certificate: Path) -> None:
    """A Pod whose root is read-only has none: no byte is written to a file."""
    pem = certificate.read_bytes()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        context(Trust(pem), Certificate(pem, pem, "here"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def id_token(end: float) -> str:
    """A token that ends then."""
    return f"a.{base64.urlsafe_b64encode(json.dumps({'exp': end}).encode()).decode().rstrip('=')}.b"


def test_oidc_takes_a_token_that_is_good(secure: Scripted, connect: Connect, trust: dict[str, Any]) -> None:
    """The login that is built into kubectl."""
    good = id_token(time.time() + 3600)
    config = {"idp-issuer-url": "https://issuer.invalid", "client-id": "c", "id-token": good}
    secure.plan(OK)
    connect(secure.url, user={"auth-provider": {"name": "oidc", "config": config}}, **trust).get("/x")
    assert shown(secure) == [f"Bearer {good}"]


@pytest.fixture
def issuer(certificate: Path) -> Iterator[str]:
    """Who renews tokens."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    good = id_token(4102444800)

    class Issuer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say({"token_endpoint": f"https://127.0.0.1:{server.server_address[1]}/token"})

        def do_POST(self) -> None:
            self._say({"access_token": "x", "token_type": "bearer", "id_token": good, "refresh_token": "next"})

        def _say(self, answer: dict[str, str]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_oidc_renews_a_token_that_has_expired(
    secure: Scripted, connect: Connect, trust: dict[str, Any], issuer: str, certificate: Path
) -> None:
    """At an issuer that is trusted; the kubeconfig stays as it is."""
    config = {
        "idp-issuer-url": issuer,
        "client-id": "c",
        "id-token": id_token(1),
        "refresh-token": "r",
        "idp-certificate-authority": str(certificate),
    }
    secure.plan(OK)
    connect(secure.url, user={"auth-provider": {"name": "oidc", "config": config}}, **trust).get("/x")
    assert shown(secure) == [f"Bearer {id_token(4102444800)}"]
    del config["idp-certificate-authority"]
    with pytest.raises(UsageError, match="has expired and could not be renewed"):
        connect(secure.url, user={"auth-provider": {"name": "oidc", "config": config}}, **trust)


def test_an_issuer_that_does_not_answer_holds_no_run_longer_than_its_time(
    secure: Scripted, connect: Connect, trust: dict[str, Any]
) -> None:
    """--timeout holds while the official client waits for the issuer, too."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = {
            "idp-issuer-url": f"https://127.0.0.1:{silent.getsockname()[1]}",
            "client-id": "c",
            "id-token": id_token(1),
            "refresh-token": "r",
        }
        with pytest.raises(TimedOut):
            connect(secure.url, Stop(0.5), user={"auth-provider": {"name": "oidc", "config": config}}, **trust)
