"""Looking at an EIP until it holds still, and deciding after an error whether to look again."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from eipctl.act.poller import Poller
from eipctl.act.preconditions import AGAIN
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Failed, OutcomeUnknown, Reaction
from eipctl.domain.actions.eips import Adopt, Associate, Unassociate
from eipctl.domain.facts import Eip, EipStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.act.poller import Settled
    from eipctl.engine.session import Session

SETTLES_WITHIN = 120.0
"""Seconds until an asynchronous change must have ended."""
VISIBLE_WITHIN = 300.0
"""Seconds during which an id received in this run is never taken for gone: lists lag by 3 to 5 minutes (EIP FAQ)."""
TRIES = 8
PAUSES = (0.3, 0.6, 1.2, 2.4, 4.8, 8.0, 8.0)
_IN_TRANSITION = (EipStatus.ASSOCIATING, EipStatus.UNASSOCIATING)


class Steady:
    """Shared by all lanes of a run."""

    def __init__(self, session: Session) -> None:
        self._vpc, self._stop = session.vpc, session.stop
        self._poller = Poller(session.vpc, session.stop)

    def look(self, allocation_id: str) -> Eip | None:
        """The EIP now; None when the cloud lists none of that id."""
        return self._vpc.eips_by_id([allocation_id]).get(allocation_id)

    def still(self, allocation_id: str) -> Eip | None:
        """The EIP once it is not in transition; None when it is gone (two looks in a row show none), or going."""
        eip = self.look(allocation_id)
        if eip is None:
            self._stop.wait(PAUSES[0])
            eip = self.look(allocation_id)
        if eip is not None and eip.status in _IN_TRANSITION:
            eip = self.wait(allocation_id, lambda seen: seen is None or seen.status not in _IN_TRANSITION)
        return None if eip is None or eip.status is EipStatus.RELEASING else eip

    def eip(self, allocation_id: str) -> Eip:
        """The same; Failed when it is gone, or going."""
        eip = self.still(allocation_id)
        if eip is None:
            raise Failed(Code.EIP_NOT_FOUND, f"{allocation_id} does not exist (any more)", hint=AGAIN)
        return eip

    def wait(self, allocation_id: str, settled: Settled, within: float = SETTLES_WITHIN) -> Eip | None:
        """The EIP as soon as `settled` says so of it; Failed after `within` seconds."""
        return self._poller.wait(allocation_id, settled, within)

    def pause_or_raise(self, error: CloudError | OutcomeUnknown, attempt: int, *, also: bool) -> None:
        """Wait before another look if the error allows one, else raise it."""
        again = also or (isinstance(error, CloudError) and error.reaction is Reaction.RETRY)
        if not again or attempt >= len(PAUSES):
            raise error
        self._stop.wait(PAUSES[attempt])

    def repeat(self, call: Callable[[], None]) -> None:
        """For calls that may be repeated without harm."""
        for attempt in range(TRIES):
            try:
                return call()
            except (CloudError, OutcomeUnknown) as error:
                self.pause_or_raise(error, attempt, also=isinstance(error, OutcomeUnknown))
        return None


def bound_at(eip: Eip | None, action: Associate | Unassociate | Adopt) -> bool:
    """Whether an EIP is in use at the Action's address; the primary IP may be shown as "" or in full."""
    if eip is None or eip.status is not EipStatus.IN_USE or eip.instance_id != action.eni_id:
        return False
    primary = not isinstance(action, Unassociate) and action.primary
    return eip.private_ip == action.private_ip or (primary and not eip.private_ip)


def fresh_token() -> str:
    """A new ClientToken for a new decision; the transport repeats it only while an outcome is unknown."""
    return "ec-" + uuid.uuid4().hex


def look_again(error: CloudError | OutcomeUnknown) -> bool:
    """Whether the error says that the EIP is not what it was taken for."""
    return isinstance(error, OutcomeUnknown) or error.reaction in (Reaction.REREAD, Reaction.GONE)
