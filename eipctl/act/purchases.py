"""Buying EIPs: tagged as ours by the very call, and verified before more money is spent."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from eipctl.act.converge import FRESH, converge
from eipctl.act.settle import VISIBLE_WITHIN, EipChange, is_there, look_again
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, EipctlError, Failed, OutcomeUnknown, Reaction
from eipctl.domain import cloud_apis, ownership
from eipctl.domain.actions.eips import Allocate, Recover
from eipctl.domain.facts import Eip, EipStatus
from eipctl.domain.settings import COSMETIC
from eipctl.engine.consequences import Consequence, consequence_of, ended_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.act.preconditions import Proof
    from eipctl.act.settle import Eips
    from eipctl.domain.facts import ClusterId
    from eipctl.domain.plan import Named
    from eipctl.domain.settings import EipSpec
    from eipctl.engine.execute import Handlers, LaneMemory
    from eipctl.engine.session import Session, Writers

DOUBTFUL_AFTER = 3.0
"""Seconds after which an id that no list shows may be an old one."""

Learned = Mapping[str, str]


class Purse:
    """What a run has learned about buying, over all its lanes and rounds."""

    def __init__(self) -> None:
        self.alone = threading.RLock()
        self.tags_proven = False
        """Whether an EIP that was bought in this run came with the tags it was bought with."""
        self._new: dict[str, tuple[Eip, float]] = {}
        """EIPs bought in this run, as first seen and when (monotonic seconds), until they are used."""
        self.refused: dict[Named, EipctlError] = {}
        """Why nothing more of what names these resources, or under () nothing at all, is bought."""

    def begin(self) -> None:
        """Another plan begins: what was refused for all may be possible again."""
        self.refused.clear()

    def put(self, eip: Eip) -> Eip:
        """Keep an EIP that was bought and verified just now: it need not be read again if it is used soon."""
        self._new[eip.allocation_id] = (eip, time.monotonic())
        return eip

    def take(self, allocation_id: str) -> tuple[Eip | None, bool]:
        """An EIP that was bought in this run and not used yet, and whether it was seen so recently that it is proof."""
        eip, seen = self._new.pop(allocation_id, (None, 0.0))
        return eip, eip is not None and time.monotonic() - seen < FRESH

    def may_buy(self, named: Named) -> None:
        """Raise what a purchase that was waited for has ended in, if this one would end so too."""
        error = self.refused.get(()) or self.refused.get(named)
        if error is not None:
            raise error

    def learn(self, error: EipctlError, named: Named) -> None:
        """Remember a refusal that is not about one purchase alone."""
        ended = ended_by(error, named)
        if ended is not None:
            self.refused[ended] = error


class PurchaseHandlers:
    """Made for one plan, with its run's writers."""

    def __init__(
        self, session: Session, writers: Writers, cluster: ClusterId, proof: Proof, eips: Eips, purse: Purse
    ) -> None:
        self._vpc, self._stop, self._place = session.vpc, session.stop, session.pacer.place
        self._write, self._cluster = writers.vpc, cluster
        self._proof, self._eips, self._purse = proof, eips, purse

    def table(self) -> Handlers:
        """Action class to handler."""
        return {Allocate: self.allocate, Recover: self.recover}

    def allocate(self, action: Allocate, _memory: LaneMemory) -> Learned:
        """Buy one EIP. The first of a run goes alone: it proves that tags arrive before more money is spent."""
        with self._purse.alone:
            if not self._purse.tags_proven:
                learned = self._first(action)
                self._purse.tags_proven = True
                return learned
        return self._allocate(action)

    def _first(self, action: Allocate) -> Learned:
        self._purse.may_buy(action.named)
        try:
            return self._allocate(action)
        except EipctlError as error:
            self._purse.learn(error, action.named)
            raise

    def _allocate(self, action: Allocate) -> Learned:
        told: dict[str, str] = {}

        def buy(attempt: int) -> str:
            try:
                return self._buy(action, action.spec, attempt)
            except CloudError as error:
                bare = action.spec.without_cosmetics(error.cloud_code)
                if error.reaction is not Reaction.FAIL or bare == action.spec:
                    raise
                told.update(_without(action.spec, bare, error))
                return self._buy(action, bare, attempt)

        learned = self._bought(
            _Purchase(
                buy,
                find=lambda: self._find(action),
                proof=lambda: self._proof.still_there(action),
                verified=lambda allocation_id: self._verified(action, allocation_id),
            ),
            f"the cloud keeps returning EIPs that are not available for {action.object}",
        )
        return {**learned, **told}

    def _buy(self, action: Allocate, spec: EipSpec, attempt: int) -> str:
        token = ownership.client_token(self._cluster, action.uid, spec, action.ownership, attempt)
        return self._write.allocate(spec, action.ownership, token)[0]

    def recover(self, action: Recover, _memory: LaneMemory) -> Learned:
        """Buy back a released EIP, if it has no new owner."""

        def buy(attempt: int) -> str:
            token = ownership.client_token(self._cluster, action.wanted, action.spec, action.ownership, attempt)
            return self._write.recover(action.spec, action.ownership, token, action.wanted)[0]

        def tagged(allocation_id: str) -> Eip | None:
            eip = self._eips.wait(allocation_id, _is_listed, VISIBLE_WITHIN)
            if eip is not None and eip.owner is None:
                self._tag_or_release(action, eip)
            return eip

        return self._bought(_Purchase(buy, verified=tagged), f"{action.wanted} could not be recovered")

    def _bought(self, purchase: _Purchase, never: str) -> Learned:
        eip = converge(
            EipChange(
                look=purchase.look,
                done=_is_listed,
                place=lambda: self._place(cloud_apis.ALLOCATE.action),
                proof=purchase.proof,
                write=purchase.write,
                settle=purchase.settle,
                never=never,
            ),
            self._stop,
        )
        assert eip is not None
        return {"allocation_id": eip.allocation_id, "eip_address": eip.address}

    def _find(self, action: Allocate) -> Eip | None:
        """The EIP that a purchase without an answer has bought, if it is listed yet: its tags name the Pod."""
        for eip in self._vpc.list_eips().eips:
            owner = eip.owner
            ours = owner is not None and ownership.belongs_to(owner, self._cluster) and owner.pod_uid == action.uid
            if ours and eip.status is not EipStatus.RELEASING:
                return self._purse.put(eip)
        return None

    def _verified(self, action: Allocate, allocation_id: str) -> Eip | None:
        """The new EIP, which is this Pod's and free; None when a remembered token has named an old one."""
        eip = self._appeared(action, allocation_id)
        if eip is None or eip.status is EipStatus.RELEASING:
            return None
        owner = eip.owner
        if owner is None:
            with self._purse.alone:
                self._purse.tags_proven = False
                self._tag_or_release(action, eip)
            return eip
        ours = ownership.belongs_to(owner, self._cluster) and owner.pod_uid == action.uid
        return self._purse.put(eip) if ours else None

    def _appeared(self, action: Allocate, allocation_id: str) -> Eip | None:
        """The new EIP once it is listed; None when a remembered token has named one that was released since.

        Lists lag, so that an id is missing proves nothing: tagging it once more does.
        """
        try:
            return self._eips.wait(allocation_id, _is_listed, DOUBTFUL_AFTER)
        except Failed as error:
            if error.code is not Code.NOT_SETTLED:
                raise
        if not self._takes_tags(action, allocation_id):
            return None
        return self._eips.wait(allocation_id, _is_listed, VISIBLE_WITHIN)

    def _takes_tags(self, action: Allocate, allocation_id: str) -> bool:
        gone = False

        def tag(_seen: object) -> None:
            nonlocal gone
            try:
                self._write.tag(allocation_id, action.ownership)
            except CloudError as error:
                gone = error.reaction is Reaction.GONE
                if not gone and not is_there(error):
                    raise

        change = EipChange(first=lambda: None, look=lambda: self._eips.look(allocation_id), done=_is_listed, write=tag)
        converge(change, self._stop)
        return not gone

    def _tag_or_release(self, action: Allocate | Recover, eip: Eip) -> None:
        """An EIP that came without our tags must not stay so: its owner would be unknown (promise B1)."""
        name = eip.allocation_id
        try:
            self._until(eip, _is_tagged, lambda _eip: self._tag(name, action))
        except EipctlError as error:
            if consequence_of(error) is Consequence.RUN:
                raise
            self._until(eip, lambda seen: seen is None, lambda _eip: self._write.release(name))
            raise CloudError(
                Code.CLOUD_FORBIDDEN,
                f"{name} was allocated without its tags and can't be tagged; it was released again",
                api="TagResources",
                cloud_code="",
                reaction=Reaction.STOP,
                hint=error.hint or "grant this identity vpc:TagResources",
            ) from error

    def _tag(self, name: str, action: Allocate | Recover) -> None:
        try:
            self._write.tag(name, action.ownership)
        except CloudError as error:
            if not is_there(error):
                raise
            raise look_again(error) from error

    def _until(self, eip: Eip, done: Callable[[Eip | None], bool], write: Callable[[Eip | None], None]) -> None:
        """For an EIP that has just been seen, and that is not as wanted."""
        change = EipChange(first=lambda: eip, look=lambda: self._eips.still(eip.allocation_id), done=done, write=write)
        converge(change, self._stop)


class _Purchase:
    """One purchase: its ClientToken is used again only while the outcome is unknown."""

    def __init__(
        self,
        buy: Callable[[int], str],
        *,
        verified: Callable[[str], Eip | None],
        find: Callable[[], Eip | None] = lambda: None,
        proof: Callable[[], object] = lambda: None,
    ) -> None:
        self._buy, self._verified, self._find, self._proof = buy, verified, find, proof
        self._answers = 0
        self._bought = ""
        self._doubt: OutcomeUnknown | None = None

    def look(self) -> Eip | None:
        """What a purchase without an answer has bought. The plan has seen that there was nothing before it."""
        return self._find() if self._doubt else None

    def proof(self, _seen: Eip | None) -> None:
        """Nothing more is bought while something may have been bought already."""
        if self._doubt is not None:
            raise self._doubt
        self._proof()

    def write(self, _seen: Eip | None) -> None:
        """Each purchase that was answered, with a refusal or an old EIP, is followed by one with another token."""
        try:
            self._bought = self._buy(self._answers)
        except OutcomeUnknown as error:
            self._doubt = error
            raise
        finally:
            self._answers += 1

    def settle(self) -> Eip | None:
        """The new EIP; None when it is an old one."""
        return self._verified(self._bought)


def _without(asked: EipSpec, bought: EipSpec, error: CloudError) -> dict[str, str]:
    """What is learned when a purchase is refused for the sake of a cosmetic value and made without it."""
    missing = [each.field for each in COSMETIC if getattr(asked, each.field) != getattr(bought, each.field)]
    fields = " and ".join(missing)
    return {"without": " ".join(missing), "note": f"the EIP is bought without its {fields}: {error.message}"}


def _is_listed(eip: Eip | None) -> bool:
    return eip is not None


def _is_tagged(eip: Eip | None) -> bool:
    return eip is not None and eip.owner is not None
