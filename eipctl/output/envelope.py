"""The one JSON and YAML shape of every command's answer, also of failures before the command starts."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from eipctl.base.errors import EipctlError, ExitCode
from eipctl.base.json_lines import json_line
from eipctl.base.text import escaped
from eipctl.output.pasted import aimed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eipctl.domain.line_data import ErrorData


class Format(StrEnum):
    """What -o takes."""

    TABLE = "table"
    """For people; of a command that changes something what was done, line by line."""
    WIDE = "wide"
    """The same with all columns."""
    JSON = "json"
    YAML = "yaml"
    JSONL = "jsonl"
    """The envelope on one line; of a command that changes something the last line of its events."""
    CSV = "csv"
    NAME = "name"
    JSONPATH = "jsonpath"
    COLUMNS = "custom-columns"


FOR_PEOPLE = (Format.TABLE, Format.WIDE)
ENVELOPES = (Format.JSON, Format.YAML, Format.JSONL)
ENVELOPE_FIELDS = ("schema", "command", "status", "exit_code", "data", "errors")
_SUCCESS = (ExitCode.OK, ExitCode.PENDING)


def envelope(
    command: str, code: ExitCode, data: Mapping[str, object], errors: Sequence[EipctlError] = ()
) -> dict[str, Any]:
    """`schema`, `command`, `status`, `exit_code`, `data`, `errors`. Fields may be added, never renamed."""
    status = "success" if code in _SUCCESS else "partial" if code is ExitCode.PARTIAL else "error"
    return {
        "schema": f"eipctl.{command.replace(' ', '.')}/v1",
        "command": command,
        "status": status,
        "exit_code": int(code),
        "data": data,
        "errors": [error_data(error) for error in errors],
    }


def error_data(error: EipctlError) -> ErrorData:
    """One entry of `errors`."""
    found: ErrorData = {
        "code": error.code.value,
        "message": error.message,
        "hint": aimed(error.hint),
        "object": error.object,
    }
    if error.reference:
        found["reference"] = error.reference
    return found


def render(content: dict[str, Any], form: Format) -> str:
    """The envelope as text, ending in a newline."""
    if form is Format.JSONL:
        return json_line(content)
    if form is Format.JSON:
        return escaped(_indented(content)) + "\n"
    from eipctl.output.yaml_text import yaml_text

    # Through JSON, so that only plain values are left for YAML.
    return yaml_text([json.loads(json.dumps(content))])


def _indented(content: dict[str, Any]) -> str:
    """The standard library takes several times as long, but can write a file name that is no UTF-8 (escaped)."""
    import msgspec

    try:
        return msgspec.json.format(msgspec.json.encode(content), indent=2).decode()
    except UnicodeEncodeError:
        return json.dumps(content, indent=2)
