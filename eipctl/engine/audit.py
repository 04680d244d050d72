"""The audit log: JSON lines, one before and one after each Action, and one per answer of a changing cloud call.

What can't be recorded is not done: a line that can't be written before an Action keeps it from being done, one that
can't be written after it stops the run.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eipctl.domain.codes import Code
from eipctl.errors import UsageError

if TYPE_CHECKING:
    from eipctl.domain.plan import Action, Plan, Step
    from eipctl.stop import Stop

STDERR = "-"
_READS = ("Describe", "List", "Get", "AssumeRole")


class Audit:
    """One run's lines: appended to a file (mode 0600), to stderr ("-"), or (None) kept nowhere."""

    def __init__(self, destination: str | None, plan: Plan, stop: Stop) -> None:
        self._destination, self._stop = destination, stop
        self._about = {"run": uuid.uuid4().hex[:12], "command": plan.command, "plan": plan.fingerprint}
        self._working = threading.local()
        self._file = self._opened()

    def begin(self, action: Action) -> None:
        """Before an Action; UsageError when the line can't be written."""
        self._working.on = action.object
        self._write("begin", action=action.as_data())

    def end(self, step: Step) -> None:
        """After an Action."""
        self._note("end", action=step.as_data())

    def answer(self, api: str, code: str, request_id: str) -> None:
        """After a cloud call; reading ones are not recorded."""
        if not api.startswith(_READS):
            self._note("answer", object=getattr(self._working, "on", ""), api=api, code=code, request_id=request_id)

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
        line = json.dumps({"time": now, "event": event, **self._about, **facts}, ensure_ascii=False, default=str)
        try:
            # One write per line, so that the lines of two runs can't get mixed up.
            os.write(self._file, line.encode() + b"\n")
        except OSError as error:
            raise self._unwritable(error) from error

    def _opened(self) -> int | None:
        if self._destination is None:
            return None
        if self._destination == STDERR:
            return sys.stderr.fileno()
        try:
            return os.open(self._destination, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(
            Code.AUDIT_LOG,
            f"the audit log {self._destination} can't be written: {error.strerror}",
            hint="nothing is changed that can't be recorded; choose another --audit-log",
        )
