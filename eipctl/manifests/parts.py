"""Where one document of a text ends and the next begins.

A line that starts with ``---`` or ``...`` is a marker wherever it stands, in a quoted scalar too: so a text can be cut
there without being parsed, and what concerns one document is done with its lines alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BOM = "\ufeff"
_LINE = r"(?:[ \t]*(?:#.*)?\r?\n)"
_END = r"\.\.\.(?![^ \t\r\n]).*(?:\n|\Z)"
_MARKER = re.compile(rf"^(?:---(?![^ \t\r\n])|(?P<end>{_END}(?:{_LINE}*{_END})*))", re.MULTILINE)
_HEAD = re.compile(rf"(?:{_LINE}|%.*\n)*")
"""What may stand before the ``---`` of the same document: comments and directives."""


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of one document, or of none; `line` counts those before it."""

    text: str
    line: int


def parts(text: str) -> Iterator[Part]:
    """All of a text but its byte order mark, in order."""
    text = text.removeprefix(BOM)
    start, line = 0, 0
    for cut in _cuts(text):
        yield Part(text[start:cut], line)
        line += text.count("\n", start, cut)
        start = cut
    yield Part(text[start:], line)


def _cuts(text: str) -> Iterator[int]:
    start = 0
    for marker in _MARKER.finditer(text):
        if marker["end"]:
            start = marker.end()
        elif _HEAD.fullmatch(text, start, marker.start()):
            continue
        else:
            start = marker.start()
        yield start
