"""Lines that fit a screen, broken between words only: what is piped, and a word that is too long, stays whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from eipctl.output.console import Style
from eipctl.output.tables import room

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from eipctl.output.console import Line

_WORD = re.compile(r" *[^ ]+| +$")
_DEEPER = 4
"""Columns by which what is continued is indented beyond its first line."""


def fitted(lines: Iterable[Line], width: int | None) -> list[Line]:
    """Each line as it is, or on several; `width` None is no screen."""
    return list(lines) if width is None else [part for line in lines for part in _wrapped(line, width)]


def _wrapped(line: Line, width: int) -> list[Line]:
    text = "".join(piece for piece, _ in line)
    if room(text) <= width:
        return [line]
    indent = " " * min(len(text) - len(text.lstrip(" ")) + _DEEPER, width // 2)
    found: list[list[tuple[str, Style]]] = [[]]
    used = 0
    for word, style in _words(line):
        breaks = bool(found[-1]) and used + room(word) > width and word.startswith(" ")
        if breaks:
            found.append([(indent, style)])
            used = len(indent)
        _append(found[-1], word.lstrip(" ") if breaks else word, style)
        used += room(word.lstrip(" ") if breaks else word)
    return [tuple(part) for part in found]


def _words(line: Line) -> Iterator[tuple[str, Style]]:
    for piece, style in line:
        yield from ((word, style) for word in ([piece] if style is Style.COMMAND else _WORD.findall(piece)))


def _append(part: list[tuple[str, Style]], word: str, style: Style) -> None:
    """To the piece before it, if that looks the same."""
    if part and part[-1][1] is style:
        part[-1] = (part[-1][0] + word, style)
    else:
        part.append((word, style))
