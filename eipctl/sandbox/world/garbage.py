"""The garbage collector, the namespace controller, and the end of old Events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eipctl.sandbox.world.events import KEEP_SECONDS
from eipctl.sandbox.world.meta import Obj, leaving, name_of, uid_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.view import View

_PLURALS = {
    "Deployment": "deployments",
    "ReplicaSet": "replicasets",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
    "Job": "jobs",
    "CronJob": "cronjobs",
    "Pod": "pods",
    "ConfigMap": "configmaps",
    "Node": "nodes",
}
"""Kinds that may own other objects here."""
_OWNED = ("pods", "replicasets", "jobs", "configmaps", "leases", "controllerrevisions")
_FOREGROUND, _ORPHAN = "foregroundDeletion", "orphan"


def sync(ctx: Context, view: View) -> None:
    """Delete what has no owner or no namespace any more."""
    _finish_owners(ctx)
    _collect(ctx, view)
    for namespace in ctx.objects.list("namespaces"):
        if leaving(namespace):
            _empty(ctx, namespace)


def _listing(ctx: Context, view: View, plural: str) -> list[Obj]:
    return view.pods if plural == "pods" else ctx.objects.list(plural)


def _collect(ctx: Context, view: View) -> None:
    """Delete objects all of whose owners are gone; owners of kinds that are unknown here count as there."""
    alive = {uid_of(owner) for plural in _PLURALS.values() for owner in _listing(ctx, view, plural)}
    for plural in _OWNED:
        for obj in _listing(ctx, view, plural):
            owners = obj["metadata"].get("ownerReferences") or ()
            gone = [owner["kind"] in _PLURALS and owner["uid"] not in alive for owner in owners]
            if gone and all(gone) and not leaving(obj):
                ctx.delete(plural, obj)


def _finish_owners(ctx: Context) -> None:
    """`kubectl delete --cascade=foreground` and `--cascade=orphan`."""
    for plural in _PLURALS.values():
        if plural == "pods":
            continue
        for owner in ctx.objects.list(plural):
            if leaving(owner):
                _finish(ctx, plural, owner, set(owner["metadata"].get("finalizers") or ()))


def _finish(ctx: Context, plural: str, owner: Obj, finalizers: set[str]) -> None:
    if _ORPHAN in finalizers:
        for kind, obj in _dependents(ctx, owner):
            ctx.change(kind, obj, lambda current: _disown(current, owner))
        _drop_finalizer(ctx, plural, owner, _ORPHAN)
    if _FOREGROUND in finalizers:
        dependents = list(_dependents(ctx, owner))
        for kind, obj in dependents:
            if not leaving(obj):
                ctx.delete(kind, obj)
        if not dependents:
            _drop_finalizer(ctx, plural, owner, _FOREGROUND)


def _dependents(ctx: Context, owner: Obj) -> Iterator[tuple[str, Obj]]:
    for plural in _OWNED:
        for obj in ctx.objects.list(plural):
            if any(reference["uid"] == uid_of(owner) for reference in obj["metadata"].get("ownerReferences") or ()):
                yield plural, obj


def _disown(obj: Obj, owner: Obj) -> None:
    references = obj["metadata"].get("ownerReferences") or ()
    obj["metadata"]["ownerReferences"] = [found for found in references if found["uid"] != uid_of(owner)]


def _drop_finalizer(ctx: Context, plural: str, obj: Obj, name: str) -> None:
    def edit(current: Obj) -> None:
        finalizers = current["metadata"].get("finalizers") or ()
        current["metadata"]["finalizers"] = [found for found in finalizers if found != name]

    ctx.change(plural, obj, edit)
    current = ctx.objects.get(plural, *name_of(obj))
    if current is not None and not current["metadata"].get("finalizers"):
        ctx.delete(plural, obj, now=True)


def _empty(ctx: Context, namespace: Obj) -> None:
    """Delete everything in a namespace that is being deleted, then the namespace."""
    name = name_of(namespace)[1]
    kinds = {resource.key for resource in ctx.objects.resources.values() if resource.namespaced}
    left = [(key, obj) for key in sorted(kinds) for obj in ctx.objects.list(key, name)]
    for plural, obj in left:
        if not leaving(obj):
            ctx.delete(plural, obj)
    if not left:
        ctx.delete("namespaces", namespace, now=True)


def forget_events(ctx: Context) -> None:
    """Delete Events that are an hour old."""
    now = ctx.clock.now()
    for event in ctx.objects.list("events"):
        last = event.get("lastTimestamp") or event["metadata"]["creationTimestamp"]
        if now - datetime.fromisoformat(last).replace(tzinfo=UTC).timestamp() > KEEP_SECONDS:
            ctx.delete("events", event)
