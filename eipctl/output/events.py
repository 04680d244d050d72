"""`-o jsonl`: what happens as it happens, a JSON object a line.

``plan`` (all Actions, before anything is done), ``step`` (each Action as it ends), ``result`` (the envelope, whose
data leaves out the actions that were written before). `bind --watch` has no plan to show first: it
writes ``state`` whenever that changes, and ``served`` for each Pod that has got its EIP.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eipctl.base.json_lines import json_line
from eipctl.domain.action_data import public
from eipctl.domain.line_data import PlanEvent, StepEvent
from eipctl.output.envelope import error_data

if TYPE_CHECKING:
    from eipctl.domain.line_data import ResultEvent, ServedEvent, StateEvent, WaitingPodData
    from eipctl.domain.plan import Plan, Step
    from eipctl.engine.watching import BackOff, Served, WatchState
    from eipctl.output.console import Console

_FIGURES = ("time", "rounds", "events", "queue", "working")
"""What changes with every round, and is not worth an event of its own."""


class Events:
    """Writes whole lines, from any thread."""

    def __init__(self, console: Console) -> None:
        self._console, self._lock = console, threading.Lock()
        self._lost: OSError | None = None
        """Why nothing more can be written: no reason to stop the run, only to say so at its end."""
        self._lasting: dict[str, Any] = {}

    def plan(self, plan: Plan) -> None:
        """What will be done."""
        actions = [public(action.as_data()) for action in plan.actions]
        self._tell(PlanEvent(event="plan", command=plan.command, fingerprint=plan.fingerprint, actions=actions))

    def step(self, step: Step) -> None:
        """What became of one Action."""
        self._tell(StepEvent(event="step", **step.as_data()))

    def publish(self, state: WatchState) -> None:
        """What is new about a watching run."""
        for step in state.steps:
            self.step(step)
        for one in state.served:
            self._tell(_served(one))
        now = _state(state)
        lasting = {name: value for name, value in now.items() if name not in _FIGURES}
        if lasting != self._lasting:
            self._lasting = lasting
            self._tell(now)

    def result(self, envelope: dict[str, Any]) -> None:
        """How it ended."""
        self._tell(
            {
                "event": "result",
                "schema": envelope["schema"],
                "command": envelope["command"],
                "status": envelope["status"],
                "exit_code": envelope["exit_code"],
                "data": {name: value for name, value in envelope["data"].items() if name != "actions"},
                "errors": envelope["errors"],
            }
        )
        if self._lost is not None:
            raise self._lost

    def _tell(self, event: PlanEvent | StepEvent | ServedEvent | StateEvent | ResultEvent) -> None:
        line = json_line(event)
        with self._lock:
            if self._lost is None:
                try:
                    self._console.answer(line)
                except OSError as error:
                    self._lost = error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _served(one: Served) -> ServedEvent:
    return {
        "event": "served",
        "time": _now(),
        "namespace": one.namespace,
        "pod": one.pod,
        "uid": one.uid,
        "allocation_id": one.allocation_id,
        "eip_address": one.eip_address,
        "seconds": one.seconds,
    }


def _state(state: WatchState) -> StateEvent:
    pods = state.census.pods if state.census else {}
    counts: Counter[str] = Counter()
    for (_, name), count in pods.items():
        counts[name.lower()] += count
    return {
        "event": "state",
        "time": _now(),
        "role": state.role.value,
        "synced": state.synced,
        "holder": state.holder,
        "pods": dict(sorted(counts.items())),
        "waiting": [_waiting(one) for one in state.waiting],
        "errors": [error_data(error) for error in state.errors],
        "rounds": state.rounds,
        "events": state.events,
        "queue": state.queue,
        "working": state.working,
    }


def _waiting(one: BackOff) -> WaitingPodData:
    return {
        "namespace": one.namespace,
        "pod": one.pod,
        "uid": one.uid,
        "code": one.code,
        "reason": one.reason,
        "attempts": one.attempts,
    }
