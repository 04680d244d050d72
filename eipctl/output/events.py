"""`-o jsonl`: what happens as it happens, a JSON object a line.

``plan`` (all Actions, before anything is done), ``step`` (each Action as it ends), ``result`` (the envelope, whose
data leaves out the actions that were told already). A run that lasts (`bind --watch`) has no plan to show first: it
tells ``state`` whenever that changes, and ``served`` of each Pod that has got its EIP.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eipctl.base.json_lines import json_line
from eipctl.domain.action_data import public
from eipctl.output.envelope import error_data

if TYPE_CHECKING:
    from eipctl.domain.plan import Plan, Step
    from eipctl.engine.watching import WatchState
    from eipctl.output.console import Console

_WAITS = ("namespace", "pod", "uid", "code", "reason", "attempts")


class Events:
    """Writes whole lines, from any thread."""

    def __init__(self, console: Console) -> None:
        self._console, self._lock = console, threading.Lock()
        self._lost: OSError | None = None
        """Why nothing more can be written: no reason to stop the run, only to say so at its end."""
        self._facts: dict[str, Any] = {}

    def plan(self, plan: Plan) -> None:
        """What will be done."""
        actions = [public(action.as_data()) for action in plan.actions]
        self._tell("plan", {"command": plan.command, "fingerprint": plan.fingerprint, "actions": actions})

    def step(self, step: Step) -> None:
        """What became of one Action."""
        self._tell("step", {**step.as_data()})

    def publish(self, state: WatchState) -> None:
        """What is new about a watching run."""
        for step in state.steps:
            self.step(step)
        for one in state.served:
            self._tell("served", {"time": _now(), **asdict(one)})
        facts = _facts(state)
        if facts != self._facts:
            self._facts = facts
            numbers = {"rounds": state.rounds, "events": state.events, "queue": state.queue, "working": state.working}
            self._tell("state", {"time": _now(), **facts, **numbers})

    def result(self, envelope: dict[str, Any]) -> None:
        """How it ended."""
        data = {name: value for name, value in envelope["data"].items() if name != "actions"}
        self._tell("result", {**envelope, "data": data})
        if self._lost is not None:
            raise self._lost

    def _tell(self, event: str, facts: dict[str, Any]) -> None:
        line = json_line({"event": event, **facts})
        with self._lock:
            if self._lost is None:
                try:
                    self._console.answer(line)
                except OSError as error:
                    self._lost = error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _facts(state: WatchState) -> dict[str, Any]:
    """All of a state but its figures, which change with every round."""
    pods = state.census.pods if state.census else {}
    counts: Counter[str] = Counter()
    for (_, name), count in pods.items():
        counts[name.lower()] += count
    waiting = [(one.namespace, one.pod, one.uid, one.code, one.reason, one.attempts) for one in state.waiting]
    return {
        "role": state.role.value,
        "synced": state.synced,
        "holder": state.holder,
        "pods": dict(sorted(counts.items())),
        "waiting": [dict(zip(_WAITS, one, strict=True)) for one in waiting],
        "errors": [error_data(error) for error in state.errors],
    }
