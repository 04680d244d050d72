"""An answer in any of the formats of -o: of one command as of another."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.base.errors import ExitCode
from eipctl.output.envelope import ENVELOPE_FIELDS, ENVELOPES, FOR_PEOPLE, Format, envelope, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eipctl.base.errors import EipctlError

TEMPLATES = (Format.JSONPATH, Format.COLUMNS)
_FIRST_FIELD = re.compile(r"\s*\{\s*(?:range\s+)?\.(\w+)")
NONE = "<none>"
"""In a custom column, as kubectl shows it."""


@dataclass(frozen=True, slots=True)
class Output:
    """What -o asks for; `template` is what follows the ``=`` of jsonpath and custom-columns.

    `asked` is false where the environment says it, for every command: one that has no such format uses its own.
    """

    format: Format = Format.TABLE
    template: str = ""
    asked: bool = False

    @classmethod
    def of(cls, text: str) -> Output:
        """ValueError, with what is wrong, for one that is not a format."""
        name, equals, template = text.removeprefix("=").partition("=")
        if name not in tuple(Format):
            raise ValueError(f"{name!r} is not a format: {KNOWN}")
        form = Format(name)
        if (form in TEMPLATES) != bool(template):
            what = "needs a template, such as" if form in TEMPLATES else "takes no template, as have"
            raise ValueError(f"{name} {what} {EXAMPLES}")
        if equals and form is Format.JSONPATH:
            from eipctl.output.jsonpath import template as read

            read(template)
            first = _FIRST_FIELD.match(template)
            if first and first[1] not in ENVELOPE_FIELDS:
                raise ValueError(
                    f"the answer has no field .{first[1]}; rows are under .data, see: eipctl schema COMMAND"
                )
        elif equals:
            custom_columns(template)
        return cls(form, template)

    @property
    def for_people(self) -> bool:
        """Whether each command has a look of its own for it."""
        return self.format in FOR_PEOPLE

    @property
    def streamed(self) -> Format:
        """The format of a command that does not end: JSON is an object per line there."""
        return Format.JSONL if self.format is Format.JSON else self.format

    @property
    def enveloped(self) -> bool:
        """Whether errors are a part of the answer."""
        return self.format in ENVELOPES


KNOWN = "table, wide, json, yaml, jsonl, csv, name, jsonpath=TEMPLATE or custom-columns=HEADER:PATH,…"
EXAMPLES = "jsonpath='{.data.pods[*].name}' and custom-columns=POD:.name,EIP:.eip_address"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAnswer:
    """What a command says to a program.

    `rows` is the list of `data` that csv, name and custom-columns show; "" where the data are one row. `named` is the
    field of a row that name prints.
    """

    command: str
    data: Mapping[str, object]
    code: ExitCode = ExitCode.OK
    errors: Sequence[EipctlError] = ()
    rows: str = ""
    named: str = "name"

    def text(self, output: Output, *, headers: bool = True) -> str:
        """In a format that is not for people."""
        match output.format:
            case Format.JSON | Format.YAML | Format.JSONL:
                return render(self.enveloped(), output.format)
            case Format.JSONPATH:
                from eipctl.output.jsonpath import rendered, template

                return rendered(template(output.template), _plain(self.enveloped()))
            case Format.COLUMNS:
                return self._columns(output.template, headers=headers)
            case Format.CSV:
                return self._csv(headers=headers)
            case _:
                return "".join(f"{name}\n" for name in dict.fromkeys(row[self.named] for row in self._listed()))

    def enveloped(self) -> dict[str, Any]:
        """With the command, its exit code and its errors."""
        return envelope(self.command, self.code, self.data, self.errors)

    def _listed(self) -> list[dict[str, Any]]:
        found: Any = _plain(self.data[self.rows] if self.rows else self.data)
        return found if isinstance(found, list) else [found]

    def _csv(self, *, headers: bool) -> str:
        from eipctl.output.tables import as_csv

        rows = self._listed()
        if not rows:
            return ""
        names = tuple(dict.fromkeys(name for row in rows for name in row))
        return as_csv(names, [tuple(_cell(row.get(name)) for name in names) for row in rows], headers=headers)

    def _columns(self, template: str, *, headers: bool) -> str:
        from eipctl.output.jsonpath import printed, values
        from eipctl.output.tables import columns

        chosen = custom_columns(template)

        def cell(path: str, row: object) -> str:
            return ",".join(printed(each) for each in values(path, row) if each is not None) or NONE

        rows = [tuple(cell(path, row) for _, path in chosen) for row in self._listed()]
        return columns(tuple(name for name, _ in chosen), rows, headers=headers)


def custom_columns(template: str) -> list[tuple[str, str]]:
    """``POD:.name,EIP:.eip_address`` as (header, path). ValueError where it can't be read."""
    from eipctl.output.jsonpath import standard

    return [(name, standard(path)) for name, path in _specifications(template)]


def _specifications(template: str) -> Iterator[tuple[str, str]]:
    depth, start = 0, 0
    for at, char in enumerate(f"{template},"):
        depth += (char in "[(") - (char in "])")
        if char != "," or depth:
            continue
        name, _, path = template[start:at].partition(":")
        if not (name and path):
            raise ValueError(f"{template[start:at]!r} is not a column: write it as HEADER:.path")
        yield name, _relaxed(path)
        start = at + 1
    if depth:
        raise ValueError(f"{template!r} has a bracket that is not closed")


def _relaxed(path: str) -> str:
    """kubectl takes ``name``, ``.name`` and ``{.name}``."""
    bare = path.strip().removeprefix("{").removesuffix("}")
    return bare if bare[:1] in (".", "[", "$", "@") else f".{bare}"


def _plain(value: object) -> Any:
    """Values as JSON has them."""
    return json.loads(json.dumps(value))


def _cell(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
