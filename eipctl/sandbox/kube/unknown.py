"""Fields that a kind does not have: dropped, as by Go or by a custom schema; told, or refused if asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube.names import NAMES
from eipctl.sandbox.kube.statuses import bad_request
from eipctl.sandbox.kube.types import METADATA_ONLY, Many, Message, of

if TYPE_CHECKING:
    from eipctl.sandbox.kube.query import Query
    from eipctl.sandbox.kube.resources import Resource
    from eipctl.sandbox.kube.types import Type

Obj = dict[str, Any]
_ANY = Message("", {1: METADATA_ONLY.fields[1]})
"""A kind of which only the metadata is known."""
_HEAD = ("apiVersion", "kind", "metadata")


def dropped(resource: Resource, obj: Obj, schema: Obj | None, query: Query) -> Obj:
    """`obj` without such fields; they are added to the query's warnings, or refused with 400."""
    found: list[str] = []
    built_in = None if resource.custom else of(resource.api_version, resource.kind)
    kept: Obj = _known(obj, built_in or _ANY, "", found)
    if schema:
        head = {name: kept[name] for name in _HEAD if name in kept}
        rest = {name: value for name, value in kept.items() if name not in _HEAD}
        kept = {**head, **_pruned(rest, schema, "", found)}
    told = [f'unknown field "{path}"' for path in found]
    if told and query.validation == "Strict":
        what = f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}'
        raise bad_request(f"{what}: strict decoding error: {', '.join(told)}")
    if query.validation == "Warn":
        query.warnings.extend(told)
    return kept


def _known(value: Any, how: Type | None, path: str, found: list[str]) -> Any:
    if isinstance(how, Many) and isinstance(value, list):
        return [_known(item, how.of, f"{path}[{number}]", found) for number, item in enumerate(value)]
    if not isinstance(how, Message) or not isinstance(value, dict):
        return value
    names, inner = NAMES.get(how.name), dict(how.fields.values())
    kept = {name: item for name, item in value.items() if names is None or name in names}
    found += [_join(path, name) for name in value if name not in kept]
    return {name: _known(item, inner.get(name), _join(path, name), found) for name, item in kept.items()}


def _pruned(value: Any, schema: Obj, path: str, found: list[str]) -> Any:
    if isinstance(value, list):
        element = schema.get("items", _KEEP if schema.get(_PRESERVE) else {})
        return [_pruned(item, element, f"{path}[{number}]", found) for number, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, item in value.items():
        inner = _inner(schema, name)
        if inner is None:
            found.append(_join(path, name))
        else:
            kept[name] = _pruned(item, inner, _join(path, name), found)
    return kept


_PRESERVE = "x-kubernetes-preserve-unknown-fields"
_KEEP: Obj = {_PRESERVE: True}


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
