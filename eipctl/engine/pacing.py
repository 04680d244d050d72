"""Pacing of cloud calls: a sliding window per API, so that a small fleet never waits and a large one isn't throttled.

Defaults are the documented limits per account and region (VPC quota tables): 120 calls in any 60 s for Allocate,
Associate and Unassociate, 600 for DescribeEipAddresses and ReleaseEipAddress, 300 for TagResources.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from eipctl.engine.calls import Call, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from eipctl.base.stop import Stop

Limits = dict[str, tuple[int, float]]
"""API name to (calls, seconds)."""

DOCUMENTED: Limits = {
    "AllocateEipAddress": (120, 60.0),
    "AssociateEipAddress": (120, 60.0),
    "UnassociateEipAddress": (120, 60.0),
    "DescribeEipAddresses": (600, 60.0),
    "ReleaseEipAddress": (600, 60.0),
    "TagResources": (300, 60.0),
    "UnTagResources": (300, 60.0),
    "DescribeNetworkInterfaces": (500, 60.0),
}
UNKNOWN = (60, 60.0)
"""What an API without a documented limit is taken to have once it throttles."""


class Witness(Protocol):
    """Who sees each call to either API."""

    def sent(self, call: Call) -> None:
        """It is about to go out; what this raises keeps it from that."""
        ...

    def answered(self, call: Call) -> None:
        """It has an answer, or will never have one."""
        ...


class Pacer:
    """Waits before a call until it fits its window.

    Being throttled halves what fits, once in a window, for only the next one shows whether that was enough; a window
    without it doubles it again.
    """

    def __init__(self, stop: Stop, overrides: Mapping[str, tuple[int, float]] | None = None) -> None:
        self._stop = stop
        chosen = dict(overrides or {})
        everything = chosen.pop("all", None)
        self._full: Limits = {api: everything or limit for api, limit in DOCUMENTED.items()} | chosen
        self._limits: Limits = dict(self._full)
        self._changed: dict[str, float] = {}
        """When the limit of an API was last changed."""
        self._refused: dict[str, float] = {}
        """When a call of it was last throttled."""
        self._sent: dict[str, deque[float]] = {}
        """When calls went out that have no answer yet."""
        self._answered: dict[str, deque[float]] = {}
        """When calls were answered: the cloud counted them at some moment before, so its window ends no later."""
        self._lock = threading.Lock()
        self._mine = threading.local()
        """The API for which this thread holds a place."""
        self.calls: Counter[str] = Counter()
        """Attempts per API so far, for the envelope's `api_calls`."""
        self.answers: Counter[tuple[str, str]] = Counter()
        """Answers per API and error code ("" for none)."""
        self.throttled: Counter[str] = Counter()
        self._witness: Witness | None = None
        self.listeners: list[Callable[[Call], None]] = []
        """Told of every answer, that of the Kubernetes API too."""

    @contextmanager
    def witnessed_by(self, witness: Witness) -> Iterator[None]:
        """Let `witness` see each call, and forbid it, while the block lasts."""
        self._witness = witness
        try:
            yield
        finally:
            self._witness = None

    @contextmanager
    def place(self, api: str) -> Iterator[None]:
        """Wait now for the call that this thread makes in the block: its proof does not age while the call waits."""
        self._wait(api)
        self._mine.api = api
        try:
            yield
        finally:
            if self._had_place(api):
                self._give_back(api)

    def before(self, api: str, obj: str = "") -> None:
        """Return when the call may go out; raises what the Stop and the witness raise."""
        self._stop.check()
        if not self._had_place(api):
            self._wait(api)
        self.sending(Call(service=Service.CLOUD, api=api, object=obj))
        with self._lock:
            self.calls[api] += 1

    def after(self, api: str, code: str, request_id: str, seconds: float, obj: str = "") -> None:
        """Learn from the answer: a throttled call means that others spend from the same quota."""
        self.told(Call(service=Service.CLOUD, api=api, code=code, object=obj, request_id=request_id, seconds=seconds))
        with self._lock:
            self.answers[api, code] += 1
            if sent := self._sent.get(api):
                sent.popleft()
                self._answered.setdefault(api, deque()).append(time.monotonic())
        if "Throttling" not in code:
            return
        with self._lock:
            self.throttled[api] += 1
            calls, window = self._limits.get(api, UNKNOWN)
            now = self._refused[api] = time.monotonic()
            if now - self._changed.get(api, -window) >= window:
                self._changed[api], self._limits[api] = now, (max(1, calls // 2), window)

    def sending(self, call: Call) -> None:
        """A call to either API is about to go out, unless the witness forbids it."""
        if self._witness is not None:
            self._witness.sent(call)

    def told(self, call: Call) -> None:
        """Tell the witness and the listeners of an answer."""
        if self._witness is not None:
            self._witness.answered(call)
        for listener in self.listeners:
            listener(call)

    def wait_for(self, api: str, count: int) -> float:
        """Seconds until the last of `count` further calls may go out, if all are ready to."""
        with self._lock:
            limit = self._limits.get(api)
            if limit is None or count < 1:
                return 0.0
            calls, window = limit
            now = time.monotonic()
            recent = self._recent(api, now - window)
            rounds, place = divmod(len(recent) + count - 1, calls)
            if not rounds:
                return 0.0
            first = recent[place] if place < len(recent) else now
            return max(0.0, first + rounds * window - now)

    def limit(self, api: str) -> tuple[int, float] | None:
        """(calls, seconds) in force for an API; None for no limit."""
        return self._limits.get(api)

    def _had_place(self, api: str) -> bool:
        """Whether this thread held a place of the API, which it holds no longer."""
        had = getattr(self._mine, "api", "") == api
        if had:
            self._mine.api = ""
        return had

    def _give_back(self, api: str) -> None:
        with self._lock:
            if sent := self._sent.get(api):
                sent.pop()

    def _wait(self, api: str) -> None:
        while (pause := self._reserve(api)) > 0:
            self._stop.wait(pause)

    def _reserve(self, api: str) -> float:
        """Take a place in the window and return 0, or the seconds until one gets free."""
        with self._lock:
            limit = self._limits.get(api)
            if limit is None:
                return 0.0
            now = time.monotonic()
            calls, window = self._limits[api] = self._recovered(api, limit, now)
            recent = self._recent(api, now - window)
            if len(recent) < calls:
                self._sent.setdefault(api, deque()).append(now)
                return 0.0
            return recent[len(recent) - calls] + window - now

    def _recent(self, api: str, since: float) -> list[float]:
        """What takes up the window: since when each call does, the oldest first."""
        both = (self._answered.get(api, deque()), self._sent.get(api, deque()))
        for times in both:
            while times and times[0] <= since:
                times.popleft()
        return sorted(chain(*both))

    def _recovered(self, api: str, limit: tuple[int, float], now: float) -> tuple[int, float]:
        """Twice as much after a window without throttling, up to what it was in the beginning."""
        calls, window = limit
        full, _ = self._full.get(api, UNKNOWN)
        quiet_since = max(self._changed.get(api, now), self._refused.get(api, now))
        if calls >= full or now - quiet_since < window:
            return limit
        self._changed[api] = now
        return min(full, 2 * calls), window
