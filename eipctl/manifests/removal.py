"""How entries of a mapping are taken off: what was there before they were put on comes back, and no comment is lost.

what is taken off                              what becomes of the text
---------------------------------------------  ------------------------------------------------------------------
an entry on lines of its own                   the lines go, in flow style with the comma that it needed
another one in flow style                      it goes with the comma before it (the first one: behind it)
all of a mapping                               its key goes as well; ``metadata`` above it too, when empty
all of a mapping with comments of its own      the key stays, so that they keep their owner
all of ``{a: b}`` under a key of a block       what was empty before stays, as it was spelled (`EMPTY`)
an entry with a comment beside it              refused: the comment would be lost, or be about something else
"""

from __future__ import annotations

import re
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from yaml import MappingNode, Node

from eipctl.manifests import comments
from eipctl.manifests.nodes import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eipctl.domain.workloads.templates import Path

Span = tuple[int, int, str]

_MADE = frozenset({"metadata", "podTemplate", "podMetadata"})
"""Keys of mappings that an edit may have made for the annotations."""
_COMMA = re.compile(r"[ \t]*,?[ \t]*\r?")
_NEXT_COMMA = re.compile(r"[ \t]*,")
_PADDING = re.compile(r"\{( *)(?=[^ \r\n])")
EMPTY = ("{}", "", "{ }", "null", "~", "{  }")
"""How people spell a mapping without entries. `style` fills one as a flow mapping with as many spaces inside its brace
as its place here, and one more in a flow mapping, where a new mapping has none: so it can be made again."""


def emptied(text: str, steps: Sequence[Node], path: Path) -> Iterator[Span]:
    """All entries of the last step go, and the mappings above that held nothing else."""
    depth = len(path)
    while (holder := steps[depth - 1]) and not _stays(text, holder, steps[depth]):
        single = len(holder.value) == 1 and depth > 1 and path[depth - 2] in _MADE
        if not single and isinstance(holder, MappingNode):
            yield from taken_off(text, holder, [_number(holder, steps[depth])])
            return
        depth -= 1
    mapping = steps[depth]
    if isinstance(mapping, MappingNode):
        yield from _bare(text, holder, mapping)


def _bare(text: str, holder: Node, mapping: MappingNode) -> Iterator[Span]:
    """Without its entries, and with its comments; as it was spelled before it had any."""
    start, end = mapping.start_mark.index, mapping.end_mark.index
    if not mapping.flow_style or comments.inside(text, start, mapping):
        yield from taken_off(text, mapping, range(len(mapping.value)))
        return
    number = _width(text, mapping) - _closeness(holder)
    spelled = EMPTY[number] if 0 <= number < len(EMPTY) else EMPTY[0]
    yield start if spelled else len(text[:start].rstrip(" ")), end, spelled


def taken_off(text: str, mapping: MappingNode, numbers: Sequence[int]) -> Iterator[Span]:
    """Some entries go. Layout where a comment would be lost."""
    for number in numbers:
        key, value = mapping.value[number]
        if comments.inside(text, key.end_mark.index, value):
            raise _lost(key)
        if not mapping.flow_style:
            yield _line(text, key, value)
    if mapping.flow_style:
        for first, last in _runs(numbers):
            yield from _flow(text, mapping, first, last)


def merged(text: str, spans: Sequence[Span]) -> list[Span]:
    """In order; lines that go at the end of a text without a final newline take the newline before them along."""
    result: list[Span] = []
    for start, end, new in sorted(spans):
        if result and not new and not result[-1][2] and result[-1][1] == start:
            result[-1] = (result[-1][0], end, "")
        else:
            result.append((start, end, new))
    if result and not text.endswith("\n") and result[-1][1:] == (len(text), ""):
        start = result[-1][0]
        if start and text[start - 1] == "\n":
            result[-1] = (start - (2 if text[max(start - 2, 0) : start] == "\r\n" else 1), len(text), "")
    return result


def _stays(text: str, holder: Node, mapping: Node) -> bool:
    """Whether an empty mapping is left: it was there before, or a comment needs it."""
    if not (isinstance(holder, MappingNode) and isinstance(mapping, MappingNode)):
        return True
    key, value = holder.value[_number(holder, mapping)]
    end = comments.end_of(text, value)
    if mapping.flow_style and _width(text, mapping) >= _closeness(holder):
        return True
    return comments.inside(text, key.end_mark.index, value) or comments.below(text, end, key.start_mark.column)


def _closeness(holder: Node) -> int:
    return int(isinstance(holder, MappingNode) and bool(holder.flow_style))


def _width(text: str, mapping: MappingNode) -> int:
    found = _PADDING.match(text, mapping.start_mark.index)
    return len(found[1]) if found else 0


def _number(holder: Node, value: Node) -> int:
    return next(number for number, (_, each) in enumerate(holder.value) if each is value)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbours together, as (first, last)."""
    for _, run in groupby(enumerate(numbers), key=lambda each: each[1] - each[0]):
        found = [number for _, number in run]
        yield found[0], found[-1]


def _line(text: str, key: Node, value: Node) -> Span:
    end = comments.end_of(text, value)
    if comments.beside(text, end):
        raise _lost(key)
    return comments.line_start(text, key.start_mark.index), min(comments.line_end(text, end) + 1, len(text)), ""


def _flow(text: str, mapping: MappingNode, first: int, last: int) -> Iterator[Span]:
    entries, key = mapping.value, mapping.value[first][0]
    start, end = key.start_mark.index, comments.end_of(text, entries[last][1])
    before = comments.end_of(text, entries[first - 1][1]) if first else start
    after = entries[last + 1][0].start_mark.index if last + 1 < len(entries) else None
    for (_, value), (following, _) in pairwise(entries[first : last + 1]):
        if comments.between(text, comments.end_of(text, value), following.start_mark.index):
            raise _lost(key)
    line, rest = comments.line_start(text, start), comments.line_end(text, end)
    if not text[line:start].strip() and _COMMA.fullmatch(text, end, rest):
        yield line, min(rest + 1, len(text)), ""
        if after is None and first and "," not in text[end:rest]:
            yield _comma(text, before, key)
    elif comments.between(text, end, min(rest, mapping.end_mark.index - 1) if after is None else after):
        raise _lost(key)
    elif after is not None:
        yield start, after, ""
    elif comments.between(text, before, start):
        yield _comma(text, before, key)
        yield start, end, ""
    else:
        yield before, end, ""


def _comma(text: str, index: int, key: Node) -> Span:
    """The one behind an entry that becomes the last."""
    found = _NEXT_COMMA.match(text, index)
    if not found:
        raise _lost(key)
    return index, found.end(), ""


def _lost(key: Node) -> Layout:
    return Layout(key, f"removing {key.value} would lose a comment or attach it to another key")
