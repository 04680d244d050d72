"""The node tree of a document, with the place of each node in its part of the text.

YAML is parsed by libyaml, of which kubectl's parser is a port, and composed but not constructed, so unknown tags do no
harm. PyYAML's own parser is fifteen times slower; it reads what libyaml can't, and does without libyaml.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from yaml import AliasEvent, MappingNode, Node, ScalarNode, SequenceNode
from yaml.composer import Composer
from yaml.reader import Reader
from yaml.resolver import Resolver

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.manifests.parts import Part

MOST_NODES = 1_000_000
"""More than the text has characters, with every alias written out: a text that means as much is an attack."""
_HALVES = re.compile(r"\\u[dD][89a-fA-F]")
"""JSON may write a character beyond U+FFFF as two halves, and libyaml takes neither."""
STRING, NULL, MERGE = (f"tag:yaml.org,2002:{name}" for name in ("str", "null", "merge"))

_START = yaml.Mark("", 0, 0, 0, None, 0)


class Layout(Exception):
    """Why a text does not allow an edit, and the line (from 0) in its part."""

    def __init__(self, node: Node, why: str) -> None:
        super().__init__(why)
        self.line = line_of(node)


class AliasMapping(MappingNode):
    """``*anchor`` where a mapping is expected; its marks are those of the alias."""


class AliasSequence(SequenceNode):
    """``*anchor`` where a list is expected."""


@dataclass(frozen=True, slots=True)
class Document:
    """Its root, a null where there is nothing; `shared` are the ids of nodes that an alias repeats."""

    root: Node
    shared: frozenset[int]


class _Composer(Composer, Resolver):
    """Gives each alias a node of its own."""

    def __init__(self, parser: Any) -> None:
        Composer.__init__(self)
        Resolver.__init__(self)
        self.check_event, self.peek_event, self.get_event = parser.check_event, parser.peek_event, parser.get_event
        self.shared: set[int] = set()

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if not self.check_event(AliasEvent):
            return super().compose_node(parent, index)
        event: Any = self.peek_event()
        node = super().compose_node(parent, index)
        if node is None or node.end_mark is None:
            raise yaml.MarkedYAMLError("", None, "an anchor contains itself", event.start_mark)
        self.shared.add(id(node))
        return _alias(node, event)


def _parser(text: str) -> Any:
    """libyaml's where that can be."""
    if yaml.__with_libyaml__ and not _HALVES.search(text):
        return yaml.CSafeLoader(text)
    return yaml.SafeLoader(text.replace("\t", " ") if _is_json(text) else text)


def _alias(node: Node, event: Any) -> Node:
    if isinstance(node, ScalarNode):
        return ScalarNode(node.tag, node.value, event.start_mark, event.end_mark, style="*")
    kind = AliasMapping if isinstance(node, MappingNode) else AliasSequence
    return kind(node.tag, node.value, event.start_mark, event.end_mark)


def compose(part: Part, name: str) -> Document:
    """The document in a part of the text. UsageError names `name` and the line of what is wrong."""
    text = part.text
    if odd := Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, odd.start())
        raise _broken(part, name, line, f"the character {odd[0]!r} is not allowed in YAML")
    composer = _Composer(_parser(text))
    try:
        root = (composer.get_node() if composer.check_node() else None) or ScalarNode(NULL, "", _START, _START)
        if composer.check_node():
            raise _broken(part, name, 0, "its documents are not separated by a line")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _broken(part, name, mark.line if mark else 0, error.problem or "it is not YAML") from error
    except RecursionError as error:
        raise _broken(part, name, 0, "it is nested too deeply") from error
    _check(part, name, root)
    return Document(root, frozenset(composer.shared))


def pairs(node: Node) -> Iterator[tuple[ScalarNode, Node]]:
    """The entries of a mapping; none of any other node."""
    if isinstance(node, MappingNode):
        yield from node.value


def line_of(node: Node) -> int:
    """From 0, in its part of the text."""
    line: int = node.start_mark.line
    return line


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _check(part: Part, name: str, root: Node) -> None:
    waiting = [root]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ScalarNode) or id(node.value) in seen:
            continue
        seen.add(id(node.value))
        if isinstance(node, MappingNode):
            _check_keys(part, name, node)
            waiting += [value for _, value in node.value]
        else:
            waiting += node.value
    if _size(root, {}) > MOST_NODES + len(part.text):
        raise _broken(part, name, 0, "its anchors and aliases expand to too large a document")


def _check_keys(part: Part, name: str, node: MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, ScalarNode):
            raise _broken(part, name, line_of(key), "a key is not a string")
        if key.value in seen:
            raise _broken(part, name, line_of(key), f"the key {key.value!r} is given twice")
        seen.add(key.value)


def _size(node: Node, sizes: dict[int, int]) -> int:
    if isinstance(node, ScalarNode):
        return 1
    if id(node.value) not in sizes:
        children = (value for _, value in node.value) if isinstance(node, MappingNode) else iter(node.value)
        sizes[id(node.value)] = 1 + sum(_size(child, sizes) for child in children)
    return sizes[id(node.value)]


def template_error(name: str, line: int) -> UsageError:
    """Of a text that is none of YAML, but what makes some; `line` from 1."""
    message = f"{name}:{line} looks like a template (such as Helm's), not a manifest"
    hint = "set the annotations in the chart's values, or annotate the output of helm template"
    return UsageError(Code.MANIFEST_TEMPLATE, message, hint=hint, obj=name)


def _broken(part: Part, name: str, line: int, problem: str) -> UsageError:
    line += part.line + 1
    if "{{" in part.text:
        return template_error(name, line)
    message = f"{name}:{line} can't be read as a manifest: {problem}"
    return UsageError(Code.MANIFEST, message, hint="for details: kubectl apply --dry-run=client -f", obj=name)
