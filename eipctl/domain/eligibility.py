"""Which Pods can't have an EIP from eipctl, and why. Never silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    labels = node.labels if node else {}
    reasons = (
        (pod.host_network, "it uses the node's network (hostNetwork)"),
        (pod.labels.get(ACS) == "true", f"ACS runs it (label {ACS}) and gives it its EIP"),
        (is_virtual(labels) or pod.labels.get(ECI) == "true", "it runs on a virtual node (ECI)"),
        (pod.labels.get(IGNORED) == "true", f"label {IGNORED} is set on the Pod"),
        (labels.get(IGNORED) == "true", f"label {IGNORED} is set on its node"),
        (labels.get(LINGJUN) == "true", "its node is a Lingjun node, whose ENIs take no EIP"),
        (":" in pod.ip, "it has an IPv6 address only"),
    )
    return next((reason for applies, reason in reasons if applies), "")
