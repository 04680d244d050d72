"""Carrying out the Actions of `bind` that change what an EIP is, not where it is: tags, attributes, packages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.act.converge import AGAIN, converge
from eipctl.act.settle import (
    EipChange,
    bound_at,
    carries,
    existing,
    fresh_token,
    is_there,
    is_without,
    look_again,
)
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Failed, Reaction
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Adopt, JoinPackage, LeavePackage, Modify, Tag, Untag
from eipctl.domain.pools import POOL
from eipctl.domain.settings import BY_FIELD

if TYPE_CHECKING:
    from eipctl.act.preconditions import Proof
    from eipctl.act.settle import Eips
    from eipctl.aliyun.vpc import VpcWriter
    from eipctl.base.stop import Stop
    from eipctl.domain.facts import ClusterId, Eip
    from eipctl.domain.plan import Pairs
    from eipctl.engine.execute import Handlers, LaneMemory

Learned = Mapping[str, str]
NOTHING: Learned = {}


class AttributeHandlers:
    """Made for one plan, with its run's writer."""

    def __init__(self, eips: Eips, write: VpcWriter, proof: Proof, cluster: ClusterId, stop: Stop) -> None:
        self._eips, self._write, self._proof, self._cluster, self._stop = eips, write, proof, cluster, stop
        self._overwrites = True
        """Whether TagResources replaces the value of a tag that is there; else it refuses until that tag is off."""
        self._marked: set[str] = set()
        """EIPs that were marked as orphans only to be handed on."""

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

    def modify(self, action: Modify, _memory: LaneMemory) -> Learned:
        """Set bandwidth, name, description of an own EIP; a name or description that is refused costs nothing else."""
        try:
            self._modify(action, action.changes)
        except CloudError as error:
            kept = tuple((field, value) for field, value in action.changes if not BY_FIELD[field].cosmetic)
            if error.reaction is not Reaction.FAIL or kept == action.changes:
                raise
            if kept:
                self._modify(action, kept)
            return {"note": f"the EIP keeps its name and description: {error.message}"}
        return NOTHING

    def _modify(self, action: Modify, changes: tuple[tuple[str, Any], ...]) -> None:
        converge(
            EipChange(
                look=lambda: self._eips.still(action.allocation_id),
                done=lambda eip: eip is not None and _is_as_wanted(eip, changes),
                proof=lambda eip: self._may_change(eip, action),
                write=lambda _eip: self._write.modify(action.allocation_id, dict(changes)),
            ),
            self._stop,
        )

    def _may_change(self, eip: Eip | None, action: Modify | LeavePackage) -> None:
        eip = existing(eip, action.allocation_id)
        self._proof.owned(eip, action.uid)
        self._proof.bought(eip)

    def join(self, action: JoinPackage, memory: LaneMemory) -> Learned:
        """Put an own EIP into the package and see it there."""
        allocation_id, is_new = action.allocation_id or memory["allocation_id"], not action.allocation_id

        def is_inside(eip: Eip | None) -> bool:
            return eip is not None and eip.bandwidth_package_id == action.package_id

        def proof(eip: Eip | None) -> None:
            eip = existing(eip, allocation_id)
            self._proof.owned(eip, action.uid)
            self._proof.bought(eip)
            if eip.bandwidth_package_id:
                raise Failed(Code.EIP_CHANGED, f"{allocation_id} is already in {eip.bandwidth_package_id}", hint=AGAIN)

        converge(
            EipChange(
                look=lambda: self._eips.still(allocation_id),
                done=is_inside,
                proof=proof,
                write=lambda _eip: self._write.join_package(allocation_id, action.package_id, fresh_token()),
                settle=lambda: self._eips.wait(
                    allocation_id, lambda eip: _is_in_a_package(eip) or (eip is None and not is_new)
                ),
            ),
            self._stop,
        )
        return NOTHING

    def leave(self, action: LeavePackage, _memory: LaneMemory) -> Learned:
        """Take an own EIP out of the package and see it outside."""

        def is_outside(eip: Eip | None) -> bool:
            return eip is None or eip.bandwidth_package_id != action.package_id

        converge(
            EipChange(
                look=lambda: self._eips.look(action.allocation_id),
                done=is_outside,
                proof=lambda eip: self._may_change(eip, action),
                write=lambda _eip: self._write.leave_package(action.allocation_id, action.package_id, fresh_token()),
                settle=lambda: self._eips.wait(action.allocation_id, is_outside),
            ),
            self._stop,
        )
        return NOTHING

    def tag(self, action: Tag, _memory: LaneMemory) -> Learned:
        """Write tags on an own EIP, on one whose Pod is gone, or as given on one that is free and has no owner."""
        owns = ownership.POD_UID in dict(action.tags)
        records = ownership.BINDING in dict(action.tags)
        was_nobodys = tried = False

        def proof(eip: Eip | None) -> None:
            nonlocal was_nobodys
            eip = existing(eip, action.allocation_id)
            if tried and was_nobodys and eip.bound:
                self._leave_to_others(eip, action)
            was_nobodys = self._may_tag(eip, action)

        def write(eip: Eip | None) -> None:
            nonlocal tried
            tried = True
            self._tag(existing(eip, action.allocation_id), action.tags)

        eip = converge(
            EipChange(
                look=lambda: self._eips.still(action.allocation_id),
                done=lambda eip: carries(eip, action.tags),
                proof=proof,
                write=write,
                settle=(lambda: self._eips.tagged(action.allocation_id, action.tags)) if owns or records else None,
            ),
            self._stop,
        )
        if owns and was_nobodys and eip is not None and eip.bound:
            self._leave_to_others(eip, action)
        if action.allocation_id in self._marked:
            self._unmark(action)
        return NOTHING

    def _tag(self, eip: Eip, tags: Pairs) -> None:
        """Write tags where others of the same keys may be.

        The API documents that a tag of a key that is there is replaced. Where it refuses that, the old values go first;
        an EIP that changes its Pod is marked as an orphan before, so that it is never without an owner.
        """
        lacking = eip.lacks(tags)
        if not self._overwrites:
            self._clear(eip, tuple(key for key, _ in lacking if key in eip.tags))
        try:
            self._write.tag(eip.allocation_id, lacking)
        except CloudError as error:
            if not is_there(error):
                raise
            self._overwrites = False
            raise look_again(error) from error

    def _clear(self, eip: Eip, keys: tuple[str, ...]) -> None:
        if ownership.POD_UID in keys and ownership.ORPHAN_SINCE not in eip.tags:
            self._marked.add(eip.allocation_id)
            self._write.tag(eip.allocation_id, ((ownership.ORPHAN_SINCE, ownership.moment(self._eips.now())),))
        if keys:
            self._write.untag(eip.allocation_id, keys)

    def _unmark(self, action: Tag) -> None:
        self._marked.discard(action.allocation_id)
        change = EipChange(
            look=lambda: self._eips.still(action.allocation_id),
            done=lambda eip: is_without(eip, (ownership.ORPHAN_SINCE,)),
            proof=lambda eip: self._proof.owned(existing(eip, action.allocation_id), action.uid),
            write=lambda _eip: self._write.untag(action.allocation_id, (ownership.ORPHAN_SINCE,)),
        )
        converge(change, self._stop)

    def _may_tag(self, eip: Eip, action: Tag) -> bool:
        """Failed if it may not be; else whether it had no owner."""
        owner = eip.owner
        if ownership.POD_UID not in dict(action.tags):
            self._proof.owned(eip, action.uid)
        if ownership.BINDING in dict(action.tags) and eip.bound and not _is_at(eip, action):
            message = f"{action.allocation_id} is still bound to {eip.instance_id}"
            raise Failed(Code.EIP_CHANGED, message, hint=AGAIN)
        self._proof.lent(eip, dict(action.tags))
        if owner is None and (eip.bound or eip.tagged):
            raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} is no longer available", hint=AGAIN)
        if owner is not None and not ownership.belongs_to(owner, self._cluster):
            raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} belongs to another cluster", hint=AGAIN)
        if owner is not None and owner.pod_uid not in (action.uid, action.moved_from):
            self._proof.owner_gone(owner)
        return owner is None

    def _leave_to_others(self, eip: Eip, action: Tag) -> None:
        """Somebody bound it before our tags arrived: without them the next run doesn't take it for ours."""
        keys = tuple(key for key, _ in action.tags if key != POOL)
        change = EipChange(
            first=lambda: eip,
            look=lambda: self._eips.still(action.allocation_id),
            done=lambda eip: eip is None,  # Lists lag: that one shows no tags doesn't prove that there are none.
            write=lambda _eip: self._write.untag(action.allocation_id, keys),
        )
        converge(change, self._stop)
        raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} was bound by someone else in the meantime", hint=AGAIN)

    def adopt(self, action: Adopt, _memory: LaneMemory) -> Learned:
        """Tag an untagged EIP while it is at the address of this Pod; done when it is gone."""

        def proof(eip: Eip | None) -> None:
            eip = existing(eip, action.allocation_id)
            if not bound_at(eip, action):
                message = f"{action.allocation_id} is no longer at {action.private_ip}"
                raise Failed(Code.EIP_CHANGED, message, hint=AGAIN)
            if eip.tagged:
                self._proof.owned(eip, action.uid)
            self._proof.has_address(action)

        converge(
            EipChange(
                look=lambda: self._eips.still(action.allocation_id),
                done=lambda eip: eip is None or carries(eip, action.tags),
                proof=proof,
                write=lambda _eip: self._write.tag(action.allocation_id, action.tags),
                settle=lambda: self._eips.tagged(action.allocation_id, action.tags),
            ),
            self._stop,
        )
        return NOTHING

    def untag(self, action: Untag, _memory: LaneMemory) -> Learned:
        """Take our tags off, all of them only when the EIP is bound no more."""

        def proof(eip: Eip | None) -> None:
            eip = existing(eip, action.allocation_id)
            self._proof.owned(eip, action.uid)
            if ownership.CLUSTER in action.keys and eip.bound:
                raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} is still bound", hint=AGAIN)

        converge(
            EipChange(
                look=lambda: self._eips.still(action.allocation_id),
                done=lambda eip: is_without(eip, action.keys),
                proof=proof,
                write=lambda _eip: self._write.untag(action.allocation_id, action.keys),
            ),
            self._stop,
        )
        return NOTHING


def _is_at(eip: Eip, action: Tag) -> bool:
    """Whether it is bound where the tags of the Action record it."""
    return not ownership.held_elsewhere(replace(eip, **ownership.tag_fields({**eip.tags, **dict(action.tags)})))


def _is_as_wanted(eip: Eip, changes: tuple[tuple[str, Any], ...]) -> bool:
    return all(BY_FIELD[field].has(eip) == value for field, value in changes)


def _is_in_a_package(eip: Eip | None) -> bool:
    return eip is not None and bool(eip.bandwidth_package_id)
