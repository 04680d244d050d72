"""Reading bodies, as strictly as Go decodes the fields of :mod:`eipctl.sandbox.kube.types`.

A decoded object has what Go's struct would have: no nulls, no fields that its kind doesn't have.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube import protobuf
from eipctl.sandbox.kube.schemas import pruned
from eipctl.sandbox.kube.statuses import bad_request
from eipctl.sandbox.kube.types import (
    BYTES,
    FLAG,
    METADATA_ONLY,
    MICRO_TIME,
    NUMBER,
    NUMBER_OR_TEXT,
    TEXT,
    TIME,
    Many,
    Map,
    Message,
    of,
)  # fmt: skip

if TYPE_CHECKING:
    from eipctl.sandbox.http import Request
    from eipctl.sandbox.kube.query import Query
    from eipctl.sandbox.kube.resources import Resource
    from eipctl.sandbox.kube.types import Scalar, Type

Obj = dict[str, Any]
_PYTHON: dict[Scalar, tuple[type, ...]] = {
    TEXT: (str,),
    NUMBER: (int,),
    FLAG: (bool,),
    BYTES: (str,),
    NUMBER_OR_TEXT: (int, str),
    TIME: (str,),
    MICRO_TIME: (str,),
}
_SECOND, _ZONE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", r"(Z|[+-]\d\d:\d\d)"
_MOMENTS = {
    TIME: (re.compile(rf"{_SECOND}(\.\d+)?{_ZONE}"), "2006-01-02T15:04:05Z07:00"),
    MICRO_TIME: (re.compile(rf"{_SECOND}\.\d{{6}}{_ZONE}"), "2006-01-02T15:04:05.000000Z07:00"),
}
"""How a moment must be written, and how Go writes that."""
_HEAD = ("apiVersion", "kind", "metadata")


def body(request: Request) -> Obj:
    """The object in a body, JSON or one of the known protobuf kinds; {} for none, 400 or 415 when it is no object."""
    if "protobuf" in request.headers.get("content-type", ""):
        return protobuf.decode(request.body)
    found = anything(request)
    if not isinstance(found, dict):
        raise bad_request("the object provided is unrecognized: not a JSON object")
    return found


def anything(request: Request) -> Any:
    """Any JSON, or YAML as server-side apply and kubectl create --raw may send it; {} for no body."""
    text = request.body
    if not text:
        return {}
    try:
        if "yaml" in request.headers.get("content-type", "") and not text.lstrip().startswith(b"{"):
            return _yaml(text)
        if request.first("fieldValidation") == "Strict":
            return json.loads(text, object_pairs_hook=_unique)
        return json.loads(text)
    except ValueError as error:
        raise bad_request(f"the object provided is unrecognized: {error}") from None


def _unique(pairs: list[tuple[str, Any]]) -> Obj:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f'strict decoding error: duplicate field "{max(names, key=names.count)}"')
    return found


def _yaml(text: bytes) -> Any:
    from eipctl.sandbox.kube.go_yaml import load  # only needed by clients that send it

    return load(text)


class Mismatch(Exception):
    """A value that Go could not put into its field."""


class Unknown(Exception):
    """A field that the kind doesn't have, where the client wants to hear of it."""


def decoded(resource: Resource, obj: Obj, schema: Obj | None, query: Query) -> Obj:
    """`obj` as it is stored; Mismatch or Unknown when it is refused. The query's warnings tell what is dropped."""
    known = None if resource.custom else of(resource.api_version, resource.kind)
    for part in ("spec", "status"):
        if not isinstance(obj.get(part) or {}, dict):
            raise Mismatch(_complaint(obj[part], resource.kind, part, f"{resource.kind}{part.title()}"))
    if not isinstance(obj.get("metadata"), dict):
        raise Mismatch(_complaint(obj.get("metadata"), resource.kind, "metadata", "ObjectMeta"))
    found: list[str] = []
    kept: Obj = _value(obj, known or METADATA_ONLY, "", resource.kind, found)
    if schema:
        rest = {name: value for name, value in kept.items() if name not in _HEAD}
        kept = {name: kept[name] for name in _HEAD if name in kept} | pruned(rest, schema, "", found)
    told = [f'unknown field "{path}"' for path in found]
    if told and query.validation == "Strict":
        raise Unknown(f"strict decoding error: {', '.join(told)}")
    if query.validation == "Warn":
        query.warnings.extend(told)
    return kept


def created(resource: Resource, obj: Obj, schema: Obj | None, query: Query) -> Obj:
    """The same of an object in a body: 400 when it is refused."""
    try:
        return decoded(resource, obj, schema, query)
    except (Mismatch, Unknown) as error:
        what = f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}'
        json_error = "json: " if isinstance(error, Mismatch) else ""
        raise bad_request(f"{what}: {json_error}{error}") from None


def _value(value: Any, how: Type | None, path: str, owner: str, found: list[str]) -> Any:
    if how is None or value is None:
        return value
    if isinstance(how, Message):
        _demand(isinstance(value, dict), value, owner, path, how.name)
        return _message(value, how, path, found)
    if isinstance(how, Many):
        _demand(isinstance(value, list), value, owner, path, f"[]{_name(how.of)}")
        return [_value(item, how.of, f"{path}[{number}]", owner, found) for number, item in enumerate(value)]
    if isinstance(how, Map):
        _demand(isinstance(value, dict), value, owner, path, f"map[string]{how.to.value}")
        return {key: "" if item is None else _value(item, how.to, path, owner, found) for key, item in value.items()}
    fits = isinstance(value, _PYTHON[how]) and (how is FLAG or not isinstance(value, bool))
    _demand(fits, value, owner, path, how.value)
    if how in _MOMENTS and not _MOMENTS[how][0].fullmatch(value):
        raise Mismatch(f'parsing time "{value}" as "{_MOMENTS[how][1]}": cannot parse "{value}" as "2006"')
    return value


def _message(value: Obj, how: Message, path: str, found: list[str]) -> Obj:
    kept = {}
    for name, item in value.items():
        inner = f"{path}.{name}" if path else name
        if how.names and name not in how.names:
            found.append(inner)
        elif item is not None or not how.names:
            kept[name] = _value(item, how.fields.get(name), inner, how.name, found)
    return kept


def _name(how: Type) -> str:
    return how.name if isinstance(how, Message) else getattr(how, "value", "")


def _demand(fits: bool, value: Any, owner: str, path: str, wanted: str) -> None:  # noqa: FBT001 - a condition
    if not fits:
        raise Mismatch(_complaint(value, owner, path, wanted))


def _complaint(value: Any, owner: str, path: str, wanted: str) -> str:
    """As encoding/json words it."""
    names = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    plain = re.sub(r"\[\d+\]", "", path)
    return f"cannot unmarshal {names.get(type(value), 'null')} into Go struct field {owner}.{plain} of type {wanted}"
