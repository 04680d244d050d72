"""One object, several versions: Events of two groups, autoscalers, and custom kinds that differ in nothing but name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eipctl.sandbox.kube.resources import Resource

Obj = dict[str, Any]

_NAMES = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}
"""Fields of a v1 Event, and what events.k8s.io/v1 calls them."""

_BACK = {new: old for old, new in _NAMES.items()}
_EVENTS, _OLD_SCALER = "events.k8s.io", "autoscaling/v1"


def shown(resource: Resource, obj: Obj) -> Obj:
    """A stored object as this resource shows it."""
    if obj.get("apiVersion") == resource.api_version:
        return obj
    if resource.api_version == _OLD_SCALER:
        obj = {**obj, "spec": _old_spec(obj.get("spec") or {})}
    return _renamed(obj, _NAMES if resource.group == _EVENTS else {}, resource.api_version)


def stored(resource: Resource, obj: Obj) -> Obj:
    """An object that a client sent to this resource, as it is stored."""
    if resource.api_version == _OLD_SCALER:
        return {**obj, "apiVersion": "autoscaling/v2", "spec": _new_spec(obj.get("spec") or {})}
    return _renamed(obj, _BACK, "v1") if resource.group == _EVENTS else obj


def _renamed(obj: Obj, names: dict[str, str], api_version: str) -> Obj:
    return {names.get(key, key): value for key, value in obj.items()} | {"apiVersion": api_version}


def _old_spec(spec: Obj) -> Obj:
    """autoscaling/v1 knows one metric: the CPU."""
    targets = [metric["resource"]["target"] for metric in spec.get("metrics") or () if metric.get("type") == "Resource"]
    percent = next((target.get("averageUtilization") for target in targets), None)
    kept = {key: value for key, value in spec.items() if key != "metrics"}
    return {**kept, **({} if percent is None else {"targetCPUUtilizationPercentage": percent})}


def _new_spec(spec: Obj) -> Obj:
    kept = {key: value for key, value in spec.items() if key != "targetCPUUtilizationPercentage"}
    if "targetCPUUtilizationPercentage" in spec:
        target = {"type": "Utilization", "averageUtilization": spec["targetCPUUtilizationPercentage"]}
        kept["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return kept
