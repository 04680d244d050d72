"""Two runs at once, call by call in a chosen order, and things that happen between two calls."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tests.faults.lab import HOLDER, reconcile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from eipctl.base.errors import EipctlError
    from eipctl.commands.bind import BindOptions
    from tests.faults.lab import Lab

LONGEST_TURN = 10.0
"""Seconds after which a run that does not come back to the gate is taken for stuck."""


class Gate:
    """`turns` are how many steps the first run takes, then the second, then the first, …; after that both go freely.

    A step is the time between two moments at which a run asks whether it must stop: a call, or a wait.
    """

    def __init__(self, turns: Sequence[int], deeds: Mapping[int, Callable[[], None]]) -> None:
        self._changed = threading.Condition()
        self._turns = list(turns)
        self._deeds = dict(deeds)
        self._step = self._now = 0
        self._ended: set[int] = set()

    def arrive(self, run: int) -> None:
        """Wait for this run's turn; then do what is to happen before its next step."""
        with self._changed:
            self._count(run)
            while not self._may_go(run):
                assert self._changed.wait(LONGEST_TURN), "a run does not come back to the gate"
            self._step += 1
            deed = self._deeds.pop(self._step, None)
        if deed is not None:
            deed()

    def _count(self, run: int) -> None:
        if self._turns and self._now == run:
            self._turns[0] -= 1
            if self._turns[0] <= 0:
                self._turns.pop(0)
                self._now = 1 - run
                self._changed.notify_all()

    def _may_go(self, run: int) -> bool:
        return not self._turns or self._now == run or self._now in self._ended

    def end(self, run: int) -> None:
        """The run is over: the other goes on alone."""
        with self._changed:
            self._ended.add(run)
            self._changed.notify_all()


def together(
    lab: Lab,
    options: Sequence[BindOptions],
    *,
    turns: Sequence[int] = (),
    deeds: Mapping[int, Callable[[], None]] | None = None,
    lease: bool = True,
) -> list[EipctlError]:
    """One or two runs, with or without the Lease; what they complain about. What a run raises is raised here."""
    gate = Gate(turns if len(options) > 1 else (), deeds or {})
    errors: list[EipctlError] = []
    broken: list[BaseException] = []

    def run(number: int) -> None:
        session = lab.session(lambda: gate.arrive(number), f"{HOLDER}{number}" if lease else None)
        try:
            errors.extend(reconcile(session, options[number], concurrency=1))
        except BaseException as error:  # noqa: BLE001 - it would be lost with its thread
            broken.append(error)
        finally:
            gate.end(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(options))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]
    return errors
