"""How entries of a mapping are written, replaced and removed in the style of what surrounds them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from eipctl.domain.plan import Pairs
from eipctl.manifests.nodes import AliasMapping, AliasSequence, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

Nested = tuple[Sequence[str], Pairs]
"""Keys of mappings to make, one in the other, and the strings in the innermost."""
Span = tuple[int, int, str]

DEFAULT_STEP = 2
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_COLON = re.compile(r"\s*:\s*")
_COMMA = re.compile(r"\s*,\s*")


def quoted(value: str, like: str | None = None) -> str:
    """A scalar that is a string in YAML and in JSON, in single quotes if `like` is that."""
    if like == "'" and value.isprintable() and "'" not in value:
        return f"'{value}'"
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def replacement(text: str, node: Node, value: str) -> Span:
    """The string instead of another value."""
    start, end = node.start_mark.index, _end(text, node)
    space = " " if start == end and text[start - 1 : start] == ":" else ""
    return start, end, space + quoted(value, getattr(node, "style", None))


def addition(text: str, mapping: MappingNode, new: Sequence[tuple[str, str | Nested]], step: int = 0) -> Span:
    """Entries behind the last one of a mapping that has some."""
    key, value = mapping.value[-1]
    if mapping.flow_style:
        separator = _separator(text, mapping)
        entries = (f"{separator}{_flow_entry(text, mapping, name, what, step)}" for name, what in new)
        return _end(text, value), _end(text, value), "".join(entries)
    indent = " " * key.start_mark.column
    lines = [f"{indent}{_key(name, key.style)}: {quoted(str(what))}" for name, what in new]
    if getattr(value, "style", None) in ("|", ">"):
        start = text.rfind("\n", 0, key.start_mark.index) + 1
        return start, start, "".join(line + newline(text, start) for line in lines)
    return _behind_line(text, _end(text, value), lines)


def instead(text: str, mapping: MappingNode, new: Pairs) -> Span:
    """Other entries in place of all that a flow mapping has."""
    entries = (_flow_entry(text, mapping, key, value, 0) for key, value in new)
    start, end = mapping.value[0][0].start_mark.index, _end(text, mapping.value[-1][1])
    return start, end, _separator(text, mapping).join(entries)


def first(text: str, parent: ScalarNode, mapping: MappingNode, nested: Nested, step: int) -> Span:
    """An entry before the first one of a block mapping, right behind the line of the key that leads to it."""
    lines = _block(nested, mapping.value[0][0].start_mark.column, step)
    return _behind_line(text, parent.end_mark.index, lines)


def filled(
    text: str, mapping: MappingNode, entry: tuple[ScalarNode, Node], nested: Nested, step: int
) -> Iterator[Span]:
    """Entries instead of an empty value; a comment beside it stays there."""
    key, value = entry
    start, end = value.start_mark.index, value.end_mark.index
    if mapping.flow_style:
        space = " " if text[start - 1 : start] == ":" and start == end else ""
        yield start, end, space + _flow(text, mapping, nested, _indent(text, key), step)
    else:
        yield len(text[:start].rstrip(" \t")), end, ""
        yield _behind_line(text, end, _block(nested, key.start_mark.column + step, step))


def removals(text: str, mapping: MappingNode, numbers: Sequence[int]) -> Iterator[Span]:
    """Entries away, with their lines in block style and with their commas in flow style."""
    entries, last = mapping.value, len(mapping.value) - 1
    kept = [number for number in range(last + 1) if number not in numbers]
    for number in numbers:
        key, value = entries[number]
        if not mapping.flow_style:
            yield from (_lines(text, start, end) for start, end in _apart(text, list(_pieces(text, key, value))))
        elif not kept:
            yield mapping.start_mark.index, mapping.end_mark.index, "{}"
            return
        elif number < max(kept):
            yield key.start_mark.index, entries[number + 1][0].start_mark.index, ""
        else:
            yield _end(text, entries[max(kept)][1]), _end(text, entries[last][1]), ""
            return


def commented(text: str, node: Node) -> bool:
    """Whether there is a comment in what is written in flow style."""
    done = node.start_mark.index
    for leaf in _leaves(node):
        if "#" in text[done : leaf.start_mark.index]:
            return True
        done = _end(text, leaf)
    return "#" in text[done : node.end_mark.index]


def _leaves(node: Node) -> Iterator[Node]:
    """Scalars and aliases, in their order."""
    if isinstance(node, ScalarNode | AliasMapping | AliasSequence):
        yield node
        return
    for child in node.value:
        for inner in child if isinstance(child, tuple) else (child,):
            yield from _leaves(inner)


def step(text: str, steps: Sequence[Node]) -> int:
    """By how many columns an inner mapping is indented here."""
    keys = (node.value[0][0] for node in steps if isinstance(node, MappingNode) and node.value)
    columns = [key.start_mark.column for key in keys if _indent(text, key) is not None]
    found = [inner - outer for outer, inner in pairwise(columns) if inner > outer]
    return found[-1] if found else DEFAULT_STEP


def newline(text: str, index: int) -> str:
    """How the line there ends; the one before it, if it is the last and has no end."""
    end = text.find("\n", index)
    end = text.rfind("\n", 0, index) if end < 0 else end
    return "\r\n" if text[max(end - 1, 0) : end] == "\r" else "\n"


def _indent(text: str, key: Node) -> str | None:
    """What is before a key that is the first on its line; None for any other."""
    before = text[text.rfind("\n", 0, key.start_mark.index) + 1 : key.start_mark.index]
    return None if before.strip(" \t-") else before.replace("-", " ")


def _end(text: str, node: Node) -> int:
    """Behind the last character of its content."""
    block = isinstance(node, MappingNode | SequenceNode) and not node.flow_style
    if block and node.value and not isinstance(node, AliasMapping | AliasSequence):
        inner = node.value[-1]
        return _end(text, inner[1] if isinstance(node, MappingNode) else inner)
    start, end = node.start_mark.index, node.end_mark.index
    return start + len(text[start:end].rstrip())


def _behind_line(text: str, index: int, lines: Sequence[str]) -> Span:
    end = text.find("\n", index)
    if end < 0:
        return len(text), len(text), "".join(newline(text, index) + line for line in lines)
    return end + 1, end + 1, "".join(line + newline(text, index) for line in lines)


def _lines(text: str, start: int, end: int) -> Span:
    """From the start of the line of `start` to the end of that of `end`."""
    first_line, after = text.rfind("\n", 0, start) + 1, text.find("\n", end) + 1
    if after:
        return first_line, after, ""
    return len(text[:first_line].rstrip("\r\n")), len(text), ""


def _pieces(text: str, key: Node, value: Node) -> Iterator[tuple[int, int]]:
    """From where to where an entry is written, without what is between the entries in it."""
    if isinstance(value, MappingNode) and value.value and not (value.flow_style or isinstance(value, AliasMapping)):
        yield key.start_mark.index, key.end_mark.index
        for inner in value.value:
            yield from _pieces(text, *inner)
    else:
        yield key.start_mark.index, _end(text, value)


def _apart(text: str, pieces: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The pieces, joined where no line between them is a comment."""
    start, end = pieces[0]
    for after, last in pieces[1:]:
        if any(line.lstrip().startswith("#") for line in text[end:after].splitlines()[1:]):
            yield start, end
            start = after
        end = last
    yield start, end


def _key(name: str, style: str | None) -> str:
    return quoted(name, style) if style in ("'", '"') else name


def _block(nested: Nested, column: int, step: int) -> list[str]:
    keys, strings = nested
    lines = [f"{' ' * (column + depth * step)}{key}:" for depth, key in enumerate(keys)]
    indent = " " * (column + len(keys) * step)
    return [*lines, *(f"{indent}{key}: {quoted(value)}" for key, value in strings)]


def _separator(text: str, mapping: MappingNode) -> str:
    """Between two entries of a flow mapping, as it has them."""
    if len(mapping.value) > 1:
        (_, before), (after, _) = mapping.value[-2], mapping.value[-1]
        between = text[_end(text, before) : after.start_mark.index]
        if _COMMA.fullmatch(between):
            return between
    key = mapping.value[-1][0]
    indent = _indent(text, key)
    if indent is not None and key.start_mark.line > mapping.start_mark.line:
        return f",{newline(text, key.start_mark.index)}{indent}"
    return "," if _colon(text, mapping) == ":" else ", "


def _colon(text: str, mapping: MappingNode) -> str:
    """Between key and value of a flow mapping, as it has them."""
    key, value = mapping.value[-1]
    between = text[key.end_mark.index : value.start_mark.index]
    return between if _COLON.fullmatch(between) else ": "


def _flow_entry(text: str, mapping: MappingNode, name: str, what: str | Nested, step: int) -> str:
    last = mapping.value[-1][0]
    style = '"' if any(key.style == '"' for key, _ in pairs(mapping)) else last.style
    value = quoted(what) if isinstance(what, str) else _flow(text, mapping, what, _indent(text, last), step)
    return f"{_key(name, style)}{_colon(text, mapping)}{value}"


def _flow(text: str, mapping: MappingNode, nested: Nested, indent: str | None, step: int) -> str:
    """Mappings in each other; a line for each entry if those around have lines of their own (`indent`)."""
    keys, strings = nested
    style = '"' if any(key.style == '"' for key, _ in pairs(mapping)) else None
    if mapping.value[0][0].start_mark.line == mapping.start_mark.line:
        indent = None
    inner = None if indent is None else indent + ("\t" if "\t" in indent else " ") * step
    if keys:
        entries = [f"{_key(keys[0], style)}: {_flow(text, mapping, (keys[1:], strings), inner, step)}"]
    else:
        entries = [f"{_key(key, style)}: {quoted(value)}" for key, value in strings]
    if indent is None:
        return "{" + ", ".join(entries) + "}"
    end = newline(text, mapping.start_mark.index)
    return f"{{{end}{inner}" + f",{end}{inner}".join(entries) + f"{end}{indent}}}"
