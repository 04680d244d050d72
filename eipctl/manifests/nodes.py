"""The node tree of a manifest, with the place of each node in the text.

YAML is parsed by libyaml, of which kubectl's parser is a port, and composed but not constructed, so unknown tags do no
harm. PyYAML's own parser is fifteen times slower; it reads what libyaml can't, and does without libyaml.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml
from yaml import AliasEvent, MappingNode, Node, ScalarNode, SequenceNode
from yaml.composer import Composer
from yaml.reader import Reader
from yaml.resolver import Resolver

from eipctl.domain.codes import Code
from eipctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

BOM = "\ufeff"
MOST_NODES = 1_000_000
"""More than the text has characters, with every alias written out: a text that means as much is an attack."""
_HALVES = re.compile(r"\\u[dD][89a-fA-F]")
"""JSON may write a character beyond U+FFFF as two halves, and libyaml takes neither."""
STRING, NULL, MERGE = (f"tag:yaml.org,2002:{name}" for name in ("str", "null", "merge"))


class AliasMapping(MappingNode):
    """``*anchor`` where a mapping is expected; its marks are those of the alias."""


class AliasSequence(SequenceNode):
    """``*anchor`` where a list is expected."""


class Documents(list[Node]):
    """The root nodes of a text, empty documents left out; `shared` are the ids of nodes that an alias repeats."""

    def __init__(self) -> None:
        super().__init__()
        self.shared: set[int] = set()


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
            raise yaml.MarkedYAMLError("", None, "an anchor holds itself", event.start_mark)
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


def compose(text: str, name: str) -> Documents:
    """The documents of `text`, whose byte order mark no index counts. UsageError names `name` and the wrong line."""
    text = text.removeprefix(BOM)
    if odd := Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        raise _broken(text, name, line, f"the character {odd[0]!r} is not allowed in YAML")
    found = Documents()
    composer = _Composer(_parser(text))
    try:
        while composer.check_node():
            found += filter(None, [composer.get_node()])
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _broken(text, name, mark.line + 1 if mark else 1, error.problem or "it is no YAML") from error
    except RecursionError as error:
        raise _broken(text, name, 1, "it is nested too deeply") from error
    found.shared = composer.shared
    _check(text, name, found)
    return found


def pairs(node: Node) -> Iterator[tuple[ScalarNode, Node]]:
    """The entries of a mapping; none of any other node."""
    if isinstance(node, MappingNode):
        yield from node.value


def line_of(node: Node) -> int:
    """From 1."""
    line: int = node.start_mark.line + 1
    return line


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _check(text: str, name: str, documents: Documents) -> None:
    sizes: dict[int, int] = {}
    waiting: list[Node] = list(documents)
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ScalarNode) or id(node.value) in seen:
            continue
        seen.add(id(node.value))
        if isinstance(node, MappingNode):
            _check_keys(text, name, node)
            waiting += [value for _, value in node.value]
        else:
            waiting += node.value
    if sum(_size(root, sizes) for root in documents) > MOST_NODES + len(text):
        raise _broken(text, name, 1, "its anchors and aliases mean too large a document")


def _check_keys(text: str, name: str, node: MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, ScalarNode):
            raise _broken(text, name, line_of(key), "a key is no text")
        if key.value in seen:
            raise _broken(text, name, line_of(key), f"the key {key.value!r} is there twice")
        seen.add(key.value)


def _size(node: Node, sizes: dict[int, int]) -> int:
    if isinstance(node, ScalarNode):
        return 1
    if id(node.value) not in sizes:
        children = (value for _, value in node.value) if isinstance(node, MappingNode) else iter(node.value)
        sizes[id(node.value)] = 1 + sum(_size(child, sizes) for child in children)
    return sizes[id(node.value)]


def _broken(text: str, name: str, line: int, problem: str) -> UsageError:
    if "{{" in text:
        message = f"{name}:{line} looks like a template (Helm's, for one) and not like a manifest"
        hint = "set the annotations in the chart's values, or annotate what helm template prints"
        return UsageError(Code.MANIFEST_TEMPLATE, message, hint=hint, obj=name)
    message = f"{name}:{line} can't be read as a manifest: {problem}"
    return UsageError(Code.MANIFEST, message, hint="kubectl apply --dry-run=client -f tells more", obj=name)
