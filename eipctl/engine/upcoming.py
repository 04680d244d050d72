"""Which Lane of a Stage is begun next: one whose ENI has the least to do, so that none waits behind a crowded ENI."""

from __future__ import annotations

import heapq
import threading
from collections import Counter, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eipctl.domain.plan import Lane

AHEAD = 2
"""Lanes that may begin at an ENI before their turn: they buy while others are associated, and hold a worker each."""


class Upcoming:
    """The Lanes of one Stage that have not begun. `most` is how many may have their turn at one ENI at a time."""

    def __init__(self, lanes: Sequence[Lane], most: Callable[[], int]) -> None:
        self._changed = threading.Condition()
        self._most = most
        self._enis = [lane.eni_id or f"lane {number}" for number, lane in enumerate(lanes)]
        self._left: dict[str, deque[int]] = {}
        for number, eni in enumerate(self._enis):
            self._left.setdefault(eni, deque()).append(number)
        self._begun: Counter[str] = Counter()
        self._heap = [(0, numbers[0], eni) for eni, numbers in self._left.items()]
        """Each ENI with Lanes left, by how many of its Lanes have begun; also as it was before its last change."""
        heapq.heapify(self._heap)

    def next(self) -> int | None:
        """The number of the Lane to begin, once there is one; None when all have begun."""
        with self._changed:
            self._changed.wait_for(self._is_ready)
            if not self._heap:
                return None
            _, number, eni = heapq.heappop(self._heap)
            self._left[eni].popleft()
            self._begun[eni] += 1
            self._offer(eni)
            return number

    def ended(self, number: int) -> None:
        """A Lane that had begun."""
        with self._changed:
            self._begun[self._enis[number]] -= 1
            self._offer(self._enis[number])
            self._changed.notify_all()

    def close(self) -> None:
        """Begin no other."""
        with self._changed:
            self._left.clear()
            self._heap.clear()
            self._changed.notify_all()

    def _offer(self, eni: str) -> None:
        if left := self._left.get(eni):
            heapq.heappush(self._heap, (self._begun[eni], left[0], eni))

    def _is_ready(self) -> bool:
        while self._heap and self._is_outdated(*self._heap[0]):
            heapq.heappop(self._heap)
        return not self._heap or self._heap[0][0] < self._most() + AHEAD

    def _is_outdated(self, begun: int, number: int, eni: str) -> bool:
        left = self._left[eni]
        return not left or left[0] != number or self._begun[eni] != begun
