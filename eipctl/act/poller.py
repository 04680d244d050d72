"""Waiting for EIPs to settle: one thread asks for all of them together, 50 ids a call, from 0.2 s to 2 s apart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Failed, internal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.aliyun.vpc import VpcReader
    from eipctl.base.stop import Stop
    from eipctl.domain.facts import Eip

FASTEST, SLOWEST, GROWTH = 0.2, 2.0, 1.2

Settled = Callable[["Eip | None"], bool]


@dataclass(slots=True, eq=False)
class _Waiter:
    allocation_id: str
    settled: Settled
    seen: Eip | None = None
    done: bool = False
    error: EipctlError | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be waited for."""
        return self.done or self.error is not None

    def learn(self, found: Mapping[str, Eip]) -> None:
        """What the cloud lists now."""
        try:
            self.seen = found.get(self.allocation_id)
            self.done = self.settled(self.seen)
        except Exception as error:  # noqa: BLE001 - a bug in one wait must not end the others
            self.error = _told(error)


class Poller:
    """Shared by all lanes and rounds of a run. Whatever happens to its thread, no lane waits for it forever."""

    def __init__(self, reader: VpcReader, stop: Stop) -> None:
        self._reader, self._stop = reader, stop
        self._changed = threading.Condition()
        self._waiters: list[_Waiter] = []
        self._running = False
        self._pause = FASTEST

    def wait(self, allocation_id: str, settled: Settled, within: float) -> Eip | None:
        """The EIP as soon as `settled` says so of it (None: not listed); Failed after `within` seconds."""
        waiter = _Waiter(allocation_id, settled)
        deadline = time.monotonic() + within
        with self._changed:
            self._join(waiter)
            try:
                while not waiter.ended and time.monotonic() < deadline:
                    self._changed.wait(min(SLOWEST, max(0.0, deadline - time.monotonic())))
                    self._stop.check()
            finally:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
        if waiter.error is not None:
            raise waiter.error
        if not waiter.done:
            state = waiter.seen.status.value if waiter.seen else "not listed"
            raise Failed(
                Code.NOT_SETTLED,
                f"{allocation_id} is still {state} after {within:g} s",
                hint="run the same command again: it continues from the current state",
            )
        return waiter.seen

    def _join(self, waiter: _Waiter) -> None:
        self._waiters.append(waiter)
        self._pause = FASTEST
        if not self._running:
            threading.Thread(target=self._run, daemon=True, name="eip-poller").start()
            self._running = True

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._waiters:
                    self._running = False
                    return
                pause, self._pause = self._pause, min(SLOWEST, self._pause * GROWTH)
            try:
                self._stop.wait(pause)
                self._look()
            except BaseException as error:  # noqa: BLE001 - whoever waits hears of it, and the thread goes on
                self._give_up(_told(error))

    def _look(self) -> None:
        with self._changed:
            waiters = list(self._waiters)
        found = self._reader.eips_by_id(sorted({waiter.allocation_id for waiter in waiters}))
        with self._changed:
            for waiter in waiters:
                waiter.learn(found)
                if waiter.ended and waiter in self._waiters:
                    self._waiters.remove(waiter)
            self._changed.notify_all()

    def _give_up(self, error: EipctlError) -> None:
        with self._changed:
            for waiter in self._waiters:
                waiter.error = error
            self._waiters.clear()
            self._changed.notify_all()


def _told(error: BaseException) -> EipctlError:
    return error if isinstance(error, EipctlError) else internal(error)
