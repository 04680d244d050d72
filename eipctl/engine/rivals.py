"""Who else binds EIPs here: Terway's own EIP mode, ack-extend-network-controller. Their Pods are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.domain import eni_conf, terway_version
from eipctl.domain.codes import Code
from eipctl.domain.eni_conf import FlagState
from eipctl.engine.cluster import ENI_CONFIG, KEY, NAMESPACE
from eipctl.errors import Failed

if TYPE_CHECKING:
    from eipctl.domain.facts import Pod
    from eipctl.engine.session import Session

EIP_CAPABLE = "app in (terway-eniip,terway-eni)"
ACK_EXTEND = "ack-extend-network-controller"


def native_nodes(session: Session) -> frozenset[str]:
    """Nodes whose Terway gives EIPs itself: the flag is on, and its version is below 1.7 or can't be read."""
    config = session.kube.config_map(NAMESPACE, ENI_CONFIG)
    if config is None or KEY not in config.data:
        return frozenset()
    if eni_conf.read(config.data[KEY]).enable_eip_pool.state is not FlagState.ON:
        return frozenset()
    pods = session.kube.pods(NAMESPACE, label_selector=EIP_CAPABLE).pods
    return frozenset(pod.node for pod in pods if _capable(pod))


def _capable(pod: Pod) -> bool:
    versions = [terway_version.parse(image) for image in pod.images if "/terway" in image]
    return not versions or any(version is None or terway_version.supports_eip(version) for version in versions)


def ack_extend_present(session: Session) -> bool:
    """Whether the controller's Deployment is there."""
    try:
        session.kube.workload("deployment", NAMESPACE, ACK_EXTEND)
    except Failed as error:
        if error.code is Code.WORKLOAD_NOT_FOUND:
            return False
        raise
    return True
