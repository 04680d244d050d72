"""What the server refuses: tables of what each field must be, and the few rules that look at several fields."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube import rules
from eipctl.sandbox.kube.paths import at, places, values
from eipctl.sandbox.kube.rules import IMMUTABLE, at_least, one_of, wrong
from eipctl.sandbox.kube.statuses import invalid

if TYPE_CHECKING:
    from eipctl.sandbox.kube.resources import Resource
    from eipctl.sandbox.kube.rules import Test

Obj = dict[str, Any]
Causes = Iterator[tuple[str, str]]
_ANNOTATIONS_LIMIT = 256 * 1024
_DATA_LIMIT = 1024 * 1024
_NAMES: dict[str, Test] = {
    "namespaces": rules.label,
    "services": rules.service_name,
    "cronjobs": rules.cron_job_name,
    **dict.fromkeys(("events", "roles", "rolebindings", "clusterroles", "clusterrolebindings"), rules.path_segment),
}
"""Any other name is a subdomain."""
_POD = (
    ("restartPolicy", one_of("Always", "OnFailure", "Never")),
    ("terminationGracePeriodSeconds", at_least(0)),
    ("readinessGates[].conditionType", rules.qualified),
    ("containers[].name", rules.label),
    ("initContainers[].name", rules.label),
)
_POD_REQUIRED = (
    "containers",
    "containers[].name",
    "containers[].image",
    "initContainers[].name",
    "initContainers[].image",
)
_TEMPLATES = {
    **dict.fromkeys(("deployments", "replicasets", "statefulsets", "daemonsets", "jobs"), "spec.template"),
    "cronjobs": "spec.jobTemplate.spec.template",
}
"""Kinds with a Pod template, and where they have it."""
_FIELDS: dict[str, tuple[tuple[str, Test], ...]] = {
    "pods": tuple((f"spec.{path}", test) for path, test in (*_POD, ("nodeName", rules.subdomain))),
    "pods/status": (("status.podIPs[].ip", rules.address),),
    "deployments": (
        ("spec.replicas", at_least(0)),
        ("spec.minReadySeconds", at_least(0)),
        ("spec.revisionHistoryLimit", at_least(0)),
        ("spec.strategy.type", one_of("Recreate", "RollingUpdate")),
        ("spec.strategy.rollingUpdate.maxSurge", rules.share),
        ("spec.strategy.rollingUpdate.maxUnavailable", rules.share),
        ("spec.template.spec.restartPolicy", one_of("Always")),
    ),
    "replicasets": (("spec.replicas", at_least(0)), ("spec.template.spec.restartPolicy", one_of("Always"))),
    "statefulsets": (
        ("spec.replicas", at_least(0)),
        ("spec.podManagementPolicy", one_of("OrderedReady", "Parallel")),
        ("spec.updateStrategy.type", one_of("RollingUpdate", "OnDelete")),
        ("spec.updateStrategy.rollingUpdate.partition", at_least(0)),
        ("spec.template.spec.restartPolicy", one_of("Always")),
    ),
    "daemonsets": (
        ("spec.updateStrategy.type", one_of("RollingUpdate", "OnDelete")),
        ("spec.updateStrategy.rollingUpdate.maxUnavailable", rules.share),
        ("spec.updateStrategy.rollingUpdate.maxSurge", rules.share),
        ("spec.template.spec.restartPolicy", one_of("Always")),
    ),
    "jobs": (
        ("spec.parallelism", at_least(0)),
        ("spec.completions", at_least(0)),
        ("spec.backoffLimit", at_least(0)),
    ),
    "cronjobs": (
        ("spec.schedule", rules.schedule),
        ("spec.timeZone", rules.time_zone),
        ("spec.concurrencyPolicy", one_of("Allow", "Forbid", "Replace")),
    ),
    "leases": (
        ("spec.leaseDurationSeconds", at_least(1)),
        ("spec.leaseTransitions", at_least(0)),
    ),
    "horizontalpodautoscalers": (("spec.minReplicas", at_least(1)), ("spec.maxReplicas", at_least(1))),
}
_REQUIRED = {
    "pods": tuple(f"spec.{path}" for path in _POD_REQUIRED),
    "cronjobs": ("spec.schedule",),
    "horizontalpodautoscalers": ("spec.maxReplicas", "spec.scaleTargetRef.kind", "spec.scaleTargetRef.name"),
}
_FIXED = ("uid", "deletionTimestamp")
_OWNER = ("apiVersion", "kind", "name", "uid")


def check(resource: Resource, obj: Obj, before: Obj | None = None, subresource: str = "") -> None:
    """422 for what validation refuses, in a new object or in a change of `before`."""
    found = list(dict.fromkeys(_causes(resource, obj, before, subresource)))
    if found:
        raise invalid(resource.kind, resource.group, obj["metadata"].get("name") or "", *found)


def _causes(resource: Resource, obj: Obj, before: Obj | None, subresource: str) -> Causes:
    yield from _metadata(resource, obj["metadata"], before)
    for path, test in _FIELDS.get(f"{resource.key}/{subresource}" if subresource else resource.key, ()):
        yield from _tested(obj, path, test)
    for path in _REQUIRED.get(resource.key, ()):
        for where, holder, key in places(obj, path):
            if why := rules.required(holder.get(key)):
                yield where, why
    for rule in _RULES.get(resource.key, ()):
        yield from rule(obj)
    if resource.key in _TEMPLATES:
        yield from _template(obj, _TEMPLATES[resource.key])
    if before is not None:
        for change in _CHANGES.get(resource.key, ()):
            yield from change(obj, before)


def _tested(obj: Obj, path: str, test: Test) -> Causes:
    for where, value in values(obj, path):
        if why := test(value):
            yield where.removesuffix(".ip"), why


def _metadata(resource: Resource, meta: Obj, before: Obj | None) -> Causes:
    name = meta.get("name") or ""
    if not name:
        yield "metadata.name", "Required value: name or generateName is required"
    elif before is None and (why := _NAMES.get(resource.key, rules.subdomain)(name)):
        yield "metadata.name", why
    yield from _keys(meta, "metadata")
    for number, finalizer in enumerate(meta.get("finalizers") or ()):
        if why := rules.full_finalizer(finalizer):
            yield f"metadata.finalizers[{number}]", why
    for owner in meta.get("ownerReferences") or ():
        yield from (
            (f"metadata.ownerReferences.{key}", wrong("", "must not be empty")) for key in _OWNER if not owner.get(key)
        )
    for field in _FIXED if before is not None else ():
        old = (before or {})["metadata"].get(field)
        if meta.get(field, old) != old:
            yield f"metadata.{field}", wrong(meta[field], IMMUTABLE)


def _keys(meta: Obj, path: str) -> Causes:
    """Labels and annotations, of an object or of a Pod template."""
    for key in meta.get("annotations") or ():
        if why := rules.annotation_key(key):
            yield f"{path}.annotations", why
    for key, value in (meta.get("labels") or {}).items():
        for why in filter(None, (rules.qualified(key), rules.label_value(value or ""))):
            yield f"{path}.labels", why
    if sum(len(key) + len(value or "") for key, value in (meta.get("annotations") or {}).items()) > _ANNOTATIONS_LIMIT:
        yield f"{path}.annotations", f"Too long: may not be more than {_ANNOTATIONS_LIMIT} bytes"


def _template(obj: Obj, path: str) -> Causes:
    template = at(obj, path) or {}
    yield from _keys(template.get("metadata") or {}, path)
    for inner, test in _POD:
        yield from _tested(obj, f"{path}.spec.{inner}", test)
    for inner in _POD_REQUIRED:
        for where, holder, key in places(obj, f"{path}.spec.{inner}"):
            if why := rules.required(holder.get(key)):
                yield where, why
    yield from _twice(obj, f"{path}.spec")


def _twice(obj: Obj, path: str) -> Causes:
    seen = set()
    for which in ("initContainers", "containers"):
        for where, name in values(obj, f"{path}.{which}[].name"):
            if name in seen:
                yield where, f'Duplicate value: "{name}"'
            seen.add(name)


def _pod(obj: Obj) -> Causes:
    return _twice(obj, "spec")


def _selector(obj: Obj) -> Causes:
    spec = obj["spec"]
    have = at(obj, "spec.template.metadata.labels") or {}
    selector = spec.get("selector")
    wanted = (selector or {}).get("matchLabels") or {}
    if selector is None:
        yield "spec.selector", "Required value"
    elif not selector:
        yield "spec.selector", "Invalid value: {}: empty selector is invalid for deployment"
    if selector is None or not wanted.items() <= have.items():
        told = "{" + ",".join(f'"{key}":"{value}"' for key, value in have.items()) + "}"
        yield "spec.template.metadata.labels", f"Invalid value: {told}: `selector` does not match template `labels`"


def _strategy(obj: Obj) -> Causes:
    strategy = obj["spec"]["strategy"]
    rolling = strategy.get("rollingUpdate")
    if strategy["type"] == "Recreate" and rolling:
        yield "spec.strategy.rollingUpdate", "Forbidden: may not be specified when strategy `type` is 'Recreate'"
    elif rolling and all(rolling.get(key) in (0, "0%") for key in ("maxSurge", "maxUnavailable")):
        yield "spec.strategy.rollingUpdate.maxUnavailable", wrong(0, "may not be 0 when `maxSurge` is 0")


def _runs_once(path: str) -> Callable[[Obj], Causes]:
    def rule(obj: Obj) -> Causes:
        if at(obj, path) == "Always":
            yield path, 'Required value: valid values: "OnFailure", "Never"'

    return rule


def _data(obj: Obj) -> Causes:
    size = 0
    for part in ("data", "binaryData"):
        for key, value in (obj.get(part) or {}).items():
            size += len(key) + len(value)
            if why := rules.file_name(key):
                yield f"{part}[{key}]", why
    if size > _DATA_LIMIT:
        yield "", f"Too long: may not be more than {_DATA_LIMIT} bytes"


def _event(obj: Obj) -> Causes:
    involved, namespace = (obj.get("involvedObject") or {}).get("namespace", ""), obj["metadata"].get("namespace", "")
    if involved != namespace and (involved or namespace != "default"):
        yield "involvedObject.namespace", wrong(involved, "does not match event.namespace")


def _definition(obj: Obj) -> Causes:
    spec = obj["spec"]
    if obj["metadata"]["name"] != f"{spec['names']['plural']}.{spec['group']}":
        yield "metadata.name", wrong(obj["metadata"]["name"], "must be spec.names.plural+'.'+spec.group")
    for number, version in enumerate(spec["versions"]):
        if not (version.get("schema") or {}).get("openAPIV3Schema"):
            yield f"spec.versions[{number}].schema.openAPIV3Schema", "Required value: schemas are required"


_RULES: dict[str, tuple[Callable[[Obj], Causes], ...]] = {
    "pods": (_pod,),
    "deployments": (_selector, _strategy),
    **dict.fromkeys(("replicasets", "statefulsets", "daemonsets"), (_selector,)),
    "jobs": (_runs_once("spec.template.spec.restartPolicy"),),
    "cronjobs": (_runs_once("spec.jobTemplate.spec.template.spec.restartPolicy"),),
    "configmaps": (_data,),
    "secrets": (_data,),
    "events": (_event,),
    "customresourcedefinitions": (_definition,),
}


def _same_selector(obj: Obj, before: Obj) -> Causes:
    if obj["spec"].get("selector") != before["spec"].get("selector"):
        yield "spec.selector", wrong(obj["spec"].get("selector"), IMMUTABLE)


_STATEFUL_CHANGES = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
)  # fmt: skip


def _stateful_change(obj: Obj, before: Obj) -> Causes:
    spec, old = obj["spec"], before["spec"]
    if {key for key in {*spec, *old} - {*_STATEFUL_CHANGES} if spec.get(key) != old.get(key)}:
        names = [f"'{name}'" for name in _STATEFUL_CHANGES]
        allowed = f"{', '.join(names[:-1])} and {names[-1]} are forbidden"
        yield "spec", f"Forbidden: updates to statefulset spec for fields other than {allowed}"


def _job_change(obj: Obj, before: Obj) -> Causes:
    spec, old = obj["spec"], before["spec"]
    open_yet = old.get("suspend") and not (before.get("status") or {}).get("startTime")
    if _job_template(spec, free=open_yet) != _job_template(old, free=open_yet):
        yield "spec.template", wrong(spec["template"], IMMUTABLE)


def _job_template(spec: Obj, *, free: bool) -> Obj:
    """A Job's template without what may change while it is suspended."""
    template: Obj = copy.deepcopy(spec.get("template") or {})
    if free:
        template.pop("metadata", None)
        for field in ("nodeSelector", "tolerations", "affinity", "schedulingGates"):
            template.get("spec", {}).pop(field, None)
    return template


_POD_CHANGES = (
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to "
    "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def _pod_change(obj: Obj, before: Obj) -> Causes:
    if _fixed(obj["spec"]) != _fixed(before["spec"]):
        yield "spec", _POD_CHANGES


def _fixed(spec: Obj) -> Obj:
    """What of a Pod can't be changed."""
    kept = {key: value for key, value in spec.items() if key not in ("activeDeadlineSeconds", "tolerations")}
    for key in ("containers", "initContainers"):
        if key in kept:
            kept[key] = [{**container, "image": ""} for container in kept[key]]
    return kept


def _immutable(obj: Obj, before: Obj) -> Causes:
    if before.get("immutable") and any(obj.get(key) != before.get(key) for key in ("data", "binaryData", "immutable")):
        yield "data", "Forbidden: field is immutable when `immutable` is set"


_CHANGES: dict[str, tuple[Callable[[Obj, Obj], Causes], ...]] = {
    "pods": (_pod_change,),
    "deployments": (_same_selector,),
    "replicasets": (_same_selector,),
    "daemonsets": (_same_selector,),
    "statefulsets": (_stateful_change,),
    "jobs": (_same_selector, _job_change),
    "configmaps": (_immutable,),
    "secrets": (_immutable,),
}
