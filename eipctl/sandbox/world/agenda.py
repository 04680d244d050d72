"""Which waits are over in this pass, and when to look again."""

from __future__ import annotations


class Agenda:
    """`hurry` takes every wait as over."""

    def __init__(self, now: float, *, hurry: bool = False) -> None:
        self._now, self._hurry = now, hurry
        self.next: float | None = None

    def over(self, due: float) -> bool:
        """Whether the moment has come; if not, it is noted."""
        return self._hurry or self.come(due)

    def come(self, due: float) -> bool:
        """The same for what happens again and again: there is no hurrying that."""
        if due <= self._now:
            return True
        self.next = due if self.next is None else min(self.next, due)
        return False
