"""What the server refuses: wrong names, and changes of what can't change."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube.statuses import invalid

if TYPE_CHECKING:
    from eipctl.sandbox.kube.resources import Resource

Obj = dict[str, Any]

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_KEY = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_ANNOTATIONS_LIMIT = 256 * 1024
_IMMUTABLE = "field is immutable"


def check(resource: Resource, obj: Obj, before: Obj | None = None) -> None:
    """422 for what validation refuses, in a new object or in a change of `before`."""
    _check_metadata(resource, obj["metadata"])
    spec = obj.get("spec") or {}
    if resource.key == "pods":
        _check_containers(resource, obj, spec, "spec")
        if before is not None:
            _check_pod_change(resource, obj, before)
    elif resource.group in ("apps", "batch") and "template" in spec:
        _check_template(resource, obj, spec)
        if before is not None:
            _check_workload_change(resource, obj, before.get("spec") or {})
    elif resource.key in ("configmaps", "secrets") and before is not None:
        _check_immutable(resource, obj, before)


def _check_metadata(resource: Resource, meta: Obj) -> None:
    name = meta.get("name") or ""
    if not name:
        raise _invalid(resource, meta, "metadata.name", "Required value: name or generateName is required")
    relaxed = resource.group == "rbac.authorization.k8s.io"
    if not relaxed and (len(name) > 253 or not _NAME.fullmatch(name)):
        raise _invalid(resource, meta, "metadata.name", f'Invalid value: "{name}": {_RULE}')
    for field in ("labels", "annotations"):
        for key in meta.get(field) or ():
            if not _KEY.fullmatch(key.lower() if field == "annotations" else key):
                why = f'Invalid value: "{key}": name part must consist of alphanumeric characters, "-", "_" or "."'
                raise _invalid(resource, meta, f"metadata.{field}", why)
    for value in (meta.get("labels") or {}).values():
        if not _VALUE.fullmatch(value or ""):
            why = (
                f'Invalid value: "{value}": a valid label must be an empty string or consist of alphanumeric characters'
            )
            raise _invalid(resource, meta, "metadata.labels", why)
    size = sum(len(key) + len(value or "") for key, value in (meta.get("annotations") or {}).items())
    if size > _ANNOTATIONS_LIMIT:
        raise _invalid(resource, meta, "metadata.annotations", "Too long: may not be more than 262144 bytes")


def _check_containers(resource: Resource, obj: Obj, pod_spec: Obj, path: str) -> None:
    containers = pod_spec.get("containers") or []
    if not containers:
        raise _invalid(resource, obj["metadata"], f"{path}.containers", "Required value")
    for at, container in enumerate(containers):
        for field in ("name", "image"):
            if not container.get(field):
                raise _invalid(resource, obj["metadata"], f"{path}.containers[{at}].{field}", "Required value")


def _check_template(resource: Resource, obj: Obj, spec: Obj) -> None:
    template = spec.get("template") or {}
    _check_containers(resource, obj, template.get("spec") or {}, "spec.template.spec")
    wanted = (spec.get("selector") or {}).get("matchLabels") or {}
    have = (template.get("metadata") or {}).get("labels") or {}
    if resource.group == "apps" and not (spec.get("selector") or {}):
        raise _invalid(resource, obj["metadata"], "spec.selector", "Required value")
    if not wanted.items() <= have.items():
        why = f"Invalid value: {_go_map(have)}: `selector` does not match template `labels`"
        raise _invalid(resource, obj["metadata"], "spec.template.metadata.labels", why)


def _go_map(pairs: Obj) -> str:
    return "{" + ",".join(f'"{key}":"{value}"' for key, value in pairs.items()) + "}"


def _check_workload_change(resource: Resource, obj: Obj, old: Obj) -> None:
    spec, meta = obj["spec"], obj["metadata"]
    if resource.key == "statefulsets":
        changed = {key for key in {*spec, *old} - _STATEFUL_CHANGES if spec.get(key) != old.get(key)}
        if changed:
            raise _invalid(
                resource, meta, "spec", f"Forbidden: updates to statefulset spec for fields other than {_SET}"
            )
    if spec.get("selector") != old.get("selector"):
        raise _invalid(resource, meta, "spec.selector", f"Invalid value: {spec.get('selector')}: {_IMMUTABLE}")
    if resource.key == "jobs" and _job_template(spec, old) != _job_template(old, old):
        raise _invalid(resource, meta, "spec.template", f"Invalid value: {spec['template']}: {_IMMUTABLE}")


_STATEFUL_CHANGES = {
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
}
_SET = (
    "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
    "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def _job_template(spec: Obj, old: Obj) -> Obj:
    """A Job's template without what may change while it is suspended."""
    template: Obj = copy.deepcopy(spec.get("template") or {})
    if old.get("suspend"):
        template.pop("metadata", None)
        for field in ("nodeSelector", "tolerations", "affinity", "schedulingGates"):
            template.get("spec", {}).pop(field, None)
    return template


def _check_pod_change(resource: Resource, obj: Obj, before: Obj) -> None:
    if _fixed(obj["spec"]) != _fixed(before["spec"]):
        why = (
            "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
            "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to "
            "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
            "previously negative)"
        )
        raise _invalid(resource, obj["metadata"], "spec", why)


def _fixed(spec: Obj) -> Obj:
    """What of a Pod can't be changed."""
    kept = {key: value for key, value in spec.items() if key not in ("activeDeadlineSeconds", "tolerations")}
    for key in ("containers", "initContainers"):
        if key in kept:
            kept[key] = [{**container, "image": ""} for container in kept[key]]
    return kept


def _check_immutable(resource: Resource, obj: Obj, before: Obj) -> None:
    if before.get("immutable") and any(obj.get(key) != before.get(key) for key in ("data", "binaryData", "immutable")):
        why = "Forbidden: field is immutable when `immutable` is set"
        raise _invalid(resource, obj["metadata"], "data", why)


def _invalid(resource: Resource, meta: Obj, field: str, why: str) -> Exception:
    return invalid(resource.kind, resource.group, meta.get("name") or "", field, why)
