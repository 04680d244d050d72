"""Progress of a plan: a bar on a terminal's stderr, otherwise a line every ten seconds. Libraries never print."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eipctl.domain.plan import Plan, StepState, Verb
from eipctl.output.console import Console, LogFormat, draws, plain
from eipctl.output.plan_text import step_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.progress import Progress

    from eipctl.domain.plan import Step

EVERY = 10.0
"""Seconds between two lines."""


@dataclass(slots=True)
class Tally:
    """How far a plan has come. Safe to share between threads."""

    command: str
    left: Counter[Verb]
    quota_left: Callable[[Mapping[Verb, int]], float]
    """Seconds until the last of these Actions may begin at the API quota."""
    awaits: Callable[[], str] = str
    """What a step waits for at the moment; its duration can't be estimated."""
    ended: Counter[Verb] = field(default_factory=Counter)
    done: int = 0
    failed: int = 0
    begun: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, step: Step) -> None:
        """One more has ended."""
        with self.lock:
            self.done += 1
            self.failed += step.state is StepState.FAILED
            self.left[step.action.verb] -= 1
            self.ended[step.action.verb] += 1

    @property
    def total(self) -> int:
        """All of them."""
        return self.done + self.left.total()

    @property
    def rate(self) -> float:
        """Steps a second so far."""
        return self.done / max(0.001, time.monotonic() - self.begun)

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far, and never less than the API quota asks for.

        None while it is unknown: a restart takes longer than the writes before it.
        """
        by_quota = self.quota_left(self.left)
        if not all(self.ended[verb] for verb, count in self.left.items() if count):
            return by_quota or None
        return max(self.left.total() / self.rate, by_quota)

    @property
    def text(self) -> str:
        """``2.1 a second, 3 min left at the API quota``, or what is waited for."""
        if not self.left.total():
            return ""
        if waiting := self.awaits():
            return waiting
        told = [f"{self.rate:.1f} a second"] if self.done else []
        seconds = self.seconds_left
        if seconds is not None:
            told.append(f"{_duration(seconds)} left{' at the API quota' if self.quota_left(self.left) else ''}")
        return ", ".join(told)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


@contextmanager
def progress(
    console: Console,
    plan: Plan,
    quota_left: Callable[[Mapping[Verb, int]], float],
    *,
    every: float = EVERY,
    awaits: Callable[[], str] = str,
) -> Iterator[Callable[[Step], None]]:
    """What to call with each Step that has ended."""
    tally = Tally(plan.command, Counter(action.verb for action in plan.actions), quota_left, awaits)
    if console.quiet:
        yield lambda _step: None
    elif console.verbose:
        with _lines(console, tally, every):
            yield lambda step: _each(console, tally, step)
    elif draws(sys.stderr) and console.log_format is LogFormat.TEXT:
        with _bar(console, tally) as ended:
            yield ended
    else:
        with _lines(console, tally, every):
            yield tally.count


def _each(console: Console, tally: Tally, step: Step) -> None:
    tally.count(step)
    log_step(console, step)


def log_step(console: Console, step: Step) -> None:
    """A line about an Action that has ended."""
    level = "error" if step.state is StepState.FAILED else "info"
    message = f"{step.action.verb.value} {step.action.object}: {step.state.value}"
    console.log(level, step_line(step), message=message, **step.as_data())


@contextmanager
def _bar(console: Console, tally: Tally) -> Iterator[Callable[[Step], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[pace]}"), console=console.terminal(), transient=True) as bar:
        task = bar.add_task(tally.command, total=tally.total, pace=tally.text)

        def ended(step: Step) -> None:
            tally.count(step)
            _show(bar, task, tally)

        with _every(1.0, lambda: _show(bar, task, tally)):
            yield ended


def _show(bar: Progress, task: int, tally: Tally) -> None:
    bar.update(task, completed=tally.done, pace=tally.text)  # type: ignore[arg-type] # a TaskID is an int


@contextmanager
def _lines(console: Console, tally: Tally, every: float) -> Iterator[None]:
    """Also while one step takes long: that nothing has changed is worth a line too."""

    def tell() -> None:
        pace = f"; {tally.text}" if tally.text else ""
        message = f"{tally.command}: {tally.done} of {tally.total} steps, {tally.failed} failed{pace}"
        facts: dict[str, Any] = {"done": tally.done, "total": tally.total, "failed": tally.failed}
        left = tally.seconds_left
        seconds = None if left is None else round(left, 1)
        console.log("info", plain(message), **facts, rate=round(tally.rate, 2), seconds_left=seconds)

    with _every(every, tell):
        yield


@contextmanager
def _every(seconds: float, tell: Callable[[], None]) -> Iterator[None]:
    """In a thread of its own, which is gone at the end."""
    over = threading.Event()

    def tick() -> None:
        while not over.wait(seconds):
            tell()

    thread = threading.Thread(target=tick, daemon=True, name="progress")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
