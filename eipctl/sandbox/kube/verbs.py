"""The verbs on objects and collections."""

from __future__ import annotations

import base64
import itertools
import json
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.http import Reply
from eipctl.sandbox.kube import apply, defaults, patches, protobuf, statuses, watch
from eipctl.sandbox.kube.tables import metadata_only, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.http import Request
    from eipctl.sandbox.kube.objects import Objects, Stored
    from eipctl.sandbox.kube.query import Query
    from eipctl.sandbox.kube.resources import Resource
    from eipctl.sandbox.kube.target import Target

Obj = dict[str, Any]
_SNAPSHOTS = 100
_JSON = {"Content-Type": "application/json"}


class Verbs:
    """Carries out requests on resources."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._snapshots: dict[str, list[Stored]] = {}
        self._numbers = itertools.count(1)

    def answer(self, verb: str, target: Target, request: Request, query: Query) -> Reply:
        """One request whose caller may make it."""
        if target.subresource and target.subresource not in (*target.resource.subresources, ""):
            raise statuses.no_such_path()
        handlers: dict[str, Callable[[Target, Request, Query], Reply]] = {
            "list": self._list,
            "watch": self._watch,
            "get": self._get,
            "create": self._create,
            "update": self._update,
            "patch": self._patch,
            "delete": self._delete,
            "deletecollection": self._delete_collection,
        }
        if verb not in handlers:
            raise statuses.method_not_allowed()
        return handlers[verb](target, request, query)

    def body(self, request: Request) -> Obj:
        """The object in a body, JSON or one of the known protobuf kinds; 400 or 415 when it is none."""
        if "protobuf" in request.headers.get("content-type", ""):
            return protobuf.decode(request.body)
        found = self._json(request)
        if not isinstance(found, dict):
            raise statuses.bad_request("the object provided is unrecognized: not a JSON object")
        return found

    def _json(self, request: Request) -> Any:
        """Any JSON, or YAML as server-side apply sends it."""
        text = request.body
        if not text:
            return {}
        try:
            if "yaml" in request.headers.get("content-type", "") and not text.lstrip().startswith(b"{"):
                import yaml

                return yaml.safe_load(text)
            return json.loads(text)
        except ValueError as error:
            raise statuses.bad_request(f"the body can't be read: {error}") from None

    # reading

    def _list(self, target: Target, _request: Request, query: Query) -> Reply:
        items, token, remaining, version = self._page(target, query)
        meta: Obj = {"resourceVersion": version}
        if token:
            meta |= {"continue": token, "remainingItemCount": remaining}
        resource = target.resource
        if query.as_kind == "Table":
            return _reply(200, table(resource, [item.obj for item in items], meta, query.include))
        head: Obj = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": meta}
        if query.as_kind.startswith("PartialObjectMetadata"):
            head = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta}
            parts = [json.dumps(metadata_only(item.obj), separators=(",", ":")).encode() for item in items]
        else:
            parts = [item.raw for item in items]
        start = json.dumps(head, separators=(",", ":")).encode()[:-1]
        return Reply(200, b"".join((start, b',"items":[', b",".join(parts), b"]}")), _JSON)

    def _page(self, target: Target, query: Query) -> tuple[list[Stored], str, int, str]:
        """The items of this page, the token for the next one, how many are left, and the list's version."""
        if query.token:
            rest, version = self._resume(query.token)
        else:
            version = str(self._objects.version)
            rest = self._objects.all(target.resource.key, target.namespace)
            if query.labels or query.fields:
                rest = [item for item in rest if query.matches(item.obj)]
        if not query.limit or len(rest) <= query.limit:
            return rest, "", 0, version
        page, left = rest[: query.limit], rest[query.limit :]
        number = str(next(self._numbers))
        self._snapshots[number] = left
        while len(self._snapshots) > _SNAPSHOTS:
            del self._snapshots[next(iter(self._snapshots))]
        token = base64.urlsafe_b64encode(f"{number}:{version}".encode()).decode()
        return page, token, len(left), version

    def _resume(self, token: str) -> tuple[list[Stored], str]:
        try:
            number, _, version = base64.urlsafe_b64decode(token).decode().partition(":")
        except ValueError:
            raise statuses.bad_request("continue key is not valid") from None
        if number not in self._snapshots:
            raise statuses.expired("The provided continue parameter is too old to display a consistent list result.")
        return self._snapshots[number], version

    def expire_tokens(self) -> None:
        """Make every continue token expire (410)."""
        self._snapshots.clear()

    def _watch(self, target: Target, _request: Request, query: Query) -> Reply:
        lines = watch.stream(self._objects, target.resource, target.namespace, query)
        return Reply(200, b"", _JSON, stream=lines)

    def _get(self, target: Target, _request: Request, query: Query) -> Reply:
        stored = self._stored(target)
        if target.subresource == "scale":
            return _reply(200, _scale(stored.obj))
        if query.as_kind == "Table":
            return _reply(200, table(target.resource, [stored.obj], {"resourceVersion": ""}, query.include))
        if query.as_kind.startswith("PartialObjectMetadata"):
            return _reply(200, metadata_only(stored.obj))
        return Reply(200, stored.raw, _JSON)

    def _stored(self, target: Target) -> Stored:
        found = self._objects.stored(target.resource.key, target.where, target.name)
        if found is None:
            raise statuses.not_found(target.resource.plural, target.resource.group, target.name)
        return found

    # writing

    def _create(self, target: Target, request: Request, query: Query) -> Reply:
        if target.subresource == "eviction":
            return self._delete(target, request, query)
        if target.name:
            raise statuses.method_not_allowed()
        resource, obj = target.resource, self.body(request)
        _check_kind(resource, obj)
        obj = {**obj, "metadata": _in_namespace(target, obj.get("metadata") or {})}
        with self._objects.store.transaction():
            self._demand_namespace(target)
            made = self._objects.prepared(resource, obj)
            defaults.check(resource, made)
            made = apply.note_update(None, made, query.manager, self._now())
            if query.dry_run:
                return _reply(201, {**made, "metadata": {**made["metadata"], "resourceVersion": "0"}})
            return _reply(201, self._objects.create(resource.key, made))

    def _demand_namespace(self, target: Target) -> None:
        if not target.resource.namespaced:
            return
        found = self._objects.get("namespaces", "", target.where)
        if found is None:
            raise statuses.not_found("namespaces", "", target.where)
        if found.get("status", {}).get("phase") == "Terminating":
            why = f"unable to create new content in namespace {target.where} because it is being terminated"
            raise statuses.forbidden(target.resource.plural, target.resource.group, "", why)

    def _now(self) -> str:
        return self._objects.clock.timestamp()

    def _update(self, target: Target, request: Request, query: Query) -> Reply:
        obj = self.body(request)
        with self._objects.store.transaction():
            before = self._stored(target)
            if target.subresource == "scale":
                new = _scaled(before.obj, obj)
            elif target.subresource == "status":
                new = {**before.obj, "status": obj.get("status", {})}
            else:
                new = {**obj, **({"status": before.obj["status"]} if "status" in before.obj else {})}
                if "status" in new and target.resource.custom and "status" not in target.resource.subresources:
                    new["status"] = obj.get("status", {})
            return self._store(target, before, new, obj.get("metadata") or {}, query)

    def _patch(self, target: Target, request: Request, query: Query) -> Reply:
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind == "application/apply-patch+yaml":
            return self._apply(target, request, query)
        if kind not in ("application/merge-patch+json", "application/json-patch+json", _STRATEGIC):
            raise statuses.unsupported_media(
                f"{kind or 'no Content-Type'}; accepted are merge, json and strategic patches"
            )
        if kind == _STRATEGIC and target.resource.custom:
            raise statuses.unsupported_media("strategic merge patch of a custom resource")
        patch = self._json(request)
        with self._objects.store.transaction():
            before = self._stored(target)
            base = _scale(before.obj) if target.subresource == "scale" else before.obj
            new = _PATCHES[kind](base, patch)
            if not isinstance(new, dict) or not isinstance(new.get("metadata"), dict):
                raise statuses.bad_request("the patch leaves no object")
            told = patch.get("metadata") or {} if isinstance(patch, dict) else {}
            if target.subresource == "scale":
                new = _scaled(before.obj, new)
            elif target.subresource == "status":
                new = {**before.obj, "status": new.get("status", {})}
            elif "status" in target.resource.subresources and "status" in before.obj:
                new = {**new, "status": before.obj["status"]}
            return self._store(target, before, new, told, query)

    def _apply(self, target: Target, request: Request, query: Query) -> Reply:
        wanted = self._json(request)
        if not isinstance(wanted, dict):
            raise statuses.bad_request("the applied configuration is not an object")
        wanted = {**wanted, "metadata": {**_in_namespace(target, wanted.get("metadata") or {}), "name": target.name}}
        resource = target.resource
        with self._objects.store.transaction():
            before = self._objects.stored(resource.key, target.where, target.name)
            new = apply.apply(before.obj if before else None, wanted, query.manager, self._now(), force=query.force)
            if before is not None:
                return self._store(target, before, new, wanted["metadata"], query, noted=True)
            self._demand_namespace(target)
            made = self._objects.prepared(resource, new)
            defaults.check(resource, made)
            return _reply(201, made if query.dry_run else self._objects.create(resource.key, made))

    def _store(
        self, target: Target, before: Stored, new: Obj, told: Obj, query: Query, *, noted: bool = False
    ) -> Reply:
        """Check what the client said of versions, validate, and store unless it is a dry run."""
        resource = target.resource
        self._check_precondition(target, before.obj, told)
        new = json.loads(json.dumps({**new, "metadata": {**new["metadata"], "name": target.name}}))
        if resource.namespaced:
            new["metadata"]["namespace"] = target.where
        new["metadata"]["uid"] = before.obj["metadata"]["uid"]
        defaults.complete(resource, new)
        defaults.check(resource, new, before.obj)
        if not noted:
            new = apply.note_update(before.obj, new, query.manager, self._now())
        if query.dry_run:
            return _reply(200, new)
        stored = self._objects.replace(resource, before, new)
        return _reply(200, _scale(stored) if target.subresource == "scale" else stored)

    def _check_precondition(self, target: Target, obj: Obj, told: Obj) -> None:
        meta, resource = obj["metadata"], target.resource
        version, uid = told.get("resourceVersion"), told.get("uid")
        if version and version != meta["resourceVersion"]:
            raise statuses.conflict(resource.plural, resource.group, target.name, statuses.MODIFIED)
        if uid and uid != meta["uid"]:
            why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {meta['uid']}"
            raise statuses.conflict(resource.plural, resource.group, target.name, why)

    def _delete(self, target: Target, request: Request, query: Query) -> Reply:
        options = self.body(request)
        if options.get("kind") == "Eviction":
            options = options.get("deleteOptions") or {}
        resource = target.resource
        with self._objects.store.transaction():
            before = self._stored(target)
            self._check_precondition(target, before.obj, options.get("preconditions") or {})
            if query.dry_run or options.get("dryRun"):
                return _reply(200, before.obj)
            left = self._objects.remove(
                resource, self._propagating(target, before, options), _seconds(options, request)
            )
            if target.subresource == "eviction":
                return _reply(201, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})
            if left is not None:
                return _reply(200, left)
        return _reply(
            200, statuses.success(resource.plural, resource.group, target.name, before.obj["metadata"]["uid"])
        )

    def _propagating(self, target: Target, before: Stored, options: Obj) -> Stored:
        """With the finalizer that tells the garbage collector how to treat dependents."""
        name = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}.get(options.get("propagationPolicy", ""))
        if name is None:
            return before
        meta = before.obj["metadata"]
        finalizers = [*(meta.get("finalizers") or ()), name]
        self._objects.replace(target.resource, before, {**before.obj, "metadata": {**meta, "finalizers": finalizers}})
        return self._stored(target)

    def _delete_collection(self, target: Target, request: Request, query: Query) -> Reply:
        options = self.body(request)
        with self._objects.store.transaction():
            found = [
                item for item in self._objects.all(target.resource.key, target.namespace) if query.matches(item.obj)
            ]
            for item in found if not query.dry_run else ():
                self._objects.remove(target.resource, item, _seconds(options, request))
        items = [item.obj for item in found]
        resource = target.resource
        head = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": {}, "items": items}
        return _reply(200, head)


_STRATEGIC = "application/strategic-merge-patch+json"
_PATCHES: dict[str, Callable[[Any, Any], Any]] = {
    "application/merge-patch+json": patches.merge,
    "application/json-patch+json": patches.json_patch,
    _STRATEGIC: patches.strategic,
}


def _reply(status: int, body: Obj) -> Reply:
    return Reply(status, json.dumps(body, separators=(",", ":")).encode(), _JSON)


def _seconds(options: Obj, request: Request) -> int | None:
    """The body's gracePeriodSeconds; the query's only when there is no body."""
    if "gracePeriodSeconds" in options:
        return int(options["gracePeriodSeconds"])
    text = request.first("gracePeriodSeconds")
    return int(text) if text.isdigit() and not options else None


def _in_namespace(target: Target, meta: Obj) -> Obj:
    if not target.resource.namespaced:
        return meta
    named = meta.get("namespace") or target.where
    if named != target.where:
        message = (
            "the namespace of the provided object does not match the namespace sent on the request: "
            f"{named}, {target.where}"
        )
        raise statuses.bad_request(message)
    return {**meta, "namespace": target.where}


def _check_kind(resource: Resource, obj: Obj) -> None:
    kind = obj.get("kind") or resource.kind
    version = obj.get("apiVersion") or resource.api_version
    if (kind, version) != (resource.kind, resource.api_version):
        message = f"{kind} in version {version!r} cannot be handled as a {resource.kind}"
        raise statuses.bad_request(message)


def _scale(obj: Obj) -> Obj:
    meta = {key: value for key, value in obj["metadata"].items() if key in _SCALE_META}
    labels = (obj["spec"].get("selector") or {}).get("matchLabels") or {}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": {"replicas": obj["spec"].get("replicas", 1)},
        "status": {
            "replicas": obj.get("status", {}).get("replicas", 0),
            "selector": ",".join(f"{key}={value}" for key, value in labels.items()),
        },
    }


_SCALE_META = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def _scaled(obj: Obj, scale: Obj) -> Obj:
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or replicas < 0:
        raise statuses.bad_request("spec.replicas must be greater than or equal to 0")
    return {**obj, "spec": {**obj["spec"], "replicas": replicas}}
