"""Pods and EIPs that could not be served: each is tried again after a pause of its own, and at once when it changes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from eipctl.engine.watching import BackOff

FIRST, LONGEST = 1.0, 300.0
"""Seconds: each pause is twice as long as the one before it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something could not be done: `key` is the UID of a Pod that is alive, else an allocation ID."""

    key: str
    namespace: str
    pod: str
    code: str
    reason: str


class BackOffs:
    """By key. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, BackOff] = {}
        self._armed: dict[str, float] = {}
        """Key to when its next attempt is due, until :meth:`ripe` has said so."""

    def failed(self, failure: Failure) -> None:
        """Wait before the next attempt, twice as long as before the last one."""
        with self._lock:
            before = self._known.get(failure.key)
            attempts = before.attempts + 1 if before else 1
            pause = min(LONGEST, FIRST * 2.0 ** min(attempts - 1, 20))
            until = self._armed[failure.key] = time.monotonic() + pause
            self._known[failure.key] = BackOff(
                failure.namespace, failure.pod, failure.key, failure.code, failure.reason, attempts, until
            )

    def done(self, key: str) -> None:
        """It is served, it has changed, or it is gone: the next attempt may be made at once."""
        with self._lock:
            self._known.pop(key, None)
            self._armed.pop(key, None)

    def clear(self) -> None:
        """Everything may be tried at once."""
        with self._lock:
            self._known.clear()
            self._armed.clear()

    def waiting(self) -> frozenset[str]:
        """Keys whose time has not come."""
        now = time.monotonic()
        with self._lock:
            return frozenset(key for key, one in self._known.items() if one.until > now)

    def listing(self) -> tuple[BackOff, ...]:
        """The next one first."""
        with self._lock:
            return tuple(sorted(self._known.values(), key=lambda one: (one.until, one.uid)))

    def next_due(self) -> float:
        """When the next attempt is due, in monotonic seconds."""
        with self._lock:
            return min(self._armed.values(), default=float("inf"))

    def ripe(self) -> bool:
        """Whether an attempt has become due since this was asked last."""
        now = time.monotonic()
        with self._lock:
            due = [key for key, at in self._armed.items() if at <= now]
            for key in due:
                del self._armed[key]
        return bool(due)

    def keep(self, keys: frozenset[str]) -> None:
        """Forget all others: they are gone."""
        with self._lock:
            self._known = {key: one for key, one in self._known.items() if key in keys}
            self._armed = {key: at for key, at in self._armed.items() if key in keys}
