"""Objects as kubectl prints them: Tables, and metadata only."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eipctl.sandbox.kube.resources import Resource

Obj = dict[str, Any]
Cell = Callable[[Obj], Any]


def age(moment: str | None) -> str:
    """As kubectl prints it: 7s, 5m, 3h, 2d."""
    if not moment:
        return "<unknown>"
    then = datetime.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    seconds = max(0, int(time.time() - then.timestamp()))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size or (unit != "m" and seconds >= size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _at(obj: Obj, *path: str, default: Any = "<none>") -> Any:
    found: Any = obj
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return default if found is None or found == "" else found


def _age(obj: Obj) -> str:
    return age(obj["metadata"].get("creationTimestamp"))


def _ready_containers(obj: Obj) -> str:
    statuses = obj.get("status", {}).get("containerStatuses") or []
    return f"{sum(bool(item.get('ready')) for item in statuses)}/{len(obj['spec'].get('containers', ()))}"


def _pod_status(obj: Obj) -> str:
    if "deletionTimestamp" in obj["metadata"]:
        return "Terminating"
    for item in obj.get("status", {}).get("containerStatuses") or ():
        reason = item.get("state", {}).get("waiting", {}).get("reason")
        if reason:
            return str(reason)
    return str(_at(obj, "status", "reason", default=_at(obj, "status", "phase")))


def _restarts(obj: Obj) -> int:
    return sum(item.get("restartCount", 0) for item in obj.get("status", {}).get("containerStatuses") or ())


def _node_status(obj: Obj) -> str:
    conditions = obj.get("status", {}).get("conditions") or ()
    ready = any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)
    return ("Ready" if ready else "NotReady") + (",SchedulingDisabled" if obj["spec"].get("unschedulable") else "")


def _internal_ip(obj: Obj) -> str:
    addresses = obj.get("status", {}).get("addresses") or ()
    return next((item["address"] for item in addresses if item["type"] == "InternalIP"), "<none>")


def _count(*path: str) -> Cell:
    return lambda obj: _at(obj, *path, default=0)


def _text(*path: str) -> Cell:
    return lambda obj: _at(obj, *path)


def _of(ready: tuple[str, ...], wanted: tuple[str, ...]) -> Cell:
    return lambda obj: f"{_at(obj, *ready, default=0)}/{_at(obj, *wanted, default=0)}"


def _each(obj: Obj, field: str) -> str:
    spec = obj["spec"].get("jobTemplate", obj)["spec"]
    return ",".join(item.get(field, "") for item in spec["template"]["spec"].get("containers", ()))


def _images(obj: Obj) -> str:
    return _each(obj, "image")


def _containers(obj: Obj) -> str:
    return _each(obj, "name")


def _pairs(labels: dict[str, str] | None) -> str:
    return ",".join(f"{key}={value}" for key, value in (labels or {}).items()) or "<none>"


def _selector(obj: Obj) -> str:
    return _pairs((obj["spec"].get("selector") or {}).get("matchLabels"))


def _node_selector(obj: Obj) -> str:
    return _pairs(obj["spec"]["template"]["spec"].get("nodeSelector"))


def _gates(obj: Obj) -> str:
    gates = [gate["conditionType"] for gate in obj["spec"].get("readinessGates") or ()]
    true = {one["type"] for one in obj.get("status", {}).get("conditions") or () if one.get("status") == "True"}
    return f"{len(true & {*gates})}/{len(gates)}" if gates else "<none>"


def _role(obj: Obj) -> str:
    return "{kind}/{name}".format(**obj["roleRef"])


def _job_status(obj: Obj) -> str:
    conditions = {item["type"] for item in obj.get("status", {}).get("conditions") or () if item["status"] == "True"}
    return next((name for name in ("Complete", "Failed", "Suspended") if name in conditions), "Running")


_S, _R = "status", "spec"
_LAST = "Name*"
"""The name, of a kind that doesn't show it first."""
_AGE = ("Age", _age)
_CREATED = ("Created At", _text("metadata", "creationTimestamp"))
_REPLICAS: tuple[tuple[str, Cell], ...] = (
    ("Desired#", _count(_R, "replicas")),
    ("Current#", _count(_S, "replicas")),
    ("Ready#", _count(_S, "readyReplicas")),
)
_PODS: tuple[tuple[str, Cell], ...] = (("Containers*", _containers), ("Images*", _images))
_CHOSEN: tuple[tuple[str, Cell], ...] = (*_PODS, ("Selector*", _selector))


def _since(*path: str, unknown: str = "<none>") -> Cell:
    return lambda obj: age(_at(obj, *path, default=None)).replace("<unknown>", unknown)


COLUMNS: dict[str, tuple[tuple[str, Cell], ...]] = {
    "pods": (
        ("Ready", _ready_containers),
        ("Status", _pod_status),
        ("Restarts", _restarts),
        _AGE,
        ("IP*", _text(_S, "podIP")),
        ("Node*", _text(_R, "nodeName")),
        ("Nominated Node*", _text(_S, "nominatedNodeName")),
        ("Readiness Gates*", _gates),
    ),
    "nodes": (
        ("Status", _node_status),
        ("Roles", lambda _obj: "<none>"),
        _AGE,
        ("Version", _text(_S, "nodeInfo", "kubeletVersion")),
        ("Internal-IP*", _internal_ip),
        ("External-IP*", lambda _obj: "<none>"),
        ("OS-Image*", _text(_S, "nodeInfo", "osImage")),
        ("Kernel-Version*", _text(_S, "nodeInfo", "kernelVersion")),
        ("Container-Runtime*", _text(_S, "nodeInfo", "containerRuntimeVersion")),
    ),
    "namespaces": (("Status", _text(_S, "phase")), _AGE),
    "configmaps": (("Data", lambda obj: len(obj.get("data") or ())), _AGE),
    "secrets": (("Type", _text("type")), ("Data", lambda obj: len(obj.get("data") or ())), _AGE),
    "deployments": (
        ("Ready", _of((_S, "readyReplicas"), (_R, "replicas"))),
        ("Up-to-date", _count(_S, "updatedReplicas")),
        ("Available", _count(_S, "availableReplicas")),
        _AGE,
        *_CHOSEN,
    ),
    "replicasets": (*_REPLICAS, _AGE, *_CHOSEN),
    "statefulsets": (("Ready", _of((_S, "readyReplicas"), (_R, "replicas"))), _AGE, *_PODS),
    "daemonsets": (
        ("Desired#", _count(_S, "desiredNumberScheduled")),
        ("Current#", _count(_S, "currentNumberScheduled")),
        ("Ready#", _count(_S, "numberReady")),
        ("Up-to-date#", _count(_S, "updatedNumberScheduled")),
        ("Available#", _count(_S, "numberAvailable")),
        ("Node Selector", _node_selector),
        _AGE,
        *_CHOSEN,
    ),
    "events": (
        ("Last Seen", lambda obj: age(obj.get("lastTimestamp") or obj.get("eventTime"))),
        ("Type", _text("type")),
        ("Reason", _text("reason")),
        ("Object", lambda obj: f"{_at(obj, 'involvedObject', 'kind').lower()}/{_at(obj, 'involvedObject', 'name')}"),
        ("Subobject*", _text("involvedObject", "fieldPath")),
        ("Source*", _text("source", "component")),
        ("Message", _text("message")),
        ("First Seen*", _since("firstTimestamp", unknown="<unknown>")),
        ("Count*", lambda obj: str(obj.get("count", 1))),
        (_LAST, _text("metadata", "name")),
    ),
    "services": (
        ("Type", _text(_R, "type")),
        ("Cluster-IP", _text(_R, "clusterIP")),
        ("External-IP", lambda _obj: "<none>"),
        ("Port(s)", lambda obj: ",".join(f"{p['port']}/{p['protocol']}" for p in obj["spec"].get("ports") or ())),
        _AGE,
        ("Selector*", lambda obj: _pairs(obj["spec"].get("selector"))),
    ),
    "serviceaccounts": (("Secrets", lambda obj: len(obj.get("secrets") or ())), _AGE),
    "jobs": (
        ("Status", _job_status),
        ("Completions", _of((_S, "succeeded"), (_R, "completions"))),
        ("Duration", _since(_S, "startTime", unknown="")),
        _AGE,
        *_CHOSEN,
    ),
    "cronjobs": (
        ("Schedule", _text(_R, "schedule")),
        ("Timezone", _text(_R, "timeZone")),
        ("Suspend?", lambda obj: bool(obj["spec"].get("suspend", False))),
        ("Active#", lambda obj: len(obj.get("status", {}).get("active") or ())),
        ("Last Schedule", _since(_S, "lastScheduleTime")),
        _AGE,
        *_CHOSEN,
    ),
    "horizontalpodautoscalers": (
        ("Reference", lambda obj: "{kind}/{name}".format(**obj["spec"]["scaleTargetRef"])),
        ("Targets", lambda _obj: "<unknown>"),
        ("MinPods", _text(_R, "minReplicas")),
        ("MaxPods", _text(_R, "maxReplicas")),
        ("Replicas", _count(_S, "currentReplicas")),
        _AGE,
    ),
    "poddisruptionbudgets": (
        ("Min Available", lambda obj: str(_at(obj, _R, "minAvailable", default="N/A"))),
        ("Max Unavailable", lambda obj: str(_at(obj, _R, "maxUnavailable", default="N/A"))),
        ("Allowed Disruptions", _count(_S, "disruptionsAllowed")),
        _AGE,
    ),
    **dict.fromkeys(("rolebindings", "clusterrolebindings"), (("Role", _role), _AGE)),
    **dict.fromkeys(("roles", "clusterroles", "customresourcedefinitions"), (_CREATED,)),
    "controllerrevisions": (("Revision", _count("revision")), _AGE),
    "leases": (("Holder", _text(_R, "holderIdentity")), _AGE),
}
"""Columns after the name; a star marks one that only -o wide shows, # one of numbers, ? one of true and false."""
_KINDS = {"#": "integer", "?": "boolean"}


def table(resource: Resource, objs: list[Obj], meta: Obj, include: str) -> Obj:
    """A Table of objects; `include` is Metadata, Object or None."""
    columns = _custom(resource) if resource.custom else COLUMNS.get(resource.key, (_AGE,))
    head = {"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0}
    named = _LAST not in {title for title, _cell in columns}
    definitions = [head] if named else []
    kinds = [kind for _title, kind, _path in resource.columns]
    for (title, _cell), kind in itertools.zip_longest(columns, kinds):
        definitions.append(
            {
                "name": title.rstrip("*#?"),
                "type": kind or _KINDS.get(title[-1], "string"),
                "format": "",
                "description": "",
                "priority": int(title.endswith("*")),
            }
        )
    rows = [
        {
            "cells": [*([obj["metadata"]["name"]] if named else ()), *(cell(obj) for _title, cell in columns)],
            **_included(obj, include),
        }
        for obj in objs
    ]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": meta,
        "columnDefinitions": definitions,
        "rows": rows,
    }


def _custom(resource: Resource) -> tuple[tuple[str, Cell], ...]:
    """Those of its definition; without any, its age."""
    return tuple((title, _own(kind, path)) for title, kind, path in resource.columns) or (_AGE,)


def _own(kind: str, path: str) -> Cell:
    names = path.strip(".").split(".")
    return _since(*names) if kind == "date" else lambda obj: _at(obj, *names, default=None)


def _included(obj: Obj, include: str) -> Obj:
    if include == "None":
        return {}
    return {"object": obj if include == "Object" else metadata_only(obj)}


def metadata_only(obj: Obj) -> Obj:
    """PartialObjectMetadata."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
