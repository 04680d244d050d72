"""create, update, patch and apply."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube import apply, decoding, defaults, patches, statuses, unknown, validation
from eipctl.sandbox.kube.conversion import shown, stored
from eipctl.sandbox.kube.objects import DEFINITIONS
from eipctl.sandbox.kube.replies import dumped, reply
from eipctl.sandbox.kube.resources import schema_of
from eipctl.sandbox.kube.scale import scale, scaled

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.http import Reply, Request
    from eipctl.sandbox.kube.objects import Objects, Stored
    from eipctl.sandbox.kube.query import Query
    from eipctl.sandbox.kube.resources import Resource
    from eipctl.sandbox.kube.target import Target

Obj = dict[str, Any]
_APPLY, _STRATEGIC = "application/apply-patch+yaml", "application/strategic-merge-patch+json"
_PATCHES: dict[str, Callable[[Any, Any], Any]] = {
    "application/json-patch+json": patches.json_patch,
    "application/merge-patch+json": patches.merge,
    _STRATEGIC: patches.strategic,
}
_CONDITIONAL = ("leases", "poddisruptionbudgets")
"""Built-in kinds that, like custom ones, are only replaced by who names the version that is replaced."""


class Writing:
    """Answers requests that make or change objects."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def create(self, target: Target, request: Request, query: Query) -> Reply:
        """A new object."""
        if target.name:
            raise statuses.method_not_allowed()
        obj = decoding.body(request)
        _demand_kind(target.resource, obj)
        obj = {"metadata": {}, **obj}
        decoding.demand_types(target.resource, obj)
        obj = self._known(target, obj, query)
        meta = _in_namespace(target, obj["metadata"])
        if meta.get("resourceVersion"):
            raise statuses.ApiError(500, "", "resourceVersion should not be set on objects to be created")
        kept = {key: value for key, value in obj.items() if key != "status" or not _has_status(target.resource)}
        with self._objects.store.transaction():
            return self._new(target, {**kept, "metadata": {**meta, "uid": ""}}, query, noted=False)

    def _new(self, target: Target, obj: Obj, query: Query, *, noted: bool) -> Reply:
        resource = self._objects.resource(target.resource.key)
        self._demand_namespace(target)
        made = self._objects.prepared(resource, stored(target.resource, obj))
        validation.check(resource, made)
        if not noted:
            made = apply.note_update(None, made, query.manager, self._now())
        if query.dry_run:
            return reply(201, shown(target.resource, made))
        return reply(201, shown(target.resource, self._objects.create(resource.key, made)))

    def _demand_namespace(self, target: Target) -> None:
        if not target.resource.namespaced:
            return
        found = self._objects.get("namespaces", "", target.where)
        if found is None:
            raise statuses.not_found("namespaces", "", target.where)
        if found.get("status", {}).get("phase") == "Terminating":
            why = f"unable to create new content in namespace {target.where} because it is being terminated"
            raise statuses.forbidden(target.resource.plural, target.resource.group, "", why)

    def _known(self, target: Target, obj: Obj, query: Query) -> Obj:
        """What of `obj` its kind has."""
        return unknown.dropped(target.resource, obj, self._schema(target.resource), query)

    def _schema(self, resource: Resource) -> Obj | None:
        found = self._objects.get(DEFINITIONS, "", resource.key) if resource.custom else None
        return schema_of(found, resource.version) if found else None

    def _now(self) -> str:
        return self._objects.clock.timestamp()

    def update(self, target: Target, request: Request, query: Query) -> Reply:
        """An object in the place of what is there."""
        obj = {"metadata": {}, **decoding.body(request)}
        told = obj["metadata"]
        with self._objects.store.transaction():
            before = self._objects.demanded(target.resource, target.where, target.name)
            if target.subresource == "scale":
                return self._store(target, before, scaled(before.obj, obj), told, query)
            _demand_kind(target.resource, obj)
            decoding.demand_types(target.resource, obj)
            obj = self._known(target, obj, query)
            _demand_name(target, told)
            if not told.get("resourceVersion") and (target.resource.custom or target.resource.key in _CONDITIONAL):
                why = "Invalid value: 0: must be specified for an update"
                raise statuses.invalid(
                    target.resource.plural, target.resource.group, target.name, "metadata.resourceVersion", why
                )
            new = _part(target, before.obj, stored(target.resource, obj))
            return self._store(target, before, new, told, query)

    def patch(self, target: Target, request: Request, query: Query) -> Reply:
        """An object changed by one of the four kinds of patches."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind == _APPLY:
            return self._apply(target, request, query)
        if kind not in _PATCHES or (kind == _STRATEGIC and target.resource.custom):
            raise statuses.unsupported_patch(kind, [*_PATCHES, _APPLY])
        patch = decoding.anything(request)
        with self._objects.store.transaction():
            before = self._objects.demanded(target.resource, target.where, target.name)
            base = scale(before.obj) if target.subresource == "scale" else shown(target.resource, before.obj)
            new = _PATCHES[kind](base, patch)
            if not isinstance(new, dict) or not isinstance(new.get("metadata"), dict):
                raise statuses.bad_request("the patch leaves no object")
            if target.subresource == "scale":
                return self._store(target, before, scaled(before.obj, new), new["metadata"], query)
            new = self._known(target, new, query)
            _demand_patchable(target.resource, new)
            _demand_name(target, new["metadata"])
            part = _part(target, before.obj, stored(target.resource, new))
            return self._store(target, before, part, new["metadata"], query)

    def _apply(self, target: Target, request: Request, query: Query) -> Reply:
        """Server-side apply."""
        wanted = decoding.anything(request)
        if not isinstance(wanted, dict) or not wanted.get("apiVersion") or not wanted.get("kind"):
            raise statuses.bad_request("the applied configuration must name its apiVersion and kind")
        _demand_kind(target.resource, wanted)
        meta = {**_in_namespace(target, wanted.get("metadata") or {}), "name": target.name}
        wanted = {**wanted, "metadata": meta}
        wanted = self._known(target, wanted, query)
        _demand_patchable(target.resource, wanted)
        resource = self._objects.resource(target.resource.key)
        with self._objects.store.transaction():
            before = self._objects.stored(resource.key, target.where, target.name)
            current = before.obj if before else None
            new = apply.apply(current, stored(target.resource, wanted), query.manager, self._now(), force=query.force)
            if before is None:
                return self._new(target, new, query, noted=True)
            return self._store(target, before, _part(target, before.obj, new), meta, query, noted=True)

    def _store(
        self, target: Target, before: Stored, new: Obj, told: Obj, query: Query, *, noted: bool = False
    ) -> Reply:
        """Check what the client said of versions, validate, and store unless it is a dry run."""
        resource = self._objects.resource(target.resource.key)
        _check_preconditions(target, before.obj["metadata"], told)
        fixed = {
            key: before.obj["metadata"][key] for key in ("name", "namespace", "uid") if key in before.obj["metadata"]
        }
        head = {"apiVersion": resource.api_version, "kind": resource.kind}
        new = copy.deepcopy({**new, **head, "metadata": {**new["metadata"], **fixed}})
        defaults.complete(resource, new)
        validation.check(resource, new, before.obj)
        if not noted:
            new = apply.note_update(before.obj, new, query.manager, self._now())
        result = new if query.dry_run else self._objects.replace(resource, before, new)
        return reply(200, scale(result) if target.subresource == "scale" else shown(target.resource, result))


def _has_status(resource: Resource) -> bool:
    return "status" in resource.subresources


def _part(target: Target, before: Obj, new: Obj) -> Obj:
    """What of `new` the request may change: the status, or all but the status."""
    if target.subresource == "status":
        return {**before, "status": new.get("status", {})}
    if not _has_status(target.resource):
        return new
    kept = {key: value for key, value in new.items() if key != "status"}
    return {**kept, "status": before["status"]} if "status" in before else kept


def _check_preconditions(target: Target, meta: Obj, told: Obj) -> None:
    resource = target.resource
    version, uid = told.get("resourceVersion"), told.get("uid")
    if uid and uid != meta["uid"]:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {meta['uid']}"
        raise statuses.conflict(resource.plural, resource.group, target.name, why)
    if version and version != meta["resourceVersion"]:
        raise statuses.conflict(resource.plural, resource.group, target.name, statuses.MODIFIED)


def _demand_patchable(resource: Resource, new: Obj) -> None:
    """422 when a patch leaves a value of a wrong type."""
    try:
        decoding.demand(resource, new)
    except decoding.Mismatch as error:
        text = dumped(new).decode()
        raise statuses.invalid("", "", "", "patch", f"Invalid value: {text!r}: json: {error}") from None


def _demand_name(target: Target, meta: Obj) -> None:
    for field, wanted in (("name", target.name), ("namespace", target.where)):
        if meta.get(field, wanted) != wanted:
            raise statuses.bad_request(
                f"the {field} of the object ({meta[field]}) does not match the {field} on the URL ({wanted})"
            )


def _in_namespace(target: Target, meta: Obj) -> Obj:
    if not target.resource.namespaced:
        return meta
    named = meta.get("namespace") or target.where
    if named != target.where:
        raise statuses.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    return {**meta, "namespace": target.where}


def _demand_kind(resource: Resource, obj: Obj) -> None:
    kind = obj.get("kind") or resource.kind
    version = obj.get("apiVersion") or resource.api_version
    if (kind, version) != (resource.kind, resource.api_version):
        raise statuses.bad_request(
            f"the API version in the data ({version}, Kind={kind}) does not match the expected API version "
            f"({resource.api_version}, Kind={resource.kind})"
        )
