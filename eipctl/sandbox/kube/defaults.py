"""What the server fills in and what it refuses in a new object."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube.statuses import bad_request, invalid

if TYPE_CHECKING:
    from eipctl.sandbox.kube.resources import Resource

Obj = dict[str, Any]

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character"
)


def complete(resource: Resource, obj: Obj) -> None:
    """Fill in the defaults that kubectl and controllers look at."""
    fill = _FILLERS.get(resource.key)
    if fill is not None:
        fill(obj)


def check(resource: Resource, obj: Obj, before: Obj | None = None) -> None:
    """400 for what Go could not decode, 422 for what validation refuses."""
    meta = obj.get("metadata")
    if not isinstance(meta, dict):
        raise bad_request("metadata is missing or not an object")
    for field in ("labels", "annotations"):
        _check_texts(resource, meta.get(field), field)
    name = meta.get("name") or ""
    if not name:
        raise invalid(
            resource.kind, resource.group, name, "metadata.name", "Required value: name or generateName is required"
        )
    relaxed = resource.group == "rbac.authorization.k8s.io"
    if not relaxed and (len(name) > 253 or not _NAME.fullmatch(name)):
        raise invalid(resource.kind, resource.group, name, "metadata.name", f'Invalid value: "{name}": {_RULE}')
    _check_workload(resource, obj, before)


def _check_texts(resource: Resource, pairs: Any, field: str) -> None:
    if pairs is None:
        return
    if not isinstance(pairs, dict):
        raise bad_request(f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}')
    for key, value in pairs.items():
        if not isinstance(value, str | type(None)):
            kind = {bool: "bool", int: "number", float: "number"}.get(type(value), "object")
            raise bad_request(
                f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
                f"json: cannot unmarshal {kind} into Go struct field ObjectMeta.metadata.{field} of type string"
                f" ({key})"
            )


def _check_workload(resource: Resource, obj: Obj, before: Obj | None) -> None:
    if resource.group != "apps" or resource.key == "controllerrevisions":
        if resource.key == "pods" and not obj.get("spec", {}).get("containers"):
            raise invalid("Pod", "", obj["metadata"]["name"], "spec.containers", "Required value")
        return
    name, spec = obj["metadata"]["name"], obj.get("spec") or {}
    template = spec.get("template") or {}
    _check_texts(resource, (template.get("metadata") or {}).get("annotations"), "annotations")
    if not (template.get("spec") or {}).get("containers"):
        raise invalid(resource.kind, "apps", name, "spec.template.spec.containers", "Required value")
    wanted = (spec.get("selector") or {}).get("matchLabels") or {}
    have = (template.get("metadata") or {}).get("labels") or {}
    if not wanted.items() <= have.items():
        why = f"Invalid value: {have}: `selector` does not match template `labels`"
        raise invalid(resource.kind, "apps", name, "spec.template.metadata.labels", why)
    if before is not None and (before.get("spec") or {}).get("selector") != spec.get("selector"):
        raise invalid(resource.kind, "apps", name, "spec.selector", "Invalid value: field is immutable")


def _pod_spec(spec: Obj, restart: str = "Always") -> None:
    spec.setdefault("restartPolicy", restart)
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("securityContext", {})
    for container in (*spec.get("initContainers", ()), *spec.get("containers", ())):
        container.setdefault("imagePullPolicy", "Always" if ":" not in container.get("image", "") else "IfNotPresent")
        container.setdefault("resources", {})
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("terminationMessagePolicy", "File")
        for port in container.get("ports", ()):
            port.setdefault("protocol", "TCP")


def _pod(obj: Obj) -> None:
    _pod_spec(obj.setdefault("spec", {}))
    obj["spec"].setdefault("serviceAccountName", "default")
    obj["spec"].setdefault("enableServiceLinks", True)
    status = obj.setdefault("status", {})
    status.setdefault("phase", "Pending")
    status.setdefault("qosClass", "BestEffort")


def _template(obj: Obj, restart: str = "Always") -> Obj:
    spec: Obj = obj.setdefault("spec", {})
    template = spec.setdefault("template", {})
    template.setdefault("metadata", {}).setdefault("creationTimestamp", None)
    _pod_spec(template.setdefault("spec", {}), restart)
    return spec


def _deployment(obj: Obj) -> None:
    spec = _template(obj)
    spec.setdefault("replicas", 1)
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    obj.setdefault("status", {})


def _replica_set(obj: Obj) -> None:
    _template(obj).setdefault("replicas", 1)
    obj.setdefault("status", {"replicas": 0})


def _stateful_set(obj: Obj) -> None:
    spec = _template(obj)
    spec.setdefault("replicas", 1)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    spec.setdefault("revisionHistoryLimit", 10)
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {"partition": 0})
    obj.setdefault("status", {"replicas": 0, "availableReplicas": 0})


def _daemon_set(obj: Obj) -> None:
    spec = _template(obj)
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {}).setdefault("maxUnavailable", 1)
        strategy["rollingUpdate"].setdefault("maxSurge", 0)
    spec.setdefault("revisionHistoryLimit", 10)
    numbers = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
    obj.setdefault("status", dict.fromkeys(numbers, 0))


def _job(obj: Obj) -> None:
    spec = _template(obj, "Never")
    for key, value in (("completions", 1), ("parallelism", 1), ("backoffLimit", 6), ("suspend", False)):
        spec.setdefault(key, value)
    uid = obj["metadata"]["uid"]
    if "selector" not in spec:
        spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
        own = {"batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": obj["metadata"]["name"]}
        spec["template"]["metadata"].setdefault("labels", {}).update(own)
    obj.setdefault("status", {})


def _namespace(obj: Obj) -> None:
    obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    obj.setdefault("status", {}).setdefault("phase", "Active")
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
    spec = obj.setdefault("spec", {})
    spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    for port in spec.get("ports", ()):
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))
    obj.setdefault("status", {"loadBalancer": {}})


def _secret(obj: Obj) -> None:
    import base64

    obj.setdefault("type", "Opaque")
    for key, value in (obj.pop("stringData", None) or {}).items():
        obj.setdefault("data", {})[key] = base64.b64encode(value.encode()).decode()


_FILLERS = {
    "pods": _pod,
    "deployments": _deployment,
    "replicasets": _replica_set,
    "statefulsets": _stateful_set,
    "daemonsets": _daemon_set,
    "jobs": _job,
    "namespaces": _namespace,
    "customresourcedefinitions": _definition,
    "services": _service,
    "secrets": _secret,
}
