"""Workloads: Pods, and every kind with a Pod template, built in or custom."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from eipctl.domain.codes import Code
from eipctl.domain.facts import Workload
from eipctl.errors import Failed, KubeError
from eipctl.kube import discovery, listing, wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.kube.client import KubeClient

_TEMPLATE = ("spec", "template")
_CRON_TEMPLATE = ("spec", "jobTemplate", "spec", "template")
_ONE_REPLICA = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"})
"""Kinds whose replicas are 1 where none are given."""


def one(client: KubeClient, kind_name: str, namespace: str, name: str) -> Workload:
    """A workload by any of kubectl's names for its kind; Failed if absent or without a Pod template."""
    kind = _namespaced(client, kind_name)
    try:
        raw = client.get(discovery.object_path(kind.api_version, kind.plural, namespace, name))
    except KubeError as error:
        if error.status == 404:
            raise _absent(client, kind, namespace, name) from None
        raise
    return _workload(kind, wire.decode(raw, dict[str, Any]))


def many(client: KubeClient, kind_name: str, namespace: str | None, label_selector: str) -> tuple[Workload, ...]:
    """All of a kind that match; `namespace` None is all namespaces."""
    kind = _namespaced(client, kind_name)
    query = {"labelSelector": label_selector} if label_selector else {}
    path = discovery.object_path(kind.api_version, kind.plural, namespace)
    return tuple(_workload(kind, item) for item in listing.whole(client, path, dict[str, Any], query))


def _namespaced(client: KubeClient, kind_name: str) -> discovery.Kind:
    kind = discovery.find(client, kind_name)
    if not kind.namespaced:
        raise _no_template(kind)
    return kind


def _workload(kind: discovery.Kind, item: Mapping[str, Any]) -> Workload:
    path = _template_path(kind, item)
    template = _at(item, *path)
    spec = _at(item, *path[:-1]) if path else {}
    meta = _at(item, "metadata")
    return Workload(
        api_version=kind.api_version,
        kind=kind.kind,
        plural=kind.plural,
        namespace=str(meta.get("namespace") or ""),
        name=str(meta.get("name") or ""),
        resource_version=str(meta.get("resourceVersion") or ""),
        annotations=wire.texts(_at(template, "metadata", "annotations")),
        own_annotations=wire.texts(_at(meta, "annotations")),
        template_path=path,
        replicas=_replicas(kind, spec),
        rolling_update=kind.kind == "Deployment" and _at(spec, "strategy").get("type", "RollingUpdate") != "Recreate",
        host_network=bool(_at(template, "spec").get("hostNetwork")),
        images=_images(_at(template, "spec").get("containers")),
    )


def _images(containers: Any) -> tuple[str, ...]:
    found = containers if isinstance(containers, list) else ()
    return tuple(str(item["image"]) for item in found if isinstance(item, dict) and item.get("image"))


def _template_path(kind: discovery.Kind, item: Mapping[str, Any]) -> tuple[str, ...]:
    if kind.kind == "Pod" and not kind.group:
        return ()
    for path in (_TEMPLATE, _CRON_TEMPLATE):
        if "containers" in _at(item, *path, "spec"):
            return path
    raise _no_template(kind)


def _replicas(kind: discovery.Kind, spec: Mapping[str, Any]) -> int | None:
    """How many Pods at a time: replicas, or the parallelism of a Job."""
    default = 1 if kind.kind in _ONE_REPLICA else None
    value = spec.get("parallelism" if kind.group == "batch" else "replicas", default)
    return value if isinstance(value, int) else default


def _at(item: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """The mapping at `path`; empty where there is none."""
    value: Any = dict(item)
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _absent(client: KubeClient, kind: discovery.Kind, namespace: str, name: str) -> Failed:
    path = discovery.object_path(kind.api_version, kind.plural, namespace)
    near = difflib.get_close_matches(name, _names(client, path), n=3)
    return Failed(
        Code.WORKLOAD_NOT_FOUND,
        f"there is no {kind.kind} {name!r} in namespace {namespace}",
        hint=f"did you mean {', '.join(near)}?" if near else f"see: {client.kubectl} get {kind.plural} -A",
        obj=f"{kind.kind.lower()}/{namespace}/{name}",
    )


def _names(client: KubeClient, path: str) -> list[str]:
    """The names of a collection, for a hint; none if it can't be read."""
    try:
        return sorted(item.metadata.name for item in listing.read(client, path, wire.Object).items)
    except KubeError:
        return []


def _no_template(kind: discovery.Kind) -> Failed:
    return Failed(
        Code.WORKLOAD_KIND,
        f"a {kind.kind} has no Pod template",
        hint="name a Deployment, StatefulSet, DaemonSet, Job, CronJob, ReplicaSet, Pod or a custom kind with one",
    )
