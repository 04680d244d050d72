"""Progress of a plan: a bar on a terminal's stderr, otherwise a line every ten seconds. Libraries never print."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from eipctl.domain.plan import StepState
from eipctl.output.console import Console, plain
from eipctl.output.plan_text import step_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eipctl.domain.plan import Step

EVERY = 10.0


@contextmanager
def progress(console: Console, command: str, total: int) -> Iterator[Callable[[Step], None]]:
    """What to call with each Step that has ended."""
    if console.quiet:
        yield lambda _step: None
    elif console.verbose:
        yield lambda step: console.say(step_line(step))
    elif console.colored(sys.stderr):
        with _bar(console, command, total) as advance:
            yield advance
    else:
        yield _Lines(console, command, total).step


@contextmanager
def _bar(console: Console, command: str, total: int) -> Iterator[Callable[[Step], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*parts, console=console.rich(sys.stderr), transient=True) as bar:
        task = bar.add_task(command, total=total)
        yield lambda _step: bar.advance(task)


class _Lines:
    """A line every ten seconds, if there is something new to tell."""

    def __init__(self, console: Console, command: str, total: int) -> None:
        self._console, self._command, self._total = console, command, total
        self._done = self._failed = 0
        self._told = time.monotonic()
        self._lock = threading.Lock()

    def step(self, step: Step) -> None:
        """Count one Step."""
        with self._lock:
            self._done += 1
            self._failed += step.state is StepState.FAILED
            if time.monotonic() - self._told < EVERY:
                return
            self._told = time.monotonic()
            self._console.say(plain(f"{self._command}: {self._done} of {self._total} steps, {self._failed} failed"))
