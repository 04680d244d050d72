"""What an audit log tells, run by run, its rotated files included."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eipctl.domain.codes import Code
from eipctl.engine.audit import KEPT
from eipctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED = "interrupted"
"""The state of an Action that was begun and never ended: the process was killed."""


@dataclass(slots=True)
class Done:
    """One Action of a run."""

    verb: str
    object: str
    reason: str
    begun: str
    state: str = INTERRUPTED
    error: str = ""

    def as_data(self) -> dict[str, Any]:
        """JSON-ready."""
        names = ("verb", "object", "reason", "begun", "state", "error")
        return {name: getattr(self, name) for name in names}


@dataclass(slots=True)
class PastRun:
    """One run of a command that changed something, or tried to."""

    id: str
    command: str
    plan: str
    begun: str
    ended: str
    actions: list[Done] = field(default_factory=list)
    answers: list[dict[str, str]] = field(default_factory=list)
    """``time``, ``object``, ``api``, ``code`` ("" for success) and ``request_id`` of each changing cloud call."""

    @property
    def states(self) -> Counter[str]:
        """How many Actions ended how."""
        return Counter(action.state for action in self.actions)

    def as_data(self, *, whole: bool) -> dict[str, Any]:
        """With or without each Action and answer."""
        found: dict[str, Any] = {
            "run": self.id,
            "command": self.command,
            "plan": self.plan,
            "begun": self.begun,
            "ended": self.ended,
            "states": dict(sorted(self.states.items())),
            "cloud_calls": len(self.answers),
        }
        more = {"actions": [action.as_data() for action in self.actions], "answers": self.answers}
        return {**found, **more} if whole else found


@dataclass(frozen=True, slots=True)
class History:
    """Runs, the oldest first; `broken` are places (``file:line``) of lines that can't be read."""

    runs: tuple[PastRun, ...]
    broken: tuple[str, ...]

    def run(self, wanted: str) -> PastRun:
        """By its id or the start of it, or ``last``. UsageError if there is none, or more than one."""
        found = [run for run in self.runs if run.id.startswith(wanted)] if wanted != "last" else list(self.runs[-1:])
        if len(found) != 1:
            many = (
                f"{len(found)} runs begin with {wanted!r}" if found else f"there is no run {wanted!r} in the audit log"
            )
            raise UsageError(Code.USAGE, many, hint="see all: eipctl history", obj=wanted)
        return found[0]


def read(path: str) -> History:
    """Of the log and the files that it was rotated to. UsageError when there is none to be read."""
    runs: dict[str, PastRun] = {}
    broken: list[str] = []
    for place, line in _lines(path):
        try:
            event = json.loads(line)
            _learn(runs, event)
        except (ValueError, KeyError, TypeError, AttributeError):
            broken.append(place)
    return History(tuple(runs.values()), tuple(broken))


def _lines(path: str) -> Iterator[tuple[str, str]]:
    """The oldest file first."""
    files = [f"{path}.{number}" for number in range(KEPT, 0, -1)]
    for name in [*(file for file in files if Path(file).exists()), path]:
        try:
            text = Path(name).read_text("utf-8", errors="replace")
        except OSError as error:
            message = f"the audit log {name} can't be read: {error.strerror}"
            hint = "give the file that runs write with --audit-log, or set EIPCTL_AUDIT_LOG"
            raise UsageError(Code.AUDIT_LOG, message, hint=hint, obj=name) from error
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield f"{name}:{number}", line


def _learn(runs: dict[str, PastRun], event: dict[str, Any]) -> None:
    time, run_id = str(event["time"]), str(event["run"])
    run = runs.setdefault(run_id, PastRun(run_id, str(event["command"]), str(event["plan"]), time, time))
    run.ended = time
    if event["event"] == "answer":
        names = ("object", "api", "code", "request_id")
        run.answers.append({"time": time, **{name: str(event[name]) for name in names}})
        return
    told = event["action"]
    verb, about = str(told["verb"]), str(told["object"])
    if event["event"] == "begin":
        run.actions.append(Done(verb, about, str(told.get("reason") or ""), time))
        return
    open_ones = [done for done in run.actions if (done.verb, done.state) == (verb, INTERRUPTED)]
    # An Action that allocates learns its object's id only at its end.
    done = next((each for each in open_ones if each.object == about), open_ones[0] if len(open_ones) == 1 else None)
    if done is None:
        done = Done(verb, about, str(told.get("reason") or ""), time)
        run.actions.append(done)
    done.object, done.state, done.error = about, str(told["state"]), str(told.get("error") or "")
