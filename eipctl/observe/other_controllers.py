"""Who else binds EIPs here: Terway's own EIP mode, ack-extend-network-controller. Their Pods are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.domain.terway.startup import may_give_eips, still_on
from eipctl.observe.cluster import ENI_CONFIG, NAMESPACE
from eipctl.observe.terway import terway_pods, tolerant_eni_config

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.facts import Pod
    from eipctl.domain.terway.installation import EniConfig, TerwayPod
    from eipctl.observe.snapshot import Snapshot

ACK_EXTEND = "ack-extend-network-controller"


def native_nodes(look: Snapshot) -> frozenset[str]:
    """Nodes whose Terway gives Pods EIPs itself, or may: by what it read when it started, not by what is there now."""
    pods, config = _capable(look)
    return frozenset(pod.node for pod in pods if config is not None and may_give_eips(pod, config))


def undecided_nodes(look: Snapshot) -> frozenset[str]:
    """Those of them whose eni_conf has no flag (any more), but whose Terway may have read one."""
    pods, config = _capable(look)
    return frozenset(pod.node for pod in still_on(pods, config)) if config is not None else frozenset()


def _capable(look: Snapshot) -> tuple[tuple[TerwayPod, ...], EniConfig | None]:
    """Terway's Pods with EIP code, and the configuration, which is not read where there is none."""
    pods = tuple(pod for pod in terway_pods(look) if pod.may_support_eip)
    there = pods and look.kube.config_map(NAMESPACE, ENI_CONFIG) is not None
    return pods, tolerant_eni_config(look) if there else None


def ack_extend_present(look: Snapshot) -> bool:
    """Whether the controller works here: its Deployment, or an object that only it makes."""
    return look.kube.deployment_exists(NAMESPACE, ACK_EXTEND) or bool(look.kube.pod_eips())


def ack_extend_installed(look: Snapshot, pods: Iterable[Pod]) -> bool:
    """Whether its Deployment is there, or a Pod that runs its image: a process that ends may still release an EIP."""
    runs = any(ACK_EXTEND in image for pod in pods if not pod.finished for image in pod.images)
    return runs or look.kube.deployment_exists(NAMESPACE, ACK_EXTEND)
