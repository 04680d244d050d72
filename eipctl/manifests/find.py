"""The workloads in a manifest and what scales them, also inside a List."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from yaml import MappingNode, Node, ScalarNode, SequenceNode, YAMLError
from yaml.constructor import SafeConstructor

from eipctl.domain.facts import Scaler, Workload
from eipctl.domain.workloads.decode import AUTOSCALER, SCALED_OBJECT, at, patch_path, scaler, template_path, workload
from eipctl.manifests.nodes import MERGE, NULL, STRING, compose, line_of, pairs, template_error
from eipctl.manifests.parts import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.actions import Pairs

DEFAULT_NAMESPACE = "default"
Path = tuple[str | int, ...]
Facts = TypeVar("Facts", Workload, Scaler)


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


@dataclass(frozen=True, slots=True)
class Contents:
    """What a text holds of workloads, of what scales them, and of patches that annotate Pods."""

    workloads: tuple[Found, ...]
    scalers: tuple[Scaler, ...]
    patches: tuple[Found, ...] = ()


def contents(text: str, name: str) -> Contents:
    """In the order of the text. UsageError for a text that is no manifest."""
    found, scalers, patches = [], [], []
    for number, part in enumerate(parts(text)):
        for path, node in _objects(compose(part, name).root, ()):
            item, place = decode(node), (number, part.line + line_of(node) + 1)
            kind = str(item.get("kind") or "")
            if kind in (AUTOSCALER, SCALED_OBJECT):
                scalers.append(_assumed(scaler(item, kind)))
            elif kind and (template := template_path(item)) is not None:
                found.append(_checked(_found(place, path, node, item, template), name))
            elif template := patch_path(item):
                patches.append(_found(place, path, node, item, template))
    return Contents(tuple(found), tuple(scalers), tuple(patches))


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


def _found(
    place: tuple[int, int], path: Path, node: MappingNode, item: dict[str, Any], template: tuple[str, ...]
) -> Found:
    spelled = decode(node, spelled=True)
    facts = workload(item, f"{str(item['kind']).lower()}s", template)
    found = replace(
        _assumed(facts),
        annotations=_texts(at(spelled, *template, "metadata", "annotations")),
        own_annotations=_texts(at(spelled, "metadata", "annotations")),
        **_NOT_STORED,
    )
    decoded = at(item, *template, "metadata", "annotations")
    unquoted = tuple((key, text) for key, text in found.annotations.items() if not isinstance(decoded[key], str))
    return Found(*place, path, found, facts.namespace, unquoted)


_NOT_STORED: dict[str, Any] = {"uid": "", "resource_version": "", "managers": {}}
"""A dump of an object is a manifest too: who declared what in the cluster binds nobody here."""


def _assumed(facts: Facts) -> Facts:
    return replace(facts, namespace=facts.namespace or DEFAULT_NAMESPACE)


def _checked(found: Found, name: str) -> Found:
    """A template may be YAML as it stands; but then it says what no API server takes."""
    item = found.workload
    labels = (*item.own_labels.values(), *item.pod_labels.values())
    if any("{{" in text for text in (item.kind, found.named, item.name, *labels, *item.images)):
        raise template_error(name, found.line)
    return found


def _texts(found: dict[str, Any]) -> dict[str, str]:
    """A mapping or a list as JSON: what it is for eip-tags when its quotes are forgotten."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for key, value in found.items()
    }


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
