"""The workloads in a manifest, also inside a List."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode, YAMLError
from yaml.constructor import SafeConstructor

from eipctl.domain.workload_objects import at, template_path, workload
from eipctl.manifests.nodes import MERGE, NULL, STRING, compose, line_of, pairs
from eipctl.manifests.parts import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.actions import Pairs
    from eipctl.domain.facts import Workload
    from eipctl.manifests.parts import Part

DEFAULT_NAMESPACE = "default"
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A workload, the part of the text (from 0), its line (from 1), and the path in the document.

    `named` is the namespace that it names itself; "" where the one who applies it chooses. `unquoted` are the
    annotations of its template that are no strings, as the text spells them: the API server rejects them.
    """

    part: int
    line: int
    path: Path
    workload: Workload
    named: str
    unquoted: Pairs


def workloads(text: str, name: str) -> tuple[Found, ...]:
    """In the order of the text. UsageError for a text that is no manifest."""
    return tuple(found for number, part in enumerate(parts(text)) for found in _in_part(number, part, name))


def _in_part(number: int, part: Part, name: str) -> Iterator[Found]:
    for path, node in _objects(compose(part, name).root, ()):
        yield from _found((number, part.line + line_of(node) + 1), path, node)


def _objects(node: Node, path: Path) -> Iterator[tuple[Path, MappingNode]]:
    if not isinstance(node, MappingNode):
        return
    children = {key.value: value for key, value in pairs(node)}
    kind, items = children.get("kind"), children.get("items")
    if isinstance(kind, ScalarNode) and kind.value.endswith("List") and isinstance(items, SequenceNode):
        for index, item in enumerate(items.value):
            yield from _objects(item, (*path, "items", index))
    else:
        yield path, node


def _found(place: tuple[int, int], path: Path, node: MappingNode) -> Iterator[Found]:
    item = decode(node)
    template = template_path(item)
    if template is None:
        return
    spelled = decode(node, spelled=True)
    facts = workload(item, f"{str(item['kind']).lower()}s", template)
    found = replace(
        facts,
        namespace=facts.namespace or DEFAULT_NAMESPACE,
        annotations=_texts(at(spelled, *template, "metadata", "annotations")),
        own_annotations=_texts(at(spelled, "metadata", "annotations")),
    )
    decoded = at(item, *template, "metadata", "annotations")
    unquoted = tuple((key, text) for key, text in found.annotations.items() if not isinstance(decoded[key], str))
    yield Found(*place, path, found, facts.namespace, unquoted)


def _texts(found: dict[str, Any]) -> dict[str, str]:
    return {key: value for key, value in found.items() if isinstance(value, str)}


def decode(node: Node, *, spelled: bool = False) -> Any:
    """As kubectl decodes it, merge keys included; with `spelled` each scalar as the text has it."""
    if isinstance(node, MappingNode):
        merged: dict[str, Any] = {}
        for key, value in pairs(node):
            if key.tag == MERGE:
                sources = value.value if isinstance(value, SequenceNode) else [value]
                for source in (each for each in sources if isinstance(each, MappingNode)):
                    merged = {**decode(source, spelled=spelled), **merged}
        own = {key.value: decode(value, spelled=spelled) for key, value in pairs(node) if key.tag != MERGE}
        return {**merged, **own}
    if isinstance(node, SequenceNode):
        return [decode(item, spelled=spelled) for item in node.value]
    return _whole(node.value) if spelled else _scalar(node)


def _whole(text: str) -> str:
    """JSON writes a character beyond U+FFFF as two halves."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _scalar(node: Node) -> Any:
    if node.tag == STRING:
        return _whole(node.value)
    if node.tag == NULL:
        return None
    try:
        return SafeConstructor().construct_object(node)
    except (YAMLError, ValueError):
        return node.value
