"""Which Pods can't have an EIP from eipctl, and why. Never silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eipctl.domain.facts import Node, Pod

IGNORED = "k8s.aliyun.com/ignore-by-terway"
LINGJUN = "alibabacloud.com/lingjun-worker"
ECI = "alibabacloud.com/eci"
ACS = "alibabacloud.com/acs"
"""The label of Pods that Container Compute Service runs, agent sandboxes among them: same annotations, its own EIPs."""
VIRTUAL = ("type", "virtual-kubelet")
"""The label of virtual nodes."""
VIRTUAL_TAINT = "virtual-kubelet.io/provider"
"""What keeps Pods off them that do not tolerate it."""


def is_virtual(labels: Mapping[str, str]) -> bool:
    """Whether a node with these labels is a virtual one, whose Pods are ECI instances."""
    key, value = VIRTUAL
    return labels.get(key) == value


def ineligible(pod: Pod, node: Node | None) -> str:
    """The reason why this Pod can never have one, "" if it can (Terway and ack-extend-network-controller docs)."""
    return next(_reasons(pod, node.labels if node else {}), "")


def _reasons(pod: Pod, labels: Mapping[str, str]) -> Iterator[str]:
    """All of them, the weightiest first; `labels` are its node's."""
    if pod.host_network:
        yield "the Pod uses the node's network (hostNetwork)"
    if pod.labels.get(ACS) == "true":
        yield f"the Pod runs on ACS (label {ACS}), which gives it an EIP"
    if is_virtual(labels) or pod.labels.get(ECI) == "true":
        yield "the Pod runs on a virtual node (ECI)"
    if pod.labels.get(IGNORED) == "true":
        yield f"label {IGNORED} is set on the Pod"
    if labels.get(IGNORED) == "true":
        yield f"label {IGNORED} is set on the Pod's node"
    if labels.get(LINGJUN) == "true":
        yield "the Pod's node is a Lingjun node, whose ENIs can't have EIPs"
    if ":" in pod.ip:
        yield "the Pod has only an IPv6 address"
