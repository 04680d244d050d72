"""What an audit log tells, run by run, its rotated files included."""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NotRequired

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.files import read_file
from eipctl.domain.action_data import Data, Object, Reason
from eipctl.engine.audit_file import KEPT
from eipctl.engine.calls import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

WHICH = "name the file that runs write with --audit-log, or set EIPCTL_AUDIT_LOG"
INTERRUPTED = "interrupted"
"""The state of an Action that was begun and never ended: the process was killed."""


class DoneData(Data):
    """One Action of a run."""

    verb: str
    object: Object
    allocation_id: Annotated[str, "Of the EIP that it was about."]
    reason: Reason
    begun: Annotated[str, "RFC 3339."]
    state: Annotated[str, "done, failed, skipped, or interrupted when the process was killed."]
    error: str


class AnswerData(Data):
    """One write call of a run."""

    time: Annotated[str, "RFC 3339."]
    object: Annotated[str, "Of the Action that sent it."]
    service: Annotated[str, "cloud or kubernetes."]
    api: str
    target: Annotated[str, "What it was sent about."]
    code: Annotated[str, "Empty for success, interrupted when no answer was recorded."]
    request_id: str


class RunData(Data):
    """One run of a command that changed something, or tried to."""

    run: Annotated[str, "Its ID."]
    command: str
    plan: Annotated[str, "Fingerprint of its plan."]
    begun: Annotated[str, "RFC 3339."]
    ended: Annotated[str, "RFC 3339."]
    states: Annotated[dict[str, int], "Actions by state."]
    cloud_calls: Annotated[int, "Write calls of Alibaba Cloud."]
    actions: NotRequired[Annotated[list[DoneData], "Of a run that was asked for."]]
    answers: NotRequired[Annotated[list[AnswerData], "Of a run that was asked for."]]


class HistoryData(Data):
    """Runs, the oldest first."""

    runs: list[RunData]
    broken: Annotated[list[str], "FILE:LINE of what can't be read."]


@dataclass(slots=True)
class Done:
    """One Action of a run."""

    verb: str
    object: str
    reason: str
    begun: str
    state: str = INTERRUPTED
    error: str = ""
    allocation_id: str = ""
    """Of the EIP that it was about, also when that was bought by it."""

    def as_data(self) -> DoneData:
        """JSON-ready."""
        return {
            "verb": self.verb,
            "object": self.object,
            "allocation_id": self.allocation_id,
            "reason": self.reason,
            "begun": self.begun,
            "state": self.state,
            "error": self.error,
        }


@dataclass(slots=True)
class PastRun:
    """One run of a command that changed something, or tried to."""

    id: str
    command: str
    plan: str
    begun: str
    ended: str
    actions: list[Done] = field(default_factory=list)
    answers: list[AnswerData] = field(default_factory=list)
    """Of each changing call."""
    open_actions: defaultdict[tuple[str, ...], deque[Done]] = field(default_factory=lambda: defaultdict(deque))
    """By verb, object and reason, those without an end."""
    open_calls: dict[int, AnswerData] = field(default_factory=dict)
    """By number, those without an answer."""

    @property
    def states(self) -> Counter[str]:
        """How many Actions ended how."""
        return Counter(action.state for action in self.actions)

    @property
    def cloud_calls(self) -> int:
        """How many changing calls of the cloud it sent."""
        return sum(answer["service"] == Service.CLOUD for answer in self.answers)

    def as_data(self, *, whole: bool) -> RunData:
        """With or without each Action and answer."""
        found: RunData = {
            "run": self.id,
            "command": self.command,
            "plan": self.plan,
            "begun": self.begun,
            "ended": self.ended,
            "states": dict(sorted(self.states.items())),
            "cloud_calls": self.cloud_calls,
        }
        actions = [action.as_data() for action in self.actions]
        return {**found, "actions": actions, "answers": self.answers} if whole else found


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
    if broken and not runs:
        raise UsageError(
            Code.AUDIT_LOG, f"{path} is not an audit log: none of its lines is an audit entry", hint=WHICH, obj=path
        )
    return History(tuple(runs.values()), tuple(broken))


def _lines(path: str) -> Iterator[tuple[str, str]]:
    """The oldest file first."""
    files = [f"{path}.{number}" for number in range(KEPT, 0, -1)]
    for name in [*(file for file in files if Path(file).exists()), path]:
        try:
            text = read_file(Path(name)).decode("utf-8", "replace")
        except OSError as error:
            message = f"the audit log {name} can't be read: {error.strerror}"
            raise UsageError(Code.AUDIT_LOG, message, hint=WHICH, obj=name) from error
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield f"{name}:{number}", line


def _learn(runs: dict[str, PastRun], event: dict[str, Any]) -> None:
    if event["event"] == "resumed":  # It is about no run.
        return
    time, run_id = str(event["time"]), str(event["run"])
    run = runs.setdefault(run_id, PastRun(run_id, str(event["command"]), str(event["plan"]), time, time))
    run.ended = time
    if event["event"] in ("call", "answer"):
        _learn_call(run, event, time)
        return
    told = event["action"]
    what = (str(told["verb"]), str(told["object"]), str(told.get("reason") or ""))
    begun = run.open_actions[what]
    if event["event"] == "begin" or not begun:  # One that is skipped was not begun.
        run.actions.append(Done(*what, time))
        begun.append(run.actions[-1])
    done = begun.popleft() if event["event"] == "end" else begun[-1]
    done.allocation_id = str(told.get("allocation_id") or "")
    if event["event"] == "end":
        done.state, done.error = str(told["state"]), str(told.get("error") or "")


def _learn_call(run: PastRun, event: dict[str, Any], time: str) -> None:
    call: AnswerData = {
        "time": time,
        "object": str(event["object"]),
        "service": str(event["service"]),
        "api": str(event["api"]),
        "target": str(event["target"]),
        "code": INTERRUPTED,
        "request_id": "",
    }
    number = int(event["call"])
    sent = run.open_calls.pop(number, None)
    if sent is None:
        run.open_calls[number] = sent = call
        run.answers.append(call)
    if event["event"] == "answer":
        sent |= {"time": time, "code": str(event["code"]), "request_id": str(event["request_id"])}
