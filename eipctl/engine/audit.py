"""The audit log: JSON lines, one before and one after each Action, and each changing call that it makes to either API.

The call that says that a run is at work (its Lease) is not one of them.

A file that has grown past LARGEST is put aside when the next run begins: FILE becomes FILE.1, and so on up to KEPT.
Where it can't be, it grows on.

What can't be recorded is not done: a line that can't be written before an Action keeps it from being done, one that
can't be written after it stops the run.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import sys
import threading
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.files import open_to_append
from eipctl.base.json_lines import json_line
from eipctl.engine.calls import Service

if TYPE_CHECKING:
    from eipctl.base.stop import Stop
    from eipctl.domain.plan import Action, Plan, Step
    from eipctl.engine.calls import Call

STDERR = "-"
LARGEST = 10_000_000
"""Bytes."""
KEPT = 5
LEASES = "/apis/coordination.k8s.io/"
"""In the path of each call about them, and no other: a Pod or a namespace may be named leases."""


class Audit:
    """One run's lines: appended to a file (mode 0600), to stderr ("-"), or (None) kept nowhere."""

    def __init__(self, destination: str | None, stop: Stop) -> None:
        self._destination, self._stop = destination, stop
        self._about = {"run": uuid.uuid4().hex[:12]}
        self._working = threading.local()
        self._numbers = itertools.count(1)
        self._file = self._opened()

    def about(self, plan: Plan) -> None:
        """Name this plan in the lines that follow."""
        self._about |= {"command": plan.command, "plan": plan.fingerprint}

    def begin(self, action: Action) -> None:
        """Before an Action; UsageError when the line can't be written."""
        self._working.on = action.object
        self._write("begin", action=action.as_data())

    def end(self, step: Step) -> None:
        """After an Action."""
        self._note("end", action=step.record())

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

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None and self._destination != STDERR:
            os.close(self._file)

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
        line = json_line({"time": now, "event": event, **self._about, **facts})
        try:
            _append(self._file, line.encode())
        except OSError as error:
            raise self._unwritable(error) from error

    def _opened(self) -> int | None:
        if self._destination is None:
            return None
        if self._destination == STDERR:
            return sys.stderr.fileno()
        try:
            _rotate(self._destination)
            return _on_a_new_line(open_to_append(Path(self._destination)))
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(
            Code.AUDIT_LOG,
            f"the audit log {self._destination} can't be written: {error.strerror}",
            hint="nothing is changed without a record; choose another --audit-log",
        )


def _recorded(call: Call) -> bool:
    return call.changes and not (call.service is Service.KUBERNETES and LEASES in call.object)


def _append(file: int, line: bytes) -> None:
    """One write per line, so that the lines of two runs can't get mixed up; more only where the disk is just full."""
    while line:
        line = line[os.write(file, line) :]


def _on_a_new_line(file: int) -> int:
    """Behind what a full disk has cut."""
    size = os.fstat(file).st_size
    if size and os.pread(file, 1, size - 1) != b"\n":
        _append(file, b"\n")
    return file


def _rotate(name: str) -> None:
    """Put a large file aside. Of two runs one does it; the other's lines stay whole, in whichever file it has open."""
    file = open_to_append(Path(name))
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        path, about = Path(name), os.fstat(file)
        if about.st_size > LARGEST and path.is_file() and path.stat().st_ino == about.st_ino:
            _put_aside(path)
    finally:
        os.close(file)


def _put_aside(path: Path) -> None:
    """Where it can be: in a folder that may not be written the file grows on, and nothing stops for that."""
    with suppress(OSError):
        for number in range(KEPT - 1, 0, -1):
            with suppress(FileNotFoundError):
                Path(f"{path}.{number}").replace(f"{path}.{number + 1}")
        path.replace(f"{path}.1")
