"""The sandbox's clock, held."""

from __future__ import annotations

import time

from eipctl.sandbox.clock import Clock


class HeldClock(Clock):
    """Stands still until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = time.time()

    def now(self) -> float:
        """The moment it stands at."""
        return self.moment
