"""`eipctl status KIND/NAME…`: the Pods that are meant, and what Events and the audit log record about each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Failed, UsageError
from eipctl.commands.history import read
from eipctl.observe.snapshot import Snapshot
from eipctl.planners.status.story import Past, Story, Subject, narrowed, stories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from eipctl.commands.history import History
    from eipctl.engine.session import Session
    from eipctl.planners.status.report import StatusReport

IN_FULL = 20
"""So many Pods of a workload are looked up in the Events."""
LAST = 8
"""So much of what happened to a Pod is told."""
_ABOUT_EIPS = ("eip", "allocateip", "elastic ip")


def subjects(words: Sequence[str], namespaces: tuple[str, ...] | None) -> tuple[Subject, ...]:
    """``pod/web-0``, ``pod/game/web-0``, ``deployment/web``. UsageError for anything else, or without a namespace."""
    found = []
    for word in words:
        kind, *names = word.split("/")
        if not kind or len(names) not in (1, 2) or not all(names):
            hint = f"for a Pod, write pod/{word}; without a name, eipctl status lists all Pods"
            raise UsageError(Code.USAGE, f"{word!r} is not KIND/NAME", hint=hint)
        if namespaces is None and len(names) == 1:
            hint = f"write {kind}/NAMESPACE/{names[0]}, or give -n instead of -A"
            raise UsageError(Code.USAGE, f"{word} needs its namespace", hint=hint)
        found.append(Subject.of(kind, names[-1], (names[0],) if len(names) == 2 else namespaces or ()))
    return tuple(found)


def chosen_by_name(report: StatusReport, wanted: Sequence[Subject]) -> StatusReport:
    """Failed for a name of which there is neither a Pod nor an EIP."""
    for subject in wanted:
        one = narrowed(report, (subject,))
        if not (one.pods or one.unlisted or one.orphans or one.kept):
            name = f"{subject.kind}/{subject.name}"
            what = "no such Pod" if subject.kind in ("pod", "pods") else "no Pod of it"
            raise Failed(
                Code.WORKLOAD_NOT_FOUND,
                f"{name} in namespace {', '.join(subject.namespaces)}: there is {what}, and no EIP that it left",
                hint=f"see: kubectl get pods -n {subject.namespaces[0]}",
                obj=name,
            )
    return narrowed(report, wanted)


def told(session: Session, report: StatusReport, audit_log: str | None) -> tuple[list[Story], tuple[str, ...]]:
    """The stories, and why a part of what happened could not be read."""
    look, found = Snapshot(session), stories(report)
    past, warnings = _history(audit_log)
    whole = []
    for number, story in enumerate(found):
        events = _events(look, story) if number < IN_FULL else ()
        runs = _runs(past, story) if past else ()
        ordered = sorted((*events, *runs), key=lambda each: _moment(each.when))
        whole.append(story.with_past(ordered[-LAST:]))
    unread = [f"Events could not be read: {note.error.message}" for note in look.notes]
    return whole, (*warnings, *dict.fromkeys(unread))


def _history(audit_log: str | None) -> tuple[History | None, tuple[str, ...]]:
    if audit_log in (None, "", "-"):
        return None, ()
    try:
        return read(str(audit_log)), ()
    except EipctlError as error:
        return None, (error.message,)


def _events(look: Snapshot, story: Story) -> Iterator[Past]:
    """Those about EIPs of this very Pod, not of one of the same name before it."""
    events = look.allowed(lambda: look.kube.events_of_pod(story.namespace, story.name), unless=lambda _error: True)
    for event in events or ():
        text = f"{event.reason} {event.message}".lower()
        if event.uid == story.uid and any(word in text for word in _ABOUT_EIPS):
            yield Past(event.last, "event", f"{event.reason}: {event.message}")


def _runs(history: History, story: Story) -> Iterable[Past]:
    """What runs did for it, or with an EIP of it."""
    for run in history.runs:
        for action in run.actions:
            if action.object == story.object or action.allocation_id in story.ids:
                about = f" {action.allocation_id}" if action.allocation_id else ""
                why = f" ({action.error})" if action.error else ""
                yield Past(action.begun, run.command, f"{action.verb}{about}: {action.state}{why}")


def _moment(text: str) -> datetime:
    """The beginning of time for what has none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
