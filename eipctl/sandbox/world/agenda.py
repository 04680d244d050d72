"""Which waits are over in this pass, and when to look again."""

from __future__ import annotations


class Agenda:
    """`hurry` takes every wait as over."""

    def __init__(self, now: float, *, hurry: bool = False) -> None:
        self._now, self._hurry = now, hurry
        self.next: float | None = None

    def over(self, due: float) -> bool:
        """Whether the moment has come; if not, it is noted."""
        if self._hurry or due <= self._now:
            return True
        self.next = due if self.next is None else min(self.next, due)
        return False
