"""StatefulSets: Pods with fixed names, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.sandbox.world.meta import (
    Obj,
    controlled_by,
    is_true,
    labels_of,
    leaving,
    name_of,
    phase_of,
    pod_from,
    template_hash,
)

if TYPE_CHECKING:
    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.view import View

REVISION = "controller-revision-hash"


def sync(ctx: Context, view: View) -> None:
    """One step of every StatefulSet."""
    for stateful_set in ctx.objects.list("statefulsets"):
        pods = {ordinal: pod for pod in view.pods_of(stateful_set) if (ordinal := _ordinal(pod)) is not None}
        if not leaving(stateful_set):
            _move(ctx, stateful_set, pods)
        _tell(ctx, stateful_set, pods)


def _ordinal(pod: Obj) -> int | None:
    tail = pod["metadata"]["name"].rpartition("-")[2]
    return int(tail) if tail.isdigit() else None


def revision(stateful_set: Obj) -> str:
    """The name of its present template's revision."""
    return f"{stateful_set['metadata']['name']}-{template_hash(stateful_set['spec']['template'])}"


def _move(ctx: Context, stateful_set: Obj, pods: dict[int, Obj]) -> None:
    wanted = stateful_set["spec"].get("replicas", 1)
    parallel = stateful_set["spec"].get("podManagementPolicy") == "Parallel"
    for ordinal in range(wanted):
        pod = pods.get(ordinal)
        if pod is None:
            _create(ctx, stateful_set, ordinal)
        elif phase_of(pod) in ("Succeeded", "Failed") and not leaving(pod):
            ctx.delete("pods", pod)
        if not parallel and (pod is None or leaving(pod) or not is_true(pod, "Ready")):
            break
    surplus = sorted((ordinal for ordinal in pods if ordinal >= wanted), reverse=True)
    for ordinal in surplus if parallel else surplus[:1]:
        if not leaving(pods[ordinal]):
            ctx.delete("pods", pods[ordinal])
    if not surplus:
        _update(ctx, stateful_set, pods, wanted)


def _create(ctx: Context, stateful_set: Obj, ordinal: int) -> None:
    namespace, name = name_of(stateful_set)
    labels = {
        REVISION: revision(stateful_set),
        "statefulset.kubernetes.io/pod-name": f"{name}-{ordinal}",
        "apps.kubernetes.io/pod-index": str(ordinal),
    }
    owners = controlled_by(stateful_set, "apps/v1", "StatefulSet")
    pod = pod_from(stateful_set["spec"]["template"], owners, namespace, labels)
    pod["metadata"]["name"] = f"{name}-{ordinal}"
    if ctx.objects.get("pods", namespace, f"{name}-{ordinal}") is None:
        ctx.objects.create("pods", pod)


def _update(ctx: Context, stateful_set: Obj, pods: dict[int, Obj], wanted: int) -> None:
    """Replace the highest outdated Pod once all others are Ready."""
    strategy = stateful_set["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return
    partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
    for ordinal in range(wanted - 1, partition - 1, -1):
        pod = pods.get(ordinal)
        if pod is None or leaving(pod):
            return
        if labels_of(pod).get(REVISION) != revision(stateful_set):
            ctx.delete("pods", pod)
            return
        if not is_true(pod, "Ready"):
            return


def _tell(ctx: Context, stateful_set: Obj, pods: dict[int, Obj]) -> None:
    update = revision(stateful_set)
    alive = [pod for pod in pods.values() if not leaving(pod)]
    ready = sum(is_true(pod, "Ready") for pod in alive)
    updated = sum(labels_of(pod).get(REVISION) == update for pod in alive)
    wanted = stateful_set["spec"].get("replicas", 1)
    before = (stateful_set.get("status") or {}).get("currentRevision")
    current = update if before is None or updated == ready == wanted == len(pods) else before
    ctx.set_status(
        "statefulsets",
        stateful_set,
        observedGeneration=stateful_set["metadata"].get("generation", 1),
        replicas=len(pods),
        readyReplicas=ready or None,
        availableReplicas=ready,
        updatedReplicas=updated or None,
        currentReplicas=sum(labels_of(pod).get(REVISION) == current for pod in alive) or None,
        currentRevision=current,
        updateRevision=update,
    )
