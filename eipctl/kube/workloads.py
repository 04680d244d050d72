"""Workloads: Pods, and every kind with a Pod template, built in or custom."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, KubeError
from eipctl.domain.workloads.decode import AUTOSCALER, SCALED_OBJECT, at, scaler, template_path, text, workload
from eipctl.kube import discovery, listing, objects, wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.facts import Scaler, Workload
    from eipctl.kube.client import KubeClient


def one(client: KubeClient, kind_name: str, namespace: str, name: str) -> Workload:
    """A workload by any of kubectl's names for its kind; Failed if absent or without a Pod template."""
    kind = _namespaced(client, kind_name)
    try:
        raw = client.get(discovery.object_path(kind.api_version, kind.plural, namespace, name))
    except KubeError as error:
        if error.status == 404:
            raise _absent(client, kind, namespace, name) from None
        raise
    return _workload(kind, objects.decode_object(raw, dict[str, Any], name))


def many(client: KubeClient, kind_name: str, namespace: str | None, label_selector: str) -> tuple[Workload, ...]:
    """All of a kind that match; `namespace` None is all namespaces."""
    kind = _namespaced(client, kind_name)
    query = {"labelSelector": label_selector} if label_selector else {}
    path = discovery.object_path(kind.api_version, kind.plural, namespace)
    return tuple(_workload(kind, item) for item in listing.whole(client, path, dict[str, Any], query))


def scalers(client: KubeClient, namespace: str) -> tuple[Scaler, ...]:
    """HorizontalPodAutoscalers, and ScaledObjects of KEDA where the cluster has them.

    The clusters of Terway's EIP years are older than autoscaling/v2; every one serves v1, which says enough.
    """
    found: list[Scaler] = []
    for api_version, kind in (("autoscaling/v1", AUTOSCALER), ("keda.sh/v1alpha1", SCALED_OBJECT)):
        path = discovery.object_path(api_version, f"{kind.lower()}s", namespace)
        try:
            found += [scaler(item, kind) for item in listing.whole(client, path, dict[str, Any], {})]
        except KubeError as error:
            if error.status != 404:
                raise
    return tuple(found)


def _namespaced(client: KubeClient, kind_name: str) -> discovery.Kind:
    kind = discovery.find(client, kind_name)
    if not kind.namespaced:
        raise _no_template(kind)
    return kind


def _workload(kind: discovery.Kind, item: Mapping[str, Any]) -> Workload:
    # The items of a list carry neither.
    whole = {**item, "apiVersion": kind.api_version, "kind": kind.kind}
    path = template_path(whole)
    if path is None:
        raise _borrowed(kind, item) if at(item, "spec", "workloadRef") else _no_template(kind)
    return workload(whole, kind.plural, path)


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


def _borrowed(kind: discovery.Kind, item: Mapping[str, Any]) -> Failed:
    """Argo's way to roll out what another object describes."""
    meta, source = at(item, "metadata"), at(item, "spec", "workloadRef")
    other = f"{text(source, 'kind').lower()}/{text(source, 'name')}"
    return Failed(
        Code.WORKLOAD_KIND,
        f"{kind.kind} {text(meta, 'name')!r} has no Pod template of its own: it takes that of {other}",
        hint=f"annotate {other} -n {text(meta, 'namespace')}; its Pods are replaced as the {kind.kind} rolls them out",
        obj=f"{kind.kind.lower()}/{text(meta, 'namespace')}/{text(meta, 'name')}",
    )


def _no_template(kind: discovery.Kind) -> Failed:
    return Failed(
        Code.WORKLOAD_KIND,
        f"a {kind.kind} has no Pod template",
        hint="name a Deployment, StatefulSet, DaemonSet, Job, CronJob, ReplicaSet, Pod or a kind with a spec.template",
    )
