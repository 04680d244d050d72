"""One place that says when a run must stop: a signal, or --timeout."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Interrupted, TimedOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eipctl.base.errors import EipctlError


_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux; elsewhere CLOCK_MONOTONIC counts them."""


class Stop:
    """Asked between calls, waited on instead of sleeping. Safe to share between threads.

    `timeout` is in seconds from now, None for no limit; `clock` stands for :func:`since_boot`.
    """

    def __init__(self, timeout: float | None = None, clock: Callable[[], float] | None = None) -> None:
        self._since_boot = clock or since_boot
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._timeout = timeout
        self._event = threading.Event()
        self._signal = 0
        self._forbidden: EipctlError | None = None
        self._good_until: tuple[float, EipctlError] | None = None

    def remaining(self) -> float | None:
        """Seconds until --timeout, never below 0; None without a limit."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    @property
    def interrupted(self) -> bool:
        """Whether a signal has arrived."""
        return bool(self._signal)

    def check(self) -> None:
        """Raise Interrupted, TimedOut or what :meth:`forbid` was given when the run must not go on."""
        if self._signal:
            raise Interrupted(self._signal)
        if self._forbidden is not None:
            raise self._forbidden
        if self._good_until is not None and self._since_boot() >= self._good_until[0]:
            raise self._good_until[1]
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise timed_out(self._timeout or 0.0)

    def wait(self, seconds: float) -> None:
        """Sleep `seconds`, or less: a signal or the deadline ends it, by raising."""
        self.check()
        remaining = self.remaining()
        self._event.wait(seconds if remaining is None else min(seconds, remaining))
        self.check()

    def interrupt(self, signal_number: int) -> None:
        """Make every later check raise Interrupted."""
        self._signal = signal_number
        self._event.set()

    def forbid(self, error: EipctlError) -> None:
        """Make every later check raise `error`: the run has lost the right to go on."""
        self._forbidden = error
        self._event.set()

    def lift(self) -> None:
        """Undo :meth:`forbid`: a run that continues may begin again. A signal stays."""
        self._forbidden = None
        self._event.clear()
        if self._signal:  # It may have arrived just now.
            self._event.set()

    def good_until(self, moment: float | None, error: EipctlError) -> None:
        """Make every check from `moment` (by :func:`since_boot`) on raise `error`; None takes that back.

        It holds whatever other threads are doing: nobody has to be there to call :meth:`forbid` in time.
        """
        self._good_until = None if moment is None else (moment, error)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Turn SIGINT and SIGTERM into :meth:`interrupt` while the block runs (main thread only).

        Nor does a timer end the block from outside: what works in it keeps to :meth:`remaining`.
        """
        previous = {
            number: signal.signal(number, lambda received, _frame: self.interrupt(received))
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        previous[signal.SIGALRM] = signal.signal(signal.SIGALRM, signal.SIG_IGN)
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)


def since_boot() -> float:
    """Seconds since this machine was started, those too in which it was suspended: for all others they went by."""
    return time.clock_gettime(_CLOCK)


def timed_out(seconds: float) -> TimedOut:
    """What a run ends in that has had all of its --timeout."""
    return TimedOut(
        Code.TIMEOUT,
        f"--timeout of {seconds:g} s reached",
        hint="run the same command again: it continues where this one stopped",
    )
