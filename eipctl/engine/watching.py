"""What a watching run reports about itself: a frozen state, published whenever something in it has changed.

Moments are monotonic seconds (``time.monotonic``), so that a step of the clock changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from eipctl.base.errors import EipctlError
    from eipctl.domain.counts import Census
    from eipctl.domain.plan import Step


class WatchRole(StrEnum):
    """Of several watching runs on one cluster, one leads."""

    STANDBY = "standby"
    LEADER = "leader"


@dataclass(frozen=True, slots=True)
class BackOff:
    """A Pod that could not be served and is not tried again before `until`, unless it changes."""

    namespace: str
    pod: str
    uid: str
    code: str
    """Of :mod:`eipctl.base.codes`."""
    reason: str
    attempts: int
    until: float
    """Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class Served:
    """A Pod whose EIP is in use and recorded on it since this round."""

    namespace: str
    pod: str
    uid: str
    allocation_id: str
    eip_address: str
    seconds: float
    """From the moment at which the Pod was seen with its IP address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchState:
    """A watching run as it is now. What it counts, it counts since the process began."""

    role: WatchRole = WatchRole.STANDBY
    synced: bool = False
    """Whether it leads and everything that it plans on has been read, and is kept up."""
    holder: str = ""
    """Who holds the Lease while this run stands by; "" if unknown."""
    heartbeat: float
    """When the run was last seen to be at work, or to wait for work, in monotonic seconds."""
    round_ended: float | None = None
    """When the last round ended; None before the first."""
    rounds: int = 0
    """Plans made, with something to do or not."""
    events: int = 0
    """Changes received from the API server."""
    queue: int = 0
    """Of these, the ones that no round has looked at yet."""
    working: int = 0
    """Pods and EIPs that are being worked on."""
    waiting: tuple[BackOff, ...] = ()
    """Pods that wait for another attempt, the next one first."""
    errors: tuple[EipctlError, ...] = ()
    """What keeps work back now: a tripped guard, a cloud that can't be reached. Each stays as long as it holds."""
    census: Census | None = None
    """As `bind` counts it for its metrics, after the last round."""
    steps: tuple[Step, ...] = ()
    """What has ended since the state before this one: every Step is in exactly one state."""
    served: tuple[Served, ...] = ()
    """The Pods that were served since the state before this one: each is in exactly one state."""


class Listener(Protocol):
    """Receives every state, in order, from one thread at a time. It must return soon, and must not raise."""

    def publish(self, state: WatchState) -> None:
        """The state has changed, or 5 seconds have passed."""
        ...
