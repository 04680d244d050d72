"""Where comments stand among the nodes of a document, and where nodes end: PyYAML's nodes know neither."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from eipctl.manifests.nodes import AliasMapping, AliasSequence

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = re.compile(r"[&!][^\s,\[\]{}]*")
"""Anchors and tags: a ``#`` in them is none of a comment."""
_COMMENT_LINE = re.compile(r"[ \t]*#.*(?:\n|\Z)|[ \t]*\r?\n")
"""A line that is a comment, or blank."""


def between(text: str, start: int, end: int) -> bool:
    """Whether there is a comment in a stretch without scalars."""
    return "#" in _NAMES.sub("", text[start:end])


def inside(text: str, start: int, node: Node) -> bool:
    """Whether there is a comment from `start` to the end of a node that follows, outside its scalars."""
    done = start
    for leaf in _leaves(node):
        header = text[leaf.start_mark.index :].partition("\n")[0] if is_block_scalar(leaf) else ""
        if between(text, done, leaf.start_mark.index) or between(header, 0, len(header)):
            return True
        done = end_of(text, leaf)
    return between(text, done, end_of(text, node))


def beside(text: str, index: int) -> bool:
    """Whether a comment follows on the same line."""
    return between(text, index, line_end(text, index))


def below(text: str, index: int, column: int) -> bool:
    """Whether the next lines are comments that begin behind this column, before anything else."""
    at = line_end(text, index) + 1
    while found := _COMMENT_LINE.match(text, at) if at < len(text) else None:
        line = found[0]
        if line.strip():
            return len(line) - len(line.lstrip()) > column
        at = found.end()
    return False


def above(text: str, index: int) -> int:
    """The start of the comments right above the line of `index`, or of that line."""
    start = line_start(text, index)
    while start and text[line_start(text, start - 1) : start].lstrip().startswith("#"):
        start = line_start(text, start - 1)
    return start


def line_start(text: str, index: int) -> int:
    """Of the line that `index` is in."""
    return text.rfind("\n", 0, index) + 1


def line_end(text: str, index: int) -> int:
    """Of its newline, or of the text."""
    end = text.find("\n", index)
    return len(text) if end < 0 else end


def end_of(text: str, node: Node) -> int:
    """Behind the last character of a node's content."""
    block = isinstance(node, MappingNode | SequenceNode) and not node.flow_style
    if block and node.value and not isinstance(node, AliasMapping | AliasSequence):
        inner = node.value[-1]
        return end_of(text, inner[1] if isinstance(node, MappingNode) else inner)
    start, end = node.start_mark.index, node.end_mark.index
    return start + len(text[start:end].rstrip())


def is_block_scalar(node: Node) -> bool:
    """Whether it is written after ``|`` or ``>``."""
    return getattr(node, "style", None) in ("|", ">")


def _leaves(node: Node) -> Iterator[Node]:
    """Scalars and aliases, in their order."""
    if isinstance(node, ScalarNode | AliasMapping | AliasSequence):
        yield node
        return
    for child in node.value:
        for each in child if isinstance(child, tuple) else (child,):
            yield from _leaves(each)
