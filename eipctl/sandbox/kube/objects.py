"""Storing objects as an API server does: versions, UIDs, generations, graceful deletion, and what watches need."""

from __future__ import annotations

import json
import secrets
import uuid
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube import statuses
from eipctl.sandbox.kube.defaults import complete
from eipctl.sandbox.kube.resources import BUILT_IN, Resource, of_definition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.sandbox.clock import Clock
    from eipctl.sandbox.store import Store

Obj = dict[str, Any]

DEFINITIONS = "customresourcedefinitions"
ROWS = "kube"
"""The table of all objects."""
HISTORY = 10_000
"""Changes that watches can still ask for; an older version is answered with 410."""
_FIRST = 1000
"""The version before the first change."""
_NAME_TRIES = 8
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


class Stored:
    """An object as JSON with its version; decoded once it is looked into."""

    __slots__ = ("_obj", "raw", "version")

    def __init__(self, raw: bytes, version: int, obj: Obj | None = None) -> None:
        self.raw, self.version, self._obj = raw, version, obj

    @property
    def obj(self) -> Obj:
        """Decoded; not to be changed."""
        if self._obj is None:
            self._obj = json.loads(self.raw)
        return self._obj


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a watch: ADDED, MODIFIED or DELETED."""

    version: int
    type: str
    key: str
    namespace: str
    obj: Obj
    before: Obj | None


class Objects:
    """All objects of the cluster. Treat what it returns as immutable."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self._table = store.table(ROWS, _encode, _decode)
        self._marks = store.table("kube-marks", lambda number: b"%d" % number, int)
        self.resources: dict[tuple[str, str, str], Resource] = {}
        self._by_key: dict[str, Resource] = {}
        self._index: dict[str, dict[tuple[str, str], None]] = {}
        self._sorted: dict[str, list[tuple[str, str]]] = {}
        """The same in order, of kinds that were listed since one of them came or went."""
        self.changes: deque[Change] = deque(maxlen=HISTORY)
        with store.lock:
            self._version = max(
                [self._marks.get("version") or _FIRST, *(item.version for item in self._table.values())]
            )
            self.oldest = self._settled = self._version
            self._build_index()
        store.listeners.append(self._settle)

    def _build_index(self) -> None:
        self._index.clear()
        self._sorted.clear()
        self._look(self._table.keys())
        self.refresh_resources()

    def _look(self, rows: Iterable[str]) -> None:
        """Put into the index which of these rows are there."""
        for row in rows:
            key, namespace, name = row.split("|", 2)
            self._sorted.pop(key, None)
            here = self._index.setdefault(key, {})
            if row in self._table:
                here[namespace, name] = None
            else:
                here.pop((namespace, name), None)

    def _settle(self, kept: bool) -> None:  # noqa: FBT001 - the Store's listeners are called so
        """After a transaction: what was undone was never there, and is no news to a watch."""
        if kept:
            self._settled = self._version
            return
        while self.changes and self.changes[-1].version > self._settled:
            self.changes.pop()
        self._build_index()

    def clear(self) -> None:
        """Forget all objects."""
        with self.store.transaction():
            self._table.clear()
            self._index.clear()
            self._sorted.clear()
            self.changes.clear()
            self._advance()
            self.oldest = self._version
            self.refresh_resources()

    def restored(self, rows: Iterable[str]) -> None:
        """These rows have changed under it: watches begin anew, and no version is given twice."""
        with self.store.transaction():
            self.changes.clear()
            self._advance()
            self.oldest = self._version
            self._look(rows)
            if any(row.startswith(f"{DEFINITIONS}|") for row in rows):
                self.refresh_resources()

    def _advance(self) -> int:
        """The next version; remembered, for the newest one may be that of an object that is gone."""
        self._version += 1
        self._marks.put("version", self._version)
        return self._version

    @property
    def version(self) -> int:
        """The newest resourceVersion."""
        return self._version

    def refresh_resources(self) -> None:
        """Serve the built-in kinds and those of the definitions that are there."""
        custom = [
            resource
            for row, stored in self._table.items()
            if row.startswith(f"{DEFINITIONS}|")
            for resource in of_definition(stored.obj)
        ]
        self.resources = {(item.group, item.version, item.plural): item for item in (*BUILT_IN, *custom)}
        self._by_key = {item.key: item for item in reversed(self.resources.values())}

    def serves(self, key: str) -> bool:
        """Whether there is a kind of that key."""
        return key in self._by_key

    def resource(self, key: str) -> Resource:
        """The kind whose objects are stored under `key`."""
        return self._by_key[key]

    # reading

    def stored(self, plural: str, namespace: str, name: str) -> Stored | None:
        """An object with its JSON."""
        return self._table.get(f"{plural}|{namespace}|{name}")

    def demanded(self, resource: Resource, namespace: str, name: str) -> Stored:
        """An object with its JSON; ApiError 404 when there is none."""
        found = self.stored(resource.key, namespace, name)
        if found is None:
            raise statuses.not_found(resource.plural, resource.group, name)
        return found

    def get(self, plural: str, namespace: str, name: str) -> Obj | None:
        """An object; namespace "" for a cluster-scoped one."""
        with self.store.lock:
            found = self.stored(plural, namespace, name)
            return found.obj if found else None

    def all(self, plural: str, namespace: str | None = None) -> list[Stored]:
        """All objects of a kind, by namespace and name."""
        with self.store.lock:
            there = self._sorted.get(plural)
            if there is None:
                there = self._sorted[plural] = sorted(self._index.get(plural, ()))
            chosen = [one for one in there if one[0] == namespace] if namespace else there
            return self._table.all(f"{plural}|{where}|{name}" for where, name in chosen)

    def all_at(self, plural: str, namespace: str | None, version: int) -> list[Stored]:
        """The same as it was at a version; ApiError 410 when that is forgotten."""
        with self.store.lock:
            if version < _FIRST:
                return []
            if version < self.oldest:
                raise statuses.expired(f"The resourceVersion for the provided list is too old: {version}")
            then = {_name_of(item.obj): item for item in self.all(plural, namespace)}
            for change in reversed(self.changes):
                if change.version <= version:
                    break
                if change.key == plural and namespace in (None, "", change.namespace):
                    name = _name_of(change.obj)
                    then.pop(name, None)
                    if change.before is not None:
                        raw = json.dumps(change.before, separators=(",", ":")).encode()
                        then[name] = Stored(raw, int(change.before["metadata"]["resourceVersion"]), change.before)
            return [then[name] for name in sorted(then)]

    def list(self, plural: str, namespace: str | None = None) -> list[Obj]:
        """All objects of a kind, by namespace and name."""
        return [stored.obj for stored in self.all(plural, namespace)]

    # writing

    def create(self, plural: str, obj: Obj) -> Obj:
        """Store a new object; ApiError 409 when there is one of its name."""
        resource = self.resource(plural)
        with self.store.transaction():
            made = self.prepared(resource, obj)
            meta = made["metadata"]
            namespace, name = meta.get("namespace", ""), meta["name"]
            if self.stored(plural, namespace, name) is not None:
                raise statuses.already_exists(resource.plural, resource.group, name)
            return self._put(resource, made, None)

    def prepared(self, resource: Resource, obj: Obj) -> Obj:
        """A new object with all that the server adds."""
        made: Obj = json.loads(json.dumps(obj))
        made["apiVersion"], made["kind"] = resource.api_version, resource.kind
        meta = made.setdefault("metadata", {})
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = self._free_name(plural=resource.key, meta=meta)
        if not resource.namespaced:
            meta.pop("namespace", None)
        meta["uid"] = meta.get("uid") or str(uuid.uuid4())
        meta["creationTimestamp"] = self.clock.timestamp()
        for gone in ("deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "selfLink"):
            meta.pop(gone, None)
        meta.pop("generation", None)
        if resource.counted:
            meta["generation"] = 1
        complete(resource, made)
        return made

    def _free_name(self, plural: str, meta: Obj) -> str:
        """A name from metadata.generateName, another one as often as an API server tries when it is taken."""
        for _ in range(_NAME_TRIES):
            name: str = meta["generateName"] + "".join(secrets.choice(_ALPHABET) for _ in range(5))
            if self.stored(plural, meta.get("namespace", ""), name) is None:
                break
        return name

    def update(self, plural: str, obj: Obj, *, status_only: bool = False) -> Obj:
        """Store an object as given; with `status_only` just its status. Nothing happens when nothing changes."""
        resource = self.resource(plural)
        with self.store.transaction():
            meta = obj["metadata"]
            namespace, name = meta.get("namespace", ""), meta["name"]
            before = self.demanded(resource, namespace, name)
            new = {**before.obj, "status": obj.get("status", {})} if status_only else obj
            return self.replace(resource, before, new)

    def replace(self, resource: Resource, before: Stored, new: Obj, *, counting: bool = True) -> Obj:
        """Store `new` in the place of `before`, keeping what a client can't change; `counting` changes of its spec."""
        old_meta = before.obj["metadata"]
        meta = dict(new.get("metadata") or {})
        for kept in ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"):
            meta.pop(kept, None)
            if kept in old_meta:
                meta[kept] = old_meta[kept]
        meta["resourceVersion"] = old_meta["resourceVersion"]
        made = {**new, "apiVersion": resource.api_version, "kind": resource.kind, "metadata": meta}
        if made == before.obj:
            return before.obj
        if counting and "generation" in meta and _counts(resource, made, before.obj):
            meta["generation"] += 1
        if old_meta.get("finalizers") and not meta.get("finalizers") and _only_waits(resource, meta):
            return self._remove(resource, before)
        return self._put(resource, made, before.obj)

    def patch_metadata(self, plural: str, namespace: str, name: str, annotations: dict[str, str | None]) -> Obj:
        """Set annotations; None removes one."""
        with self.store.transaction():
            before = self.demanded(self.resource(plural), namespace, name).obj
            meta = dict(before["metadata"])
            merged = {**(meta.get("annotations") or {}), **annotations}
            meta["annotations"] = {key: value for key, value in merged.items() if value is not None}
            return self.update(plural, {**before, "metadata": meta})

    def delete(self, plural: str, namespace: str, name: str, *, grace: int | None = None, now: bool = False) -> None:
        """Delete as asked by a client, or (`now`) as a kubelet that is done with a Pod."""
        with self.store.transaction():
            resource = self.resource(plural)
            before = self.demanded(resource, namespace, name)
            self.remove(resource, before, 0 if now else grace, final=now)

    def remove(self, resource: Resource, before: Stored, grace: int | None, *, final: bool = False) -> Obj | None:
        """Delete; the object as it is left, waiting for its kubelet or its finalizers, or None when it is gone."""
        meta = before.obj["metadata"]
        seconds = 0 if final else _grace(resource, before.obj, grace)
        waits = seconds > 0 or bool(meta.get("finalizers"))
        if resource.key == "namespaces" and not final:
            waits = True
        if not waits:
            self._remove(resource, before)
            return None
        if "deletionTimestamp" in meta and seconds >= meta.get("deletionGracePeriodSeconds", 0):
            return before.obj
        marked = {**meta, "deletionTimestamp": self.clock.timestamp(self.clock.after(seconds))}
        marked["deletionGracePeriodSeconds"] = seconds
        left = {**before.obj, "metadata": marked}
        if resource.key == "namespaces":
            left["status"] = {**left.get("status", {}), "phase": "Terminating"}
        return self._put(resource, left, before.obj)

    def _put(self, resource: Resource, obj: Obj, before: Obj | None) -> Obj:
        meta = {**obj["metadata"], "resourceVersion": str(self._advance())}
        new = {**obj, "metadata": meta}
        stored = Stored(json.dumps(new, separators=(",", ":")).encode(), self._version, new)
        namespace, name = meta.get("namespace", ""), meta["name"]
        self._table.put(f"{resource.key}|{namespace}|{name}", stored)
        if before is None:
            self._index.setdefault(resource.key, {})[namespace, name] = None
            self._sorted.pop(resource.key, None)
        self._tell("MODIFIED" if before else "ADDED", resource, namespace, new, before)
        return new

    def _remove(self, resource: Resource, stored: Stored) -> Obj:
        meta = {**stored.obj["metadata"], "resourceVersion": str(self._advance())}
        namespace, name = meta.get("namespace", ""), meta["name"]
        self._table.delete(f"{resource.key}|{namespace}|{name}")
        self._index.get(resource.key, {}).pop((namespace, name), None)
        self._sorted.pop(resource.key, None)
        last = {**stored.obj, "metadata": meta}
        if resource.key == DEFINITIONS:
            for custom in of_definition(stored.obj)[:1]:
                for one in self.all(custom.key):
                    self._remove(custom, one)
        self._tell("DELETED", resource, namespace, last, stored.obj)
        return last

    def _tell(self, kind: str, resource: Resource, namespace: str, obj: Obj, before: Obj | None) -> None:
        if len(self.changes) == self.changes.maxlen:
            self.oldest = self.changes[0].version
        self.changes.append(Change(self._version, kind, resource.key, namespace, obj, before))
        if resource.key == DEFINITIONS:
            self.refresh_resources()


def _name_of(obj: Obj) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _only_waits(resource: Resource, meta: Obj) -> bool:
    """Whether nobody but finalizers keeps a deleted object: neither its kubelet nor what is in a namespace."""
    return "deletionTimestamp" in meta and not meta["deletionGracePeriodSeconds"] and resource.key != "namespaces"


def _counts(resource: Resource, new: Obj, old: Obj) -> bool:
    """Whether the change is one of the generation: of the spec, and of a Deployment's annotations too."""
    return new.get("spec") != old.get("spec") or (resource.key == "deployments" and _notes(new) != _notes(old))


def _notes(deployment: Obj) -> Obj:
    """Its annotations, without the one that its controller writes (by way of the status)."""
    annotations = deployment["metadata"].get("annotations") or {}
    return {key: value for key, value in annotations.items() if key != "deployment.kubernetes.io/revision"}


def _grace(resource: Resource, obj: Obj, asked: int | None) -> int:
    """Seconds until the kubelet may stop waiting; only a Pod on a node has any."""
    if resource.key != "pods" or not obj.get("spec", {}).get("nodeName"):
        return 0
    if obj.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return 0
    own = obj["spec"].get("terminationGracePeriodSeconds")
    seconds = asked if asked is not None else 30 if own is None else own
    return max(seconds, 0)


def _encode(stored: Stored) -> bytes:
    return b"%d %b" % (stored.version, stored.raw)


def _decode(row: bytes) -> Stored:
    version, _, raw = row.partition(b" ")
    return Stored(raw, int(version))
