"""States of a watching run, for tests of what is told of them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.domain.counts import Census
from eipctl.domain.plan import Action, Step, StepState, Verb
from eipctl.engine.watching import BackOff, Served, WatchRole, WatchState

GUARD = Refused(Code.GUARD, "guard max-allocate: 9 allocations, 5 at most", hint="add --force max-allocate")
CENSUS = Census(pods=Counter({("shop", "Bound"): 12, ("game", "Bound"): 1, ("game", "Pending"): 3}), per_month=9.06)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buy(Action):
    """An Action."""

    verb: ClassVar[Verb] = Verb.ALLOCATE
    name: str

    @property
    def object(self) -> str:
        """Its name."""
        return self.name


def step(name: str = "pod/shop/web-0", state: StepState = StepState.DONE) -> Step:
    """One that has ended."""
    error = "no stock" if state is StepState.FAILED else ""
    return Step(Buy(name=name, reason="asked for"), state, error, Code.EIP_STOCK.value if error else "")


def back_off(pod: str = "web-1", attempts: int = 1, **changes: Any) -> BackOff:
    """A Pod that waits for twelve seconds more."""
    told: dict[str, Any] = {"namespace": "shop", "uid": f"u-{pod}", "code": "EIP502", "reason": "there is no eip-none"}
    return BackOff(pod=pod, attempts=attempts, until=time.monotonic() + 12.4, **told | changes)


SERVED = Served("shop", "web-0", "u-1", "eip-1", "47.1.2.3", 2.5)


def leading(**changes: Any) -> WatchState:
    """A leader that is well."""
    now = time.monotonic()
    known: dict[str, Any] = {"role": WatchRole.LEADER, "synced": True, "rounds": 7, "events": 40, "census": CENSUS}
    return WatchState(heartbeat=now, round_ended=now - 4.0, **known | changes)


def standby(**changes: Any) -> WatchState:
    """One that waits for the Lease."""
    return WatchState(heartbeat=time.monotonic(), holder="eipctl-6d9f/1a2b/403/7/99", **changes)
