"""Reads the cluster: the engine's KubeReader."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote

from eipctl.base.codes import Code
from eipctl.base.errors import KubeError, UsageError
from eipctl.domain.binders import LastRun
from eipctl.domain.facts import ConfigMap, Node, Pod, PodEvent, PodListing, Scaler, Workload
from eipctl.kube import discovery, events, failures, listing, objects, pod_eips, terway_objects, wire, workloads
from eipctl.kube.config_maps import ConfigMapObject
from eipctl.kube.discovery import object_path
from eipctl.kube.lease import Leases

if TYPE_CHECKING:
    from datetime import datetime

    from eipctl.domain.pod_eips import PodEip
    from eipctl.domain.rights import Right
    from eipctl.domain.terway.eni_records import TerwayRecords
    from eipctl.kube.client import KubeClient

T = TypeVar("T")


class KubeReader:
    """What the API server says now; nothing is cached."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client

    def context(self) -> str:
        """The kubeconfig context in use; "in-cluster" inside a Pod."""
        return self._client.context

    def now(self) -> datetime:
        """The API server's clock, by its last answer; this host's before the first."""
        return self._client.now()

    def pods(self, namespace: str | None, *, label_selector: str = "", field_selector: str = "") -> PodListing:
        """One list, 500 a page; None is all namespaces."""
        selectors = {"labelSelector": label_selector, "fieldSelector": field_selector}
        query = {name: selector for name, selector in selectors.items() if selector}
        try:
            path = object_path("v1", "pods", namespace)
            pages = listing.made(self._client, path, wire.PodObject, wire.PodObject.fact, query)
        except KubeError as error:
            if error.status == 400 and query:
                raise UsageError(
                    Code.SELECTOR,
                    f"the selector can't be used: {error.message}",
                    hint="kubectl accepts the same selectors",
                ) from error
            raise
        return PodListing(pages.items, pages.complete, pages.why)

    def pod(self, namespace: str, name: str) -> Pod | None:
        """GET; None when the API server's own Status says that there is no Pod of that name."""
        found = self._get(object_path("v1", "pods", namespace, name), wire.PodObject)
        return found.fact() if found else None

    def pod_events(self, namespace: str | None, reason: str) -> tuple[PodEvent, ...]:
        """Those of Pods with this reason, the last one last; `namespace` None is all."""
        return self._pod_events(namespace, f"reason={reason}")

    def events_of_pod(self, namespace: str, name: str) -> tuple[PodEvent, ...]:
        """Those of the Pods with this name, the last one last."""
        return self._pod_events(namespace, f"involvedObject.name={name}")

    def _pod_events(self, namespace: str | None, selector: str) -> tuple[PodEvent, ...]:
        query = {"fieldSelector": f"involvedObject.kind=Pod,{selector}"}
        pages = listing.made(
            self._client, object_path("v1", "events", namespace), events.EventObject, events.EventObject.fact, query
        )
        return tuple(sorted(pages.items, key=lambda event: event.last))

    def nodes(self) -> tuple[Node, ...]:
        """All nodes."""
        items = listing.whole(self._client, object_path("v1", "nodes", None), wire.NodeObject)
        return tuple(node.fact() for node in items)

    def namespace_uid(self, name: str) -> str:
        """The UID of a namespace; "" when there is none."""
        found = self._get(object_path("v1", "namespaces", None, name), wire.Object)
        return found.metadata.uid or "" if found else ""

    def config_map(self, namespace: str, name: str) -> ConfigMap | None:
        """GET; None when there is none."""
        found = self._get(object_path("v1", "configmaps", namespace, name), ConfigMapObject)
        return found.fact() if found else None

    def deployment_exists(self, namespace: str, name: str) -> bool:
        """GET; False when there is none."""
        return self._get(object_path("apps/v1", "deployments", namespace, name), wire.Object) is not None

    def workload(self, kind: str, namespace: str, name: str, path: tuple[str | int, ...] = ()) -> Workload:
        """By any of kubectl's names for the kind; Failed if absent. `path`: of the annotations that are meant."""
        found = workloads.one(self._client, kind, namespace, name)
        return next((each for each in found if each.where == path), found[0])

    def pod_templates(self, kind: str, namespace: str, name: str) -> tuple[Workload, ...]:
        """The same, once for each Pod template."""
        return workloads.one(self._client, kind, namespace, name)

    def names(self, kind: str, namespace: str | None) -> tuple[str, ...]:
        """Of all objects of a kind; `namespace` None is all, or none for kinds that have none."""
        found = discovery.find(self._client, kind)
        path = object_path(found.api_version, found.plural, namespace if found.namespaced else None)
        return tuple(item.metadata.name for item in listing.whole(self._client, path, wire.Object))

    def workloads(self, kind: str, namespace: str | None, label_selector: str) -> tuple[Workload, ...]:
        """All of a kind that match."""
        return workloads.many(self._client, kind, namespace, label_selector)

    def scalers(self, namespace: str) -> tuple[Scaler, ...]:
        """HorizontalPodAutoscalers and KEDA's ScaledObjects; none where the kind is absent."""
        return workloads.scalers(self._client, namespace)

    def terway_records(self) -> TerwayRecords:
        """Where Pods' IPs are, by Terway's own objects; empty if they are absent or may not be read."""
        return terway_objects.terway_records(self._client)

    def pod_eips(self) -> tuple[PodEip, ...]:
        """Every PodEIP of ack-extend-network-controller; none when the kind is absent."""
        return pod_eips.pod_eips(self._client)

    def unread_pod_eips(self) -> str:
        """The version in which PodEIPs are served, if they are in none that is read here; else ""."""
        return pod_eips.unread_version(self._client)

    def pod_eip(self, namespace: str, name: str) -> PodEip | None:
        """GET; None when there is none."""
        found = self._get(pod_eips.path_of(namespace, name), pod_eips.PodEipObject)
        return found.fact() if found else None

    def last_run(self, namespace: str, name: str) -> LastRun | None:
        """What the Lease records; None if no run has ever taken it."""
        lease = Leases(self._client, namespace, name).read()
        return LastRun(lease.holder, lease.renewed, lease.seconds) if lease.renewed else None

    def can_i(self, right: Right) -> bool:
        """SelfSubjectAccessReview."""
        resource, _, subresource = right.resource.partition("/")
        asked = {
            "verb": right.verb,
            "group": right.group,
            "resource": resource,
            "subresource": subresource,
            "namespace": right.namespace,
            "name": right.name,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {key: value for key, value in asked.items() if value}},
        }
        raw = self._client.ask("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
        return wire.decode(raw, wire.Review).status.allowed

    def whoami(self) -> str:
        """SelfSubjectReview; "" on a server that has none (before 1.28)."""
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        try:
            raw = self._client.ask("/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
        except KubeError as error:
            if error.status == 404:
                return ""
            raise
        return wire.decode(raw, wire.Identity).status.user_info.username

    def _get(self, path: str, kind: type[T]) -> T | None:
        try:
            return objects.decode_object(self._client.get(path), kind, unquote(path.rpartition("/")[2]))
        except KubeError as error:
            if failures.says_absent(error, path):
                return None
            raise
