"""What was done within the last hour, for the guards of a run that goes on."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from eipctl.domain.actions.eips import Allocate, BindAction, Release, Unassociate
from eipctl.domain.limits import WINDOW, Spent
from eipctl.domain.plan import StepState

if TYPE_CHECKING:
    from eipctl.domain.plan import Step


class Spending:
    """A sliding hour. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done: deque[tuple[float, BindAction]] = deque()

    def learn(self, step: Step) -> None:
        """Count what guards limit."""
        action = step.action
        cuts = isinstance(action, Allocate | Release) or (isinstance(action, Unassociate) and action.living)
        if step.state is StepState.DONE and cuts and isinstance(action, BindAction):
            with self._lock:
                self._done.append((time.monotonic(), action))

    def spent(self) -> Spent:
        """Within the last hour."""
        with self._lock:
            while self._done and self._done[0][0] <= time.monotonic() - WINDOW:
                self._done.popleft()
            actions = [action for _, action in self._done]
        allocated = sum(isinstance(action, Allocate) for action in actions)
        released = sum(isinstance(action, Release) for action in actions)
        cut = frozenset(action.allocation_id for action in actions if not isinstance(action, Allocate))
        return Spent(allocated, released, cut)

    def next_end(self) -> float:
        """When the oldest of it leaves the hour, in monotonic seconds; infinite for nothing."""
        with self._lock:
            return self._done[0][0] + WINDOW if self._done else float("inf")
