"""One object, several versions: Events of two groups, and custom kinds that differ in nothing but apiVersion."""

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
_EVENTS = "events.k8s.io"


def shown(resource: Resource, obj: Obj) -> Obj:
    """A stored object as this resource shows it."""
    if obj.get("apiVersion") == resource.api_version:
        return obj
    return _renamed(obj, _NAMES if resource.group == _EVENTS else {}, resource.api_version)


def stored(resource: Resource, obj: Obj) -> Obj:
    """An object that a client sent to this resource, as it is stored."""
    return _renamed(obj, _BACK, "v1") if resource.group == _EVENTS else obj


def _renamed(obj: Obj, names: dict[str, str], api_version: str) -> Obj:
    return {names.get(key, key): value for key, value in obj.items()} | {"apiVersion": api_version}
