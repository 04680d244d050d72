"""Carrying out the Actions of `bind` that change what an EIP is, not where it is: tags, attributes, packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.act.preconditions import AGAIN
from eipctl.act.settle import TRIES, VISIBLE_WITHIN, bound_at, fresh_token, look_again
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Failed, OutcomeUnknown
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Adopt, JoinPackage, LeavePackage, Modify, Tag, Untag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.act.preconditions import Proof
    from eipctl.act.settle import Steady
    from eipctl.domain.facts import ClusterId, Eip
    from eipctl.domain.plan import Pairs
    from eipctl.engine.execute import Handlers, LaneMemory
    from eipctl.engine.ports import VpcWriter

NOTHING: Mapping[str, str] = {}


class AttributeHandlers:
    """Made for one run, with that run's writer."""

    def __init__(self, eips: Steady, write: VpcWriter, proof: Proof, cluster: ClusterId) -> None:
        self._eips, self._write, self._proof, self._cluster = eips, write, proof, cluster

    def table(self) -> Handlers:
        """Action class to handler."""
        return {
            Modify: self.modify,
            JoinPackage: self.join,
            LeavePackage: self.leave,
            Adopt: self.adopt,
            Tag: self.tag,
            Untag: self.untag,
        }

    def modify(self, action: Modify, _memory: LaneMemory) -> Mapping[str, str]:
        """Set bandwidth, name, description of an own EIP."""
        self._proof.owned(self._eips.eip(action.allocation_id), action.uid)
        self._eips.repeat(lambda: self._write.modify(action.allocation_id, dict(action.changes)))
        return NOTHING

    def join(self, action: JoinPackage, memory: LaneMemory) -> Mapping[str, str]:
        """Put an own EIP into the package and see it there."""
        allocation_id = action.allocation_id or memory["allocation_id"]
        for attempt in range(TRIES):
            eip = self._eips.eip(allocation_id)
            self._proof.owned(eip, action.uid)
            if eip.bandwidth_package_id == action.package_id:
                return NOTHING
            if eip.bandwidth_package_id:
                raise Failed(Code.EIP_CHANGED, f"{allocation_id} is in {eip.bandwidth_package_id} by now", hint=AGAIN)
            try:
                self._write.join_package(allocation_id, action.package_id, fresh_token())
            except (CloudError, OutcomeUnknown) as error:
                self._eips.pause_or_raise(error, attempt, also=look_again(error))
                continue
            self._eips.wait(allocation_id, lambda seen: seen is not None and bool(seen.bandwidth_package_id))
            return NOTHING
        raise Failed(Code.NOT_SETTLED, f"{allocation_id} could not be put into {action.package_id}", hint=AGAIN)

    def leave(self, action: LeavePackage, _memory: LaneMemory) -> Mapping[str, str]:
        """Take an own EIP out of the package and see it outside."""
        for attempt in range(TRIES):
            eip = self._eips.look(action.allocation_id)
            if eip is None or eip.bandwidth_package_id != action.package_id:
                return NOTHING
            self._proof.owned(eip, action.uid)
            try:
                self._write.leave_package(action.allocation_id, action.package_id, fresh_token())
            except (CloudError, OutcomeUnknown) as error:
                self._eips.pause_or_raise(error, attempt, also=look_again(error))
                continue
            self._eips.wait(action.allocation_id, lambda seen: seen is None or not seen.bandwidth_package_id)
            return NOTHING
        raise Failed(Code.NOT_SETTLED, f"{action.allocation_id} could not leave {action.package_id}", hint=AGAIN)

    def tag(self, action: Tag, _memory: LaneMemory) -> Mapping[str, str]:
        """Write tags on an own EIP, on one whose Pod is gone, or as given on one that is free and nobody's."""
        eip = self._eips.eip(action.allocation_id)
        owner = eip.owner
        if owner is None and (eip.bound or eip.tagged):
            raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} is not free any more", hint=AGAIN)
        if owner is not None and not ownership.belongs_to(owner, self._cluster):
            raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} is another cluster's", hint=AGAIN)
        if owner is not None and owner.pod_uid != action.uid:
            self._proof.owner_gone(owner)
        self._eips.repeat(lambda: self._write.tag(action.allocation_id, action.tags))
        if ownership.POD_UID in dict(action.tags):
            seen = self._eips.wait(action.allocation_id, lambda seen: _carries(seen, action.tags), VISIBLE_WITHIN)
            if owner is None and seen is not None and seen.bound:
                self._leave_to_others(action)
        return NOTHING

    def _leave_to_others(self, action: Tag) -> None:
        """Somebody bound it before our tags arrived: without them the next run doesn't take it for ours."""
        keys = tuple(key for key, _ in action.tags)
        self._eips.repeat(lambda: self._write.untag(action.allocation_id, keys))
        raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} was bound by somebody else meanwhile", hint=AGAIN)

    def adopt(self, action: Adopt, _memory: LaneMemory) -> Mapping[str, str]:
        """Tag an EIP that nobody has tagged, while it is at the address of this very Pod."""
        self._proof.has_address(action)
        eip = self._eips.eip(action.allocation_id)
        if not bound_at(eip, action):
            raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} is not at {action.private_ip} any more", hint=AGAIN)
        if eip.tagged:
            self._proof.owned(eip, action.uid)
        self._eips.repeat(lambda: self._write.tag(action.allocation_id, action.tags))
        self._eips.wait(action.allocation_id, lambda seen: _carries(seen, action.tags), VISIBLE_WITHIN)
        return NOTHING

    def untag(self, action: Untag, _memory: LaneMemory) -> Mapping[str, str]:
        """Take our tags off, all of them only when the EIP is bound no more."""
        eip = self._eips.look(action.allocation_id)
        if eip is None:
            return NOTHING
        self._proof.owned(eip, action.uid)
        if ownership.CLUSTER in action.keys and self._eips.eip(action.allocation_id).bound:
            raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} is still bound", hint=AGAIN)
        self._eips.repeat(lambda: self._write.untag(action.allocation_id, action.keys))
        return NOTHING


def _carries(eip: Eip | None, tags: Pairs) -> bool:
    return eip is not None and not eip.lacks(tags)
