"""`-o jsonl`: what happens as it happens, a JSON object a line.

``plan`` (all Actions, before anything is done), ``step`` (each Action as it ends), ``result`` (the envelope, whose
data leaves out the actions that were told already).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from eipctl.base.json_lines import json_line
from eipctl.domain.action_data import public

if TYPE_CHECKING:
    from eipctl.domain.plan import Plan, Step
    from eipctl.output.console import Console


class Events:
    """Writes whole lines, from any thread."""

    def __init__(self, console: Console) -> None:
        self._console, self._lock = console, threading.Lock()
        self._lost: OSError | None = None
        """Why nothing more can be written: no reason to stop the run, only to say so at its end."""

    def plan(self, plan: Plan) -> None:
        """What will be done."""
        actions = [public(action.as_data()) for action in plan.actions]
        self._tell("plan", {"command": plan.command, "fingerprint": plan.fingerprint, "actions": actions})

    def step(self, step: Step) -> None:
        """What became of one Action."""
        self._tell("step", {**step.as_data()})

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
