"""Fresh proof right before harm: what the plan assumed is looked at once more, by id, before an EIP is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.act.converge import AGAIN
from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.domain import ownership
from eipctl.domain.pools import POOL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.actions.eips import BindAction, Heir, Unassociate
    from eipctl.domain.facts import ClusterId, Eip, Pod
    from eipctl.domain.ownership import Owner
    from eipctl.kube.reader import KubeReader


class Proof:
    """Asks the cluster about Pods and checks EIPs against their tags."""

    def __init__(self, kube: KubeReader, cluster: ClusterId) -> None:
        self._kube, self._cluster = kube, cluster

    def still_there(self, action: BindAction | Heir) -> Pod:
        """The Pod if it may still be given an EIP at this address; Failed if it changed."""
        pod = self._kube.pod(action.namespace, action.pod)
        if pod is None or pod.uid != action.uid or pod.finished or pod.terminating or pod.ip != action.private_ip:
            raise Failed(Code.POD_CHANGED, f"Pod {action.namespace}/{action.pod} is gone or being deleted", hint=AGAIN)
        return pod

    def has_address(self, action: BindAction) -> None:
        """Return if the Pod is there and has this address, leaving or not; Failed otherwise."""
        pod = self._kube.pod(action.namespace, action.pod)
        if pod is None or pod.uid != action.uid or pod.ip != action.private_ip:
            raise Failed(Code.POD_CHANGED, f"Pod {action.namespace}/{action.pod} is gone", hint=AGAIN)

    def gone_from_address(self, action: Unassociate) -> None:
        """Return if the Pod no longer has the address its EIP is bound to; Failed if it may have it."""
        pod = self._find(action.namespace, action.pod, action.uid)
        if pod is not None and not (action.moved_to and pod.ip == action.moved_to):
            raise self._alive(action)

    def owner_gone(self, owner: Owner) -> None:
        """Return if the Pod that tags name is gone; Failed if it is alive."""
        if self._find(owner.namespace, owner.pod, owner.pod_uid) is not None:
            raise Failed(Code.POD_CHANGED, f"Pod {owner.key} is alive and has this EIP", hint=AGAIN)

    def asks_for_none(self, action: BindAction) -> None:
        """Return if the Pod asks for no EIP (any more), or is gone; Failed if it does."""
        pod = self._find(action.namespace, action.pod, action.uid)
        if pod is not None and pod.wish is not None:
            raise self._alive(action)

    def needs_no(self, action: BindAction) -> None:
        """Return if the Pod is gone, asks for no EIP, or records another address than this one."""
        pod = self._find(action.namespace, action.pod, action.uid)
        if pod is None or pod.wish is None:
            return
        if pod.recorded in ("", action.eip_address):
            raise self._alive(action)

    def _alive(self, action: BindAction) -> Failed:
        return Failed(Code.POD_CHANGED, f"Pod {action.namespace}/{action.pod} needs the EIP again", hint=AGAIN)

    def owned(self, eip: Eip, uid: str) -> None:
        """Return if the EIP's tags name this cluster and this Pod; Failed otherwise (promise B2)."""
        owner = eip.owner
        if owner is None or not ownership.belongs_to(owner, self._cluster) or owner.pod_uid != uid:
            raise Failed(Code.EIP_CHANGED, f"{eip.allocation_id} is no longer tagged for this Pod", hint=AGAIN)
        if eip.odd:
            raise Failed(Code.EIP_HELD_BACK, f"{eip.allocation_id} is {eip.untouchable}", hint=AGAIN)

    def lent(self, eip: Eip, tags: Mapping[str, str]) -> None:
        """Return if the pool's tag is on the EIP as these tags have it; Failed when it is another's, or no more."""
        consent = tags.get(POOL)
        given = tags.get(ownership.ROLE) == ownership.Role.GIVEN and eip.pool is not None
        if given or (consent is not None and eip.tags.get(POOL) != consent):
            raise Failed(Code.EIP_CHANGED, f"{eip.allocation_id} is not lent for this", hint=AGAIN)

    def bought(self, eip: Eip) -> None:
        """Return if eipctl allocated the EIP and it is not lent to a pool; Failed otherwise (promise B2)."""
        if eip.pool is not None or eip.owner is None or eip.owner.role is not ownership.Role.ALLOCATED:
            raise Failed(Code.EIP_HELD_BACK, f"{eip.allocation_id} is not eipctl's to change", hint=AGAIN)

    def bound_by_eipctl(self, eip: Eip) -> None:
        """Return if the EIP is where its tags record that eipctl binds it; Failed if someone else bound it."""
        if ownership.held_elsewhere(eip):
            place = f"{eip.instance_id} {eip.private_ip}".rstrip()
            message = f"{eip.allocation_id} is bound to {place}, where eipctl did not bind it; it is left alone"
            raise Failed(Code.EIP_ELSEWHERE, message, hint=AGAIN)

    def _find(self, namespace: str, name: str, uid: str) -> Pod | None:
        """The Pod of that UID, if it still counts as alive. A name that a tag had to cut is looked for in a list."""
        if not name:
            return None
        if len(name) < ownership.LONGEST_NAME:
            pod = self._kube.pod(namespace, name)
        else:
            listing = self._kube.pods(namespace)
            if not listing.complete:
                raise Failed(Code.PARTIAL_READ, f"the Pods of namespace {namespace} could not be read in full")
            pod = next((pod for pod in listing.pods if pod.uid == uid), None)
        return None if pod is None or pod.uid != uid or pod.finished or self._replaced(pod) else pod

    def _replaced(self, pod: Pod) -> bool:
        """Whether a leaving Pod's IP is another Pod's already."""
        if not pod.terminating or not pod.ip:
            return False
        others = self._kube.pods(None, field_selector=f"status.podIP={pod.ip}").pods
        return any(
            other.uid != pod.uid and not (other.terminating or other.finished or other.host_network) for other in others
        )
