"""What a run leaves behind for --metrics-file, however it ends."""

from __future__ import annotations

import signal
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, ExitCode, Interrupted, UsageError
from eipctl.base.stop import timed_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from eipctl.cli.connection import Connected
    from eipctl.domain.counts import Census
    from eipctl.domain.findings import Finding
    from eipctl.engine.execute import Result
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session
    from eipctl.output.metrics import RunFigures


LATE = 2.0
"""Seconds after --timeout at which a command is ended that its Stop could not end: it was waiting for no call."""
LONGEST = 1e9


@dataclass(slots=True)
class RunRecord:
    """What became known while a command ran."""

    sessions: list[Session] = field(default_factory=list)
    prepared: Prepared | None = None
    result: Result | None = None
    census: Census | None = None
    """As the command counted it; else taken from what was prepared."""
    findings: Sequence[Finding] | None = None
    endless: bool = False
    """Whether the command runs until a signal ends it: that is no error then."""

    @property
    def cluster(self) -> str:
        """The ACK cluster's id; "" before it is known."""
        known = [session.cluster.ack_id for session in self.sessions if session.cluster]
        return known[-1] if known else ""

    def run(self, command: str, code: ExitCode, seconds: float) -> RunFigures:
        """As a whole, now that it has ended."""
        from eipctl.output.metrics import RunFigures

        pacers = [session.pacer for session in self.sessions]
        return RunFigures(
            command=command,
            cluster=self.cluster,
            exit=code,
            ended=round(time.time(), 3),
            seconds=seconds,
            calls=sum((pacer.answers for pacer in pacers), Counter()),
            throttled=sum(pacer.throttled.total() for pacer in pacers),
            census=self.census or self._counted(),
            actions=Counter((step.action.verb, step.state) for step in (self.result.steps if self.result else ())),
            findings=self.findings,
            only_planned=self._only_planned,
        )

    @property
    def _only_planned(self) -> bool:
        return self.result is None and self.prepared is not None and not self.prepared.plan.empty

    def _counted(self) -> Census | None:
        count = self.prepared and self.prepared.census
        return count(self.result) if count else None


@contextmanager
def recorded(command: str, options: Connected) -> Iterator[None]:
    """Run a command, and write its metrics where they are asked for; not those of a wrong command line."""
    if options.metrics_file is None:
        with _ended(options):
            yield
        return
    path = Path(options.metrics_file)
    _check(path)
    started = time.monotonic()

    def ended(code: ExitCode) -> None:
        _write(path, options, options.record.run(command, code, time.monotonic() - started))

    try:
        with _ended(options):
            yield
    except BaseException as error:
        if not (isinstance(error, UsageError) and error.code is Code.USAGE):
            ended(_exit(error))
        raise
    else:
        ended(ExitCode.OK)


def _check(path: Path) -> None:
    from eipctl.base.files import may_replace

    try:
        may_replace(path)
    except OSError as error:
        raise UsageError(
            Code.METRICS_FILE,
            f"metrics can't be written to {path}: {error.strerror}",
            hint="choose another --metrics-file, or make its folder writable; nothing was done",
        ) from error


def _write(path: Path, options: Connected, run: RunFigures) -> None:
    """A run whose metrics can't be written has failed, although its changes stay."""
    from eipctl.base.files import replace_file
    from eipctl.output.errors import tell
    from eipctl.output.metrics import WELL, Earlier, render

    try:
        text = path.read_text("utf-8", errors="replace") if path.exists() else ""
        replace_file(path, render(run, Earlier.read(text, run)), mode=0o644)
    except OSError as error:
        message = f"the run is over, but its metrics can't be written to {path}: {error.strerror}"
        failure = UsageError(Code.METRICS_FILE, message, hint="free some space, or choose another --metrics-file")
        tell(options.console, failure)
        if run.exit in WELL:
            raise typer.Exit(int(ExitCode.FAILED)) from error


def _exit(error: BaseException) -> ExitCode:
    """What the process is going to return."""
    if isinstance(error, typer.Exit):
        return ExitCode(error.exit_code)
    if isinstance(error, EipctlError):
        return error.exit
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return ExitCode.SIGINT
    return ExitCode.OK if isinstance(error, BrokenPipeError) else ExitCode.FAILED


class _Signal(BaseException):
    """Not an Exception: code that it interrupts must not handle it as its own failure."""


@contextmanager
def _ended(options: Connected) -> Iterator[None]:
    """Let SIGINT, SIGTERM and --timeout end a command, whatever it waits for: a file, a lock, an answer on a terminal.

    While a plan is carried out, its Stop hears the signals instead.
    """
    heard: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        heard.append(number)
        if number != signal.SIGALRM:
            for session in options.record.sessions:
                session.stop.interrupt(number)
        raise _Signal

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    if options.timeout is not None:
        signal.setitimer(signal.ITIMER_REAL, min(options.timeout + LATE, LONGEST))
    try:
        yield
    except typer.Exit:
        raise
    except BaseException:
        if heard:  # Whatever became of it on its way, in the middle of an import for example.
            raise _end(options, heard[0]) from None
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(options: Connected, number: int) -> Exception:
    if number == signal.SIGALRM:
        return timed_out(options.timeout or 0.0)
    if options.record.endless:
        return typer.Exit(128 + number)
    return Interrupted(number, begun=options.record.result is not None)
