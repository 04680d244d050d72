"""OpenAPI of what is served, made from the tables of :mod:`eipctl.sandbox.kube.types` and from custom schemas.

It names the fields that the server looks at; other fields are allowed, because they are stored as they come. Paths have
no request bodies, so that kubectl keeps to its own knowledge of merge keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube.descriptions import DESCRIPTIONS
from eipctl.sandbox.kube.discovery import VERSION, served
from eipctl.sandbox.kube.resources import groups, schema_of
from eipctl.sandbox.kube.types import METADATA_ONLY, Many, Map, Message, Scalar, of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.sandbox.kube.resources import Resource
    from eipctl.sandbox.kube.types import Type

Obj = dict[str, Any]
Definitions = dict[tuple[str, str, str], Obj]
"""(group, version, kind) of a custom resource to its schema."""

_SCALARS: dict[Scalar, Obj] = {
    Scalar.TEXT: {"type": "string"},
    Scalar.NUMBER: {"type": "integer", "format": "int32"},
    Scalar.FLAG: {"type": "boolean"},
    Scalar.BYTES: {"type": "string", "format": "byte"},
    Scalar.NUMBER_OR_TEXT: {"type": "string", "format": "int-or-string"},
    Scalar.TIME: {"type": "string", "format": "date-time"},
    Scalar.MICRO_TIME: {"type": "string", "format": "date-time"},
}
_OPEN = "x-kubernetes-preserve-unknown-fields"
_WRITING = ("fieldValidation", "dryRun", "fieldManager")


def index(resources: Iterable[Resource]) -> Obj:
    """GET /openapi/v3."""
    paths = {"api/v1": {"serverRelativeURL": "/openapi/v3/api/v1"}}
    for name, versions in groups(served(resources)).items():
        for version in versions:
            where = f"apis/{name}/{version}"
            paths[where] = {"serverRelativeURL": f"/openapi/v3/{where}"}
    return {"paths": paths}


def v3(resources: Iterable[Resource], custom: Definitions, name: str, version: str) -> Obj | None:
    """GET /openapi/v3/apis/GROUP/VERSION; None when the group has no such version."""
    found = [item for item in served(resources) if (item.group, item.version) == (name, version)]
    if not found:
        return None
    schemas = _Schemas("#/components/schemas/")
    for item in found:
        schemas.add(item, custom)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": VERSION["gitVersion"]},
        "paths": {path: operations for item in found for path, operations in _paths(item).items()},
        "components": {"schemas": schemas.found},
    }


def v2(resources: Iterable[Resource], custom: Definitions) -> Obj:
    """GET /openapi/v2: the same definitions, all groups in one."""
    schemas = _Schemas("#/definitions/")
    for item in served(resources):
        schemas.add(item, custom)
    info = {"title": "Kubernetes", "version": VERSION["gitVersion"]}
    return {"swagger": "2.0", "info": info, "paths": {}, "definitions": schemas.found}


def definitions(stored: Iterable[Obj]) -> Definitions:
    """The schemas of CustomResourceDefinitions."""
    return {
        (one["spec"]["group"], version["name"], one["spec"]["names"]["kind"]): schema
        for one in stored
        for version in one["spec"]["versions"]
        if (schema := schema_of(one, version["name"]))
    }


def _schema_name(resource: Resource) -> str:
    return f"{resource.group or 'core'}.{resource.version}.{resource.kind}"


class _Schemas:
    """Schemas by name, those that others refer to included."""

    def __init__(self, prefix: str) -> None:
        self.found: dict[str, Obj] = {}
        self._prefix = prefix

    def add(self, resource: Resource, custom: Definitions) -> None:
        """The schema of one kind."""
        kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
        known = custom.get((resource.group, resource.version, resource.kind))
        schema = self._built_in(resource) if known is None else {**known, "properties": self._own(known)}
        self.found[_schema_name(resource)] = {**schema, "x-kubernetes-group-version-kind": [kind]}

    def _own(self, schema: Obj) -> Obj:
        """A custom resource's fields, and those that every object has."""
        return {**self._head(), **{k: v for k, v in schema.get("properties", {}).items() if k not in self._head()}}

    def _built_in(self, resource: Resource) -> Obj:
        message = of(resource.api_version, resource.kind)
        fields: Obj = dict(self._head())
        for name, how in (message or METADATA_ONLY).fields.items():
            if name not in ("apiVersion", "kind", "metadata"):
                fields[name] = self._field(resource.kind, name, how)
        open_parts = {"spec": not message or "spec" in message.names, "status": "status" in resource.subresources}
        for name in (name for name, there in open_parts.items() if there and name not in fields):
            fields[name] = {"type": "object", _OPEN: True, "description": f"The {name} of the {resource.kind}."}
        about = DESCRIPTIONS.get(resource.kind, f"A {resource.kind}.")
        return {"type": "object", "description": about, "properties": fields, _OPEN: True}

    def _head(self) -> Obj:
        return {
            "apiVersion": {"type": "string", "description": "Version of the schema of this object."},
            "kind": {"type": "string", "description": "What this object is."},
            "metadata": self._field("", "metadata", METADATA_ONLY.fields["metadata"]),
        }

    def _field(self, owner: str, name: str, how: Type) -> Obj:
        about = DESCRIPTIONS.get(f"{owner}.{name}") or DESCRIPTIONS.get(name) or f"The {name} of the {owner}."
        schema = self._type(how)
        return {"description": about, **({"allOf": [schema]} if "$ref" in schema else schema)}

    def _type(self, how: Type) -> Obj:
        match how:
            case Many(of=element):
                return {"type": "array", "items": self._type(element)}
            case Map(to=value):
                return {"type": "object", "additionalProperties": self._type(value)}
            case Message():
                return self._refer(how)
        return dict(_SCALARS[how])

    def _refer(self, message: Message) -> Obj:
        if message.name not in self.found:
            self.found[message.name] = {}  # before its fields, which may refer to it
            fields = {name: self._field(message.name, name, how) for name, how in message.fields.items()}
            about = DESCRIPTIONS.get(message.name, f"{message.name}: the fields that the sandbox looks at.")
            self.found[message.name] = {"type": "object", "description": about, "properties": fields, _OPEN: True}
        return {"$ref": self._prefix + message.name}


def _paths(item: Resource) -> Obj:
    base = f"/apis/{item.group}/{item.version}" if item.group else f"/api/{item.version}"
    inside = "/namespaces/{namespace}" if item.namespaced else ""
    every = f"{base}{inside}/{item.plural}"
    return {
        f"{every}/{{name}}": {
            "get": _operation(item, "get", ()),
            "put": _operation(item, "put", _WRITING),
            "patch": _operation(item, "patch", (*_WRITING, "force")),
        },
        every: {"post": _operation(item, "post", _WRITING)},
    }


def _operation(item: Resource, action: str, parameters: tuple[str, ...]) -> Obj:
    schema = {"$ref": f"#/components/schemas/{_schema_name(item)}"}
    return {
        "parameters": [
            {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}} for name in parameters
        ],
        "x-kubernetes-group-version-kind": {"group": item.group, "version": item.version, "kind": item.kind},
        "x-kubernetes-action": action,
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}},
    }
