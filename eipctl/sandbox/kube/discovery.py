"""What the server serves: API groups, resources and the version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube.resources import REVIEWS, Resource, groups

if TYPE_CHECKING:
    from collections.abc import Iterable

Obj = dict[str, Any]

VERSION = {
    "major": "1",
    "minor": "36",
    "gitVersion": "v1.36.2",
    "gitCommit": "0" * 40,
    "gitTreeState": "clean",
    "buildDate": "2026-06-10T00:00:00Z",
    "goVersion": "go1.26.0",
    "compiler": "gc",
    "platform": "linux/amd64",
}
_SCALE = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
_SUB_KINDS: dict[str, dict[str, str]] = {
    "eviction": {"group": "policy", "version": "v1", "kind": "Eviction"},
    "scale": _SCALE,
    "token": {"group": "authentication.k8s.io", "version": "v1", "kind": "TokenRequest"},
}
_CREATED = ("eviction", "token")


def served(resources: Iterable[Resource]) -> list[Resource]:
    """All kinds, the reviews included."""
    return [*resources, *REVIEWS]


def api_versions() -> Obj:
    """GET /api."""
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}


def group_list(resources: Iterable[Resource]) -> Obj:
    """GET /apis."""
    found = [_group(name, versions) for name, versions in groups(served(resources)).items()]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": found}


def group(resources: Iterable[Resource], name: str) -> Obj | None:
    """GET /apis/GROUP."""
    versions = groups(served(resources)).get(name)
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)} if versions else None


def _group(name: str, versions: list[str]) -> Obj:
    entries = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": entries, "preferredVersion": entries[0]}


def resource_list(resources: Iterable[Resource], name: str, version: str) -> Obj | None:
    """GET /api/v1 or /apis/GROUP/VERSION."""
    found = [item for item in served(resources) if (item.group, item.version) == (name, version)]
    if not found:
        return None
    entries = [entry for item in found for entry in _entries(item)]
    group_version = f"{name}/{version}" if name else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": entries}


def _entries(resource: Resource) -> list[Obj]:
    main: Obj = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": ["create"] if resource in REVIEWS else list(resource.verbs),
    }
    if resource.short:
        main["shortNames"] = list(resource.short)
    if resource.categories:
        main["categories"] = list(resource.categories)
    subs = [
        {
            "name": f"{resource.plural}/{name}",
            "singularName": "",
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            "verbs": ["create"] if name in _CREATED else ["get", "patch", "update"],
            **_SUB_KINDS.get(name, {}),
        }
        for name in resource.subresources
    ]
    return [main, *subs]
