"""What a kubeconfig can point to, on loopback, each noting what arrives: an API server with TLS, and proxies."""

from __future__ import annotations

import base64
import http.client
import json
import select
import socket
import socketserver
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

NO_CHECK_TIME = 0x200000
"""OpenSSL's flag: the server itself judges an expired certificate, as the real one does."""
_HOP = {"host", "content-length", "connection", "transfer-encoding", "date", "server", "accept-encoding"}


class Front(ThreadingHTTPServer):
    """An API server that looks at who comes, and passes on to a sandbox what comes from somebody it knows.

    It notes ``("who", …)`` for a request and ``("status", …)`` for its answer.
    """

    daemon_threads = True

    def __init__(self, address: tuple[str, int], tls: ssl.SSLContext, tokens: set[str], note: Any) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Api)
        self.tokens, self.note = tokens, note
        self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def behind(self, url: str, authority: bytes, token: str) -> None:
        """Where requests are passed on to."""
        self.sandbox = urlsplit(url).netloc, ssl.create_default_context(cadata=authority.decode()), token

    def handle_error(self, *_about: object) -> None:
        """Who hangs up is not news."""


class _Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Front
    connection: ssl.SSLSocket

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        who, known = self._caller()
        given = ((name.lower(), value) for name, value in self.headers.items())
        acting = sorted(f"{name}: {value}" for name, value in given if name.startswith("impersonate-"))
        packed = "gzip" if "gzip" in (self.headers.get("Accept-Encoding") or "") else "plain"
        self.server.note("who", f"{who}; {', '.join(acting) or 'as itself'}; {packed}")
        if not known:
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "Unauthorized"}
            self._reply(401, [], json.dumps({**status, "reason": "Unauthorized", "code": 401}).encode())
            return
        netloc, trust, token = self.server.sandbox
        sandbox = http.client.HTTPSConnection(netloc, context=trust)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        path = "/" + self.path.lstrip("/").removeprefix("prefix/")
        sandbox.request(self.command, path, body or None, {**headers, "Authorization": f"Bearer {token}"})
        answer = sandbox.getresponse()
        self._reply(answer.status, answer.getheaders(), answer.read())
        sandbox.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - as the base class asks for it

    def _caller(self) -> tuple[str, bool]:
        certificate: Any = self.connection.getpeercert() or {}
        names = [value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
        given = self.headers.get("Authorization") or "no token"
        known = given in {f"Bearer {token}" for token in self.server.tokens} or given == _basic("bob", "s:cret")
        if names and given == "no token":
            known = parsedate_to_datetime(str(certificate["notAfter"])) > datetime.now(UTC)
        return f"{given}, certificate {names[0] if names else 'none'}", known

    def _reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.server.note("status", str(status))
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Proxy(socketserver.ThreadingTCPServer):
    """A CONNECT proxy; whatever host is asked for, it leads to `target`. It notes ``("way", …)``."""

    daemon_threads = True

    def __init__(self, target: tuple[str, int], login: str, note: Any, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Connect)
        self.target, self.login, self.note, self.tls = target, login, note, tls

    @property
    def netloc(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_address[1]}"

    def get_request(self) -> tuple[Any, Any]:
        """With TLS, if it has any."""
        connection, address = super().get_request()
        return (self.tls.wrap_socket(connection, server_side=True) if self.tls else connection), address

    def handle_error(self, *_about: object) -> None:
        """Who hangs up is not news."""


class _Connect(socketserver.StreamRequestHandler):
    server: Proxy

    def handle(self) -> None:
        head: list[str] = []
        while (line := self.rfile.readline().decode("latin-1").strip()) and len(head) < 50:
            head.append(line)
        login = next((line for line in head if line.lower().startswith("proxy-authorization:")), "")
        given = base64.b64decode(login.rpartition(" ")[2]).decode() if login else ""
        asked = head[0].split(" ")[:2] if head else []
        self.server.note(
            "way", f"{'https' if self.server.tls else 'http'} proxy {' '.join(asked)} as {given or 'nobody'}"
        )
        if given != self.server.login:
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n\r\n")
            return
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        _through(self.connection, self.server.target)


class Socks(socketserver.ThreadingTCPServer):
    """A SOCKS5 proxy (RFC 1928, RFC 1929); whatever is asked for, it leads to `target`. It notes ``("way", …)``."""

    daemon_threads = True

    def __init__(self, target: tuple[str, int], login: str, note: Any) -> None:
        super().__init__(("127.0.0.1", 0), _Socks)
        self.target, self.login, self.note = target, login, note

    @property
    def netloc(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_about: object) -> None:
        """Who hangs up is not news."""


class _Socks(socketserver.StreamRequestHandler):
    server: Socks

    def handle(self) -> None:
        _version, count = self.rfile.read(2)
        methods = self.rfile.read(count)
        given = "nobody"
        if self.server.login:
            if 2 not in methods:
                self.server.note("way", "socks proxy without a login")
                self.wfile.write(b"\x05\xff")
                return
            self.wfile.write(b"\x05\x02")
            self.rfile.read(1)
            given = ":".join(self.rfile.read(self.rfile.read(1)[0]).decode() for _ in range(2))
            self.wfile.write(b"\x01\x00" if given == self.server.login else b"\x01\x01")
        else:
            self.wfile.write(b"\x05\x00")
        if self.server.login and given != self.server.login:
            self.server.note("way", f"socks proxy refuses {given}")
            return
        kind = self.rfile.read(4)[3]
        host = self._host(kind)
        port = int.from_bytes(self.rfile.read(2), "big")
        self.server.note("way", f"socks proxy CONNECT {host}:{port} as {given}")
        self.wfile.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        _through(self.connection, self.server.target)

    def _host(self, kind: int) -> str:
        if kind == 3:
            return self.rfile.read(self.rfile.read(1)[0]).decode()
        family, length = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
        return socket.inet_ntop(family, self.rfile.read(length))


def _through(client: socket.socket, target: tuple[str, int]) -> None:
    """Pass on bytes both ways until one side hangs up."""
    with suppress(OSError), socket.create_connection(target) as server:
        pair = {client: server, server: client}
        while True:
            pending = [side for side in pair if isinstance(side, ssl.SSLSocket) and side.pending()]
            for source in pending or select.select(list(pair), [], [], 60)[0] or [client]:
                data = source.recv(65536)
                if not data:
                    return
                pair[source].sendall(data)


def started(server: socketserver.BaseServer) -> None:
    """Let it serve."""
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
