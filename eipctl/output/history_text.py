"""`eipctl history` for people and for awk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.output.tables import Row, as_csv, columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.commands.history import Done, PastRun

RUNS = ("RUN", "BEGUN", "ENDED", "COMMAND", "DONE", "FAILED", "SKIPPED", "INTERRUPTED", "CLOUD-CALLS", "PLAN")
ACTIONS = ("BEGUN", "VERB", "OBJECT", "ID", "STATE", "REASON", "ERROR")
CALLS = ("TIME", "API", "OBJECT", "TARGET", "CODE", "REQUEST-ID")


def runs_text(runs: Iterable[PastRun], *, headers: bool = True) -> str:
    """A row for each run."""
    return columns(RUNS, [_run(run) for run in runs], headers=headers)


def runs_csv(runs: Iterable[PastRun], *, headers: bool = True) -> str:
    """The same for spreadsheets."""
    return as_csv(RUNS, [_run(run) for run in runs], headers=headers)


def run_text(run: PastRun, *, headers: bool = True) -> str:
    """Everything of one run."""
    actions = [(_second(begun), *rest) for begun, *rest in map(_action, run.actions)]
    calls = [
        (_second(each["time"]), each["api"], each["object"], each["target"], each["code"] or "ok", each["request_id"])
        for each in run.answers
    ]
    parts = [columns(RUNS, [_run(run)], headers=headers), columns(ACTIONS, actions, headers=headers)]
    return "\n".join([*parts, *([columns(CALLS, calls, headers=headers)] if calls else [])])


def run_csv(run: PastRun, *, headers: bool = True) -> str:
    """The Actions of one run."""
    return as_csv(ACTIONS, [_action(each) for each in run.actions], headers=headers)


def _run(run: PastRun) -> Row:
    states = (str(run.states[state]) for state in ("done", "failed", "skipped", "interrupted"))
    when = (_second(run.begun), _second(run.ended))
    return (run.id, *when, run.command, *states, str(run.cloud_calls), run.plan)


def _action(done: Done) -> Row:
    return (done.begun, done.verb, done.object, done.allocation_id, done.state, done.reason, done.error)


def _second(time: str) -> str:
    """``2026-01-02T03:04:05Z``."""
    return f"{time[:19]}Z"
