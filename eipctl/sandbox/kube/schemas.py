"""The schemas of custom kinds: fields that they don't have are dropped, values that they don't allow are refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Obj = dict[str, Any]
_PRESERVE = "x-kubernetes-preserve-unknown-fields"
_KEEP: Obj = {_PRESERVE: True}
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_LIMITS: dict[str, tuple[str, Any]] = {
    "minimum": ("should be greater than or equal to", lambda value, limit: value >= limit),
    "maximum": ("should be less than or equal to", lambda value, limit: value <= limit),
    "minLength": ("should be at least {} chars long", lambda value, limit: len(value) >= limit),
    "maxLength": ("should be at most {} chars long", lambda value, limit: len(value) <= limit),
    "minItems": ("should have at least {} items", lambda value, limit: len(value) >= limit),
    "maxItems": ("should have at most {} items", lambda value, limit: len(value) <= limit),
    "pattern": ("should match", lambda value, limit: re.search(limit, value) is not None),
}


def pruned(value: Any, schema: Obj, path: str, found: list[str]) -> Any:
    """`value` without the fields that the schema doesn't have, whose paths are added to `found`."""
    if isinstance(value, list):
        element = schema.get("items", _KEEP if schema.get(_PRESERVE) else {})
        return [pruned(item, element, f"{path}[{number}]", found) for number, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, item in value.items():
        inner = _inner(schema, name)
        if inner is None:
            found.append(_join(path, name))
        else:
            kept[name] = pruned(item, inner, _join(path, name), found)
    return kept


def refused(value: Any, schema: Obj, path: str) -> Iterator[tuple[str, str]]:
    """(path, why) of every value that is not as the schema says."""
    kind = schema.get("type")
    if value is None and schema.get("nullable"):
        return
    if kind and not _is(value, kind) and not (schema.get("x-kubernetes-int-or-string") and _is(value, "string")):
        yield path, f'Invalid type: "{type(value).__name__}": {path} in body must be of type {kind}: "{value}"'
        return
    for name, (words, holds) in _LIMITS.items():
        if name in schema and not holds(value, schema[name]):
            told = words.format(schema[name]) if "{}" in words else f"{words} {schema[name]}"
            yield path, f"Invalid value: {value!r}: {path} in body {told}"
    if "enum" in schema and value not in schema["enum"]:
        yield path, f'Unsupported value: "{value}": supported values: {", ".join(map(str, schema["enum"]))}'
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from refused(item, schema.get("items") or {}, f"{path}[{number}]")
    if isinstance(value, dict):
        yield from ((_join(path, name), "Required value") for name in schema.get("required") or () if name not in value)
        for name, item in value.items():
            yield from refused(item, _inner(schema, name) or {}, _join(path, name))


def filled(value: Any, schema: Obj) -> None:
    """Add the schema's defaults to an object."""
    if isinstance(value, list):
        for item in value:
            filled(item, schema.get("items") or {})
    if isinstance(value, dict):
        for name, inner in (schema.get("properties") or {}).items():
            if "default" in inner:
                value.setdefault(name, inner["default"])
            filled(value.get(name), inner)


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _inner(schema: Obj, name: str) -> Obj | None:
    """The schema of a field; None when there is no such field."""
    if name in schema.get("properties", {}):
        found: Obj = schema["properties"][name]
        return found
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        return more
    return _KEEP if more or schema.get(_PRESERVE) else None


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
