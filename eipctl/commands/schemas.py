"""JSON Schemas of answers and of lines, made from the types that the code fills them with.

The package ships them as files, which a test holds to these types.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NotRequired, Required, get_args, get_origin, get_type_hints

from eipctl.commands.registry import ANSWERS
from eipctl.domain.line_data import ErrorData

if TYPE_CHECKING:
    from collections.abc import Iterator

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lines:
    """A stream of JSON objects, one per line: what prints it, and the types of its lines, ``module:Type``."""

    about: str
    kinds: tuple[str, ...]


_LINES = "eipctl.domain.line_data"
STREAMS = {
    "events": Lines(
        "Lines of -o jsonl while a command carries out a plan, and of bind --watch -o jsonl.",
        tuple(f"{_LINES}:{kind}Event" for kind in ("Plan", "Step", "Served", "State", "Result")),
    ),
    "changes": Lines(
        "Lines of status --watch -o jsonl.", ("eipctl.planners.status.data:ChangeData", f"{_LINES}:EndLine")
    ),
    "log": Lines("Lines on stderr with --log-format json.", (f"{_LINES}:LogLine", f"{_LINES}:StepLogLine")),
    "audit-log": Lines(
        "Lines of the file of --audit-log.",
        tuple(f"{_LINES}:Audit{kind}Line" for kind in ("Action", "Call", "Resumed")),
    ),
}
"""By the name that `eipctl schema` takes."""


def shipped(name: str) -> str:
    """The text of the file of a command or a stream."""
    return files("eipctl").joinpath("schemas", f"{name.replace(' ', '-')}.json").read_text("utf-8")


def schema(name: str) -> Schema:
    """Of the whole answer of a command (of -o json, or a document of -o yaml), or of a line of a stream."""
    return _of_line(name) if name in STREAMS else _of_answer(name)


def _of_line(name: str) -> Schema:
    lines = STREAMS[name]
    references, definitions = _components([*map(_type, lines.kinds)])
    return {
        "$schema": DIALECT,
        "title": f"eipctl {name}",
        "description": f"{lines.about} Fields may be added, never renamed.",
        "anyOf": references,
        "$defs": dict(sorted(definitions.items())),
    }


def _components(types: list[type]) -> tuple[list[Schema], Schema]:
    """References to the types, and the definitions of all types within them."""
    import msgspec

    references, definitions = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    for kind in types:
        _describe(kind, definitions)
    return list(references), definitions


def _of_answer(command: str) -> Schema:
    references, definitions = _components([*map(_type, ANSWERS[command]), ErrorData])
    *data, error = references
    name = f"eipctl.{command.replace(' ', '.')}/v1"
    nothing = {"type": "object", "maxProperties": 0, "description": "The command failed before it had an answer."}
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
    hints = get_type_hints(kind, include_extras=True)
    for name, hint in hints.items():
        told = _told(hint)
        if told and "description" not in properties[name]:
            properties[name] = {"description": told, **properties[name]}
        for inner in _typed_within(hint):
            _describe(inner, definitions)
    definitions[kind.__name__]["properties"] = {name: properties[name] for name in hints}


def _told(hint: Any) -> str:
    if get_origin(hint) in (Required, NotRequired):
        return _told(get_args(hint)[0])
    return next((text for text in getattr(hint, "__metadata__", ()) if isinstance(text, str)), "")


def _typed_within(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and hasattr(hint, "__required_keys__"):
        yield hint
    for inner in get_args(hint):
        yield from _typed_within(inner)
