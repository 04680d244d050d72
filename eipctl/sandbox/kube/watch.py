"""Watches: what has changed since a version, and then what changes next."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube import statuses
from eipctl.sandbox.kube.conversion import shown
from eipctl.sandbox.kube.replies import dumped
from eipctl.sandbox.kube.tables import metadata_only, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.sandbox.kube.objects import Change, Objects
    from eipctl.sandbox.kube.query import Query
    from eipctl.sandbox.kube.resources import Resource

Obj = dict[str, Any]
BOOKMARK_SECONDS = 10.0
LONGEST = 1800.0


def stream(objects: Objects, resource: Resource, namespace: str | None, query: Query) -> Iterator[bytes]:
    """Lines of a watch until its time is over; ApiError 410 (before the first line) when the version is too old."""
    if query.version and not query.version.isdigit():
        raise statuses.no_number(query.version)
    since = int(query.version or 0)
    with objects.store.lock:
        if since and since < objects.oldest and not query.initial:
            raise _too_old(since, objects.oldest)
        if since > objects.version:
            raise statuses.too_new(since, objects.version)
        first = _present(objects, resource, namespace, query) if query.initial or not since else []
        since = objects.version if query.initial or not since else since
    return _lines(objects, resource, namespace, query, since, first)


def _too_old(version: int, oldest: int) -> statuses.ApiError:
    return statuses.expired(f"too old resource version: {version} ({oldest})")


def _present(objects: Objects, resource: Resource, namespace: str | None, query: Query) -> list[Obj]:
    """A watch without a version begins with what is there."""
    return [obj for obj in objects.list(resource.key, namespace) if query.matches(obj)]


def _lines(
    objects: Objects, resource: Resource, namespace: str | None, query: Query, since: int, first: list[Obj]
) -> Iterator[bytes]:
    ends = time.monotonic() + min(query.timeout or LONGEST, LONGEST)
    bookmark = time.monotonic() + BOOKMARK_SECONDS
    for obj in first:
        yield _line("ADDED", resource, obj, query)
    if query.initial:
        yield _bookmark(resource, since, {"annotations": {"k8s.io/initial-events-end": "true"}}, query)
    while time.monotonic() < ends:
        with objects.store.lock:
            if objects.version == since:
                objects.store.changed.wait(min(1.0, max(0.01, ends - time.monotonic())))
            lost = since < objects.oldest
            news, since = _news(objects, resource, namespace, since), objects.version
        if lost:
            yield dumped({"type": "ERROR", "object": _too_old(since, since).body()}) + b"\n"
            return
        for change in news:
            kind = _seen_as(change, query)
            if kind:
                yield _line(kind, resource, change.obj, query)
        if query.bookmarks and time.monotonic() >= bookmark:
            bookmark = time.monotonic() + BOOKMARK_SECONDS
            yield _bookmark(resource, since, {}, query)


def _news(objects: Objects, resource: Resource, namespace: str | None, since: int) -> list[Change]:
    found = []
    for change in reversed(objects.changes):
        if change.version <= since:
            break
        if change.key == resource.key and namespace in (None, "", change.namespace):
            found.append(change)
    return found[::-1]


def _seen_as(change: Change, query: Query) -> str:
    """An object that comes to match, or no longer does, is added or deleted for this watch."""
    now = query.matches(change.obj)
    before = change.before is not None and query.matches(change.before)
    if change.type == "DELETED":
        return "DELETED" if before else ""
    if now:
        return "MODIFIED" if before else "ADDED"
    return "DELETED" if before else ""


def _line(kind: str, resource: Resource, obj: Obj, query: Query) -> bytes:
    seen = shown(resource, obj)
    if query.as_kind == "Table":
        seen = table(resource, [seen], {"resourceVersion": obj["metadata"]["resourceVersion"]}, query.include)
    elif query.as_kind.startswith("PartialObjectMetadata"):
        seen = metadata_only(seen)
    return dumped({"type": kind, "object": seen}) + b"\n"


def _bookmark(resource: Resource, version: int, extra: Obj, query: Query) -> bytes:
    meta = {"resourceVersion": str(version), "creationTimestamp": None, **extra}
    kind, api_version = resource.kind, resource.api_version
    if query.as_kind.startswith("PartialObjectMetadata"):
        kind, api_version = "PartialObjectMetadata", "meta.k8s.io/v1"
    obj: Obj = {"kind": kind, "apiVersion": api_version, "metadata": meta}
    if query.as_kind == "Table":
        obj = table(resource, [], meta, query.include)
    return dumped({"type": "BOOKMARK", "object": obj}) + b"\n"
