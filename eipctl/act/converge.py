"""The one way in which anything is changed: look, already as wanted?, may I?, write, settle, look again.

    look ──► as wanted? ──yes──► done
     ▲            │ no
     │            ▼
     ├─ too old ─ place in the rate limit
     │            │
     │            ▼
     │          proof ──no──► Failed
     │            │ yes
     │            ▼
     └── again ─ write, settle ──► as wanted? ──yes──► done

Whether an error leads back to the look, and how much it ends otherwise, says :mod:`eipctl.engine.consequences` alone.
Together with the transport (`aliyun/client.py`, `kube/client.py`), which repeats what can do no harm by itself, this is
the only place where anything is tried twice.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Failed
from eipctl.engine.consequences import Consequence, consequence_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from eipctl.base.stop import Stop

Seen = TypeVar("Seen")

PAUSES = (0.3, 0.6, 1.2, 2.4, 4.8, 8.0, 8.0)
"""Seconds before each further look; 25 s together, after which the last error stands."""
FRESH = 5.0
"""Seconds after which a look is no proof any more."""
AGAIN = "nothing was done with it; the next run decides again"


def _no_doubt(_seen: object) -> None:
    """The write says itself of which object and version it is."""


@dataclass(frozen=True, kw_only=True)
class Change(Generic[Seen]):
    """What one Action adds to the way: its few facts. Each may raise EipctlError."""

    look: Callable[[], Seen]
    """The object now."""
    done: Callable[[Seen], bool]
    """Whether it is as wanted."""
    write: Callable[[Seen], object]
    """The changing call."""
    place: Callable[[], AbstractContextManager[object]] = nullcontext
    """Waits until the write may go out, which it then does at once in the block."""
    proof: Callable[[Seen], None] = _no_doubt
    """Right before each write: Failed when it may not be made."""
    settle: Callable[[], Seen] | None = None
    """Waits until the change can be seen, and what is seen then; None where the answer to the write is enough."""
    first: Callable[[], Seen] | None = None
    """What stands for the first look, where the plan or this run has just looked."""
    never: str = ""
    """The error when it keeps settling on something other than the desired state."""


def converge(change: Change[Seen], stop: Stop, fresh: float = FRESH) -> Seen:
    """Make it so, and what was seen last; raises the error that ends it. A look is proof for `fresh` seconds."""
    patience = _Patience()
    seen, looked = (change.first or change.look)(), time.monotonic()
    while not change.done(seen):
        with change.place():
            if time.monotonic() - looked > fresh:
                seen = change.look()
                if change.done(seen):
                    break
            change.proof(seen)
            try:
                change.write(seen)
                settled = change.settle() if change.settle else seen
            except EipctlError as error:
                stop.wait(patience.after(consequence_of(error), error))
            else:
                if change.settle is None or change.done(settled):
                    return settled
                stop.wait(patience.after(Consequence.LOOK, Failed(Code.NOT_SETTLED, change.never, hint=AGAIN)))
        seen, looked = change.look(), time.monotonic()
    return seen


class _Patience:
    """How long to wait before the next look: not at all after the first doubt, then longer each time."""

    def __init__(self) -> None:
        self._left: dict[Consequence, Iterator[float]] = {
            Consequence.RETRY: iter(PAUSES),
            Consequence.LOOK: iter((0.0, *PAUSES)),
        }

    def after(self, consequence: Consequence, error: EipctlError) -> float:
        """Seconds; raises the error when nothing is to be tried again, or has been often enough."""
        pause = next(self._left.get(consequence, iter(())), None)
        if pause is None:
            raise error
        return pause
