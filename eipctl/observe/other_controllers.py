"""Who else binds EIPs here: Terway's own EIP mode, ack-extend-network-controller. Their Pods are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.domain.terway.eni_conf import FlagState
from eipctl.domain.terway.installation import EIP_CAPABLE, stale
from eipctl.observe.cluster import ENI_CONFIG, NAMESPACE
from eipctl.observe.terway import read_eni_config, terway_pods

if TYPE_CHECKING:
    from eipctl.domain.terway.installation import EniConfig, TerwayPod
    from eipctl.observe.snapshot import Snapshot

ACK_EXTEND = "ack-extend-network-controller"


def native_nodes(look: Snapshot) -> frozenset[str]:
    """Nodes whose Terway gives EIPs itself: it can, and read at its start that it shall, or may have."""
    if look.kube.config_map(NAMESPACE, ENI_CONFIG) is None:
        return frozenset()
    config = read_eni_config(look)
    pods = [pod for pod in terway_pods(look) if pod.daemonset in EIP_CAPABLE and _capable(pod)]
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


def ack_extend_present(look: Snapshot) -> bool:
    """Whether the controller works here: its Deployment, or an object that only it makes."""
    return look.kube.deployment_exists(NAMESPACE, ACK_EXTEND) or bool(look.kube.pod_eips())
