"""Where one document of a text ends and the next begins.

A line that starts with ``---`` or ``...`` is a marker wherever it stands, in a quoted scalar too: so a text can be cut
there without being parsed, and what concerns one document is done with its lines alone. As kubectl does, a byte order
mark before any document is passed over, and JSON objects one after the other are documents.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BOM = "\ufeff"
_LINE = r"(?:[ \t]*(?:#.*)?\r?\n)"
_END = r"\.\.\.(?![^ \t\r\n]).*(?:\n|\Z)"
_MARKER = re.compile(rf"^{BOM}?(?:---(?![^ \t\r\n])|(?P<end>{_END}(?:{_LINE}*{_END})*))", re.MULTILINE)
_HEAD = re.compile(rf"(?:{_LINE}|%.*\n)*")
"""What may stand before the ``---`` of the same document: comments and directives."""
_BEFORE = re.compile(rf"(?:{_LINE}|%.*\n)*(?:---[ \t]*(?:#.*)?\r?\n)?{_LINE}*")
_SPACE = re.compile(rf"{BOM}?(?:---)?[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of one document, or of none; `line` counts those before it."""

    text: str
    line: int


def parts(text: str) -> Iterator[Part]:
    """All of a text, in order; a byte order mark is a part of its own."""
    line = 0
    for start, end in pairwise(chain([0], _cuts(text), [len(text)])):
        yield Part(text[start:end], line)
        line += text.count("\n", start, end)


def _cuts(text: str) -> Iterator[int]:
    start = 0
    for end in chain(_markers(text), [len(text)]):
        yield from _marks(text, start, end)
        yield from _json(text, start, end)
        if end < len(text):
            yield end
        start = end


def _markers(text: str) -> Iterator[int]:
    start = len(BOM) if text.startswith(BOM) else 0
    for marker in _MARKER.finditer(text):
        if marker["end"]:
            start = marker.end()
        elif marker.start() < start or _HEAD.fullmatch(text, start, marker.start()):
            continue
        else:
            start = marker.start()
        yield start


def _marks(text: str, start: int, end: int) -> Iterator[int]:
    """Around a byte order mark that nothing but a marker and comments comes before, or that a marker follows."""
    at = text.find(BOM, start, end)
    while at >= 0:
        if _BEFORE.fullmatch(text, start, at) or text.startswith("---", at + 1):
            yield from (cut for cut in (at, at + 1) if start < cut < end)
        at = text.find(BOM, at + 1, end)


def _json(text: str, start: int, end: int) -> Iterator[int]:
    """Between JSON objects, where there are several and nothing else."""
    found, at = [], _after_space(text, start)
    while at < end and text[at] == "{":
        try:
            _, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        at = _after_space(text, at)
        found.append(at)
    if at == end:
        yield from found[:-1]


def _after_space(text: str, at: int) -> int:
    return next(found.end() for found in [_SPACE.match(text, at)] if found)
