"""Removing PodEIP objects whose controller is gone: its finalizer would keep them, and their namespace, for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from eipctl.act.converge import AGAIN, Change, converge
from eipctl.act.settle import Eips
from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.domain import ownership
from eipctl.domain.actions.pod_eips import RemovePodEip
from eipctl.domain.pod_eips import FINALIZER, PodEip
from eipctl.observe.cluster import NAMESPACE
from eipctl.observe.other_controllers import ACK_EXTEND

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.domain.facts import ClusterId
    from eipctl.engine.execute import Handlers, LaneMemory
    from eipctl.engine.session import Session, Writers

Learned = Mapping[str, str]
NOTHING: Learned = {}


class PodEipHandlers:
    """Made for one plan, with its run's writers."""

    def __init__(self, session: Session, writers: Writers, cluster: ClusterId) -> None:
        self._kube, self._write, self._stop, self._cluster = session.kube, writers.kube, session.stop, cluster
        self._eips = writers.one(Eips, lambda: Eips(session))

    def table(self) -> Handlers:
        """Action class to handler."""
        return {RemovePodEip: self.remove}

    def remove(self, action: RemovePodEip, _memory: LaneMemory) -> Learned:
        """First the finalizer, then the object: one that is deleted first would have a returning controller release."""
        self._until(action, lambda seen: FINALIZER not in seen.finalizers, self._drop_finalizer)
        self._until(action, lambda seen: seen.leaving, self._write.delete_pod_eip)
        return NOTHING

    def _drop_finalizer(self, pod_eip: PodEip) -> None:
        self._write.drop_finalizer(pod_eip, FINALIZER)

    def _until(self, action: RemovePodEip, is_done: Callable[[PodEip], bool], write: Callable[[PodEip], None]) -> None:
        def do(seen: PodEip | None) -> None:
            if seen is not None:
                write(seen)

        converge(
            Change[PodEip | None](
                look=lambda: self._kube.pod_eip(action.namespace, action.pod),
                done=lambda seen: seen is None or seen.uid != action.pod_eip_uid or is_done(seen),
                proof=lambda seen: self._may_go(seen, action),
                write=do,
            ),
            self._stop,
        )

    def _may_go(self, seen: PodEip | None, action: RemovePodEip) -> None:
        if self._kube.deployment_exists(NAMESPACE, ACK_EXTEND):
            raise Failed(Code.ACK_EXTEND, "ack-extend-network-controller is installed again", hint=AGAIN)
        if seen is not None and seen.allocation_id != action.allocation_id:
            raise Failed(Code.EIP_CHANGED, f"{action.object} names another EIP now", hint=AGAIN)
        eip = self._eips.still(action.allocation_id) if action.allocation_id else None
        if eip is not None and not ownership.belongs_to(eip.owner, self._cluster):
            message = (
                f"{action.allocation_id} has no tags of eipctl for this cluster: {action.object} is its only record"
            )
            raise Failed(Code.EIP_CHANGED, message, hint=AGAIN)
