"""When something is due that no event reports. All moments are monotonic seconds: a step of the clock moves none."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from eipctl.commands.bind import BindOptions
    from eipctl.domain.facts import Eip

LATE = 0.5
"""Seconds by which an orphan is looked at after its time: two clocks are compared."""


class Pause:
    """Pauses that get longer, from `first` to `longest` seconds, and short again after a good while without any."""

    def __init__(self, first: float, longest: float) -> None:
        self._first, self._longest = first, longest
        self._length = 0.0
        self.until = 0.0

    def next(self) -> float:
        """When the next pause, which begins now, is over."""
        now = time.monotonic()
        fresh = now > self.until + 2 * self._longest
        self._length = self._first if fresh else min(self._longest, max(self._first, 2 * self._length))
        self.until = now + self._length
        return self.until

    @property
    def over(self) -> bool:
        """Whether the last pause has ended."""
        return time.monotonic() >= self.until


def next_orphan(own: Iterable[Eip], now: datetime, options: BindOptions) -> float:
    """When the grace or TTL of the next orphaned EIP ends; infinite if nothing is to be released then."""
    if not options.prune:
        return float("inf")
    left = [
        max(options.grace, eip.owner.strategy.keep) - (now - eip.owner.orphan_since).total_seconds()
        for eip in own
        if eip.owner and eip.owner.orphan_since is not None and eip.owner.strategy.keep is not None
    ]
    return time.monotonic() + min((seconds for seconds in left if seconds > 0), default=float("inf")) + LATE
