"""JSON Schemas of answers, made from the types that the code fills them with.

The package ships them as files, which a test holds to these types.
"""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, Required, get_args, get_origin, get_type_hints

from eipctl.commands.registry import ANSWERS
from eipctl.domain.action_data import Data

if TYPE_CHECKING:
    from collections.abc import Iterator

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


class ErrorData(Data):
    """One thing that went wrong."""

    code: Annotated[str, "See eipctl explain CODE."]
    message: Annotated[str, "What failed, and why, in a sentence."]
    hint: Annotated[str, "What to do next, where a command helps; else empty."]
    object: Annotated[str, "What it is about; empty for the command as a whole."]
    reference: NotRequired[Annotated[str, "What to name to support, such as a request ID."]]


def shipped(command: str) -> str:
    """The text of a command's file."""
    return files("eipctl").joinpath("schemas", f"{command.replace(' ', '-')}.json").read_text("utf-8")


def schema(command: str) -> Schema:
    """Of the whole answer: of -o json, or a document of -o yaml."""
    import msgspec

    types = [*map(_type, ANSWERS[command]), ErrorData]
    references, definitions = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    for kind in types:
        _describe(kind, definitions)
    *data, error = references
    name = f"eipctl.{command.replace(' ', '.')}/v1"
    nothing = {"type": "object", "maxProperties": 0, "description": "Of a command that failed before it had an answer."}
    return {
        "$schema": DIALECT,
        "title": name,
        "description": f"What eipctl {command} answers with -o json. Fields may be added, never renamed.",
        "type": "object",
        "properties": {
            "schema": {"const": name},
            "command": {"const": command},
            "status": {"enum": ["success", "partial", "error"]},
            "exit_code": {"type": "integer", "description": "That of the process."},
            "data": {"anyOf": [*data, nothing]},
            "errors": {"type": "array", "items": error},
        },
        "required": ["schema", "command", "status", "exit_code", "data", "errors"],
        "$defs": dict(sorted(definitions.items())),
    }


def _type(name: str) -> type:
    module, _, found = name.partition(":")
    kind: type = getattr(import_module(module), found)
    return kind


def _describe(kind: type, definitions: Schema) -> None:
    """With what the annotation of each field says, in this type and those within it."""
    properties: Schema = definitions[kind.__name__]["properties"]
    for name, hint in get_type_hints(kind, include_extras=True).items():
        told = _told(hint)
        if told and "description" not in properties[name]:
            properties[name] = {"description": told, **properties[name]}
        for inner in _typed_within(hint):
            _describe(inner, definitions)
    definitions[kind.__name__]["properties"] = {name: properties[name] for name in kind.__annotations__}


def _told(hint: Any) -> str:
    if get_origin(hint) in (Required, NotRequired):
        return _told(get_args(hint)[0])
    return next((text for text in getattr(hint, "__metadata__", ()) if isinstance(text, str)), "")


def _typed_within(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and hasattr(hint, "__required_keys__"):
        yield hint
    for inner in get_args(hint):
        yield from _typed_within(inner)
