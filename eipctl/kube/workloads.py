"""Workloads: Pods, and every kind with a Pod template, built in or custom."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, KubeError
from eipctl.domain.workloads.decode import AUTOSCALER, SCALED_OBJECT, at, scaler, text, workload
from eipctl.domain.workloads.schema import keeps
from eipctl.domain.workloads.templates import path_text, templates
from eipctl.kube import discovery, listing, objects, wire
from eipctl.kube.binders import binder
from eipctl.kube.client import path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eipctl.domain.facts import Scaler, Workload
    from eipctl.domain.workloads.templates import Template
    from eipctl.kube.client import KubeClient

_BUILT_IN = frozenset({"", "apps", "batch", "extensions"})
_KEY = "k8s.aliyun.com/pod-with-eip"


def one(client: KubeClient, kind_name: str, namespace: str, name: str) -> tuple[Workload, ...]:
    """A workload by any of kubectl's names for its kind, once for each Pod template; Failed if absent or without."""
    kind = _namespaced(client, kind_name)
    try:
        raw = client.get(discovery.object_path(kind.api_version, kind.plural, namespace, name))
    except KubeError as error:
        if error.status == 404:
            raise _absent(client, kind, namespace, name) from None
        raise
    return tuple(_Schema(client, kind).workloads(objects.decode_object(raw, dict[str, Any], name)))


def many(client: KubeClient, kind_name: str, namespace: str | None, label_selector: str) -> tuple[Workload, ...]:
    """All of a kind that match; `namespace` None is all namespaces."""
    kind = _namespaced(client, kind_name)
    query = {"labelSelector": label_selector} if label_selector else {}
    where = discovery.object_path(kind.api_version, kind.plural, namespace)
    schema = _Schema(client, kind)
    return tuple(
        each for item in listing.whole(client, where, dict[str, Any], query) for each in schema.workloads(item)
    )


def scalers(client: KubeClient, namespace: str) -> tuple[Scaler, ...]:
    """HorizontalPodAutoscalers, and ScaledObjects of KEDA where the cluster has them.

    The clusters of Terway's EIP years are older than autoscaling/v2; every one serves v1, which says enough.
    """
    found: list[Scaler] = []
    for api_version, kind in (("autoscaling/v1", AUTOSCALER), ("keda.sh/v1alpha1", SCALED_OBJECT)):
        where = discovery.object_path(api_version, f"{kind.lower()}s", namespace)
        try:
            found += [scaler(item, kind) for item in listing.whole(client, where, dict[str, Any], {})]
        except KubeError as error:
            if error.status != 404:
                raise
    return tuple(found)


def _namespaced(client: KubeClient, kind_name: str) -> discovery.Kind:
    kind = discovery.find(client, kind_name)
    if not kind.namespaced:
        raise _no_template(kind)
    return kind


class _Schema:
    """A kind, with what its schema keeps; that is read once, and only of a custom kind."""

    def __init__(self, client: KubeClient, kind: discovery.Kind) -> None:
        self._client, self._kind = client, kind
        self._read: Mapping[str, Any] | None = None

    def workloads(self, item: Mapping[str, Any]) -> Iterator[Workload]:
        """One for each Pod template. Failed when there is none, or when annotations in none of them reach a Pod."""
        kind = self._kind
        # The items of a list carry neither.
        whole = {**item, "apiVersion": kind.api_version, "kind": kind.kind}
        found = templates(whole)
        if not found:
            raise _borrowed(kind, item) if at(item, "spec", "workloadRef") else _no_template(kind)
        closed = {each.path: self._closed(each) for each in found}
        if all(closed.values()):
            raise _closed(kind, item, found[0], closed[found[0].path])
        binds = binder(item, kind.api_version, kind.kind)
        made = (workload(whole, kind.plural, each) for each in found if not closed[each.path])
        yield from (replace(each, binder=binds) if binds else each for each in made)

    def _closed(self, template: Template) -> str:
        """Why annotations there never reach a Pod; "" if they do, or if that is unknown."""
        if template.closed or self._kind.group in _BUILT_IN:
            return template.closed
        if self._read is None:
            self._read = _schema(self._client, self._kind)
        kept = not self._read or keeps(self._read, (*template.meta, "annotations", _KEY))
        return "" if kept else "its CustomResourceDefinition does not declare the field, so the API server drops it"


def _schema(client: KubeClient, kind: discovery.Kind) -> Mapping[str, Any]:
    """The kind's own schema, as the API server publishes it to everybody (OpenAPI v3, Kubernetes 1.24); else {}."""
    group, _, version = kind.api_version.rpartition("/")
    try:
        raw = client.get(path("openapi", "v3", "apis", group, version), attempts=1)
    except KubeError:
        return {}
    schemas = at(wire.decode(raw, dict[str, Any]), "components", "schemas")
    own = {"group": group, "version": version, "kind": kind.kind}
    return next((each for each in schemas.values() if own in (each.get("x-kubernetes-group-version-kind") or ())), {})


def _closed(kind: discovery.Kind, item: Mapping[str, Any], template: Template, why: str) -> Failed:
    meta = at(item, "metadata")
    return Failed(
        Code.WORKLOAD_KIND,
        f"annotations at {path_text((*template.meta, 'annotations'))} of a {kind.kind} reach no Pod: {why}",
        hint=f"annotate its running Pods: eipctl annotate pod -l … -n {text(meta, 'namespace')}",
        obj=f"{kind.kind.lower()}/{text(meta, 'namespace')}/{text(meta, 'name')}",
    )


def _absent(client: KubeClient, kind: discovery.Kind, namespace: str, name: str) -> Failed:
    near = difflib.get_close_matches(name, _names(client, kind, namespace), n=3)
    return Failed(
        Code.WORKLOAD_NOT_FOUND,
        f"there is no {kind.kind} {name!r} in namespace {namespace}",
        hint=f"did you mean {', '.join(near)}?" if near else f"see: {client.kubectl} get {kind.plural} -A",
        obj=f"{kind.kind.lower()}/{namespace}/{name}",
    )


def _names(client: KubeClient, kind: discovery.Kind, namespace: str) -> list[str]:
    """The names of a collection, for a hint; none if it can't be read."""
    where = discovery.object_path(kind.api_version, kind.plural, namespace)
    try:
        return sorted(item.metadata.name for item in listing.read(client, where, wire.Object).items)
    except KubeError:
        return []


def _borrowed(kind: discovery.Kind, item: Mapping[str, Any]) -> Failed:
    """Argo's way to roll out what another object describes."""
    meta, source = at(item, "metadata"), at(item, "spec", "workloadRef")
    other = f"{text(source, 'kind').lower()}/{text(source, 'name')}"
    return Failed(
        Code.WORKLOAD_KIND,
        f"{kind.kind} {text(meta, 'name')!r} has no Pod template of its own: it uses that of {other}",
        hint=f"annotate {other} -n {text(meta, 'namespace')}; its Pods are replaced as the {kind.kind} rolls them out",
        obj=f"{kind.kind.lower()}/{text(meta, 'namespace')}/{text(meta, 'name')}",
    )


def _no_template(kind: discovery.Kind) -> Failed:
    return Failed(
        Code.WORKLOAD_KIND,
        f"a {kind.kind} has no Pod template",
        hint="name a Deployment, StatefulSet, DaemonSet, Job, CronJob, Pod, or a custom kind that has a Pod template",
    )
