"""Binds Pods to nodes: the one with the fewest Pods first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from eipctl.sandbox.world.meta import Obj, condition, is_true, labels_of, leaving, set_condition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.view import View

_SOURCE = "default-scheduler"


def sync(ctx: Context, view: View) -> None:
    """Bind every Pod that has no node yet."""
    waiting = [pod for pod in view.pods if not pod["spec"].get("nodeName") and not leaving(pod)]
    if not waiting:
        return
    load = Counter(pod["spec"].get("nodeName") for pod in view.pods)
    for pod in waiting:
        fitting = [name for name, node in view.nodes.items() if _fits(pod["spec"], node)]
        if fitting:
            chosen = min(fitting, key=lambda name: load[name])
            load[chosen] += 1
            _bind(ctx, pod, chosen)
        else:
            _tell(ctx, pod, len(view.nodes))


def selected(spec: Obj, node: Obj) -> bool:
    """Whether the Pod's nodeSelector chooses the node."""
    return (spec.get("nodeSelector") or {}).items() <= labels_of(node).items()


def _fits(spec: Obj, node: Obj) -> bool:
    if node["spec"].get("unschedulable") or leaving(node) or not is_true(node, "Ready"):
        return False
    taints = [taint for taint in node["spec"].get("taints") or () if taint.get("effect") != "PreferNoSchedule"]
    return selected(spec, node) and all(_tolerated(taint, spec.get("tolerations") or ()) for taint in taints)


def _tolerated(taint: Obj, tolerations: Sequence[Obj]) -> bool:
    return any(
        toleration.get("key") in (None, "", taint["key"])
        and toleration.get("effect") in (None, "", taint["effect"])
        and (toleration.get("operator") == "Exists" or toleration.get("value", "") == taint.get("value", ""))
        for toleration in tolerations
    )


def _bind(ctx: Context, pod: Obj, node: str) -> None:
    at = ctx.clock.timestamp()

    def edit(current: Obj) -> None:
        current["spec"]["nodeName"] = node
        status = current.setdefault("status", {})
        status.setdefault("phase", "Pending")
        set_condition(status, "PodScheduled", "True", at)

    ctx.change("pods", pod, edit)
    name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
    ctx.events.record({"kind": "Pod", **pod}, "Scheduled", f"Successfully assigned {name} to {node}", source=_SOURCE)


def _tell(ctx: Context, pod: Obj, nodes: int) -> None:
    known = condition(pod, "PodScheduled")
    if known is not None and known.get("reason") == "Unschedulable":
        return
    message = f"0/{nodes} nodes are available."
    at = ctx.clock.timestamp()

    def edit(current: Obj) -> None:
        status = current.setdefault("status", {})
        status.setdefault("phase", "Pending")
        set_condition(status, "PodScheduled", "False", at, reason="Unschedulable", message=message)

    ctx.change("pods", pod, edit, status=True)
    ctx.events.record({"kind": "Pod", **pod}, "FailedScheduling", message, source=_SOURCE, warning=True)
