"""Whether Terway runs, and is Ready, on every node that needs it: Pods there get no network without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain.eligibility import IGNORED, is_virtual
from eipctl.domain.findings import Finding, Level
from eipctl.planners.check.wording import count, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from eipctl.domain.facts import Node
    from eipctl.domain.terway.installation import TerwayPod

OTHER_NETWORKS = ("alibabacloud.com/external", "alibabacloud.com/is-edge-worker")
"""Labels of nodes that are no ECS instances of the VPC: hybrid nodes and those at the edge."""
WITHOUT_TERWAY = (*OTHER_NETWORKS, IGNORED)
"""Nodes that Terway's DaemonSet keeps away from (charts/terway/templates/terwayd/daemonset.yaml for the last one)."""


def health(pods: Sequence[TerwayPod], nodes: Iterable[Node]) -> Iterator[Finding]:
    """Each node whose Terway is not Ready, those without one, and those that do not report."""
    if not pods:
        return
    known = {node.name: node for node in nodes}
    silent = {name for name, node in known.items() if node.silent}
    for pod in sorted(pods, key=lambda pod: pod.node):
        if not pod.ready and not pod.crash_looping and pod.node not in silent:
            title = f"Terway on node {pod.node} is not Ready: Pods there get no network"
            detail = f"see: kubectl -n kube-system describe pod {pod.name}"
            yield Finding(Code.TERWAY_NOT_READY, Level.ERROR, title, detail, object=f"pod/kube-system/{pod.name}")
    yield from _without(pods, known)
    for name in sorted(silent):
        title = f"node {name} does not report: whether Terway works there is not known"
        detail = f"its kubelet is silent, and no Pod begins or ends there; see: kubectl describe node {name}"
        yield Finding(Code.TERWAY_NOT_READY, Level.ERROR, title, detail, object=f"node/{name}")


def _without(pods: Sequence[TerwayPod], nodes: Mapping[str, Node]) -> Iterator[Finding]:
    served = {pod.node for pod in pods}
    bare = [name for name, node in nodes.items() if name not in served and needs_terway(node)]
    if bare:
        title = f"Terway does not run on {count(len(bare), 'node')}: {some(bare)}"
        detail = f"Pods there get no network; see: kubectl -n kube-system describe daemonset {pods[0].daemonset}"
        yield Finding(Code.TERWAY_NOT_READY, Level.ERROR, title, detail, object=f"node/{min(bare)}")


def needs_terway(node: Node) -> bool:
    """Whether its Pods get their network from Terway: not on virtual nodes, nor outside of the VPC."""
    return not is_virtual(node.labels) and not any(node.labels.get(label) == "true" for label in WITHOUT_TERWAY)
