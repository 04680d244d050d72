"""How entries of a mapping are written and replaced in the style of what surrounds them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from yaml import MappingNode, Node, ScalarNode

from eipctl.domain.plan import Pairs
from eipctl.manifests.comments import above, below, beside, end_of, is_block_scalar, line_end, line_start
from eipctl.manifests.comments import between as comments_in
from eipctl.manifests.nodes import Layout, pairs
from eipctl.manifests.removal import EMPTY

if TYPE_CHECKING:
    from collections.abc import Iterator

Nested = tuple[Sequence[str], Pairs]
"""Keys of mappings to make, one in the other, and the strings in the innermost."""
Span = tuple[int, int, str]

DEFAULT_STEP = 2
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_COLON = re.compile(r"\s*:\s*")
_SEPARATOR = re.compile(r"\s*,\s*")
_COMMA = re.compile(r"[ \t]*,")


def quoted(value: str, like: str | None = None) -> str:
    """A scalar that is a string in YAML and in JSON, in single quotes if `like` is that."""
    if like == "'" and value.isprintable() and "'" not in value:
        return f"'{value}'"
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def replacement(text: str, node: Node, value: str) -> Span:
    """The string instead of another value."""
    start, end = node.start_mark.index, end_of(text, node)
    space = " " if start == end and text[start - 1 : start] == ":" else ""
    return start, end, space + quoted(value, getattr(node, "style", None))


def addition(text: str, mapping: MappingNode, new: Sequence[tuple[str, str | Nested]], step: int = 0) -> list[Span]:
    """Entries behind the last one of a mapping that has some."""
    if mapping.flow_style:
        return _flow_addition(text, mapping, new, step)
    key = mapping.value[-1][0]
    indent = " " * key.start_mark.column
    lines = [f"{indent}{_key(name, key.style)}: {quoted(str(what))}" for name, what in new]
    return [_behind_last(text, mapping, lines)]


def _behind_last(text: str, mapping: MappingNode, lines: Sequence[str]) -> Span:
    """Behind the last entry that lines may follow: those behind text that an end of the file ends would change it."""
    for _, value in reversed(mapping.value):
        end = end_of(text, value)
        if not is_block_scalar(value):
            return _behind_line(text, end, lines)
        if line_end(text, end) < len(text):
            # What follows the last line with text may be part of it.
            tail = text[line_end(text, end) + 1 : value.end_mark.index]
            kept = "+" in text[value.start_mark.index :].split("\n", 1)[0] or any(map(str.isspace, tail.split("\n")))
            return _behind_line(text, max(end, line_start(text, value.end_mark.index) - 1) if kept else end, lines)
    start = above(text, mapping.value[0][0].start_mark.index)
    return start, start, "".join(line + newline(text, start) for line in lines)


def _flow_addition(text: str, mapping: MappingNode, new: Sequence[tuple[str, str | Nested]], step: int) -> list[Span]:
    """With a comma behind the last value; behind the comment beside it, which stays its own."""
    value = mapping.value[-1][1]
    end, rest = end_of(text, value), line_end(text, end_of(text, value))
    entries = [_flow_entry(text, mapping, name, what, step) for name, what in new]
    if rest >= mapping.end_mark.index or not beside(text, end):
        separator = _separator(text, mapping)
        return [(end, end, "".join(separator + entry for entry in entries))]
    indent = _indent(text, mapping.value[-1][0])
    indent = (_line_indent(text, end) + " " * DEFAULT_STEP) if indent is None else indent
    comma = _COMMA.match(text, end)
    lead, between = f"{newline(text, rest)}{indent}", f",{newline(text, rest)}{indent}"
    written = lead + between.join(entries) + ("," if comma else "")
    at = rest - 1 if text[rest - 1] == "\r" else rest
    return [*([] if comma else [(end, end, ",")]), (at, at, written)]


def instead(text: str, mapping: MappingNode, new: Pairs) -> Span:
    """Other entries in place of all that a flow mapping has."""
    entries = (_flow_entry(text, mapping, key, value, 0) for key, value in new)
    start, end = mapping.value[0][0].start_mark.index, end_of(text, mapping.value[-1][1])
    return start, end, _separator(text, mapping).join(entries)


def first(text: str, parent: ScalarNode | None, mapping: MappingNode, nested: Nested, step: int) -> Span:
    """An entry right behind the line of the key that leads to a block mapping; in a list, behind its first entry."""
    lines = _block(nested, mapping.value[0][0].start_mark.column, step)
    if parent is not None:
        return _behind_line(text, parent.end_mark.index, lines)
    return _behind_last(text, MappingNode(mapping.tag, mapping.value[:1]), lines)


def filled(
    text: str, mapping: MappingNode, entry: tuple[ScalarNode, Node], nested: Nested, step: int
) -> Iterator[Span]:
    """Entries instead of an empty value, so that `removal` can make it again; a comment beside it stays there."""
    key, value = entry
    start, end, key_column = value.start_mark.index, value.end_mark.index, key.start_mark.column
    spelled, lines = text[start:end], not (mapping.flow_style or isinstance(value, MappingNode))
    if isinstance(value, MappingNode) and comments_in(text, start, end):
        yield _among_comments(text, value, nested)
    elif lines and (spelled not in EMPTY or (not spelled and (beside(text, end) or below(text, end, key_column)))):
        yield len(text[:start].rstrip(" \t")), end, ""
        yield _behind_line(text, end, _block(nested, key_column + step, step))
    else:
        written = _flow(text, mapping, nested, None, step)[1:-1]
        number = EMPTY.index(spelled) if spelled in EMPTY else 0
        pad = " " * (number + bool(mapping.flow_style))
        space = " " if start == end else ""
        yield start, end, f"{space}{{{pad}{written}{pad[:1]}}}"


def _among_comments(text: str, empty: MappingNode, nested: Nested) -> Span:
    """On a line of its own, before the brace that ends a mapping with nothing but comments."""
    end = empty.end_mark.index - 1
    start = line_start(text, end)
    if text[start:end].strip():
        raise Layout(empty, "comments stand where the entries go")
    written = _flow(text, empty, nested, None, DEFAULT_STEP)[1:-1]
    return start, start, f"{text[start:end]}{' ' * DEFAULT_STEP}{written}{newline(text, start)}"


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


def _behind_line(text: str, index: int, lines: Sequence[str]) -> Span:
    end = text.find("\n", index)
    if end < 0:
        return len(text), len(text), "".join(newline(text, index) + line for line in lines)
    return end + 1, end + 1, "".join(line + newline(text, index) for line in lines)


def _line_indent(text: str, index: int) -> str:
    line = text[line_start(text, index) : index]
    return line[: len(line) - len(line.lstrip())]


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
        between = text[end_of(text, before) : after.start_mark.index]
        if _SEPARATOR.fullmatch(between):
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
    if not mapping.value or mapping.value[0][0].start_mark.line == mapping.start_mark.line:
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
