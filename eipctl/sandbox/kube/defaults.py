"""What the server fills in, as far as kubectl and controllers look at it."""

from __future__ import annotations

import base64
import copy
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube.paths import mappings, places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eipctl.sandbox.kube.resources import Resource

Obj = dict[str, Any]
Defaults = tuple[tuple[str, Any], ...]

_CONTAINER: Defaults = (
    ("resources", {}),
    ("terminationMessagePath", "/dev/termination-log"),
    ("terminationMessagePolicy", "File"),
    ("ports[].protocol", "TCP"),
)
_POD_SPEC: Defaults = (
    ("restartPolicy", "Always"),
    ("terminationGracePeriodSeconds", 30),
    ("dnsPolicy", "ClusterFirst"),
    ("schedulerName", "default-scheduler"),
    ("securityContext", {}),
    *((f"{which}[].{path}", value) for which in ("initContainers", "containers") for path, value in _CONTAINER),
)
_NOT_READY = [
    {"key": f"node.kubernetes.io/{state}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    for state in ("not-ready", "unreachable")
]


def _inside(path: str, defaults: Defaults) -> Defaults:
    return tuple((f"{path}.{inner}", value) for inner, value in defaults)


_TEMPLATE = (("spec.template.metadata", {}), *_inside("spec.template.spec", _POD_SPEC))
_JOB_SPEC: Defaults = (
    ("completions", 1),
    ("parallelism", 1),
    ("backoffLimit", 6),
    ("suspend", False),
    ("completionMode", "NonIndexed"),
    ("podReplacementPolicy", "TerminatingOrFailed"),
    ("manualSelector", False),
)
_DEFAULTS: dict[str, Defaults] = {
    "pods": (
        *_inside("spec", _POD_SPEC),
        ("spec.serviceAccountName", "default"),
        ("spec.enableServiceLinks", True),
        ("spec.tolerations", _NOT_READY),
        ("spec.priority", 0),
        ("spec.preemptionPolicy", "PreemptLowerPriority"),
        ("status.phase", "Pending"),
        ("status.qosClass", "BestEffort"),
    ),
    "deployments": (
        *_TEMPLATE,
        ("spec.replicas", 1),
        ("spec.strategy.type", "RollingUpdate"),
        ("spec.revisionHistoryLimit", 10),
        ("spec.progressDeadlineSeconds", 600),
        ("status", {}),
    ),
    "replicasets": (*_TEMPLATE, ("spec.replicas", 1), ("status.replicas", 0)),
    "statefulsets": (
        *_TEMPLATE,
        ("spec.replicas", 1),
        ("spec.podManagementPolicy", "OrderedReady"),
        ("spec.revisionHistoryLimit", 10),
        ("spec.persistentVolumeClaimRetentionPolicy", {"whenDeleted": "Retain", "whenScaled": "Retain"}),
        ("spec.updateStrategy.type", "RollingUpdate"),
        ("status.replicas", 0),
        ("status.availableReplicas", 0),
    ),
    "daemonsets": (
        *_TEMPLATE,
        ("spec.updateStrategy.type", "RollingUpdate"),
        ("spec.revisionHistoryLimit", 10),
        ("metadata.annotations.deprecated~daemonset~template~generation", "1"),
        ("status.currentNumberScheduled", 0),
        ("status.numberMisscheduled", 0),
        ("status.desiredNumberScheduled", 0),
        ("status.numberReady", 0),
    ),
    "jobs": (*_inside("spec", _JOB_SPEC), *_TEMPLATE, ("status", {})),
    "cronjobs": (
        ("spec.concurrencyPolicy", "Allow"),
        ("spec.suspend", False),
        ("spec.successfulJobsHistoryLimit", 3),
        ("spec.failedJobsHistoryLimit", 1),
        *_inside("spec.jobTemplate.spec.template.spec", _POD_SPEC),
        ("status", {}),
    ),
    "horizontalpodautoscalers": (
        ("spec.minReplicas", 1),
        ("status.desiredReplicas", 0),
        ("status.currentMetrics", []),
    ),
    "namespaces": (("spec.finalizers", ["kubernetes"]), ("status.phase", "Active")),
    "services": (
        ("spec.type", "ClusterIP"),
        ("spec.sessionAffinity", "None"),
        ("spec.ports[].protocol", "TCP"),
        ("status.loadBalancer", {}),
    ),
    "secrets": (("type", "Opaque"),),
}
"""A ~ in a path stands for a dot in a name."""
_ROLLING: dict[str, tuple[str, Defaults]] = {
    "deployments": ("strategy", (("maxUnavailable", "25%"), ("maxSurge", "25%"))),
    "statefulsets": ("updateStrategy", (("partition", 0),)),
    "daemonsets": ("updateStrategy", (("maxUnavailable", 1), ("maxSurge", 0))),
}
"""Where a workload has its strategy, and what holds of a rolling update."""


def _grouped(defaults: Defaults) -> dict[str, list[tuple[str, Any]]]:
    """The mapping that holds a field to its fields and their defaults."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for path, value in defaults:
        holder, _, name = path.rpartition(".")
        found.setdefault(holder, []).append((name.replace("~", "."), value))
    return found


_GROUPED = {key: _grouped(defaults) for key, defaults in _DEFAULTS.items()}


def complete(resource: Resource, obj: Obj) -> None:
    """Fill in the defaults; `obj` is changed."""
    for holder, defaults in _GROUPED.get(resource.key, {}).items():
        _fill(obj, holder, defaults)
    _complete_strategy(resource, obj)
    fill = _FILLERS.get(resource.key)
    if fill is not None:
        fill(obj)
    for meta in (obj["metadata"], ((obj.get("spec") or {}).get("template") or {}).get("metadata")):
        _drop_empty(meta or {})


def _fill(obj: Obj, holder: str, defaults: Iterable[tuple[str, Any]]) -> None:
    for found in mappings(obj, holder):
        for name, value in defaults:
            if found.get(name) is None:
                found[name] = copy.copy(value)


def _drop_empty(meta: Obj) -> None:
    """Go writes no empty map or list here."""
    for name in ("labels", "annotations", "finalizers", "ownerReferences"):
        if not meta.get(name, True):
            del meta[name]


def _complete_strategy(resource: Resource, obj: Obj) -> None:
    where, defaults = _ROLLING.get(resource.key, ("", ()))
    if where and obj["spec"][where]["type"] == "RollingUpdate":
        _fill(obj, f"spec.{where}.rollingUpdate", defaults)


def _images(obj: Obj) -> None:
    """Whether to pull follows from the tag."""
    for path in ("spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec"):
        for which in ("initContainers", "containers"):
            for _, container, key in places(obj, f"{path}.{which}[].imagePullPolicy"):
                tag = str(container.get("image", "")).rpartition("/")[2].partition(":")[2]
                container.setdefault(key, "Always" if tag in ("", "latest") else "IfNotPresent")


def _job(obj: Obj) -> None:
    _images(obj)
    spec, uid = obj["spec"], obj["metadata"]["uid"]
    if "selector" not in spec:
        spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
        own = {"batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": obj["metadata"]["name"]}
        spec["template"].setdefault("metadata", {}).setdefault("labels", {}).update(own)


def _binding(obj: Obj) -> None:
    for subject in obj.get("subjects") or ():
        if subject.get("kind") in ("User", "Group"):
            subject.setdefault("apiGroup", "rbac.authorization.k8s.io")


def _namespace(obj: Obj) -> None:
    obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]


def _definition(obj: Obj) -> None:
    names = obj["spec"]["names"]
    names.setdefault("singular", names["kind"].lower())
    names.setdefault("listKind", names["kind"] + "List")
    accepted = {"type": "NamesAccepted", "status": "True", "reason": "NoConflicts", "message": "no conflicts found"}
    established = {"type": "Established", "status": "True", "reason": "InitialNamesAccepted", "message": "accepted"}
    stored = [version["name"] for version in obj["spec"]["versions"] if version.get("storage")]
    obj["status"] = {"conditions": [accepted, established], "acceptedNames": names, "storedVersions": stored}


def _service(obj: Obj) -> None:
    for port in obj["spec"].get("ports", ()):
        port.setdefault("targetPort", port.get("port"))


def _secret(obj: Obj) -> None:
    for key, value in (obj.pop("stringData", None) or {}).items():
        obj.setdefault("data", {})[key] = base64.b64encode(value.encode()).decode()


_FILLERS: dict[str, Callable[[Obj], None]] = {
    **dict.fromkeys(("pods", "deployments", "replicasets", "statefulsets", "daemonsets", "cronjobs"), _images),
    "jobs": _job,
    "rolebindings": _binding,
    "clusterrolebindings": _binding,
    "namespaces": _namespace,
    "customresourcedefinitions": _definition,
    "services": _service,
    "secrets": _secret,
}
"""What is not the same for all objects of a kind."""
