"""Deployments roll from one ReplicaSet to the next."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.sandbox.world.meta import (
    Obj,
    annotations_of,
    controlled_by,
    controller_of,
    count_or_percent,
    labels_of,
    leaving,
    name_of,
    set_condition,
    template_hash,
    uid_of,
)

if TYPE_CHECKING:
    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.view import View

REVISION = "deployment.kubernetes.io/revision"
_NOT_COPIED = (REVISION, "kubectl.kubernetes.io/last-applied-configuration")
HASH = "pod-template-hash"
_HISTORY = 10


@dataclass(frozen=True, slots=True)
class _Rollout:
    """A Deployment with its ReplicaSets; `new` is the one of its present template."""

    deployment: Obj
    new: Obj
    old: tuple[Obj, ...]
    pods: tuple[Obj, ...]
    """Those of old ReplicaSets, leaving ones too."""

    @property
    def replicas(self) -> int:
        wanted: int = self.deployment["spec"].get("replicas", 1)
        return wanted

    @property
    def every(self) -> tuple[Obj, ...]:
        return (*self.old, self.new)


def sync(ctx: Context, view: View) -> None:
    """One step of every Deployment's rollout."""
    sets = ctx.objects.list("replicasets")
    for deployment in ctx.objects.list("deployments"):
        if not leaving(deployment):
            _sync(ctx, view, deployment, [owned for owned in sets if _owned(owned, deployment)])


def _owned(replica_set: Obj, deployment: Obj) -> bool:
    owner = controller_of(replica_set)
    return owner is not None and owner["uid"] == uid_of(deployment)


def _sync(ctx: Context, view: View, deployment: Obj, sets: list[Obj]) -> None:
    suffix = template_hash(deployment["spec"]["template"])
    new = next((owned for owned in sets if labels_of(owned).get(HASH) == suffix), None)
    if new is None and deployment["spec"].get("paused"):
        return
    if new is None:
        new = _create(ctx, deployment, suffix, sets)
    elif _revision(new) < max(map(_revision, sets)):
        # A rollback: what was there before becomes the newest revision.
        revision = str(max(map(_revision, sets)) + 1)
        ctx.annotate("replicasets", new, REVISION, revision)
        return
    _copy_annotations(ctx, deployment, new)
    old = tuple(owned for owned in sets if uid_of(owned) != uid_of(new))
    pods = tuple(pod for owned in old for pod in view.pods_of(owned))
    rollout = _Rollout(deployment, new, old, pods)
    if _behind(rollout):
        return
    if deployment["spec"].get("strategy", {}).get("type") == "Recreate":
        _recreate(ctx, rollout)
    else:
        _roll(ctx, rollout)
    _tell(ctx, rollout)
    _forget(ctx, rollout)


def _copy_annotations(ctx: Context, deployment: Obj, new: Obj) -> None:
    """A Deployment's own annotations show on its newest ReplicaSet; removed ones stay there."""
    own = {key: value for key, value in annotations_of(deployment).items() if key not in _NOT_COPIED}
    if not own.items() <= annotations_of(new).items():
        ctx.change("replicasets", new, lambda current: current["metadata"].setdefault("annotations", {}).update(own))


def _behind(rollout: _Rollout) -> bool:
    """Whether a ReplicaSet's status doesn't speak of its present spec yet."""
    return any(
        owned.get("status", {}).get("observedGeneration", 0) < owned["metadata"].get("generation", 1)
        for owned in rollout.every
    )


def _revision(replica_set: Obj) -> int:
    return int(annotations_of(replica_set).get(REVISION, "0"))


def _create(ctx: Context, deployment: Obj, suffix: str, sets: list[Obj]) -> Obj:
    namespace, name = name_of(deployment)
    template = copy.deepcopy(deployment["spec"]["template"])
    labels = {**(template.setdefault("metadata", {}).get("labels") or {}), HASH: suffix}
    template["metadata"]["labels"] = labels
    selector = copy.deepcopy(deployment["spec"]["selector"])
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH: suffix}
    metadata = {
        "name": f"{name}-{suffix}",
        "namespace": namespace,
        "labels": labels,
        "annotations": {REVISION: str(max(map(_revision, sets), default=0) + 1)},
        "ownerReferences": controlled_by(deployment, "apps/v1", "Deployment"),
    }
    spec = {"replicas": 0, "selector": selector, "template": template}
    return ctx.objects.create(
        "replicasets", {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec, "status": {}}
    )


def _recreate(ctx: Context, rollout: _Rollout) -> None:
    for owned in rollout.old:
        _scale(ctx, rollout, owned, 0)
    if not rollout.pods:
        _scale(ctx, rollout, rollout.new, rollout.replicas)


def _roll(ctx: Context, rollout: _Rollout) -> None:
    if rollout.deployment["spec"].get("paused"):
        return
    surge, unavailable = _limits(rollout)
    new, wanted = _size(rollout.new), rollout.replicas
    total = sum(map(_size, rollout.every))
    if new > wanted:
        _scale(ctx, rollout, rollout.new, wanted)
    elif new < wanted and total < wanted + surge:
        _scale(ctx, rollout, rollout.new, new + min(wanted + surge - total, wanted - new))
    else:
        _shrink(ctx, rollout, total, wanted - unavailable)


def _limits(rollout: _Rollout) -> tuple[int, int]:
    """(maxSurge, maxUnavailable); both 0 would never move."""
    given = rollout.deployment["spec"].get("strategy", {}).get("rollingUpdate") or {}
    surge = count_or_percent(given.get("maxSurge"), "25%", rollout.replicas, up=True)
    unavailable = count_or_percent(given.get("maxUnavailable"), "25%", rollout.replicas, up=False)
    return surge, unavailable if surge or unavailable else 1


def _shrink(ctx: Context, rollout: _Rollout, total: int, least: int) -> None:
    """Take Pods from old ReplicaSets, unhealthy ones first, so that `least` stay available."""
    sizes = {uid_of(owned): _size(owned) for owned in rollout.old}
    removable = total - least - (_size(rollout.new) - _available(rollout.new))
    for owned in rollout.old:
        unhealthy = min(_size(owned) - _available(owned), max(0, removable))
        sizes[uid_of(owned)] -= unhealthy
        removable -= unhealthy
    spare = min(removable, sum(map(_available, rollout.every)) - least)
    for owned in rollout.old:
        taken = max(0, min(sizes[uid_of(owned)], spare))
        spare -= taken
        _scale(ctx, rollout, owned, sizes[uid_of(owned)] - taken)


def _size(replica_set: Obj) -> int:
    return int(replica_set["spec"].get("replicas", 1))


def _available(replica_set: Obj) -> int:
    return min(_size(replica_set), int((replica_set.get("status") or {}).get("availableReplicas", 0)))


def _scale(ctx: Context, rollout: _Rollout, replica_set: Obj, size: int) -> None:
    before = _size(replica_set)
    if before == size:
        return

    def edit(current: Obj) -> None:
        current["spec"]["replicas"] = size

    ctx.change("replicasets", replica_set, edit)
    direction = "up" if size > before else "down"
    message = f"Scaled {direction} replica set {replica_set['metadata']['name']} from {before} to {size}"
    about = {"apiVersion": "apps/v1", "kind": "Deployment", **rollout.deployment}
    ctx.events.record(about, "ScalingReplicaSet", message, source="deployment-controller")


def _tell(ctx: Context, rollout: _Rollout) -> None:
    """Status and revision, as `kubectl rollout status` and `rollout history` read them."""
    counts = _counts(rollout)
    status = copy.deepcopy(rollout.deployment.get("status") or {})
    _conditions(ctx, rollout, status, counts["availableReplicas"])
    ctx.set_status(
        "deployments",
        rollout.deployment,
        observedGeneration=rollout.deployment["metadata"].get("generation", 1),
        conditions=status["conditions"],
        **{name: value or None for name, value in counts.items()},
    )
    revision = annotations_of(rollout.new).get(REVISION, "1")
    if annotations_of(rollout.deployment).get(REVISION) != revision:
        ctx.annotate("deployments", rollout.deployment, REVISION, revision)


def _counts(rollout: _Rollout) -> dict[str, int]:
    statuses = [owned.get("status") or {} for owned in rollout.every]
    available = sum(status.get("availableReplicas", 0) for status in statuses)
    return {
        "replicas": sum(status.get("replicas", 0) for status in statuses),
        "updatedReplicas": statuses[-1].get("replicas", 0),
        "readyReplicas": sum(status.get("readyReplicas", 0) for status in statuses),
        "availableReplicas": available,
        "unavailableReplicas": max(0, sum(map(_size, rollout.every)) - available),
    }


def _conditions(ctx: Context, rollout: _Rollout, status: Obj, available: int) -> None:
    at = ctx.clock.timestamp()
    _, unavailable = _limits(rollout)
    enough = available >= rollout.replicas - unavailable
    reason = "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable"
    set_condition(status, "Available", "True" if enough else "False", at, reason=reason)
    new = rollout.new["metadata"]["name"]
    done = _available(rollout.new) == rollout.replicas and not any(map(_size, rollout.old))
    told = f'ReplicaSet "{new}" has successfully progressed.' if done else f'ReplicaSet "{new}" is progressing.'
    set_condition(
        status,
        "Progressing",
        "True",
        at,
        reason="NewReplicaSetAvailable" if done else "ReplicaSetUpdated",
        message=told,
    )


def _forget(ctx: Context, rollout: _Rollout) -> None:
    """Delete the oldest empty ReplicaSets beyond the history limit."""
    limit = rollout.deployment["spec"].get("revisionHistoryLimit", _HISTORY)
    idle = [owned for owned in rollout.old if not _size(owned) and not owned["status"].get("replicas")]
    for owned in sorted(idle, key=_revision)[: max(0, len(idle) - limit)]:
        ctx.delete("replicasets", owned)
