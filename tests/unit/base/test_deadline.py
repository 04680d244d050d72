"""A call ends in time, whatever the other side does."""

from __future__ import annotations

import signal
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from eipctl.base import deadline
from eipctl.base.answers import fetch
from eipctl.base.deadline import Overdue, in_time
from eipctl.base.errors import Interrupted
from eipctl.base.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = 60.0
"""Seconds that no test waits."""
PHASES = {
    "before a byte": b"",
    "in the status line": b"HTTP/1.1 200 O",
    "in the headers": b"HTTP/1.1 200 OK\r\nX-Long: a",
    "in the body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx",
    "in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nx",
}


class Dripping:
    """Sends a beginning and then a byte every twentieth of a second, for ever."""

    def __init__(self, begin: bytes) -> None:
        self._begin = begin
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.over = threading.Event()
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        found, _ = self._socket.accept()
        found.recv(65536)
        found.sendall(self._begin)
        try:
            while not self.over.wait(0.05):
                found.sendall(b"x")
        except OSError:
            return

    def close(self) -> None:
        """Stop."""
        self.over.set()
        self._socket.close()


@pytest.fixture(params=PHASES)
def dripping(request: pytest.FixtureRequest) -> Iterator[Dripping]:
    """A server that drips in one of the phases of an answer."""
    server = Dripping(PHASES[request.param])
    yield server
    server.close()


@pytest.mark.timeout(60)
def test_a_server_that_drips_holds_no_call_longer_than_its_time(dripping: Dripping) -> None:
    """Each byte would begin a socket's timeout anew."""
    from urllib3 import PoolManager, Timeout

    url = f"http://127.0.0.1:{dripping.port}/"
    with pytest.raises(Overdue):
        in_time(lambda: fetch(PoolManager(), "GET", url, timeout=Timeout(LONG)), Stop(), 0.5)


@pytest.mark.parametrize("writes", [False, True], ids=["a read call", "a write call"])
def test_a_signal_ends_a_call(monkeypatch: pytest.MonkeyPatch, *, writes: bool) -> None:
    """A read at once; a write, whose answer counts, after its grace."""
    monkeypatch.setattr(deadline, "WRITE_GRACE", 0.3)
    stop, never = Stop(), threading.Event()
    threading.Timer(0.2, stop.interrupt, (signal.SIGTERM,)).start()
    with pytest.raises(Overdue if writes else Interrupted):
        in_time(lambda: never.wait(LONG), stop, LONG, writes=writes)
    never.set()


def test_a_write_that_answers_within_its_grace_is_heard() -> None:
    """What a run knows it need not look up."""
    stop, answer = Stop(), threading.Event()
    stop.interrupt(signal.SIGTERM)
    threading.Timer(0.3, answer.set).start()
    assert in_time(lambda: answer.wait(LONG), stop, LONG, writes=True)


def test_what_the_work_raises_is_raised() -> None:
    """As if it had been called here."""
    with pytest.raises(ZeroDivisionError):
        in_time(lambda: 1 / 0, Stop(), LONG)


def test_threads_are_used_again() -> None:
    """A run of thousands of calls does not start thousands of threads."""
    names = {in_time(threading.get_ident, Stop(), LONG) for _ in range(50)}
    assert len(names) < 10
