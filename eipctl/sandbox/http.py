"""Serving HTTP on loopback: keep-alive, one send per small answer, bounded bodies, and every fault a network has.

ASGI servers have no way to reset a connection or to lie about a body's length, so this is the standard library's.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import threading
import time
import traceback
from collections import deque
from dataclasses import asdict, dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from eipctl.sandbox.faults import EVENT
from eipctl.sandbox.spoilt_events import spoilt

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator, Mapping

    from eipctl.sandbox.faults import Faults, Rule

MAX_BODY = 8 * 1024 * 1024
_LINGER_SECONDS, _LINGER_READS = 0.5, 256
_LONGEST_HEADER, _MOST_HEADERS = 65536, 100


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `headers` has lower-case names, `query` keeps blank values and order."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    target: str = ""
    """Path and query exactly as sent, for signatures."""
    spoilt: frozenset[str] = frozenset()
    """What fault rules want the service itself to do to this call."""

    def first(self, name: str, default: str = "") -> str:
        """The first query value of that name."""
        return next((value for key, value in self.query if key == name), default)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `stream`, if given, is sent in chunks after the headers, flushed one by one (a watch)."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    stream: Iterable[bytes] | None = None
    code: str = ""
    """The API's error code, for the call log."""


class Service(Protocol):
    """What a listening socket serves."""

    name: str
    throttled: tuple[int, str, str, int]
    """What :meth:`refuse` is given for a caller that asks too often."""

    def describe(self, request: Request) -> tuple[str, str]:
        """(api, object) for fault rules and the call log."""
        ...

    def handle(self, request: Request) -> Reply:
        """Do the work."""
        ...

    def refuse(self, status: int, code: str, message: str, retry_after: int) -> Reply:
        """An error in this API's own shape."""
        ...

    def now(self) -> float:
        """The server's clock, for the header Date."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the call log; `fault` names what was done to it on purpose."""

    at: float
    service: str
    api: str
    object: str
    status: int
    code: str
    milliseconds: float
    fault: str


class CallLog:
    """The last calls, in memory."""

    def __init__(self, size: int = 200_000) -> None:
        self._calls: deque[Call] = deque(maxlen=size)

    def add(self, call: Call) -> None:
        """Append one."""
        self._calls.append(call)

    def listing(self) -> list[dict[str, Any]]:
        """All of them, oldest first, JSON-ready."""
        return [asdict(call) for call in list(self._calls)]

    def clear(self) -> None:
        """Forget them."""
        self._calls.clear()


class _Broken(Exception):
    """The connection is to be dropped."""


class Server(ThreadingHTTPServer):
    """One service on one loopback port (0 picks a free one), with TLS if a context is given."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(
        self, service: Service, faults: Faults, log: CallLog, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.service, self.faults, self.log, self.tls = service, faults, log, tls
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)
        self.port: int = self.server_address[1]

    def start(self) -> None:
        """Serve in a thread of its own until :meth:`stop`."""
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True, name=self.service.name).start()

    def stop(self) -> None:
        """Stop accepting, free the port and break what is open, as the end of a process does."""
        self.shutdown()
        self.server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        """Let the client read the answer first: closing with bytes unread would reset the connection."""
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            request.settimeout(_LINGER_SECONDS)
            for _ in range(_LINGER_READS):
                if not request.recv(65536):
                    break
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of ours."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    wbufsize = -1  # collect headers and body into one send
    disable_nagle_algorithm = True
    timeout = 120
    raw_requestline: bytes

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request.settimeout(10)
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.server.connections.add(self.request)
        super().setup()

    def finish(self) -> None:
        self.server.connections.discard(self.request)
        super().finish()

    def _serve(self) -> None:
        try:
            request = self._read()
            if request is not None:
                self._answer(request)
        except (_Broken, OSError):
            self.close_connection = True

    def parse_request(self) -> bool:
        """Plain HTTP/1.1 in a tenth of the base class's time, which reads headers as if they were mail."""
        line = self.raw_requestline.decode("latin-1").rstrip("\r\n")
        words = line.split(" ")
        if len(words) != 3 or words[2] != "HTTP/1.1" or not words[1].startswith("/") or words[1].startswith("//"):
            return super().parse_request()
        self.requestline, (self.command, self.path, self.request_version) = line, words
        found: dict[str, str] = {}
        while (raw := self.rfile.readline(_LONGEST_HEADER + 1)) not in (b"\r\n", b"\n", b""):
            name, colon, value = raw.decode("latin-1").partition(":")
            if len(raw) > _LONGEST_HEADER or len(found) >= _MOST_HEADERS or not colon or name != name.strip():
                self.send_error(HTTPStatus.BAD_REQUEST, "Bad header")
                return False
            found[name.lower()] = value.strip()
        self.headers = found  # type: ignore[assignment]  # names in lower case, which is how they are read
        self.close_connection = found.get("connection", "").lower() == "close"
        return found.get("expect", "").lower() != "100-continue" or self.handle_expect_100()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815 - the base class's names

    def _read(self) -> Request | None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = headers.get("content-length", "0")
        if headers.get("transfer-encoding") or not length.isdigit():
            self._send(
                self.server.service.refuse(HTTPStatus.LENGTH_REQUIRED, "LengthRequired", "send Content-Length", 0)
            )
            raise _Broken
        if int(length) > MAX_BODY:
            self._send(self.server.service.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TooLarge", "body too large", 0))
            raise _Broken
        parts = urlsplit(self.path)
        return Request(
            method=self.command,
            path=parts.path,
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers=headers,
            body=self.rfile.read(int(length)),
            target=self.path,
        )

    def _answer(self, request: Request) -> None:
        service, started = self.server.service, time.time()
        api, obj = service.describe(request)
        faults = [] if request.path.startswith("/_sandbox/") else self.server.faults.pick(service.name, api, obj)
        if faults:
            request = replace(request, spoilt=frozenset(fault.do for fault in faults))
        reply = self._before(faults) or self._work(request)
        call = Call(
            started,
            service.name,
            api,
            obj,
            reply.status,
            reply.code,
            round((time.time() - started) * 1000, 3),
            ",".join(fault.do for fault in faults),
        )
        if not request.path.startswith("/_sandbox/"):
            self.server.log.add(call)
        reply = self._after(faults, reply)
        if reply.stream is not None:
            reply = replace(reply, stream=self._events(reply.stream, obj))
        self._send(reply, truncate=any(fault.do == "truncate" for fault in faults))

    def _events(self, stream: Iterable[bytes], obj: str) -> Iterator[bytes]:
        """Lines of a watch, as fault rules want them."""
        service = self.server.service

        def rules() -> list[Rule]:
            found = self.server.faults.pick(service.name, EVENT, obj)
            self._before([rule for rule in found if rule.do in ("latency", "reset")])
            return found

        return spoilt(
            stream, rules, lambda rule: service.refuse(rule.status, rule.code, rule.message, rule.retry_after).body
        )

    def _work(self, request: Request) -> Reply:
        """The service's answer; a defect of ours is told as such and not as a lost connection."""
        try:
            return self.server.service.handle(request)
        except (_Broken, OSError):
            raise
        except Exception:  # noqa: BLE001 - the last net
            traceback.print_exc()
            return self.server.service.refuse(
                HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", "a defect of the sandbox: see its log", 0
            )

    def _before(self, faults: list[Rule]) -> Reply | None:
        for fault in faults:
            if fault.do == "latency":
                world = self.server.faults.worlds
                time.sleep(fault.seconds)
                if world != self.server.faults.worlds:
                    self._reset()
            elif fault.do == "reset":
                self._reset()
            elif fault.do == "kill" and fault.when == "before":
                self._kill(fault)
            elif fault.do == "crash" and fault.when == "before":
                os._exit(137)
            elif fault.do == "throttle":
                return self.server.service.refuse(*self.server.service.throttled)
            elif fault.do == "error":
                return self.server.service.refuse(fault.status, fault.code, fault.message, fault.retry_after)
        return None

    def _after(self, faults: list[Rule], reply: Reply) -> Reply:
        for fault in faults:
            if fault.do == "lose":
                self._reset()
            elif fault.do == "kill" and fault.when == "after":
                self._kill(fault)
            elif fault.do == "crash" and fault.when == "after":
                os._exit(137)
            elif fault.do == "after":
                return self.server.service.refuse(fault.status, fault.code, fault.message, fault.retry_after)
        return reply

    def _kill(self, fault: Rule) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(fault.pid, signal.SIGKILL)
        raise _Broken

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        raise _Broken

    def _send(self, reply: Reply, *, truncate: bool = False) -> None:
        body = reply.body[: len(reply.body) // 2] if truncate else reply.body
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.stream is None:
            # A truncated answer still claims its full length, as one cut by the network does.
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
            self.wfile.flush()
            if truncate:
                self.close_connection = True
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        for part in reply.stream:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The header Date, by the server's own clock."""
        return super().date_time_string(self.server.service.now() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """The call log is the log."""
