"""Carrying out the Actions of `bind`: what each looks at, when it is done, what it must prove, and what it writes."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from eipctl.act.attributes import AttributeHandlers
from eipctl.act.converge import AGAIN, Change, converge
from eipctl.act.preconditions import Proof
from eipctl.act.purchases import PurchaseHandlers, Purse
from eipctl.act.settle import EipChange, Eips, bound_at, existing, fresh_token
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, EipctlError, Failed, KubeError, Reaction
from eipctl.domain import cloud_apis
from eipctl.domain.actions.eips import (
    Allocate,
    AnnotatePod,
    Associate,
    BindAction,
    Modify,
    Release,
    Unassociate,
)
from eipctl.domain.facts import EIP_FAILED, Eip, EipStatus, Pod
from eipctl.domain.settings import NOT_NAMED, RESULT
from eipctl.engine.consequences import Consequence, consequence_of
from eipctl.engine.turns import Turns
from eipctl.kube.writer import EipCondition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eipctl.domain.facts import ClusterId
    from eipctl.engine.execute import Handler, Handlers, LaneMemory
    from eipctl.engine.session import Session, Writers

Learned = Mapping[str, str]
NOTHING: Learned = {}
_ANOTHER_POD = (404, 409, 422)
"""How an API server refuses a patch whose UID is not the object's, or that has none any more."""


class BindHandlers:
    """Made for one plan, with its run's writers."""

    def __init__(self, session: Session, writers: Writers, cluster: ClusterId) -> None:
        self._kube, self._stop, self._write = session.kube, session.stop, writers
        self._place = session.pacer.place
        self._proof = Proof(session.kube, cluster)
        self._eips = writers.one(Eips, lambda: Eips(session))
        self._turns = writers.one(Turns, Turns)
        self._purse = writers.one(Purse, Purse)
        self._purse.begin()
        self._purchases = PurchaseHandlers(session, writers, cluster, self._proof, self._eips, self._purse)
        self._attributes = AttributeHandlers(self._eips, writers.vpc, self._proof, cluster, session.stop)

    def table(self) -> Handlers:
        """Action class to handler."""
        purchases, attributes = self._purchases.table(), self._attributes.table()
        return {
            **purchases,
            **attributes,
            Allocate: self._telling_failures(purchases[Allocate]),
            Associate: self._telling_failures(self.associate),
            Modify: self._telling_failures(attributes[Modify]),
            Unassociate: self.unassociate,
            Release: self.release,
            AnnotatePod: self.annotate,
        }

    def associate(self, action: Associate, memory: LaneMemory) -> Learned:
        """Bind the EIP to the Pod's private IP and see it in use there.

        That the IP has another EIP is tried once more, in case that one was just leaving; then it stands.
        """
        allocation_id = action.allocation_id or memory["allocation_id"]
        bought, fresh = self._purse.take(allocation_id)
        refusals: list[CloudError] = []

        def proof(eip: Eip | None) -> None:
            if len(refusals) > 1:
                raise refusals[-1]
            eip = existing(eip, allocation_id)
            self._proof.owned(eip, action.uid)
            if eip.status is not EipStatus.AVAILABLE:
                raise Failed(Code.EIP_CHANGED, f"{allocation_id} is {eip.status} at {eip.instance_id}", hint=AGAIN)
            self._proof.still_there(action)

        def write(_eip: Eip | None) -> None:
            try:
                with self._in_turn(action):
                    self._write.vpc.associate(allocation_id, action.eni_id, action.private_ip, fresh_token())
            except CloudError as error:
                if error.code is Code.IP_HAS_EIP:
                    refusals.append(error)
                raise

        def settled(eip: Eip | None) -> bool:
            return bound_at(eip, action) or (eip is None and not bought)

        eip = converge(
            EipChange(
                first=(lambda: bought) if fresh else None,
                look=lambda: self._eips.still(allocation_id) or bought,
                done=lambda eip: bound_at(eip, action),
                place=lambda: self._place(cloud_apis.ASSOCIATE.action),
                proof=proof,
                write=write,
                settle=lambda: self._eips.wait(allocation_id, settled),
            ),
            self._stop,
        )
        assert eip is not None
        self._tell(action, "EIPBound", f"EIP {eip.address} ({allocation_id}) is bound to {action.private_ip}")
        return {"allocation_id": allocation_id, "eip_address": eip.address}

    def unassociate(self, action: Unassociate, _memory: LaneMemory) -> Learned:
        """Unbind an own EIP from the address that the plan saw, if its Pod still is what the plan saw."""

        def proof(eip: Eip | None) -> None:
            eip = existing(eip, action.allocation_id)
            self._proof.owned(eip, action.uid)
            self._proof.bound_by_eipctl(eip)
            if not bound_at(eip, action):
                raise Failed(Code.EIP_CHANGED, f"{action.allocation_id} is bound to {eip.instance_id} now", hint=AGAIN)
            self._may_lose(action)

        def write(eip: Eip | None) -> None:
            assert eip is not None
            with self._in_turn(action):
                self._write.vpc.unassociate(action.allocation_id, eip.instance_id, eip.private_ip, fresh_token())

        eip = converge(
            EipChange(
                look=lambda: self._eips.still(action.allocation_id),
                done=_is_unbound,
                place=lambda: self._place(cloud_apis.UNASSOCIATE.action),
                proof=proof,
                write=write,
                settle=lambda: self._eips.wait(action.allocation_id, lambda eip: _has_left(eip, action)),
                never=f"{action.allocation_id} was unbound, and is bound again",
            ),
            self._stop,
        )
        if action.living and eip is not None:
            self._tell(action, "EIPUnbound", f"EIP {eip.address} ({eip.allocation_id}) is no longer bound")
        return NOTHING

    @contextlib.contextmanager
    def _in_turn(self, action: Associate | Unassociate) -> Iterator[None]:
        """Learn from the answer of the call in the block how much the ENI takes at a time."""
        try:
            yield
        except CloudError as error:
            if error.reaction is Reaction.RETRY and error.code is Code.CLOUD_ERROR:
                self._turns.refused(action.eni_id)
            raise
        self._turns.accepted(*action.place)

    def _may_lose(self, action: Unassociate) -> None:
        """The Pod is gone, asks for it no more, or (one that moved) no longer has the address; or a person wants it."""
        if action.heir is not None and self._proof.still_there(action.heir).wish is None:
            who = f"Pod {action.heir.namespace}/{action.heir.pod}"
            raise Failed(Code.POD_CHANGED, f"{who} no longer asks for an EIP", hint=AGAIN)
        if action.asked:
            return
        if action.living:
            self._proof.asks_for_none(action)
        else:
            self._proof.gone_from_address(action)

    def release(self, action: Release, _memory: LaneMemory) -> Learned:
        """Give an own, unbound EIP back, unless its Pod is there and needs the EIP again."""

        def proof(eip: Eip | None) -> None:
            eip = existing(eip, action.allocation_id)
            self._proof.owned(eip, action.uid)
            self._proof.bound_by_eipctl(eip)
            self._proof.bought(eip)
            if eip.status is not EipStatus.AVAILABLE or eip.bound:
                raise Failed(Code.EIP_CHANGED, f"{eip.allocation_id} is bound to {eip.instance_id}", hint=AGAIN)
            if not action.asked:
                self._proof.needs_no(action, eip)

        converge(
            EipChange(
                look=lambda: self._eips.still(action.allocation_id),
                done=lambda eip: eip is None,
                place=lambda: self._place(cloud_apis.RELEASE.action),
                proof=proof,
                write=lambda _eip: self._write.vpc.release(action.allocation_id),
            ),
            self._stop,
        )
        return NOTHING

    def annotate(self, action: AnnotatePod, memory: LaneMemory) -> Learned:
        """Record the address on the Pod, and in its condition: both or none, and nothing on a later Pod of its name.

        A Pod that is gone records no address any more.
        """
        address = None if action.remove else action.eip_address or memory["eip_address"]
        message = f"EIP {address} is bound" if address else "no EIP is bound"
        condition = EipCondition(bound=address is not None, message=message) if action.gate else None
        try:
            self._patch(
                action,
                lambda: self._write.kube.record_eip(
                    action.namespace, action.pod, action.uid, {RESULT: address}, condition
                ),
                done=lambda pod: pod.recorded == (address or ""),
            )
        except Failed as error:
            if not action.remove or error.code is not Code.POD_CHANGED:
                raise
        if action.lost:
            self._tell(action, "EIPElsewhere", action.reason, warning=True)
        return NOTHING

    def _patch(self, action: AnnotatePod, patch: Callable[[], None], *, done: Callable[[Pod], bool]) -> None:
        """Change this very Pod, which the patch names by its UID: nothing needs to be read before."""

        def write(_pod: Pod | None) -> None:
            try:
                patch()
            except KubeError as error:
                if error.status not in _ANOTHER_POD:
                    raise
                raise _replaced(action) from error

        def look() -> Pod:
            pod = self._kube.pod(action.namespace, action.pod)
            if pod is None or pod.uid != action.uid:
                raise _replaced(action)
            return pod

        change = Change[Pod | None](
            first=lambda: None, look=look, done=lambda pod: pod is not None and done(pod), write=write
        )
        converge(change, self._stop)

    def _tell(self, action: BindAction, reason: str, message: str, *, warning: bool = False) -> None:
        """An Event on the Pod, if it can be written: the work does not depend on it."""
        with contextlib.suppress(EipctlError):
            self._write.kube.event(action.namespace, action.pod, action.uid, reason, message, warning=warning)

    def _telling_failures(self, handler: Handler) -> Handler:
        """The handler, which also records on the Pod why it has no EIP yet, or an EIP without its name."""

        def told(action: BindAction, memory: LaneMemory) -> Learned:
            try:
                learned = handler(action, memory)
            except EipctlError as error:
                if consequence_of(error) is not Consequence.RUN:
                    self._tell(action, EIP_FAILED, error.message, warning=True)
                raise
            if note := learned.get("note"):
                self._tell(action, NOT_NAMED, note, warning=True)
            return learned

        return told


def _is_unbound(eip: Eip | None) -> bool:
    return eip is None or not eip.bound


def _has_left(eip: Eip | None, action: Unassociate) -> bool:
    """Unbound, or in use elsewhere by now: then it won't get free by waiting."""
    return eip is None or not eip.bound or (eip.status is EipStatus.IN_USE and not bound_at(eip, action))


def _replaced(action: AnnotatePod) -> Failed:
    message = f"Pod {action.namespace}/{action.pod} was replaced in the meantime"
    return Failed(Code.POD_CHANGED, message, hint=AGAIN)
