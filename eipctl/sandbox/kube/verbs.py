"""Which verb is answered by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.sandbox.kube import statuses
from eipctl.sandbox.kube.deleting import Deleting
from eipctl.sandbox.kube.reading import Reading
from eipctl.sandbox.kube.replies import warning
from eipctl.sandbox.kube.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.http import Reply, Request
    from eipctl.sandbox.kube.objects import Objects
    from eipctl.sandbox.kube.query import Query
    from eipctl.sandbox.kube.target import Target

    Handler = Callable[[Target, Request, Query], Reply]


class Verbs:
    """Carries out requests on resources."""

    def __init__(self, objects: Objects) -> None:
        reading, writing, deleting = Reading(objects), Writing(objects), Deleting(objects)
        self._handlers: dict[str, Handler] = {
            "list": reading.listing,
            "watch": reading.watch,
            "get": reading.get,
            "create": writing.create,
            "update": writing.update,
            "patch": writing.patch,
            "delete": deleting.delete,
            "deletecollection": deleting.delete_collection,
        }
        self._created: dict[str, Handler] = {"eviction": deleting.evict}
        self.expire_tokens = reading.expire_tokens

    def answer(self, verb: str, target: Target, request: Request, query: Query) -> Reply:
        """One request whose caller may make it."""
        if target.subresource and target.subresource not in target.resource.subresources:
            raise statuses.no_such_path()
        handler = self._handlers.get(verb)
        if target.subresource in self._created:
            handler = self._created[target.subresource] if verb == "create" else None
        if handler is None or not _fits(verb, target):
            raise statuses.method_not_allowed()
        return warning(handler(target, request, query), query.warnings)


def _fits(verb: str, target: Target) -> bool:
    """Whether the verb is one of a collection, an object or a subresource, as the target is."""
    if target.subresource:
        return target.subresource == "eviction" or verb in ("get", "update", "patch")
    return bool(target.name) is (verb in ("get", "update", "patch", "delete"))
