"""Label and field selectors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube.statuses import bad_request

if TYPE_CHECKING:
    from eipctl.sandbox.kube.resources import Resource

Obj = dict[str, Any]
Matches = Callable[[Obj], bool]

_SET = re.compile(r"^(?P<key>\S+)\s+(?P<op>in|notin)\s*\((?P<values>[^)]*)\)$")
_COMPARE = re.compile(r"^(?P<key>[^!=\s]+)\s*(?P<op>==|=|!=)\s*(?P<value>[^\s=!]*)$")
_FIELD = re.compile(r"^(?P<key>[^!=]+)(?P<op>==|=|!=)(?P<value>.*)$")
_EXISTS = re.compile(r"^(?P<no>!?)\s*(?P<key>[A-Za-z0-9][A-Za-z0-9._/-]*)$")

_EVERY = ("metadata.name", "metadata.namespace")
_INVOLVED = ("kind", "name", "namespace", "uid", "apiVersion", "resourceVersion", "fieldPath")
FIELDS: dict[str, tuple[str, ...]] = {
    "pods": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase",),
    "secrets": ("type",),
    "services": ("spec.clusterIP", "spec.type"),
    "replicasets": ("status.replicas",),
    "jobs": ("status.successful",),
    "events": (*(f"involvedObject.{name}" for name in _INVOLVED), "reason", "reportingComponent", "source", "type"),
}
"""What a field selector may name besides name and namespace, by kind."""

_UNSET = {"spec.hostNetwork": "false", "spec.unschedulable": "false"}
"""What counts as a field's value when it isn't there; else nothing does."""

_INNER = {"source": "source.component"}
"""Fields that are selected by another name than their own."""
_RENAMED = {"regarding": "involvedObject", "reportingController": "reportingComponent"}


def labels(text: str) -> Matches | None:
    """A test for a labelSelector; None for an empty one, 400 for a wrong one."""
    tests = [_label(part.strip()) for part in _split(text)] if text.strip() else []
    if not tests:
        return None
    return lambda obj: all(test(obj.get("metadata", {}).get("labels") or {}) for test in tests)


def _split(text: str) -> list[str]:
    """At commas that are not inside parentheses."""
    return re.split(r",(?![^(]*\))", text)


def _label(part: str) -> Callable[[dict[str, str]], bool]:
    if found := _SET.match(part):
        values = {value.strip() for value in found["values"].split(",")}
        key = found["key"]
        if found["op"] == "in":
            return lambda have: have.get(key) in values
        return lambda have: have.get(key) not in values
    if found := _COMPARE.match(part):
        key, value = found["key"], found["value"]
        if found["op"] == "!=":
            return lambda have: have.get(key) != value
        return lambda have: have.get(key) == value
    if found := _EXISTS.match(part):
        key, absent = found["key"], bool(found["no"])
        return lambda have: (key not in have) is absent
    raise bad_request(f"unable to parse requirement: {part!r}")


def fields(text: str, resource: Resource) -> Matches | None:
    """A test for a fieldSelector; None for an empty one, 400 for a field that can't be selected in this kind."""
    tests = [_field(part.strip(), resource) for part in text.split(",") if part.strip()]
    return (lambda obj: all(test(obj) for test in tests)) if tests else None


def _field(part: str, resource: Resource) -> Matches:
    found = _FIELD.match(part)
    if found is None:
        raise bad_request(f"invalid field selector: {part!r}; can't understand {part!r}")
    head, dot, tail = found["key"].partition(".")
    key = _RENAMED.get(head, head) + dot + tail
    if key not in (*_EVERY, *FIELDS.get(resource.key, ())):
        raise bad_request(f"field label not supported: {found['key']}")
    path, value, negated = tuple(_INNER.get(key, key).split(".")), found["value"], found["op"] == "!="
    unset = _UNSET.get(key, "")
    return lambda obj: ((_at(obj, path) or unset) == value) is not negated


def _at(obj: Obj, path: tuple[str, ...]) -> str:
    found: Any = obj
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return "" if found is None else str(found).lower() if isinstance(found, bool) else str(found)
