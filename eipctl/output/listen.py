"""`--listen`: a small HTTP server that answers GET of a few pages, for Prometheus and the kubelet.

Bounded in every direction: a request has SECONDS and LARGEST bytes, and at most AT_ONCE are answered at a time. One
request a connection; a body is not read.
"""

from __future__ import annotations

import io
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = "127.0.0.1"
SECONDS = 5.0
"""For the whole request, and again for the whole answer."""
LARGEST = 8192
"""Bytes of a request's line and headers."""
AT_ONCE = 32
"""Connections; further ones are closed at once."""
PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 is any that is free."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """``:9090`` and ``9090`` on loopback, ``0.0.0.0:9090``, ``[::]:9090``. UsageError for anything else."""
        found = re.fullmatch(r"(?:(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]*)):)?(\d{1,5})", text, re.ASCII)
        if found is None or int(found[3]) > 65535:
            hint = "write it as :9090 (loopback), 0.0.0.0:9090 or [::]:9090"
            raise UsageError(Code.USAGE, f"--listen {text!r} is not an address with a port", hint=hint)
        return cls(found[1] or found[2] or LOOPBACK, int(found[3]))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class PageText:
    """An answer."""

    text: str
    status: int = 200
    kind: str = PLAIN


Pages = Mapping[str, Callable[[], PageText]]
"""What is answered, by path."""
Tell = Callable[[Exception], None]


class _Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = AT_ONCE

    def __init__(self, address: Address, pages: Pages, tell: Tell) -> None:
        self.pages, self.tell = pages, tell
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self.address_family, *_, where = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        super().__init__(where, _Request)  # type: ignore[arg-type] # an address of two or four parts, as the family has it

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is gone or too slow is ignored; anything else is reported."""
        import sys

        error = sys.exception()
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self.tell(error)


class _Request(BaseHTTPRequestHandler):
    server: _Server
    server_version, sys_version = "eipctl", ""

    def handle(self) -> None:
        """Read the request as a whole first, so that neither its size nor its pace is the client's choice."""
        head = _head(self.connection)
        self.connection.settimeout(SECONDS)
        if len(head) > LARGEST:
            self.requestline, self.request_version, self.command = "", "HTTP/1.1", ""
            self._answer(PageText("request too large\n", 431))
            return
        self.rfile = io.BufferedReader(io.BytesIO(head))
        super().handle()

    def do_GET(self) -> None:
        make = self.server.pages.get(self.path.partition("?")[0])
        if make is None:
            self._answer(PageText("not found\n", 404))
            return
        try:
            page = make()
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and the user hears of it
            self.server.tell(error)
            page = PageText("internal error\n", 500)
        self._answer(page)

    def _refuse(self) -> None:
        self._answer(PageText("only GET is answered\n", 405))

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_CONNECT = _refuse  # noqa: N815

    def _answer(self, page: PageText) -> None:
        body = page.text.encode()
        self.send_response(page.status)
        if page.status == 405:
            self.send_header("Allow", "GET")
        self.send_header("Content-Type", page.kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Probes are nothing to log."""


def _head(connection: socket.socket) -> bytes:
    """A request up to its blank line, to its end, or a little more than LARGEST; TimeoutError after SECONDS."""
    end, found = time.monotonic() + SECONDS, b""
    while len(found) <= LARGEST and b"\r\n\r\n" not in found and b"\n\n" not in found:
        connection.settimeout(max(0.001, end - time.monotonic()))
        more = connection.recv(8 * LARGEST)
        if not more:
            break
        found += more
    return found


@contextmanager
def serving(address: Address, pages: Pages, tell: Tell) -> Iterator[Address]:
    """Answer GET of `pages` while the block runs; at this address.

    `tell` is called with what a page raises, and with what ends the server's thread, which restarts. UsageError if
    the address can't be used.
    """
    try:
        server = _Server(address, pages, tell)
    except OSError as error:
        hint = "choose another --listen"
        message = f"--listen {address}: {error.strerror}"
        raise UsageError(Code.PORT_IN_USE, message, hint=hint) from error

    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                server.serve_forever(poll_interval=0.2)
            except Exception as error:  # noqa: BLE001 - no thread dies alone, nor leaves the address unserved
                tell(error)
                over.wait(1.0)

    thread = threading.Thread(target=serve, daemon=True, name="listen")
    thread.start()
    try:
        host, port = server.server_address[:2]
        yield Address(str(host), int(port))
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
