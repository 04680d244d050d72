"""A Workload from its decoded object, whether the API server or a manifest shows it."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from eipctl.base.text import from_json
from eipctl.domain.containers import Container
from eipctl.domain.facts import OwnerRef, Scaler, Workload
from eipctl.domain.workloads.templates import Item, Path, Template, get, templates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AUTOSCALER, SCALED_OBJECT = "HorizontalPodAutoscaler", "ScaledObject"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
CLIENT_SIDE = "kubectl-client-side-apply"
_ONE_REPLICA = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Job", "CronJob"})
"""Kinds whose replicas are 1 where none are given."""


def workloads(item: Item, plural: str) -> tuple[Workload, ...]:
    """One for each Pod template of an object that is open to annotations."""
    return tuple(workload(item, plural, each) for each in templates(item) if not each.closed)


def workload(item: Item, plural: str, template: Template) -> Workload:
    """The facts of an object as one Pod template has them; what is missing or of a wrong type reads as empty."""
    pod_spec, pod_meta = at(item, *template.pod_spec), at(item, *template.meta)
    meta, api_version, kind = at(item, "metadata"), text(item, "apiVersion"), text(item, "kind")
    replicas = _replicas(item, template.path)
    return Workload(
        api_version=api_version,
        kind=kind,
        plural=plural,
        namespace=text(meta, "namespace"),
        name=text(meta, "name"),
        resource_version=text(meta, "resourceVersion"),
        annotations=_texts(at(pod_meta, "annotations")),
        own_annotations=_texts(at(meta, "annotations")),
        template_path=template.path,
        annotations_path=() if template.meta == (*template.path, "metadata") else (*template.meta, "annotations"),
        uid=text(meta, "uid"),
        owner=_owner(meta),
        own_labels=_texts(at(meta, "labels")),
        selector=_selector(at(item, "spec", "selector")),
        managers=_managers(meta, (*template.meta, "annotations")),
        declared=_texts(_last_applied(meta, (*template.meta, "annotations"))),
        own_managers=_managers(meta, ("metadata", "annotations")),
        own_declared=_texts(_last_applied(meta, ("metadata", "annotations"))),
        strategy_managers=_strategy_managers(meta),
        writers=tuple(dict.fromkeys(text(entry, "manager") for entry in _items(meta, "managedFields"))),
        replicas=replicas,
        strategy=_strategy(kind, at(item, "spec")),
        surge=_surge(at(item, "spec")),
        partition=_partition(at(item, "spec", "updateStrategy"), replicas),
        paused=_paused(at(item, "spec")),
        suspended=at(item, "spec").get("suspend") is True,
        started=bool(at(item, "status").get("startTime")),
        stuck=_stuck(item),
        terminating=bool(meta.get("deletionTimestamp")),
        host_network=bool(pod_spec.get("hostNetwork")),
        pod_labels=_texts(at(pod_meta, "labels")),
        node_selector=_node_labels(pod_spec),
        tolerations=tuple(text(each, "key") for each in _items(pod_spec, "tolerations")),
        node=text(pod_spec, "nodeName"),
        ports=tuple(_ports(pod_spec)),
        containers=tuple(_container(found) for found in _items(pod_spec, "containers")),
    )


def _container(item: Mapping[str, Any]) -> Container:
    lines = (item.get(key) for key in ("command", "args"))
    words = (str(word) for line in lines if isinstance(line, list) for word in line)
    env = ((text(each, "name"), text(each, "value")) for each in _items(item, "env"))
    return Container(text(item, "name"), text(item, "image"), tuple(words), tuple(env))


def scaler(item: Mapping[str, Any], kind: str) -> Scaler:
    """The facts of a HorizontalPodAutoscaler, or of a ScaledObject of KEDA."""
    spec, meta = at(item, "spec"), at(item, "metadata")
    target = at(spec, "scaleTargetRef")
    return Scaler(
        kind=kind,
        namespace=text(meta, "namespace"),
        name=text(meta, "name"),
        target_kind=text(target, "kind") or "Deployment",
        target=text(target, "name"),
        most=_number(spec.get("maxReplicas" if kind == AUTOSCALER else "maxReplicaCount")),
    )


def at(item: Mapping[str, Any], *path: str | int) -> dict[str, Any]:
    """The mapping at `path`; empty where there is none."""
    value = get(item, path)
    return dict(value) if isinstance(value, dict) else {}


def text(item: Mapping[str, Any], key: str) -> str:
    """The value as text; "" where there is none."""
    value = item.get(key)
    return "" if value is None else str(value)


def _texts(found: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): "" if value is None else str(value) for key, value in found.items()}


def _items(item: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    found = item.get(key)
    return (each for each in found if isinstance(each, dict)) if isinstance(found, list) else iter(())


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _owner(meta: Mapping[str, Any]) -> OwnerRef | None:
    owners = (owner for owner in _items(meta, "ownerReferences") if owner.get("controller"))
    return next((OwnerRef(text(owner, "kind"), text(owner, "name"), text(owner, "uid")) for owner in owners), None)


def _replicas(item: Item, path: Path) -> int | None:
    """How many Pods at a time a template makes: the replicas nearest to it, times the parallelism of a Job."""
    if text(item, "kind") == "LeaderWorkerSet":
        return _group_members(at(item, "spec"), path)
    parents = [at(item, *path[:end]) for end in range(len(path) - 1, 0, -1)]
    counts = (_number(parent.get("replicas")) for parent in parents)
    count = next((found for found in counts if found is not None), None)
    if count is None:
        count = 1 if text(item, "kind") in _ONE_REPLICA else None
    parallel = _number(parents[0].get("parallelism")) if parents else None
    return count if parallel is None else (1 if count is None else count) * parallel


def _group_members(spec: Mapping[str, Any], path: Path) -> int:
    """Of a LeaderWorkerSet: its replicas are groups of `size` Pods, one of them the leader."""
    groups, group = _number(spec.get("replicas")), at(spec, "leaderWorkerTemplate")
    groups, size = 1 if groups is None else groups, _number(group.get("size")) or 1
    if path[-1] == "leaderTemplate":
        return groups
    return groups * (size - 1 if "leaderTemplate" in group else size)


def _surge(spec: Mapping[str, Any]) -> int | str | None:
    """maxSurge of a Deployment, of a DaemonSet, of an Argo Rollout's canary, or of a CloneSet."""
    places = (("strategy", "rollingUpdate"), ("strategy", "canary"), ("updateStrategy", "rollingUpdate"))
    found = [at(spec, *place).get("maxSurge") for place in (*places, ("updateStrategy",))]
    return next((each for each in found if isinstance(each, int | str)), None)


def _stuck(item: Mapping[str, Any]) -> str:
    """Of Deployments and Argo Rollouts, if it is about the template as it is now; Argo's generation is a text."""
    status = at(item, "status")
    if str(status.get("observedGeneration")) != str(at(item, "metadata").get("generation")):
        return ""
    given_up = (each for each in _items(status, "conditions") if text(each, "reason") == "ProgressDeadlineExceeded")
    return next((text(each, "message") or text(each, "reason") for each in given_up), "")


def _partition(strategy: Mapping[str, Any], replicas: int | None) -> int:
    """Of a StatefulSet; OpenKruise has it elsewhere, and as a share as well (rounded up)."""
    value = at(strategy, "rollingUpdate").get("partition", strategy.get("partition"))
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}%", value):
        return math.ceil((replicas or 0) * int(value[:-1]) / 100)
    return _number(value) or 0


def _paused(spec: Mapping[str, Any]) -> bool:
    """Of a Deployment or a Rollout; OpenKruise's CloneSets, and its StatefulSets and DaemonSets, have it deeper."""
    places = (spec, at(spec, "updateStrategy"), at(spec, "updateStrategy", "rollingUpdate"))
    return any(place.get("paused") is True for place in places)


def _strategy(kind: str, spec: Mapping[str, Any]) -> str:
    """As the object spells it, with the defaults of the built-in kinds."""
    if kind == "Rollout" and isinstance(spec.get("strategy"), dict):
        return "BlueGreen" if "blueGreen" in spec["strategy"] else "Canary"
    key = "strategy" if kind == "Deployment" else "updateStrategy"
    default = "RollingUpdate" if kind in ("Deployment", "StatefulSet", "DaemonSet") else ""
    found = text(at(spec, key), "type") or default
    return (found == "RollingUpdate" and _in_place(at(spec, key, "rollingUpdate"))) or found


def _in_place(rolling: Mapping[str, Any]) -> str:
    """How OpenKruise's StatefulSets and DaemonSets say that they change Pods without a restart; "" if not."""
    policies = (text(rolling, key) for key in ("podUpdatePolicy", "rollingUpdateType"))
    return next((policy for policy in policies if policy.startswith("InPlace")), "")


def _selector(found: Mapping[str, Any]) -> str:
    equal = [f"{key}={value}" for key, value in _texts(at(found, "matchLabels")).items()]
    return ",".join([*equal, *filter(None, map(_requirement, _items(found, "matchExpressions")))])


def _requirement(expression: Mapping[str, Any]) -> str:
    key, operator, values = text(expression, "key"), text(expression, "operator"), expression.get("values")
    among = f"({','.join(map(str, values))})" if isinstance(values, list) else "()"
    forms = {"In": f"{key} in {among}", "NotIn": f"{key} notin {among}", "Exists": key, "DoesNotExist": f"!{key}"}
    return forms.get(operator, "")


def _node_labels(pod_spec: Mapping[str, Any]) -> dict[str, str]:
    """What every node that may take the Pod has; of alternatives, what all of them ask for."""
    required = at(pod_spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = [set(_one_value(term)) for term in _items(required, "nodeSelectorTerms")]
    return {**dict(set.intersection(*terms) if terms else ()), **_texts(at(pod_spec, "nodeSelector"))}


def _one_value(term: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for expression in _items(term, "matchExpressions"):
        values = expression.get("values")
        if expression.get("operator") == "In" and isinstance(values, list) and len(values) == 1:
            yield text(expression, "key"), str(values[0])


def _ports(pod_spec: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for container in _items(pod_spec, "containers"):
        for port in _items(container, "ports"):
            yield text(port, "name"), _number(port.get("containerPort")) or 0


def _managers(meta: Mapping[str, Any], path: Path) -> dict[str, tuple[str, ...]]:
    """By key of the mapping at `path`, the managers that apply it, by server-side apply or by kubectl's own."""
    found: dict[str, list[str]] = {}
    for entry in _items(meta, "managedFields"):
        if entry.get("operation") == "Apply":
            fields = at(entry, "fieldsV1", *(f"f:{part}" for part in path))
            for key in fields:
                found.setdefault(key.removeprefix("f:"), []).append(text(entry, "manager"))
    for key in _last_applied(meta, path):
        found.setdefault(key, []).append(CLIENT_SIDE)
    return {key: tuple(names) for key, names in found.items()}


def _strategy_managers(meta: Mapping[str, Any]) -> tuple[str, ...]:
    """Who declares its type, or what no other type may have beside it."""
    found = _managers(meta, ("spec", "strategy"))
    return tuple(dict.fromkeys((*found.get("type", ()), *found.get("rollingUpdate", ()))))


def _last_applied(meta: Mapping[str, Any], path: Path) -> dict[str, Any]:
    try:
        applied = from_json(text(at(meta, "annotations"), LAST_APPLIED) or "{}")
    except ValueError:
        return {}
    return at(applied, *path) if isinstance(applied, dict) else {}
