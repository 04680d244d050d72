"""Who else binds EIPs here: Terway's own EIP mode, ack-extend-network-controller. Their Pods are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.domain.terway.eni_conf import FlagState
from eipctl.domain.terway.installation import EIP_CAPABLE, stale
from eipctl.observe.cluster import ENI_CONFIG, NAMESPACE
from eipctl.observe.terway import read_eni_config, terway_pods

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.facts import Node
    from eipctl.domain.terway.installation import EniConfig, TerwayPod
    from eipctl.engine.session import Session

ACK_EXTEND = "ack-extend-network-controller"


def native_nodes(session: Session, nodes: Iterable[Node]) -> frozenset[str]:
    """Nodes whose Terway gives EIPs itself: it can, and read at its start that it shall, or may have."""
    if session.kube.config_map(NAMESPACE, ENI_CONFIG) is None:
        return frozenset()
    config = read_eni_config(session, nodes)
    pods = [pod for pod in terway_pods(session) if pod.daemonset in EIP_CAPABLE and _capable(pod)]
    on = config.conf.enable_eip_pool.state is FlagState.ON
    unread = {pod.uid for pod in stale(pods, config.record)}
    return frozenset(pod.node for pod in pods if _flag_at(pod.node, config, everywhere=on) or pod.uid in unread)


def _flag_at(node: str, config: EniConfig, *, everywhere: bool) -> bool:
    """Whether the flag is on for a node, its override (label terway-config) included."""
    states = [
        override.conf.enable_eip_pool.state for override in config.overrides if override.conf and node in override.nodes
    ]
    named = next((state for state in states if state is not FlagState.ABSENT), None)
    return everywhere if named is None else named is FlagState.ON


def _capable(pod: TerwayPod) -> bool:
    """Below 1.7, or of a version that can't be read."""
    return pod.version is None or pod.supports_eip


def ack_extend_present(session: Session) -> bool:
    """Whether the controller works here: its Deployment, or an object that only it makes."""
    try:
        session.kube.workload("deployment", NAMESPACE, ACK_EXTEND)
    except Failed as error:
        if error.code is not Code.WORKLOAD_NOT_FOUND:
            raise
        return bool(session.kube.pod_eips())
    return True
