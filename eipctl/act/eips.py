"""Carrying out the Actions of `bind`: one cloud call each, proven right before it and settled after it.

IncorrectEipStatus, TaskConflict, InvalidAssociation.Duplicated, NotFound and a lost reply all mean the same here:
look again and decide again.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from eipctl.act.attributes import AttributeHandlers
from eipctl.act.preconditions import AGAIN, Proof
from eipctl.act.settle import TRIES, VISIBLE_WITHIN, Steady, bound_at, fresh_token, look_again
from eipctl.base.codes import Code
from eipctl.base.errors import (
    CloudError,
    EipctlError,
    Failed,
    Interrupted,
    KubeError,
    OutcomeUnknown,
    Reaction,
    TimedOut,
    TryLater,
)
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Allocate, AnnotatePod, Associate, BindAction, Recover, Release, Unassociate
from eipctl.domain.facts import ClusterId, Eip, EipStatus
from eipctl.domain.settings import RESULT

if TYPE_CHECKING:
    from eipctl.engine.execute import Handler, Handlers, LaneMemory
    from eipctl.engine.session import Session, Writers

DOUBTFUL_AFTER = 3.0
"""Seconds after which an id that no list shows may be an old one."""

Learned = Mapping[str, str]
NOTHING: Learned = {}


class BindHandlers:
    """Made for one run, with that run's writers."""

    def __init__(self, session: Session, writers: Writers, cluster: ClusterId) -> None:
        self._vpc = session.vpc
        self._write, self._cluster = writers, cluster
        self._proof = Proof(session.kube, cluster)
        self._eips = Steady(session)
        self._attributes = AttributeHandlers(self._eips, writers.vpc, self._proof, cluster)
        self._alone = threading.RLock()
        self._tags_proven = False
        self._new: dict[str, Eip] = {}
        """EIPs allocated in this run, as first seen: what was just verified isn't read again."""

    def table(self) -> Handlers:
        """Action class to handler."""
        return {
            Allocate: self._telling_failures(self.allocate),
            Recover: self.recover,
            Associate: self._telling_failures(self.associate),
            Unassociate: self.unassociate,
            Release: self.release,
            AnnotatePod: self.annotate,
            **self._attributes.table(),
        }

    # allocate

    def allocate(self, action: Allocate, _memory: LaneMemory) -> Learned:
        """Buy one EIP. The first of a run goes alone: it proves that tags arrive before more money is spent."""
        self._proof.still_there(action)
        with self._alone:
            if not self._tags_proven:
                learned = self._allocate(action)
                self._tags_proven = True
                return learned
        return self._allocate(action)

    def recover(self, action: Recover, _memory: LaneMemory) -> Learned:
        """Buy back an EIP that was released, if nobody else has got it."""
        for attempt in range(TRIES):
            token = ownership.client_token(self._cluster, action.wanted, action.spec, action.ownership, attempt)
            try:
                allocation_id, address = self._write.vpc.recover(action.spec, action.ownership, token, action.wanted)
            except CloudError as error:
                self._eips.pause_or_raise(error, attempt, also=error.cloud_code == "IdempotentParameterMismatch")
                continue
            eip = self._eips.wait(allocation_id, lambda seen: seen is not None, VISIBLE_WITHIN)
            if eip is not None and eip.owner is None:
                self._tag_or_release(action, allocation_id)
            return {"allocation_id": allocation_id, "eip_address": address}
        raise Failed(Code.CLOUD_ERROR, f"{action.wanted} could not be bought back")

    def _allocate(self, action: Allocate) -> Learned:
        for attempt in range(TRIES):
            token = ownership.client_token(self._cluster, action.uid, action.spec, action.ownership, attempt)
            try:
                allocation_id, address = self._write.vpc.allocate(action.spec, action.ownership, token)
            except CloudError as error:
                self._eips.pause_or_raise(error, attempt, also=error.cloud_code == "IdempotentParameterMismatch")
                continue
            except OutcomeUnknown as error:
                found = self._find_allocated(action, error)
                allocation_id, address = found.allocation_id, found.address
            if self._verified(action, allocation_id):
                return {"allocation_id": allocation_id, "eip_address": address}
        raise Failed(Code.CLOUD_ERROR, f"the cloud keeps answering with EIPs that are not free for Pod {action.object}")

    def _find_allocated(self, action: Allocate, error: OutcomeUnknown) -> Eip:
        """The EIP that an allocation without an answer may have bought: its tags name the Pod."""
        for eip in self._vpc.list_eips().eips:
            owner = eip.owner
            if owner is not None and ownership.belongs_to(owner, self._cluster) and owner.pod_uid == action.uid:
                return eip
        raise error

    def _verified(self, action: Allocate, allocation_id: str) -> bool:
        """Whether the new EIP is this Pod's and free; False when a remembered token returned an old one."""
        eip = self._appeared(action, allocation_id)
        if eip is None or eip.status is EipStatus.RELEASING:
            return False
        owner = eip.owner
        if owner is None:
            with self._alone:
                self._tags_proven = False
                self._tag_or_release(action, allocation_id)
            return True
        if ownership.belongs_to(owner, self._cluster) and owner.pod_uid == action.uid:
            self._new[allocation_id] = eip
            return True
        return False

    def _appeared(self, action: Allocate, allocation_id: str) -> Eip | None:
        """The new EIP once it is listed; None when a remembered token has named one that was released since.

        Lists lag, so that an id is missing proves nothing: tagging it once more does.
        """
        try:
            return self._eips.wait(allocation_id, lambda seen: seen is not None, DOUBTFUL_AFTER)
        except Failed as error:
            if error.code is not Code.NOT_SETTLED:
                raise
        try:
            self._eips.repeat(lambda: self._write.vpc.tag(allocation_id, action.ownership))
        except CloudError as error:
            if error.reaction is Reaction.GONE:
                return None
            raise
        return self._eips.wait(allocation_id, lambda seen: seen is not None, VISIBLE_WITHIN)

    def _tag_or_release(self, action: Allocate | Recover, allocation_id: str) -> None:
        """An EIP that came without our tags must not stay so: nobody could tell whose it is (promise B1)."""
        try:
            self._write.vpc.tag(allocation_id, action.ownership)
        except EipctlError as error:
            self._write.vpc.release(allocation_id)
            raise CloudError(
                Code.CLOUD_FORBIDDEN,
                f"{allocation_id} came without the tags it was bought with and can't be tagged; it was released again",
                api="TagResources",
                cloud_code="",
                reaction=Reaction.STOP,
                hint=error.hint or "give this identity vpc:TagResources",
            ) from error

    # associate, unassociate

    def associate(self, action: Associate, memory: LaneMemory) -> Learned:
        """Bind the EIP to the Pod's private IP and see it in use there."""
        allocation_id = action.allocation_id or memory["allocation_id"]
        fresh = self._new.get(allocation_id)
        for attempt in range(TRIES):
            self._proof.still_there(action)
            eip = fresh if fresh is not None and attempt == 0 else self._eips.eip(allocation_id)
            if bound_at(eip, action):
                return {"allocation_id": allocation_id, "eip_address": eip.address}
            self._proof.owned(eip, action.uid)
            if eip.status is not EipStatus.AVAILABLE:
                raise Failed(Code.EIP_CHANGED, f"{allocation_id} is {eip.status} at {eip.instance_id}", hint=AGAIN)
            try:
                self._write.vpc.associate(allocation_id, action.eni_id, action.private_ip, fresh_token())
            except (CloudError, OutcomeUnknown) as error:
                self._eips.pause_or_raise(error, attempt, also=look_again(error))
                continue
            self._eips.wait(allocation_id, lambda seen: bound_at(seen, action))
            self._tell(action, "EIPBound", f"EIP {eip.address} ({allocation_id}) is bound to {action.private_ip}")
            return {"allocation_id": allocation_id, "eip_address": eip.address}
        raise Failed(Code.NOT_SETTLED, f"{allocation_id} could not be bound to {action.private_ip}", hint=AGAIN)

    def unassociate(self, action: Unassociate, _memory: LaneMemory) -> Learned:
        """Unbind an own EIP from the address that the plan saw, if its Pod still is what the plan saw."""
        for attempt in range(TRIES):
            eip = self._eips.still(action.allocation_id)
            if eip is None or not eip.bound:
                return NOTHING
            self._proof.owned(eip, action.uid)
            if not bound_at(eip, action):
                raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} is bound to {eip.instance_id} now", hint=AGAIN)
            self._may_lose(action)
            try:
                self._write.vpc.unassociate(action.allocation_id, eip.instance_id, eip.private_ip, fresh_token())
            except (CloudError, OutcomeUnknown) as error:
                self._eips.pause_or_raise(error, attempt, also=look_again(error))
                continue
            self._eips.wait(action.allocation_id, lambda seen: seen is None or not seen.bound)
            if action.living:
                self._tell(action, "EIPUnbound", f"EIP {eip.address} ({eip.allocation_id}) is not bound any more")
            return NOTHING
        raise Failed(Code.NOT_SETTLED, f"{action.allocation_id} could not be unbound", hint=AGAIN)

    def _may_lose(self, action: Unassociate) -> None:
        """The Pod is gone, asks for it no more, or (one that moved) no longer has the address."""
        if action.asked:
            return
        if action.living:
            self._proof.asks_for_none(action)
        else:
            self._proof.gone_from_address(action)

    # release, annotations

    def release(self, action: Release, _memory: LaneMemory) -> Learned:
        """Give an own, unbound EIP back, unless its Pod is there and needs it after all."""
        for attempt in range(TRIES):
            eip = self._eips.still(action.allocation_id)
            if eip is None:
                return NOTHING
            self._proof.owned(eip, action.uid)
            if eip.status is not EipStatus.AVAILABLE or eip.bound:
                raise Failed(Code.EIP_CHANGED, f"{eip.allocation_id} is bound to {eip.instance_id}", hint=AGAIN)
            if not action.asked:
                self._proof.needs_no(action)
            try:
                self._write.vpc.release(action.allocation_id)
            except (CloudError, OutcomeUnknown) as error:
                self._eips.pause_or_raise(error, attempt, also=look_again(error))
                continue
            return NOTHING
        raise Failed(Code.NOT_SETTLED, f"{action.allocation_id} could not be released", hint=AGAIN)

    def annotate(self, action: AnnotatePod, memory: LaneMemory) -> Learned:
        """Tell the address on the Pod, and nothing on a later Pod of the same name."""
        address = None if action.remove else action.eip_address or memory["eip_address"]
        try:
            self._write.kube.annotate_pod(action.namespace, action.pod, action.uid, {RESULT: address})
        except KubeError as error:
            if error.status not in (404, 409):
                raise
            message = f"Pod {action.namespace}/{action.pod} was replaced meanwhile"
            raise Failed(Code.POD_CHANGED, message, hint=AGAIN) from error
        if action.gate:
            told = f"EIP {address} is bound" if address else "no EIP is bound"
            self._write.kube.set_eip_condition(
                action.namespace, action.pod, action.uid, bound=address is not None, message=told
            )
        return NOTHING

    def _tell(self, action: BindAction, reason: str, message: str, *, warning: bool = False) -> None:
        """An Event on the Pod, if it can be written: the work does not depend on it."""
        with contextlib.suppress(EipctlError):
            self._write.kube.event(action.namespace, action.pod, action.uid, reason, message, warning=warning)

    def _telling_failures(self, handler: Handler) -> Handler:
        """The handler, which also tells the Pod why it has no EIP yet."""

        def told(action: BindAction, memory: LaneMemory) -> Learned:
            try:
                return handler(action, memory)
            except (Interrupted, TimedOut, TryLater):
                raise
            except EipctlError as error:
                self._tell(action, "EIPFailed", error.message, warning=True)
                raise

        return told
