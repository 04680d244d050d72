"""Rate limits per API and account: so many calls in any window of so many seconds."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from eipctl.sandbox.cloud.table import refusal

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.state import State

DOCUMENTED: dict[str, tuple[int, float]] = {
    "AllocateEipAddress": (120, 60.0),
    "AssociateEipAddress": (120, 60.0),
    "UnassociateEipAddress": (120, 60.0),
    "ReleaseEipAddress": (600, 60.0),
    "DescribeEipAddresses": (600, 60.0),
    "TagResources": (300, 60.0),
}
"""VPC quotas documentation; the limits of all other APIs are not published."""


def parse(text: str) -> tuple[int, float]:
    """``120/60``: (calls, seconds); without seconds 60 of them. ValueError for anything else."""
    calls, _, seconds = text.partition("/")
    if not calls.isdecimal() or not (seconds or "60").isdecimal() or int(seconds or 60) == 0:
        raise ValueError(f"{text} is not a valid limit; write it as 120/60")
    return int(calls), float(seconds or 60)


class Limits:
    """Windows that slide; they live in memory only. Calls that are refused don't count."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def in_force(self) -> dict[str, tuple[int, float]]:
        """API to (calls, seconds of the real cloud)."""
        changed = {api: (calls, seconds) for api, calls, seconds in self._state.settings.limits}
        return {api: limit for api, limit in {**DOCUMENTED, **changed}.items() if limit[0] > 0}

    def take(self, api: str, now: float) -> None:
        """Count a call, or refuse it with Throttling.User."""
        limit = self.in_force().get(api)
        if limit is None:
            return
        calls, window = self._calls[api], limit[1] / self._state.clock.speed
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) >= limit[0]:
            raise refusal("Throttling.User", "Request was denied due to user flow control.")
        calls.append(now)

    def clear(self) -> None:
        """Forget the calls made so far."""
        self._calls.clear()
