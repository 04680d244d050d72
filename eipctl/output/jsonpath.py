"""``-o jsonpath=…`` in kubectl's dialect: text with ``{path}``, ``{"text"}`` and ``{range path}…{end}`` in it.

Source of the dialect: https://kubernetes.io/docs/reference/kubectl/jsonpath/. What is between the braces is written as
RFC 9535 has it, and looked up by a library.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from eipctl.base.text import escaped
from eipctl.output.console import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PIECE = re.compile(r"""\{((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^{}"'])*)\}|([^{]+)""", re.DOTALL)
_RANGE = re.compile(r"range\s+(.*)", re.DOTALL)
_STEP = re.compile(
    r"""
    (?P<deep>\.\.)? (?: \.? (?P<bracket>\[ (?: "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | \[[^\]]*\] | [^\]"'\[] )* \])
                      | \.? (?P<name>(?:[^.\[\]\s\\(){}=!<>&|,"']|\\.)+) )
    """,
    re.VERBOSE,
)
_INSIDE = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([@$](?:[^\s=!<>&|()"'\[\]]|\[[^\]]*\])*)""")


class BadTemplate(ValueError):
    """What is wrong with a template, in a sentence's words."""


@dataclass(frozen=True, slots=True)
class _Text:
    text: str


@dataclass(frozen=True, slots=True)
class _Range:
    path: str
    pieces: tuple[_Piece, ...]


@dataclass(frozen=True, slots=True)
class _Path:
    path: str


_Piece = _Text | _Range | _Path


def template(text: str) -> tuple[_Piece, ...]:
    """The pieces of a template. BadTemplate where it can't be read."""
    open_ranges: list[tuple[str, list[_Piece]]] = [("", [])]
    for inside, literal in _split(text):
        here = open_ranges[-1][1]
        ranged = _RANGE.fullmatch(inside)
        if literal:
            here.append(_Text(literal))
        elif inside[:1] in ('"', "'"):
            here.append(_Text(_unquoted(inside)))
        elif ranged:
            open_ranges.append((standard(ranged[1].strip()), []))
        elif inside == "end":
            path, pieces = open_ranges.pop()
            if not open_ranges:
                raise BadTemplate("{end} has no {range …} before it")
            open_ranges[-1][1].append(_Range(path, tuple(pieces)))
        else:
            here.append(_Path(standard(inside)))
    if len(open_ranges) > 1:
        raise BadTemplate("{range …} has no {end}")
    return tuple(open_ranges[0][1])


def rendered(pieces: tuple[_Piece, ...], item: object) -> str:
    """The text that a template makes of an object. What is not there is no text."""
    return "".join(_rendered(piece, item) for piece in pieces)


def values(path: str, item: object) -> list[Any]:
    """What is at a path that :func:`standard` has written."""
    if isinstance(item, str):  # The library would read it as JSON.
        return [item] if path == "$" else []
    return _query(path)(item)


def standard(path: str) -> str:
    """As RFC 9535 writes it: ``.pods[*].metadata.labels.a\\.b`` is ``$['pods'][*]['metadata']['labels']['a.b']``."""
    rest = path.strip().removeprefix("$").removeprefix("@")
    if rest in ("", "."):
        return "$"
    found = f"${_steps(rest)}"
    try:
        _query(found)
    except ValueError as error:
        raise BadTemplate(f"{path!r} is not a path: {error}") from None
    return found


def _split(text: str) -> Iterator[tuple[str, str]]:
    """(what is inside braces, what is not), one of the two empty."""
    at = 0
    while at < len(text):
        found = _PIECE.match(text, at)
        if found is None:
            raise BadTemplate(f"a brace is not closed in {text[at:]!r}")
        if found[1] is not None and not found[1].strip():
            raise BadTemplate("{} names no path")
        yield ((found[1] or "").strip(), found[2] or "")
        at = found.end()


def _unquoted(text: str) -> str:
    r"""``"\n"`` is a line end, also between single quotes."""
    inner = text[1:-1] if text[0] == '"' else text[1:-1].replace("\\'", "'").replace('"', '\\"')
    try:
        return str(json.loads(f'"{inner}"', strict=False))
    except ValueError:
        raise BadTemplate(f"{text} has an escape that is not known") from None


def _steps(rest: str) -> str:
    parts, at = [], 0
    while at < len(rest):
        step = _STEP.match(rest, at)
        if step is None:
            raise BadTemplate(f"{rest!r} is not a path at {rest[at:]!r}")
        parts += [".." if step["deep"] else "", _bracket(step["bracket"]) if step["bracket"] else _name(step["name"])]
        at = step.end()
    return "".join(parts)


def _name(name: str) -> str:
    meant = re.sub(r"\\(.)", r"\1", name)
    return "[*]" if name == "*" else f"[{json.dumps(meant, ensure_ascii=False)}]"


def _bracket(text: str) -> str:
    """Paths of a filter are paths of the dialect too."""
    plain = text.replace("\\.", ".")
    return _INSIDE.sub(lambda found: found[1] or f"{found[2][0]}{_steps(found[2][1:])}", text) if "?" in text else plain


def _rendered(piece: _Piece, item: object) -> str:
    match piece:
        case _Text(text):
            return text
        case _Path(path):
            return " ".join(map(printed, values(path, item)))
        case _Range(path, pieces):
            return "".join(rendered(pieces, each) for each in values(path, item))


def printed(value: object) -> str:
    """Texts as they are, anything else as JSON; nothing that a terminal would obey."""
    if isinstance(value, str):
        return printable(value)
    return escaped(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


@cache
def _query(path: str) -> Callable[[Any], list[Any]]:
    import jsonpath

    try:
        return jsonpath.compile(path).findall
    except jsonpath.JSONPathError as error:
        raise BadTemplate(str(error).partition("\n")[0]) from None
