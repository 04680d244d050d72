"""A scripted API server on loopback, and clients of it."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from eipctl.base.stop import Stop
from eipctl.kube.client import KubeClient
from tests.connect.certificates import made

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Answer:
    """One answer; `do` is "send", "cut" (half the body), "reset" (no answer) or "hang" (none until the test ends)."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    do: str = "send"

    @property
    def raw(self) -> bytes:
        """The body's bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Seen:
    """One request that arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


KINDS = {
    "pods": "Pod",
    "nodes": "Node",
    "configmaps": "ConfigMap",
    "namespaces": "Namespace",
    "leases": "Lease",
    "events": "Event",
    "selfsubjectaccessreviews": "SelfSubjectAccessReview",
    "selfsubjectreviews": "SelfSubjectReview",
}


def with_kind(answer: Answer, seen: Seen) -> bytes:
    """The body as API servers write it: with its kind, and with the name of the object where it is left out."""
    body = {} if answer.body is None else answer.body
    if not isinstance(body, dict) or body.get("kind") == "Status" or not 200 <= answer.status < 300:
        return answer.raw
    if seen.path != "/apis" and not seen.path.startswith(("/api/", "/apis/")):
        return answer.raw
    body = {name: value for name, value in body.items() if (name, value) != ("kind", "List")}
    if seen.path == "/apis" or "resources" in body:
        return json.dumps({"kind": "APIGroupList" if seen.path == "/apis" else "APIResourceList", **body}).encode()
    parts = seen.path.removesuffix("/status").strip("/").split("/")
    collection = parts[-1] in KINDS or "items" in body
    kind = KINDS.get(parts[-1] if collection else parts[-2], "Thing")
    if seen.method == "GET" and collection:
        return json.dumps({"kind": f"{kind}List", **body}).encode()
    named = {} if collection and seen.method == "GET" else {"name": parts[-1]}
    if seen.method == "POST":
        named = {"name": (seen.body or {}).get("metadata", {}).get("name")}
    if seen.method == "DELETE":
        return json.dumps({"kind": "Status", "status": "Success"}).encode()
    return json.dumps({"kind": kind, **body, "metadata": {**named, **(body.get("metadata") or {})}}).encode()


class Scripted:
    """Answers from `script` in order, then from `routes` by path, then 404."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.script: deque[Answer] = deque()
        self.routes: dict[str, Any] = {}
        self.seen: list[Seen] = []
        self.over = threading.Event()
        self.arrived = threading.Condition()
        api = self

        class Handler(_Handler):
            scripted = api

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def plan(self, *answers: Answer) -> None:
        """Append to the script."""
        self.script.extend(answers)

    def reached(self, requests: int, seconds: float) -> None:
        """Wait until so many have arrived."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.seen) >= requests, seconds), self.seen

    def close(self) -> None:
        """Let hanging answers go and stop."""
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scripted: Scripted

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, parts.path, dict(parse_qsl(parts.query)), headers, json.loads(raw) if raw else None)
        with self.scripted.arrived:
            self.scripted.seen.append(seen)
            self.scripted.arrived.notify_all()
        answer = self.scripted.script.popleft() if self.scripted.script else self._route(parts.path)
        self._answer(answer, with_kind(answer, seen))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the base class's names

    def _route(self, path: str) -> Answer:
        if path in self.scripted.routes:
            found = self.scripted.routes[path]
            return found if isinstance(found, Answer) else Answer(body=found)
        kind, name = map(unquote, path.split("/")[-2:])
        details = {"name": name, "kind": kind}
        status = {"kind": "Status", "reason": "NotFound", "message": f"{path} not found", "details": details}
        return Answer(404, status)

    def _answer(self, answer: Answer, raw: bytes) -> None:
        if answer.do == "hang":
            self.scripted.over.wait()
        if answer.do != "send" and answer.do != "cut":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        begin = self.send_response_only if "Date" in answer.headers else self.send_response
        begin(answer.status)
        for name, value in {"Content-Length": str(len(raw)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw[: len(raw) // 2] if answer.do == "cut" else raw)
        self.close_connection = answer.do == "cut"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[Scripted]:
    """A scripted API server."""
    server = Scripted()
    yield server
    server.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 and its key, in one PEM file."""
    pair = made("test", hosts=("127.0.0.1",), ca=True)
    path = tmp_path_factory.mktemp("tls") / "cert.pem"
    path.write_bytes(pair.pem + pair.key_pem)
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Scripted]:
    """A scripted API server with TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Scripted(context)
    yield server
    server.close()


def kubeconfig(url: str, *, user: dict[str, Any] | None = None, **cluster: Any) -> dict[str, Any]:
    """A kubeconfig with one context, ``test``."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": url, **cluster}}],
        "users": [{"name": "u", "user": user or {"token": "sesame"}}],
    }


Connect = Callable[..., KubeClient]


@pytest.fixture
def connect(tmp_path: Path) -> Connect:
    """A client of a URL, by way of a kubeconfig file."""

    def client(url: str, stop: Stop | None = None, **config: Any) -> KubeClient:
        path = tmp_path / "kubeconfig"
        path.write_text(json.dumps(kubeconfig(url, **config)))
        return KubeClient.connect(str(path), None, stop or Stop())

    return client


@pytest.fixture
def client(api: Scripted, connect: Connect) -> KubeClient:
    """A client of the scripted API server."""
    return connect(api.url)
