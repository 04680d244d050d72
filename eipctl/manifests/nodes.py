"""The node tree of a manifest, with the place of each node in the text.

YAML is composed by PyYAML and not constructed, so unknown tags do no harm; JSON is YAML but for its tabs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml
from yaml import AliasEvent, MappingNode, Node, ScalarNode, SequenceNode

from eipctl.domain.codes import Code
from eipctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_NODES = 1_000_000
"""With every alias written out: a text that means more is an attack."""
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


class _Loader(yaml.SafeLoader):
    """Gives each alias a node of its own."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.shared: set[int] = set()

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if not self.check_event(AliasEvent):
            return super().compose_node(parent, index)
        event: Any = self.peek_event()  # type: ignore[no-untyped-call] # of PyYAML
        node = super().compose_node(parent, index)
        if node is None or node.end_mark is None:
            raise yaml.MarkedYAMLError("", None, "an anchor holds itself", event.start_mark)
        self.shared.add(id(node))
        return _alias(node, event)


def _alias(node: Node, event: Any) -> Node:
    if isinstance(node, ScalarNode):
        return ScalarNode(node.tag, node.value, event.start_mark, event.end_mark, style="*")
    kind = AliasMapping if isinstance(node, MappingNode) else AliasSequence
    return kind(node.tag, node.value, event.start_mark, event.end_mark)


def compose(text: str, name: str) -> Documents:
    """The documents of `text`. UsageError names `name` and the line of what is wrong."""
    found = Documents()
    loader = None
    try:
        loader = _Loader(text.replace("\t", " ") if _is_json(text) else text)
        while loader.check_node():
            found += filter(None, [loader.get_node()])
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _broken(text, name, mark.line + 1 if mark else 1, error.problem or "it is no YAML") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _broken(text, name, line, f"the character {error.character!r} is not allowed in YAML") from error
    except RecursionError as error:
        raise _broken(text, name, 1, "it is nested too deeply") from error
    finally:
        if loader is not None:
            found.shared = loader.shared
            loader.dispose()
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
        json.loads(text.removeprefix("\ufeff"))
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
    if sum(_size(root, sizes) for root in documents) > MOST_NODES:
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
