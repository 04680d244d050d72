"""delete, deletecollection and eviction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube import decoding, statuses
from eipctl.sandbox.kube.conversion import shown
from eipctl.sandbox.kube.replies import reply

if TYPE_CHECKING:
    from eipctl.sandbox.http import Reply, Request
    from eipctl.sandbox.kube.objects import Objects, Stored
    from eipctl.sandbox.kube.query import Query
    from eipctl.sandbox.kube.target import Target

Obj = dict[str, Any]
_RETURNED = ("pods", "services", "serviceaccounts", "customresourcedefinitions")
"""Kinds whose deletion is answered with the object; others are answered with a Status once they are gone."""

_FINALIZERS = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}
_POLICIES = (*_FINALIZERS, "Background")


class Deleting:
    """Answers requests that remove objects."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def delete(self, target: Target, request: Request, query: Query) -> Reply:
        """One object; DeleteOptions in the body count, else those of the query."""
        options = decoding.body(request) or _from_query(request)
        with self._objects.store.transaction():
            before = self._objects.demanded(target.resource, target.where, target.name)
            left = self._delete(target, before, options, dry=query.dry_run)
        if left is not None or target.resource.key in _RETURNED:
            return reply(200, shown(target.resource, left or before.obj))
        uid = before.obj["metadata"]["uid"]
        return reply(200, statuses.success(target.resource.plural, target.resource.group, target.name, uid))

    def evict(self, target: Target, request: Request, query: Query) -> Reply:
        """A Pod, as `kubectl drain` does; budgets are not looked at."""
        options = decoding.body(request).get("deleteOptions") or {}
        with self._objects.store.transaction():
            before = self._objects.demanded(target.resource, target.where, target.name)
            self._delete(target, before, options, dry=query.dry_run)
        return reply(201, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})

    def _delete(self, target: Target, before: Stored, options: Obj, *, dry: bool) -> Obj | None:
        """The object as it is left; None when it is gone."""
        _check(options)
        self._check_preconditions(target, before.obj["metadata"], options.get("preconditions") or {})
        if dry or options.get("dryRun"):
            return before.obj
        resource = self._objects.resource(target.resource.key)
        finalizer = _FINALIZERS.get(options.get("propagationPolicy") or "")
        finalizers = before.obj["metadata"].get("finalizers") or []
        if finalizer and finalizer not in finalizers:
            meta = {**before.obj["metadata"], "finalizers": [*finalizers, finalizer]}
            self._objects.replace(resource, before, {**before.obj, "metadata": meta})
            before = self._objects.demanded(resource, target.where, target.name)
        return self._objects.remove(resource, before, _seconds(options))

    def _check_preconditions(self, target: Target, meta: Obj, wanted: Obj) -> None:
        for key, field, what in (
            ("uid", "UID", "The object might have been deleted and then recreated"),
            ("resourceVersion", "ResourceVersion", "The object might have been modified"),
        ):
            if wanted.get(key) and wanted[key] != meta[key]:
                why = (
                    f"the {field} in the precondition ({wanted[key]}) does not match the {field} in record "
                    f"({meta[key]}). {what}"
                )
                raise statuses.conflict(target.resource.kind, target.resource.group, target.name, why)

    def delete_collection(self, target: Target, request: Request, query: Query) -> Reply:
        """All objects that the selectors choose."""
        options = decoding.body(request) or _from_query(request)
        resource = self._objects.resource(target.resource.key)
        with self._objects.store.transaction():
            found = [item for item in self._objects.all(resource.key, target.namespace) if query.matches(item.obj)]
            for item in found if not query.dry_run else ():
                self._objects.remove(resource, item, _seconds(options))
        items = [shown(target.resource, item.obj) for item in found]
        head = {"kind": f"{resource.kind}List", "apiVersion": target.resource.api_version, "metadata": {}}
        return reply(200, {**head, "items": items})


def _check(options: Obj) -> None:
    policy = options.get("propagationPolicy")
    if policy and options.get("orphanDependents") is not None:
        why = f'Invalid value: "{policy}": orphanDependents and deletionPropagation cannot be both set'
        raise statuses.wrong_option("DeleteOptions", "propagationPolicy", why)
    if policy not in (None, "", *_POLICIES):
        told = ", ".join(f'"{name}"' for name in _POLICIES)
        why = f'Unsupported value: "{policy}": supported values: {told}, "nil"'
        raise statuses.wrong_option("DeleteOptions", "propagationPolicy", why)


def _from_query(request: Request) -> Obj:
    names = ("gracePeriodSeconds", "propagationPolicy")
    return {name: request.first(name) for name in names if request.first(name)}


def _seconds(options: Obj) -> int | None:
    grace = options.get("gracePeriodSeconds")
    try:
        return None if grace is None else int(grace)
    except (TypeError, ValueError):
        raise statuses.bad_request(f"gracePeriodSeconds: {grace!r} is no number") from None
