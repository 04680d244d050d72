"""The sandbox's sense of time: wall-clock time, with waiting divided by a speed."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """`speed` 10 makes everything that takes time in the real cloud (states, windows, restarts) take a tenth of it."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.ahead = 0.0
        """Seconds by which the server's clock is ahead of this host's."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.ahead

    def after(self, seconds: float) -> float:
        """The moment when something that takes `seconds` in the real cloud is over."""
        return self.now() + seconds / self.speed

    def timestamp(self, moment: float | None = None) -> str:
        """``2026-11-23T08:20:09Z``."""
        return datetime.fromtimestamp(self.now() if moment is None else moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
