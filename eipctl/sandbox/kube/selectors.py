"""Label and field selectors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from eipctl.sandbox.kube.statuses import bad_request

Obj = dict[str, Any]
Matches = Callable[[Obj], bool]

_SET = re.compile(r"^(?P<key>\S+)\s+(?P<op>in|notin)\s*\((?P<values>[^)]*)\)$")
_COMPARE = re.compile(r"^(?P<key>[^!=\s]+)\s*(?P<op>==|=|!=)\s*(?P<value>[^\s=!]*)$")
_EXISTS = re.compile(r"^(?P<no>!?)\s*(?P<key>[A-Za-z0-9][A-Za-z0-9._/-]*)$")

FIELDS: dict[str, tuple[str, ...]] = {
    "metadata.name": ("metadata", "name"),
    "metadata.namespace": ("metadata", "namespace"),
    "spec.nodeName": ("spec", "nodeName"),
    "spec.restartPolicy": ("spec", "restartPolicy"),
    "spec.serviceAccountName": ("spec", "serviceAccountName"),
    "spec.unschedulable": ("spec", "unschedulable"),
    "status.phase": ("status", "phase"),
    "status.podIP": ("status", "podIP"),
    "involvedObject.kind": ("involvedObject", "kind"),
    "involvedObject.name": ("involvedObject", "name"),
    "involvedObject.namespace": ("involvedObject", "namespace"),
    "involvedObject.uid": ("involvedObject", "uid"),
    "reason": ("reason",),
    "type": ("type",),
}


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


def fields(text: str, group_kind: str = "") -> Matches | None:
    """A test for a fieldSelector; None for an empty one, 400 for a field that can't be selected."""
    if not text.strip():
        return None
    tests = [_field(part.strip(), group_kind) for part in text.split(",")]
    return lambda obj: all(test(obj) for test in tests)


def _field(part: str, kind: str) -> Matches:
    found = _COMPARE.match(part)
    if found is None:
        raise bad_request(f"invalid field selector: {part!r}")
    path = FIELDS.get(found["key"])
    if path is None:
        raise bad_request(f"field label not supported: {found['key']}")
    value, negated = found["value"], found["op"] == "!="
    return lambda obj: (_at(obj, path) == value) is not negated


def _at(obj: Obj, path: tuple[str, ...]) -> str:
    found: Any = obj
    for name in path:
        found = (found or {}).get(name)
    return "" if found is None else str(found).lower() if isinstance(found, bool) else str(found)


def matches_selector(selector: Obj, have: dict[str, str]) -> bool:
    """A LabelSelector object (matchLabels, matchExpressions) against labels."""
    if any(have.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_expression(item, have) for item in selector.get("matchExpressions") or ())


def _expression(item: Obj, have: dict[str, str]) -> bool:
    key, values = item["key"], set(item.get("values") or ())
    tests = {
        "In": have.get(key) in values,
        "NotIn": have.get(key) not in values,
        "Exists": key in have,
        "DoesNotExist": key not in have,
    }
    return tests.get(item["operator"], False)
