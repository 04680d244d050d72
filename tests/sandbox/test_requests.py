"""The sandbox's servers read requests as they are sent, and refuse what is no HTTP."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from eipctl.sandbox.faults import Faults
from eipctl.sandbox.http import CallLog, Reply, Request, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = b"".join(b"X-%d: 1\r\n" % number for number in range(101))


class _Echo:
    """Answers what it was sent."""

    name, throttled = "echo", (400, "Busy", "", 0)

    def describe(self, request: Request) -> tuple[str, str]:
        return request.method, request.path

    def handle(self, request: Request) -> Reply:
        return Reply(200, f"{request.method} {request.target} {request.headers.get('x-odd')} ".encode() + request.body)

    def refuse(self, status: int, code: str, message: str, retry_after: int) -> Reply:
        return Reply(status, f"{code} {message} {retry_after}".encode())

    def now(self) -> float:
        return 0.0


@pytest.fixture
def port() -> Iterator[int]:
    """Where it listens."""
    server = Server(_Echo(), Faults(), CallLog())
    server.start()
    yield server.port
    server.stop()


def _ask(port: int, *sent: bytes) -> bytes:
    """What comes back until the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for part in sent:
            connection.sendall(part)
        answer = b""
        while more := connection.recv(65536):
            answer += more
        return answer


def test_a_connection_is_used_again_until_it_is_to_be_closed(port: int) -> None:
    """Two requests in one piece are answered one after the other; names of headers count in any case of letters."""
    first = b"POST /a?b=%20 HTTP/1.1\r\nHost: x\r\nX-ODD:  yes \r\ncontent-LENGTH: 2\r\n\r\nhi"
    second = b"GET /c HTTP/1.1\r\nHost: x\r\nconnection: Close\r\n\r\n"
    answer = _ask(port, first + second)
    assert answer.count(b"HTTP/1.1 200 ") == 2
    assert b"POST /a?b=%20 yes hi" in answer
    assert answer.endswith(b"GET /c None ")


def test_a_client_that_waits_is_told_to_go_on(port: int) -> None:
    """Expect: 100-continue is answered before the body comes."""
    head = b"PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
    assert _ask(port, head, b"hi").startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nno colon here\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n folded: yes\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + MANY + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"GET /\x00 a b HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused(port: int, sent: bytes) -> None:
    """Headers without a colon, folded ones, too many, too long ones, and a line that is no request."""
    assert b" 400 " in _ask(port, sent).splitlines()[0]


def test_an_older_client_is_answered_and_hung_up_on(port: int) -> None:
    """HTTP/1.0 has no connection that stays."""
    assert b"GET /a None" in _ask(port, b"GET /a HTTP/1.0\r\n\r\n")
