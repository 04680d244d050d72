"""DaemonSets: a Pod on every node that takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.sandbox.world.meta import (
    Obj,
    controlled_by,
    count_or_percent,
    is_true,
    labels_of,
    leaving,
    name_of,
    phase_of,
    pod_from,
    template_hash,
)
from eipctl.sandbox.world.scheduler import selected

if TYPE_CHECKING:
    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.view import View

REVISION = "controller-revision-hash"


def sync(ctx: Context, view: View) -> None:
    """One step of every DaemonSet."""
    for daemon_set in ctx.objects.list("daemonsets"):
        spec = daemon_set["spec"]["template"]["spec"]
        nodes = [name for name, node in view.nodes.items() if selected(spec, node)]
        pods = view.pods_of(daemon_set)
        if not leaving(daemon_set):
            _place(ctx, daemon_set, nodes, pods)
            _update(ctx, daemon_set, nodes, pods)
        _tell(ctx, daemon_set, nodes, pods)


def _node(pod: Obj) -> str:
    name: str = pod["spec"].get("nodeName", "")
    return name


def _place(ctx: Context, daemon_set: Obj, nodes: list[str], pods: list[Obj]) -> None:
    """One Pod per node, none elsewhere; a finished or surplus one is replaced."""
    taken: set[str] = set()
    for pod in pods:
        finished = phase_of(pod) in ("Succeeded", "Failed")
        if not leaving(pod) and (_node(pod) not in nodes or finished or _node(pod) in taken):
            ctx.delete("pods", pod)
        taken.add(_node(pod))
    for node in nodes:
        if node not in taken:
            _create(ctx, daemon_set, node)


def _create(ctx: Context, daemon_set: Obj, node: str) -> None:
    namespace, name = name_of(daemon_set)
    template = daemon_set["spec"]["template"]
    labels = {
        REVISION: template_hash(template),
        "pod-template-generation": str(daemon_set["metadata"].get("generation", 1)),
    }
    pod = pod_from(template, controlled_by(daemon_set, "apps/v1", "DaemonSet"), namespace, labels)
    pod["metadata"]["generateName"] = f"{name}-"
    pod["spec"]["nodeName"] = node
    ctx.objects.create("pods", pod)


def _update(ctx: Context, daemon_set: Obj, nodes: list[str], pods: list[Obj]) -> None:
    """RollingUpdate: outdated Pods go while at most maxUnavailable nodes lack a Ready one; OnDelete: never."""
    strategy = daemon_set["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return
    given = (strategy.get("rollingUpdate") or {}).get("maxUnavailable")
    most = max(1, count_or_percent(given, 1, len(nodes), up=True))
    current = template_hash(daemon_set["spec"]["template"])
    alive = [pod for pod in pods if not leaving(pod) and _node(pod) in nodes]
    outdated = [pod for pod in alive if labels_of(pod).get(REVISION) != current]
    ready = [pod for pod in alive if is_true(pod, "Ready")]
    room = most - (len(nodes) - len(ready))
    for pod in outdated:
        if is_true(pod, "Ready"):
            room -= 1
            if room < 0:
                continue
        ctx.delete("pods", pod)


def _tell(ctx: Context, daemon_set: Obj, nodes: list[str], pods: list[Obj]) -> None:
    alive = [pod for pod in pods if not leaving(pod) and _node(pod) in nodes]
    ready = sum(is_true(pod, "Ready") for pod in alive)
    current = template_hash(daemon_set["spec"]["template"])
    ctx.set_status(
        "daemonsets",
        daemon_set,
        observedGeneration=daemon_set["metadata"].get("generation", 1),
        desiredNumberScheduled=len(nodes),
        currentNumberScheduled=len({_node(pod) for pod in alive}),
        numberMisscheduled=0,
        numberReady=ready,
        numberAvailable=ready or None,
        numberUnavailable=len(nodes) - ready or None,
        updatedNumberScheduled=sum(labels_of(pod).get(REVISION) == current for pod in alive) or None,
    )
