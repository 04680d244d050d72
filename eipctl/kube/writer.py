"""Changes the cluster: the engine's KubeWriter. Each call says which object, by UID or resourceVersion, it means."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, KubeError, OutcomeUnknown
from eipctl.domain.facts import EIP_REFUSED
from eipctl.kube import failures, pod_eips, wire
from eipctl.kube.annotation_patch import JSON_PATCH, annotation_patch, annotation_steps
from eipctl.kube.discovery import object_path
from eipctl.kube.wire import FIELD_MANAGER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.actions.workloads import AnnotateWorkload
    from eipctl.domain.facts import ConfigMap, Pod
    from eipctl.domain.pod_eips import PodEip
    from eipctl.kube.client import KubeClient


NOTES_MANAGER = f"{FIELD_MANAGER}-notes"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
"""Merges a list of conditions by type."""


@dataclass(frozen=True, slots=True)
class EipCondition:
    """What is written into the readiness gate of a Pod."""

    bound: bool
    message: str

    def written(self, now: str) -> dict[str, str]:
        """As Kubernetes stores it; `now` as in RFC 3339."""
        return {
            "type": wire.EIP_CONDITION,
            "status": str(self.bound),
            "reason": "EIPBound" if self.bound else "EIPUnbound",
            "message": self.message,
            "lastTransitionTime": now,
        }


class KubeWriter:
    """One request per method, never repeated."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client

    def record_eip(
        self, namespace: str, name: str, uid: str, annotations: Mapping[str, str | None], condition: EipCondition | None
    ) -> None:
        """Set (or, with None, remove) annotations of this very Pod, and the condition on which its gate waits, at once.

        One PATCH of pods/status: an API server lets it change the metadata of a Pod too, so that no right to patch Pods
        themselves is needed. A same-named Pod of another UID answers 409, or 422 (Kubernetes 1.36).
        """
        patch: dict[str, Any] = {"metadata": {"uid": uid, "annotations": dict(annotations)}}
        if condition is not None:
            patch["status"] = {"conditions": [condition.written(self._now())]}
        path = object_path("v1", "pods", namespace, name) + "/status"
        self._client.write("PATCH", path, patch, patch=STRATEGIC_PATCH)

    def event(
        self, namespace: str, name: str, uid: str, reason: str, message: str, *, warning: bool, once: bool = False
    ) -> None:
        """Write an Event about this Pod; one that is there already is counted once more, or left alone if `once`."""
        digest = hashlib.sha256(f"{uid}|{reason}|{message}".encode()).hexdigest()[:16]
        own_name, now = f"{name}.{digest}", self._now()
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": own_name, "namespace": namespace},
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": name, "uid": uid},
            "reason": reason,
            "message": message,
            "type": "Warning" if warning else "Normal",
            "source": {"component": FIELD_MANAGER},
            "reportingComponent": FIELD_MANAGER,
            "reportingInstance": "",
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        try:
            self._client.write("POST", object_path("v1", "events", namespace), event)
        except KubeError as error:
            if error.status != 409:
                raise
            if once:
                return
            path = object_path("v1", "events", namespace, own_name)
            known = wire.decode(self._client.get(path), dict[str, Any])
            self._client.write("PATCH", path, {"count": int(known.get("count") or 1) + 1, "lastTimestamp": now})

    def refusal(self, pod: Pod, reason: str) -> None:
        """Write once on this very Pod that it can't be given what it asks for."""
        self.event(pod.namespace, pod.name, pod.uid, EIP_REFUSED, reason, warning=True, once=True)

    def annotate_workload(self, action: AnnotateWorkload) -> None:
        """Set and remove annotations of the template, unless the object has changed since it was read (409)."""
        path = object_path(action.api_version, action.plural, action.namespace, action.name)
        if any(isinstance(key, int) for key in action.annotations_path):
            raw = wire.decode(self._client.get(path), dict[str, Any])
            self._client.write("PATCH", path, annotation_steps(action, raw), patch=JSON_PATCH)
        else:
            self._client.write("PATCH", path, annotation_patch(action))

    def replace_config_key(self, before: ConfigMap, key: str, value: str, annotations: Mapping[str, str | None]) -> str:
        """Replace one data key and some annotations, unless it has changed since (409); the new resourceVersion.

        Annotations alone are written under another name: metadata.managedFields go on telling when the key was.
        """
        metadata = {"resourceVersion": before.resource_version, "annotations": dict(annotations)}
        path = object_path("v1", "configmaps", before.namespace, before.name)
        manager = FIELD_MANAGER if before.data.get(key) != value else NOTES_MANAGER
        raw = self._client.write("PATCH", path, {"metadata": metadata, "data": {key: value}}, manager=manager)
        try:
            return wire.decode(raw, wire.Object).metadata.resource_version or ""
        except Failed as error:
            raise OutcomeUnknown(error.message, api="PATCH", code=Code.KUBE_UNREACHABLE, hint=error.hint) from error

    def delete_pod(self, namespace: str, name: str, uid: str) -> None:
        """Delete this very Pod; done when there is none, 409 when another one has the name."""
        self._delete(object_path("v1", "pods", namespace, name), {"uid": uid})

    def _delete(self, path: str, preconditions: Mapping[str, str]) -> None:
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": dict(preconditions)}
        try:
            self._client.write("DELETE", path, options)
        except KubeError as error:
            if not failures.says_absent(error, path):
                raise

    def drop_finalizer(self, pod_eip: PodEip, finalizer: str) -> None:
        """Take one finalizer off this very PodEIP, unless it has changed since it was read (409)."""
        kept = [name for name in pod_eip.finalizers if name != finalizer]
        metadata = {"uid": pod_eip.uid, "resourceVersion": pod_eip.resource_version, "finalizers": kept or None}
        self._client.write("PATCH", pod_eips.path_of(pod_eip.namespace, pod_eip.name), {"metadata": metadata})

    def delete_pod_eip(self, pod_eip: PodEip) -> None:
        """Delete this very PodEIP as it was read; done when there is none."""
        self._delete(
            pod_eips.path_of(pod_eip.namespace, pod_eip.name),
            {"uid": pod_eip.uid, "resourceVersion": pod_eip.resource_version},
        )

    def _now(self) -> str:
        """By the API server's clock."""
        return self._client.now().strftime("%Y-%m-%dT%H:%M:%SZ")
