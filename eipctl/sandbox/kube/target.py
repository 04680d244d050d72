"""Which object or collection a path names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from eipctl.sandbox.kube.resources import REVIEWS, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

_REVIEWS = {(item.group, item.version, item.plural): item for item in REVIEWS}


@dataclass(frozen=True, slots=True)
class Target:
    """A resource path; `name` "" is the collection, `namespace` None is all namespaces (or none)."""

    resource: Resource
    namespace: str | None
    name: str
    subresource: str
    known: bool = True
    """Whether the kind is served; rights are asked for before that is told."""

    @property
    def where(self) -> str:
        """The namespace as a key: "" for a cluster-scoped object."""
        return self.namespace or "" if self.resource.namespaced else ""


def parse(path: str, resources: Mapping[tuple[str, str, str], Resource]) -> Target | None:
    """The target of a path; None when it is not a resource's."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if len(parts) >= 3 and parts[0] == "api":
        group, version, rest = "", parts[1], parts[2:]
    elif len(parts) >= 4 and parts[0] == "apis":
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = None
    if rest[0] == "namespaces" and len(rest) > 2 and (rest[2] not in ("status", "finalize") or len(rest) > 3):
        namespace, rest = rest[1], rest[2:]
    key = (group, version, rest[0])
    resource = resources.get(key) or _REVIEWS.get(key)
    if len(rest) > 3:
        return None
    named = resource or Resource(group, version, rest[0], "")
    name, subresource = (*rest[1:], "", "")[:2]
    return Target(named, namespace, name, subresource, known=resource is not None)


def verb(method: str, target: Target, *, watch: bool) -> str:
    """The API verb, as RBAC and the call log name it."""
    if method in ("GET", "HEAD"):
        if watch and not target.name:
            return "watch"
        return "get" if target.name else "list"
    if method == "DELETE":
        return "delete" if target.name else "deletecollection"
    return {"POST": "create", "PUT": "update", "PATCH": "patch"}.get(method, method.lower())
