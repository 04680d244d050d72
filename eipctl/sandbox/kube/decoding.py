"""Reading bodies, as strictly as Go decodes the fields of :mod:`eipctl.sandbox.kube.types`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube import protobuf
from eipctl.sandbox.kube.statuses import bad_request
from eipctl.sandbox.kube.types import BYTES, FLAG, METADATA_ONLY, NUMBER, NUMBER_OR_TEXT, TEXT, Many, Map, Message, of

if TYPE_CHECKING:
    from eipctl.sandbox.http import Request
    from eipctl.sandbox.kube.resources import Resource
    from eipctl.sandbox.kube.types import Scalar, Type

Obj = dict[str, Any]
_PYTHON: dict[Scalar, tuple[type, ...]] = {
    TEXT: (str,),
    NUMBER: (int,),
    FLAG: (bool,),
    BYTES: (str,),
    NUMBER_OR_TEXT: (int, str),
}


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
        return json.loads(text)
    except ValueError as error:
        raise bad_request(f"the object provided is unrecognized: {error}") from None


def _yaml(text: bytes) -> Any:
    import yaml  # only needed by clients that send it

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


class Mismatch(Exception):
    """A value that Go could not put into its field."""


def demand_types(resource: Resource, obj: Obj) -> None:
    """400 when a known field has a value of a wrong type."""
    try:
        demand(resource, obj)
    except Mismatch as error:
        what = f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: json: {error}'
        raise bad_request(what) from None


def demand(resource: Resource, obj: Obj) -> None:
    """Mismatch when a known field has a value of a wrong type."""
    known = None if resource.custom else of(resource.api_version, resource.kind)
    for part in ("spec", "status"):
        if not isinstance(obj.get(part) or {}, dict):
            raise Mismatch(_complaint(obj[part], resource.kind, part, f"{resource.kind}{part.title()}"))
    if not isinstance(obj.get("metadata"), dict):
        raise Mismatch(_complaint(obj.get("metadata"), resource.kind, "metadata", "ObjectMeta"))
    _check(obj, known or METADATA_ONLY, "", resource.kind)


def _check(value: Any, how: Type, path: str, owner: str) -> None:
    if value is None:
        return
    if isinstance(how, Message):
        _demand(isinstance(value, dict), value, owner, path, how.name)
        for name, inner in how.fields.values():
            _check(value.get(name), inner, f"{path}.{name}" if path else name, how.name)
    elif isinstance(how, Many):
        _demand(isinstance(value, list), value, owner, path, f"[]{_name(how.of)}")
        for item in value:
            _check(item, how.of, path, owner)
    elif isinstance(how, Map):
        _demand(isinstance(value, dict), value, owner, path, f"map[string]{how.to.value}")
        for item in value.values():
            _check(item, how.to, path, owner)
    else:
        fits = isinstance(value, _PYTHON[how]) and (how is FLAG or not isinstance(value, bool))
        _demand(fits, value, owner, path, how.value)


def _name(how: Type) -> str:
    return how.name if isinstance(how, Message) else getattr(how, "value", "")


def _demand(fits: bool, value: Any, owner: str, path: str, wanted: str) -> None:  # noqa: FBT001 - a condition
    if not fits:
        raise Mismatch(_complaint(value, owner, path, wanted))


def _complaint(value: Any, owner: str, path: str, wanted: str) -> str:
    """As encoding/json words it."""
    names = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return f"cannot unmarshal {names.get(type(value), 'null')} into Go struct field {owner}.{path} of type {wanted}"
