"""Calls that end in time whatever the other side does: a name that is not resolved, a handshake that stalls, a byte a
second. A timeout of a socket can't do that, because it begins anew with every byte.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.base.stop import Stop

T = TypeVar("T")
LOOK_EVERY = 0.1
"""Seconds between two looks at whether a signal has arrived."""
WRITE_GRACE = 2.5
"""Seconds that a write call has left when a signal arrives: its answer is worth more than those."""


class Overdue(TimeoutError):
    """The call has not ended in time. It may still be carried out."""


def in_time(work: Callable[[], T], stop: Stop, seconds: float, *, writes: bool = False, ending: bool = False) -> T:
    """What `work` returns or raises; Overdue after `seconds`, and on a signal Interrupted.

    A write call (`writes`) is given WRITE_GRACE after a signal, and one that ends a run (`ending`) all of its time.
    Work that is overdue is left to a daemon thread of its own.
    """
    job = _Job(work)
    _begin(job)
    end, hurried = time.monotonic() + seconds, ending
    while not job.ended.wait(min(LOOK_EVERY, max(0.0, end - time.monotonic()))):
        if stop.interrupted and not hurried:
            if not writes:
                stop.check()
            end, hurried = min(end, time.monotonic() + WRITE_GRACE), True
        if time.monotonic() >= end:
            raise Overdue("no answer in time")
    if job.error is not None:
        raise job.error
    value: T = job.value
    return value


class _Job:
    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self.ended = threading.Event()
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.value = self._work()
        except BaseException as error:  # noqa: BLE001 - raised again where the result is waited for
            self.error = error


_idle: deque[SimpleQueue[_Job]] = deque()
"""Threads without work, each by the queue that it waits at."""
os.register_at_fork(after_in_child=_idle.clear)


def _begin(job: _Job) -> None:
    try:
        queue = _idle.pop()
    except IndexError:
        queue = SimpleQueue()
        threading.Thread(target=_serve, args=(queue,), daemon=True, name="call").start()
    queue.put(job)


def _serve(queue: SimpleQueue[_Job]) -> None:
    while True:
        job = queue.get()
        job.run()
        _idle.append(queue)
        job.ended.set()
        del job
