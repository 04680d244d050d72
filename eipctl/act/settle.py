"""Looking at an EIP until it holds still."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from eipctl.act.converge import AGAIN, Change
from eipctl.act.poller import Poller
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Failed, Reaction
from eipctl.domain.actions.eips import Adopt, Associate, Unassociate
from eipctl.domain.facts import Eip, EipStatus

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from eipctl.act.poller import Settled
    from eipctl.domain.plan import Pairs
    from eipctl.engine.session import Session

SETTLES_WITHIN = 120.0
"""Seconds until an asynchronous change must have ended."""
VISIBLE_WITHIN = 300.0
"""Seconds during which an id received in this run is never taken for gone: lists lag by 3 to 5 minutes (EIP FAQ)."""
BETWEEN_LOOKS = 0.3
"""Seconds between the two looks of which both must miss an EIP."""
_TAG_IS_THERE = ("Forbidden.TagKey.Duplicated", "Duplicate.TagKey")
"""The first is published for TagResources; whether it is also meant for a key that is there is not documented."""
EipChange = Change[Eip | None]
"""None is an EIP that is gone."""
_IN_TRANSITION = (EipStatus.ASSOCIATING, EipStatus.UNASSOCIATING)


class Eips:
    """Looks at EIPs and waits for them; shared by all lanes and rounds of a run."""

    def __init__(self, session: Session) -> None:
        self._vpc, self._stop = session.vpc, session.stop
        self._poller = Poller(session.vpc, session.stop)

    def now(self) -> datetime:
        """The cloud's clock."""
        return self._vpc.now()

    def look(self, allocation_id: str) -> Eip | None:
        """The EIP now; None when the cloud lists none of that id."""
        return self._vpc.eips_by_id([allocation_id]).get(allocation_id)

    def still(self, allocation_id: str) -> Eip | None:
        """The EIP once it is not in transition; None when it is gone (two looks in a row show none), or going."""
        eip = self.look(allocation_id)
        if eip is None:
            self._stop.wait(BETWEEN_LOOKS)
            eip = self.look(allocation_id)
        if eip is not None and eip.status in _IN_TRANSITION:
            eip = self.wait(allocation_id, lambda seen: seen is None or seen.status not in _IN_TRANSITION)
        return None if eip is None or eip.status is EipStatus.RELEASING else eip

    def wait(self, allocation_id: str, settled: Settled, within: float = SETTLES_WITHIN) -> Eip | None:
        """The EIP as soon as `settled` says so of it; Failed after `within` seconds."""
        return self._poller.wait(allocation_id, settled, within)

    def tagged(self, allocation_id: str, tags: Pairs) -> Eip | None:
        """The EIP with these tags; None as soon as it is not listed, which the next look confirms."""
        return self.wait(allocation_id, lambda eip: eip is None or carries(eip, tags), VISIBLE_WITHIN)


def carries(eip: Eip | None, tags: Pairs) -> bool:
    """Whether the EIP is there and has these tags."""
    return eip is not None and not eip.lacks(tags)


def is_without(eip: Eip | None, keys: Collection[str]) -> bool:
    """Whether it has no tag of these keys, or is gone."""
    return eip is None or not any(key in eip.tags for key in keys)


def existing(eip: Eip | None, allocation_id: str) -> Eip:
    """The EIP; Failed when it is gone, or going."""
    if eip is None:
        raise Failed(Code.EIP_NOT_FOUND, f"{allocation_id} does not exist", hint=AGAIN)
    return eip


def bound_at(eip: Eip | None, action: Associate | Unassociate | Adopt) -> bool:
    """Whether an EIP is in use at the Action's address; the primary IP may be shown as "" or in full."""
    if eip is None or eip.status is not EipStatus.IN_USE or eip.instance_id != action.eni_id:
        return False
    primary = not isinstance(action, Unassociate) and action.primary
    return eip.private_ip == action.private_ip or (primary and not eip.private_ip)


def is_there(error: CloudError) -> bool:
    """Whether TagResources was refused because the EIP has tags of these keys already."""
    return error.cloud_code in _TAG_IS_THERE


def look_again(error: CloudError) -> CloudError:
    """That the tags are there, as an error that leads back to the look: lists lag."""
    return CloudError(
        Code.EIP_CHANGED,
        error.message,
        api=error.api,
        cloud_code=error.cloud_code,
        reaction=Reaction.REREAD,
        hint=AGAIN,
    )


def fresh_token() -> str:
    """A new ClientToken for a new decision; the transport repeats it only while an outcome is unknown."""
    return "ec-" + uuid.uuid4().hex
