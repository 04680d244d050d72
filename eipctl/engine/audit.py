"""The audit log: JSON lines, one before and one after each Action, and each changing call that it makes to either API.

The call that says that a run is at work (its Lease) is not one of them.

A file that has grown past LARGEST is put aside before the next line: FILE becomes FILE.1, and so on up to KEPT. Where
it can't be, it grows on. A file that somebody else has put aside (logrotate) is opened anew before the next line.

What can't be recorded is not done: a line that can't be written before an Action keeps it from being done, one that
can't be written after it stops the run. A run that lasts goes on once :func:`resume` can write again.
"""

from __future__ import annotations

import itertools
import os
import signal
import threading
import uuid
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.json_lines import json_line
from eipctl.base.stop import Stop
from eipctl.engine.audit_file import AuditFile
from eipctl.engine.calls import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.plan import Action, Plan, Step
    from eipctl.engine.calls import Call

LEASES = "/apis/coordination.k8s.io/"
"""In the path of each call about them, and no other: a Pod or a namespace may be named leases."""


class Audit:
    """One run's lines: appended to a file (mode 0600), to stderr ("-"), or (None) kept nowhere."""

    def __init__(self, destination: str | None, stop: Stop) -> None:
        self._destination, self._stop = destination, stop
        self._about = {"run": uuid.uuid4().hex[:12]}
        self._working = threading.local()
        self._numbers = itertools.count(1)
        try:
            self._file = None if destination is None else AuditFile(destination)
        except OSError as error:
            raise _unwritable(destination, error) from error

    def about(self, plan: Plan) -> dict[str, str]:
        """What names this plan in the lines of its Actions, and in later lines outside any Action."""
        self._about |= {"command": plan.command, "plan": plan.fingerprint}
        return dict(self._about)

    def begin(self, action: Action, about: dict[str, str] | None = None) -> None:
        """Before an Action; UsageError when the line can't be written. Its calls are made by the same thread."""
        self._working.on, self._working.about = action.object, about or self._about
        self._write("begin", action=action.as_data())

    def end(self, step: Step, about: dict[str, str] | None = None) -> None:
        """After an Action, by the thread that carried it out."""
        self._working.about = about or self._about
        self._note("end", action=step.record())

    def resumed(self, lost: UsageError) -> None:
        """After a time in which nothing could be recorded, and so nothing was done; UsageError if it lasts."""
        self._write("resumed", after=lost.message)

    def sent(self, call: Call) -> None:
        """Before a call; UsageError when the line can't be written. Reading ones are not recorded."""
        if _recorded(call):
            self._working.call = next(self._numbers)
            self._write("call", **self._about_call(call))

    def answered(self, call: Call) -> None:
        """After a call."""
        if _recorded(call):
            self._note("answer", **self._about_call(call), code=call.code, request_id=call.request_id)

    def _about_call(self, call: Call) -> dict[str, Any]:
        number, about = getattr(self._working, "call", 0), getattr(self._working, "on", "")
        return {"call": number, "object": about, "service": call.service.value, "api": call.api, "target": call.object}

    def refresh(self) -> None:
        """Let go of a file that was put aside, also while there is nothing to record."""
        with suppress(OSError):
            if self._file is not None:
                self._file.follow()

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            self._file.close()

    def _note(self, event: str, **facts: Any) -> None:
        """A line about what has been done already: if it can't be written, nothing more is done."""
        try:
            self._write(event, **facts)
        except UsageError as error:
            self._stop.forbid(error)

    def _write(self, event: str, **facts: Any) -> None:
        if self._file is None:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        about = getattr(self._working, "about", self._about)
        line = json_line({"time": now, "event": event, **about, **facts})
        try:
            self._file.append(line.encode())
        except OSError as error:
            raise _unwritable(self._destination, error) from error


def resume(destination: str | None, lost: UsageError) -> None:
    """Record that a run goes on that could not record what it did; UsageError while that still can't be written."""
    if destination is not None:
        with closing(Audit(destination, Stop())) as audit:
            audit.resumed(lost)


@contextmanager
def ignoring_hangup() -> Iterator[None]:
    """Let no SIGHUP end a run that lasts (main thread only): a log that was moved is followed in any case.

    On a terminal SIGHUP says that it is gone, and ends the run as ever.
    """
    if any(map(os.isatty, range(3))):
        yield
        return
    before = signal.signal(signal.SIGHUP, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _unwritable(destination: str | None, error: OSError) -> UsageError:
    return UsageError(
        Code.AUDIT_LOG,
        f"the audit log {destination} can't be written: {error.strerror}",
        hint="nothing is changed without a record; free some space, or choose another --audit-log",
    )


def _recorded(call: Call) -> bool:
    return call.changes and not (call.service is Service.KUBERNETES and LEASES in call.object)
