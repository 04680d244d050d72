"""Carrying out `pool add` and `pool remove`: the tag that is a person's consent, written and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from eipctl.act.converge import AGAIN, converge
from eipctl.act.settle import EipChange, Eips, carries, existing, is_without
from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.domain.actions.eips import Lend, Withdraw
from eipctl.domain.pools import POOL

if TYPE_CHECKING:
    from eipctl.act.preconditions import Proof
    from eipctl.domain.facts import Eip
    from eipctl.engine.execute import Handlers, LaneMemory
    from eipctl.engine.session import Session, Writers

Learned = Mapping[str, str]
NOTHING: Learned = {}


class PoolHandlers:
    """Made for one plan, with its run's writers."""

    def __init__(self, session: Session, writers: Writers, proof: Proof) -> None:
        self._write, self._stop, self._proof = writers.vpc, session.stop, proof
        self._eips = writers.one(Eips, lambda: Eips(session))

    def table(self) -> Handlers:
        """Action class to handler."""
        return {Lend: self.lend, Withdraw: self.withdraw}

    def lend(self, action: Lend, _memory: LaneMemory) -> Learned:
        """Tag an EIP that is in no pool, and nobody's or bought for the Pod that the plan saw."""

        def proof(eip: Eip | None) -> None:
            eip = existing(eip, action.allocation_id)
            if action.uid:
                self._proof.owned(eip, action.uid)
                self._proof.bought(eip)
            elif eip.tagged or POOL in eip.tags:
                raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} already has eipctl tags", hint=AGAIN)

        converge(
            EipChange(
                look=lambda: self._eips.still(action.allocation_id),
                done=lambda eip: carries(eip, action.tags),
                proof=proof,
                write=lambda _eip: self._write.tag(action.allocation_id, action.tags),
                settle=lambda: self._eips.tagged(action.allocation_id, action.tags),
            ),
            self._stop,
        )
        return NOTHING

    def withdraw(self, action: Withdraw, _memory: LaneMemory) -> Learned:
        """Take the consent back; the other tags only of an EIP that no Pod has."""

        def proof(eip: Eip | None) -> None:
            eip = existing(eip, action.allocation_id)
            if eip.tags.get(POOL) not in (action.pool, None):
                raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} is in another pool now", hint=AGAIN)
            if len(action.keys) == 1:
                return
            if eip.bound:
                raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} is bound to {eip.instance_id}", hint=AGAIN)
            if eip.owner is not None:
                self._proof.owned(eip, action.uid)
                self._proof.owner_gone(eip.owner)

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
