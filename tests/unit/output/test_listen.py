"""`--listen`: GET of three pages, and nothing that a client sends makes the server wait, grow or fall over."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.output import listen
from eipctl.output.listen import Address, PageText, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY = Address("127.0.0.1", 0)


def broken() -> PageText:
    """A page that can't be made."""
    raise LookupError("nothing there")


class Served:
    """A server, and what it told of."""

    def __init__(self, stack: ExitStack, address: Address = ANY) -> None:
        self.told: list[Exception] = []
        pages = {"/healthz": lambda: PageText("ok\n"), "/readyz": lambda: PageText("not yet\n", 503), "/broken": broken}
        self.at = stack.enter_context(serving(address, pages, self.told.append))

    def ask(self, path: str, method: str = "GET") -> tuple[int, str]:
        """Status and body."""
        try:
            with urlopen(Request(f"http://{self.at}{path}", method=method), timeout=30) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def raw(self, sent: bytes) -> bytes:
        """All that comes back for these bytes and the end of what is sent."""
        with socket.create_connection((self.at.host, self.at.port), timeout=30) as client:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.fixture
def served() -> Iterator[Served]:
    """On a free port of loopback."""
    with ExitStack() as stack:
        yield Served(stack)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":9090", "127.0.0.1:9090"),
        ("9090", "127.0.0.1:9090"),
        ("0.0.0.0:9090", "0.0.0.0:9090"),
        ("localhost:0", "localhost:0"),
        ("[::1]:9090", "[::1]:9090"),
    ],
)
def test_only_an_address_that_is_given_is_other_than_loopback(text: str, expected: str) -> None:
    """A port alone serves nobody but this host."""
    assert str(Address.parse(text)) == expected


@pytest.mark.parametrize("text", ["", "here", ":", "::1:9090", "host:", ":99999", "a b:1", "http://x:1", ":٣"])
def test_anything_else_is_a_usage_error(text: str) -> None:
    """Before anything is done."""
    with pytest.raises(UsageError, match="is not an address with a port"):
        Address.parse(text)


def test_get_is_answered(served: Served) -> None:
    """With the page's status and text; a query changes nothing; other paths are not found."""
    assert served.ask("/healthz") == (200, "ok\n")
    assert served.ask("/healthz?verbose") == (200, "ok\n")
    assert served.ask("/readyz") == (503, "not yet\n")
    assert served.ask("/")[0] == served.ask("/../etc/passwd")[0] == 404


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(served: Served, method: str) -> None:
    """405, on every path."""
    assert [served.ask(path, method)[0] for path in ("/healthz", "/nothing")] == [405, 405]


def test_a_page_that_raises_is_told_and_the_server_goes_on(served: Served) -> None:
    """The client gets a 500 without its words."""
    assert served.ask("/broken") == (500, "internal error\n")
    assert [str(error) for error in served.told] == ["nothing there"]
    assert served.ask("/healthz")[0] == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", b"431"),
        (b"GET /healthz HTTP/1.1\r\n" + b"A: b\r\n" * 2000 + b"\r\n", b"431"),
        (b"GET /healthz HTTP/1.1\r\n" + b"A: b\r\n" * 150 + b"\r\n", b"431"),
        (b"BREW /healthz HTTP/1.1\r\n\r\n", b"501"),
        (b"\x16\x03\x01\x02\x00 \r\n\r\n", b"400"),
        (b"GET /healthz HTTP/9.9\r\n\r\n", b"505"),
        (b"GET /healthz HTTP/1.1\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n", b"200"),
    ],
    ids=["long line", "many bytes", "many headers", "no method", "TLS", "version", "two at once"],
)
def test_bounds_of_a_request(served: Served, sent: bytes, status: bytes) -> None:
    """Refused with a status; one request a connection."""
    answer = served.raw(sent)
    assert status in answer.split(b"\r\n", 1)[0]
    assert answer.count(b"ok\n") == (status == b"200")
    assert served.told == []
    assert served.ask("/healthz")[0] == 200


@pytest.mark.parametrize("sent", [b"", b"GET", b"GET /healthz HTTP/1.1\r\nA: "])
def test_a_client_that_stops_in_the_middle_is_nothing_to_tell(served: Served, sent: bytes) -> None:
    """It gets no page."""
    assert b"200" not in served.raw(sent).split(b"\r\n", 1)[0] or sent.endswith(b": ")
    assert served.told == []


def test_a_client_that_drips_is_given_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte begins no new time: the connection ends while the client still sends."""
    monkeypatch.setattr(listen, "SECONDS", 0.5)
    over = threading.Event()
    with socket.create_connection((served.at.host, served.at.port), timeout=30) as client:

        def drip() -> None:
            try:
                while not over.wait(0.05):
                    client.sendall(b"G")
            except OSError:
                over.set()

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            assert over.wait(30), "the server still reads"
        finally:
            over.set()
            dripping.join()
    assert served.told == []


def test_only_so_many_are_answered_at_a_time(served: Served) -> None:
    """Further connections are closed, and the next one after them is served."""
    with ExitStack() as stack:
        held = [
            stack.enter_context(socket.create_connection((served.at.host, served.at.port), timeout=30))
            for _ in range(listen.AT_ONCE)
        ]
        for client in held:
            client.sendall(b"GET /healthz HTTP/1.1\r\n")
        with socket.create_connection((served.at.host, served.at.port), timeout=30) as one_more:
            assert one_more.recv(1) == b""
        for client in held:
            client.sendall(b"\r\n")
        assert all(client.recv(12) == b"HTTP/1.0 200" for client in held)
        for client in held:
            while client.recv(65536):
                pass
    assert served.ask("/healthz")[0] == 200


def test_a_port_that_is_taken_is_told(served: Served) -> None:
    """With what to do; the run has not begun."""
    with pytest.raises(UsageError) as raised, ExitStack() as stack:
        Served(stack, served.at)
    assert (raised.value.code, raised.value.hint) == (Code.PORT_IN_USE, "choose another --listen")


def test_the_end_of_the_server_itself_is_told(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its thread does not die alone, and the address is served again."""

    def dies(_server: object) -> None:
        monkeypatch.undo()
        raise MemoryError

    monkeypatch.setattr(listen._Server, "service_actions", dies)
    while not served.told:
        threading.Event().wait(0.01)
    assert isinstance(served.told[0], MemoryError)
    assert served.ask("/healthz")[0] == 200


def test_nobody_listens_after_the_end() -> None:
    """And the port can be taken at once again."""
    for _ in range(2):
        with ExitStack() as stack:
            at = Served(stack).at
        with pytest.raises(OSError):  # noqa: PT011 - refused, whatever the system calls it
            socket.create_connection((at.host, at.port), timeout=30)
