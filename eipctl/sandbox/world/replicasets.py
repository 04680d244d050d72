"""ReplicaSets keep the number of their Pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.sandbox.world.meta import Obj, controlled_by, is_true, leaving, name_of, phase_of, pod_from, uid_of

if TYPE_CHECKING:
    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.view import View

_BURST = 500


def sync(ctx: Context, view: View) -> None:
    """Make or delete Pods of every ReplicaSet, and count them."""
    for replica_set in ctx.objects.list("replicasets"):
        pods = active(view.pods_of(replica_set))
        if not leaving(replica_set):
            _balance(ctx, replica_set, pods)
        _count(ctx, replica_set, pods)


def active(pods: list[Obj]) -> list[Obj]:
    """Those that are neither leaving nor finished."""
    return [pod for pod in pods if not leaving(pod) and phase_of(pod) not in ("Succeeded", "Failed")]


def _balance(ctx: Context, replica_set: Obj, pods: list[Obj]) -> None:
    lacking = replica_set["spec"].get("replicas", 1) - len(pods)
    owners = controlled_by(replica_set, "apps/v1", "ReplicaSet")
    namespace, name = name_of(replica_set)
    for _ in range(min(lacking, _BURST)):
        pod = pod_from(replica_set["spec"]["template"], owners, namespace, {})
        pod["metadata"]["generateName"] = f"{name}-"
        ctx.objects.create("pods", pod)
    for pod in sorted(pods, key=_worth)[: max(0, -lacking)]:
        ctx.delete("pods", pod)


def _worth(pod: Obj) -> tuple[bool, bool, list[int], str]:
    """What is deleted first: not scheduled, not ready, the youngest."""
    created = pod["metadata"]["creationTimestamp"]
    return bool(pod["spec"].get("nodeName")), is_true(pod, "Ready"), [-ord(letter) for letter in created], uid_of(pod)


def _count(ctx: Context, replica_set: Obj, pods: list[Obj]) -> None:
    ready = sum(is_true(pod, "Ready") for pod in pods)
    ctx.set_status(
        "replicasets",
        replica_set,
        replicas=len(pods),
        fullyLabeledReplicas=len(pods) or None,
        readyReplicas=ready or None,
        availableReplicas=ready or None,
        observedGeneration=replica_set["metadata"].get("generation", 1),
    )
