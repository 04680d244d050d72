"""create, update, patch and apply."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube import apply, decoding, defaults, patches, rules, schemas, statuses, validation
from eipctl.sandbox.kube.conversion import shown, stored
from eipctl.sandbox.kube.objects import DEFINITIONS
from eipctl.sandbox.kube.query import APPLY
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
_STRATEGIC = "application/strategic-merge-patch+json"
_PATCHES: dict[str, Callable[[Any, Any], Any]] = {
    "application/json-patch+json": patches.json_patch,
    "application/merge-patch+json": patches.merge,
    _STRATEGIC: patches.strategic,
}
_CONDITIONAL = ("leases", "poddisruptionbudgets")
"""Built-in kinds that, like custom ones, are only replaced by who names the version that is replaced."""
_TOPOLOGY = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")


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
        obj = decoding.created(target.resource, {"metadata": {}, **obj}, self._schema(target.resource), query)
        meta = _in_namespace(target, obj["metadata"])
        if meta.get("resourceVersion"):
            raise statuses.ApiError(500, "", "resourceVersion should not be set on objects to be created")
        kept = {key: value for key, value in obj.items() if key != "status" or not _has_status(target.resource)}
        with self._objects.store.transaction():
            return self._new(target, {**kept, "metadata": {**meta, "uid": ""}}, query, noted=False)

    def _new(self, target: Target, obj: Obj, query: Query, *, noted: bool) -> Reply:
        resource = self._objects.resource(target.resource.key)
        self._demand_namespace(target, obj)
        made = self._objects.prepared(resource, stored(target.resource, self._placed(resource, obj)))
        self._check(target, made, None, query)
        if not noted:
            made = apply.note_update(None, made, query.manager, self._now())
        if query.dry_run:
            return reply(201, shown(target.resource, made))
        return reply(201, shown(target.resource, self._objects.create(resource.key, made)))

    def _placed(self, resource: Resource, obj: Obj) -> Obj:
        """A Pod that names its node gets the labels of the node's place."""
        node = self._objects.get("nodes", "", (obj.get("spec") or {}).get("nodeName") or "")
        if resource.key != "pods" or node is None:
            return obj
        have = node["metadata"].get("labels") or {}
        place = {key: have[key] for key in _TOPOLOGY if key in have}
        return {**obj, "metadata": {**obj["metadata"], "labels": {**(obj["metadata"].get("labels") or {}), **place}}}

    def _check(self, target: Target, obj: Obj, before: Obj | None, query: Query) -> None:
        """Fill in what a custom kind's schema says, and validate."""
        validation.check(target.resource, obj, before, target.subresource)
        schema = self._schema(target.resource) or {}
        schemas.filled(obj, schema)
        wrong = tuple(schemas.refused({"metadata": {}, **obj}, schema, ""))
        if wrong:
            raise statuses.invalid(target.resource.kind, target.resource.group, obj["metadata"]["name"], *wrong)
        if target.resource.key == "pods" and before is None and (why := rules.label(obj["metadata"]["name"])):
            told = "this is used in the Pod's hostname, which can result in surprising behavior"
            query.warnings.append(f"metadata.name: {told}; a DNS label is recommended: [{why}]")

    def _demand_namespace(self, target: Target, obj: Obj) -> None:
        if not target.resource.namespaced:
            return
        found = self._objects.get("namespaces", "", target.where)
        if found is None:
            raise statuses.not_found("namespaces", "", target.where)
        if found.get("status", {}).get("phase") == "Terminating":
            why = f"unable to create new content in namespace {target.where} because it is being terminated"
            name = obj["metadata"].get("name") or ""
            refused = statuses.forbidden(target.resource.plural, target.resource.group, name, why)
            cause = f"namespace {target.where} is being terminated"
            gone = {"reason": "NamespaceTerminating", "message": cause, "field": "metadata.namespace"}
            refused.details = {**(refused.details or {}), "causes": [gone]}
            raise refused

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
            obj = decoding.created(target.resource, obj, self._schema(target.resource), query)
            _demand_name(target, told)
            if not told.get("resourceVersion") and (target.resource.custom or target.resource.key in _CONDITIONAL):
                wrong = ("metadata.resourceVersion", "Invalid value: 0: must be specified for an update")
                raise statuses.invalid(target.resource.plural, target.resource.group, target.name, wrong)
            if told.get("uid") not in (None, "", before.obj["metadata"]["uid"]):
                why = f"Precondition failed: UID in precondition: {told['uid']}, UID in object meta: "
                why += before.obj["metadata"]["uid"]
                raise statuses.conflict(target.resource.plural, target.resource.group, target.name, why)
            new = _part(target, before.obj, stored(target.resource, obj))
            return self._store(target, before, new, told, query)

    def patch(self, target: Target, request: Request, query: Query) -> Reply:
        """An object changed by one of the four kinds of patches."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind == APPLY:
            return self._apply(target, request, query)
        if kind not in _PATCHES or (kind == _STRATEGIC and target.resource.custom):
            raise statuses.unsupported_patch(kind, [*_PATCHES, APPLY])
        patch = decoding.anything(request)
        with self._objects.store.transaction():
            before = self._objects.demanded(target.resource, target.where, target.name)
            base = scale(before.obj) if target.subresource == "scale" else shown(target.resource, before.obj)
            new = _PATCHES[kind](base, patch)
            if not isinstance(new, dict) or not isinstance(new.get("metadata"), dict):
                raise statuses.bad_request("the patch leaves no object")
            if target.subresource == "scale":
                return self._store(target, before, scaled(before.obj, new), new["metadata"], query)
            new = self._patched(target.resource, new, query)
            _demand_name(target, new["metadata"])
            part = _part(target, before.obj, stored(target.resource, new))
            return self._store(target, before, part, new["metadata"], query)

    def _patched(self, resource: Resource, new: Obj, query: Query) -> Obj:
        """What a patch leaves, decoded; 422 when Go can't decode it."""
        try:
            _demand_kind(resource, new)
            return decoding.decoded(resource, new, self._schema(resource), query)
        except (decoding.Mismatch, decoding.Unknown, statuses.ApiError) as error:
            raise statuses.wrong_patch(dumped(new).decode(), f"json: {error}") from None

    def _apply(self, target: Target, request: Request, query: Query) -> Reply:
        """Server-side apply."""
        wanted = decoding.anything(request)
        if not isinstance(wanted, dict) or not wanted.get("apiVersion") or not wanted.get("kind"):
            raise statuses.bad_request("the applied configuration must name its apiVersion and kind")
        _demand_kind(target.resource, wanted)
        meta = {**_in_namespace(target, wanted.get("metadata") or {}), "name": target.name}
        if meta.get("managedFields"):
            raise statuses.bad_request("metadata.managedFields must be nil")
        wanted = self._patched(target.resource, {**wanted, "metadata": meta}, query)
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
        _check_version(target, before.obj["metadata"], told)
        fixed = {key: before.obj["metadata"][key] for key in ("name", "namespace") if key in before.obj["metadata"]}
        meta = {**new["metadata"], **fixed, "uid": told.get("uid") or before.obj["metadata"]["uid"]}
        new = copy.deepcopy({**new, "apiVersion": resource.api_version, "kind": resource.kind, "metadata": meta})
        defaults.complete(resource, new)
        self._check(target, new, before.obj, query)
        if not noted:
            new = apply.note_update(before.obj, new, query.manager, self._now(), target.subresource)
        counting = target.subresource != "status"
        result = new if query.dry_run else self._objects.replace(resource, before, new, counting=counting)
        return reply(200, scale(result) if target.subresource == "scale" else shown(target.resource, result))


def _has_status(resource: Resource) -> bool:
    return "status" in resource.subresources


def _part(target: Target, before: Obj, new: Obj) -> Obj:
    """What of `new` the request may change: all but the status; or the status, with the metadata of built-in kinds."""
    if target.subresource == "status":
        meta = before["metadata"] if target.resource.custom else {**new["metadata"], **_kept(target.resource, before)}
        return {**before, "metadata": meta, "status": new.get("status", {})}
    if not _has_status(target.resource):
        return new
    kept = {key: value for key, value in new.items() if key != "status"}
    return {**kept, "status": before["status"]} if "status" in before else kept


def _kept(resource: Resource, before: Obj) -> Obj:
    """Metadata that a change of the status leaves alone."""
    field = {"deployments": "labels", "pods": "ownerReferences"}.get(resource.key)
    return {field: before["metadata"].get(field) or {}} if field else {}


def _check_version(target: Target, meta: Obj, told: Obj) -> None:
    version = told.get("resourceVersion") or meta["resourceVersion"]
    if not version.isdigit():
        raise statuses.no_number(version)
    if version != meta["resourceVersion"]:
        raise statuses.conflict(target.resource.plural, target.resource.group, target.name, statuses.MODIFIED)


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
    if not obj or (resource.custom and not (obj.get("kind") and obj.get("apiVersion"))):
        raise statuses.bad_request(f"Object 'Kind' is missing in '{dumped(obj).decode()}'")
    kind = obj.get("kind") or resource.kind
    version = obj.get("apiVersion") or resource.api_version
    if (kind, version) != (resource.kind, resource.api_version):
        raise statuses.bad_request(
            f"the API version in the data ({version}, Kind={kind}) does not match the expected API version "
            f"({resource.api_version}, Kind={resource.kind})"
        )
