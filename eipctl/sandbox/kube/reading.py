"""get, list and watch."""

from __future__ import annotations

import base64
import itertools
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.http import Reply
from eipctl.sandbox.kube import statuses, watch
from eipctl.sandbox.kube.conversion import shown
from eipctl.sandbox.kube.replies import JSON, dumped, reply
from eipctl.sandbox.kube.scale import scale
from eipctl.sandbox.kube.tables import metadata_only, table

if TYPE_CHECKING:
    from eipctl.sandbox.http import Request
    from eipctl.sandbox.kube.objects import Objects, Stored
    from eipctl.sandbox.kube.query import Query
    from eipctl.sandbox.kube.target import Target

Obj = dict[str, Any]
_SNAPSHOTS = 100


def asked_version(text: str, newest: int) -> int:
    """The number in resourceVersion, 0 for none; ApiError for what is none, or of the future."""
    if text and not text.isdigit():
        raise statuses.bad_request(f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: invalid syntax')
    if int(text or 0) > newest:
        raise statuses.too_new(int(text), newest)
    return int(text or 0)


class Reading:
    """Answers requests that change nothing."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._snapshots: dict[str, list[Stored]] = {}
        self._numbers = itertools.count(1)

    def get(self, target: Target, _request: Request, query: Query) -> Reply:
        """One object."""
        with self._objects.store.lock:
            stored = self._objects.demanded(target.resource, target.where, target.name)
        obj = shown(target.resource, stored.obj)
        if target.subresource == "scale":
            return reply(200, scale(obj))
        if query.as_kind == "Table":
            return reply(200, table(target.resource, [obj], {"resourceVersion": ""}, query.include))
        if query.as_kind.startswith("PartialObjectMetadata"):
            return reply(200, metadata_only(obj))
        return Reply(200, stored.raw if obj is stored.obj else dumped(obj), JSON)

    def watch(self, target: Target, _request: Request, query: Query) -> Reply:
        """A stream of changes."""
        lines = watch.stream(self._objects, target.resource, target.namespace, query)
        return Reply(200, b"", JSON, stream=lines)

    def listing(self, target: Target, _request: Request, query: Query) -> Reply:
        """A collection, or a page of it."""
        with self._objects.store.lock:
            items, meta = self._page(target, query)
        resource = target.resource
        if query.as_kind == "Table":
            return reply(200, table(resource, [shown(resource, item.obj) for item in items], meta, query.include))
        head: Obj = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": meta}
        if query.as_kind.startswith("PartialObjectMetadata"):
            head = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta}
            parts = [dumped(metadata_only(item.obj)) for item in items]
        elif resource.several:
            parts = [dumped(shown(resource, item.obj)) for item in items]
        else:
            parts = [item.raw for item in items]
        parts = parts or [b""]
        parts[0] = dumped(head)[:-1] + b',"items":[' + parts[0]
        parts[-1] += b"]}"
        return Reply(200, b",".join(parts), JSON)  # one copy of what may be 100 MB

    def _page(self, target: Target, query: Query) -> tuple[list[Stored], Obj]:
        """The items of this page, and the list's metadata."""
        if query.token:
            rest, version = self._resume(query.token)
        else:
            version, rest = self._items(target, query)
            if query.labels or query.fields:
                rest = [item for item in rest if query.matches(item.obj)]
        meta: Obj = {"resourceVersion": version}
        if not query.limit or len(rest) <= query.limit:
            return rest, meta
        meta["continue"] = self._keep(rest[query.limit :], version)
        if not query.labels and not query.fields:
            meta["remainingItemCount"] = len(rest) - query.limit
        return rest[: query.limit], meta

    def _items(self, target: Target, query: Query) -> tuple[str, list[Stored]]:
        """The version of a list, and all its items: as they are now, or as they were then."""
        key, newest = target.resource.key, self._objects.version
        wanted = asked_version(query.version, newest)
        if query.exact and 0 < wanted < newest:
            return str(wanted), self._objects.all_at(key, target.namespace, wanted)
        return str(newest), self._objects.all(key, target.namespace)

    def _keep(self, left: list[Stored], version: str) -> str:
        """A continue token for the pages to come."""
        number = str(next(self._numbers))
        self._snapshots[number] = left
        while len(self._snapshots) > _SNAPSHOTS:
            del self._snapshots[next(iter(self._snapshots))]
        return base64.urlsafe_b64encode(f"{number}:{version}".encode()).decode()

    def _resume(self, token: str) -> tuple[list[Stored], str]:
        try:
            number, _, version = base64.urlsafe_b64decode(token).decode().partition(":")
        except ValueError:
            raise statuses.bad_request("continue key is not valid") from None
        if number not in self._snapshots:
            raise statuses.expired(
                "The provided continue parameter is too old to display a consistent list result. You can start a new "
                "list without the continue parameter."
            )
        return self._snapshots[number], version

    def expire_tokens(self) -> None:
        """Make every continue token expire (410)."""
        self._snapshots.clear()
