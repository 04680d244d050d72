"""The workloads in a manifest and what scales them, also inside a List."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from yaml import MappingNode, Node, ScalarNode, SequenceNode, YAMLError
from yaml.constructor import SafeConstructor

from eipctl.domain.facts import Scaler, Workload
from eipctl.domain.workloads.decode import AUTOSCALER, SCALED_OBJECT, at, scaler, text, workload
from eipctl.domain.workloads.schema import keeps
from eipctl.domain.workloads.templates import (
    annotated_patch,
    containers_elsewhere,
    get,
    is_patch,
    path_text,
    templates,
)
from eipctl.manifests.nodes import MERGE, NULL, STRING, compose, line_of, pairs, template_error
from eipctl.manifests.parts import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.plan import Pairs
    from eipctl.domain.workloads.templates import Item, Path, Template

DEFAULT_NAMESPACE = "default"
Facts = TypeVar("Facts", Workload, Scaler)


@dataclass(frozen=True, slots=True)
class Found:
    """A Pod template: its part of the text (from 0), and the line (from 1) and path of its object.

    `named` is the namespace that it names itself; "" where the one who applies it chooses. `unquoted` are the
    annotations of the template that are no strings, as the text spells them: the API server rejects them.
    `replicas` is what a patch says of them; None where it says nothing.
    """

    part: int
    line: int
    path: Path
    workload: Workload
    named: str
    unquoted: Pairs
    replicas: int | None = None

    @property
    def words(self) -> str:
        """``deployment/web``."""
        return f"{self.workload.kind.lower()}/{self.workload.name}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An object that makes Pods, or may, and can't be annotated: its line and names, and why."""

    line: int
    api_version: str
    kind: str
    namespace: str
    name: str
    why: str

    @property
    def words(self) -> str:
        """``deployment/web``."""
        return f"{self.kind.lower()}/{self.name}"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a text holds: Pod templates, what scales them, parts of workloads (patches), and what can't be annotated."""

    workloads: tuple[Found, ...]
    scalers: tuple[Scaler, ...] = ()
    patches: tuple[Found, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    patch_files: tuple[str, ...] = ()
    """What a kustomization names as its patches: paths from its own folder."""


@dataclass(frozen=True, slots=True)
class _Object:
    """An object of a text, as its item and its place."""

    part: int
    line: int
    path: Path
    node: MappingNode
    item: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.item.get("kind") or "")


def contents(content: str, name: str) -> Contents:
    """In the order of the text. UsageError for a text that is no manifest."""
    objects = [
        _Object(number, part.line + line_of(node) + 1, path, node, {**kind, **decode(node)})
        for number, part in enumerate(parts(content))
        for path, node, kind in _objects(compose(part, name).root, (), {})
    ]
    schemas = dict(each for obj in objects if obj.kind == "CustomResourceDefinition" for each in _schemas(obj.item))
    found: list[Found] = []
    scalers: list[Scaler] = []
    patches: list[Found] = []
    left_out: list[LeftOut] = []
    files: list[str] = []
    for obj in objects:
        if obj.kind in (AUTOSCALER, SCALED_OBJECT):
            scalers.append(_assumed(scaler(obj.item, obj.kind)))
        elif obj.kind in ("Kustomization", "Component", ""):
            files += _patch_files(obj.item)
        else:
            own, parts_of, rest = _templates(obj, schemas)
            found += [_checked(each, name) for each in own]
            patches += parts_of
            left_out += rest
    return Contents(tuple(found), tuple(scalers), tuple(patches), tuple(left_out), tuple(files))


def _templates(obj: _Object, schemas: Schemas) -> tuple[list[Found], list[Found], list[LeftOut]]:
    """Those to annotate, those that are part of a workload, and why others are left out."""
    whole = templates(obj.item)
    closed = {each.path: each.closed or _pruned(obj.item, each, schemas) for each in whole}
    own = [_found(obj, each) for each in whole if not (is_patch(obj.item, each) or closed[each.path])]
    parts_of = [_found(obj, each) for each in whole if is_patch(obj.item, each)]
    rest = [_left_out(obj, f"{each.text}: {why}") for each in whole if (why := closed[each.path])]
    if not whole and (patch := annotated_patch(obj.item)):
        parts_of.append(_found(obj, patch))
    elif not whole and (path := containers_elsewhere(obj.item)):
        why = (
            f"it has containers at {path_text(path)}, but no place for the annotations of their Pods that eipctl knows"
        )
        rest.append(_left_out(obj, why))
    return own, parts_of, rest


def _left_out(obj: _Object, why: str) -> LeftOut:
    meta = at(obj.item, "metadata")
    return LeftOut(obj.line, text(obj.item, "apiVersion"), obj.kind, text(meta, "namespace"), text(meta, "name"), why)


Schemas: TypeAlias = "dict[tuple[str, str], dict[str, Any]]"
"""By apiVersion and kind, the openAPIV3Schema that a CustomResourceDefinition of the text has for it."""


def _schemas(item: Item) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    spec = at(item, "spec")
    versions = spec.get("versions")
    for version in versions if isinstance(versions, list) else ():
        schema = get(version, ("schema", "openAPIV3Schema"))
        if isinstance(schema, dict):
            yield (f"{spec.get('group')}/{version.get('name')}", str(at(spec, "names").get("kind"))), schema


def _pruned(item: Item, template: Template, schemas: Schemas) -> str:
    schema = schemas.get((str(item.get("apiVersion")), str(item.get("kind"))))
    if schema is None or keeps(schema, (*template.meta, "annotations", "k8s.aliyun.com/pod-with-eip")):
        return ""
    return "its CustomResourceDefinition does not declare annotations there, so the API server drops them"


def _patch_files(item: Item) -> Iterator[str]:
    """Of a kustomization, with or without its kind."""
    for key in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        listed = item.get(key)
        for each in listed if isinstance(listed, list) else ():
            path = each.get("path") if isinstance(each, dict) else each
            if isinstance(path, str) and "\n" not in path:
                yield path


def _objects(node: Node, path: Path, kind: dict[str, Any]) -> Iterator[tuple[Path, MappingNode, dict[str, Any]]]:
    """Each with the kind that a typed list gives to items that name none."""
    if not isinstance(node, MappingNode):
        return
    children = {key.value: value for key, value in pairs(node)}
    name, items = _scalar_of(children.get("kind")), "items"
    if name == "Template" and isinstance(children.get("objects"), SequenceNode):
        items = "objects"
    listed = children.get(items)
    if isinstance(listed, SequenceNode) and (name.endswith("List") or items == "objects"):
        of = {"apiVersion": _scalar_of(children.get("apiVersion")), "kind": name.removesuffix("List")}
        for index, item in enumerate(listed.value):
            yield from _objects(item, (*path, items, index), of if name not in ("List", "Template") else {})
    else:
        yield path, node, kind


def _scalar_of(node: Node | None) -> str:
    return str(node.value) if isinstance(node, ScalarNode) else ""


def _found(obj: _Object, template: Template) -> Found:
    spelled, item = decode(obj.node, spelled=True), obj.item
    facts = workload(item, f"{obj.kind.lower()}s", template)
    where: Path = (*template.meta, "annotations")
    found = replace(
        _assumed(facts),
        annotations=_texts(at(spelled, *where)),
        own_annotations=_texts(at(spelled, "metadata", "annotations")),
        **_NOT_STORED,
    )
    decoded = at(item, *where)
    unquoted = tuple(
        (key, value) for key, value in found.annotations.items() if not isinstance(decoded[key], str | None)
    )
    replicas = get(item, ("spec", "replicas"))
    said = replicas if isinstance(replicas, int) else None
    return Found(obj.part, obj.line, obj.path, found, facts.namespace, unquoted, said)


_NOT_STORED: dict[str, Any] = {"uid": "", "resource_version": "", "managers": {}, "declared": {}, "writers": ()}
"""A dump of an object is a manifest too: who declared what in the cluster binds nobody here."""


def _assumed(facts: Facts) -> Facts:
    return replace(facts, namespace=facts.namespace or DEFAULT_NAMESPACE)


def _checked(found: Found, name: str) -> Found:
    """A template may be YAML as it stands; but then it says what no API server takes."""
    item = found.workload
    labels = (*item.own_labels.values(), *item.pod_labels.values())
    if any("{{" in value for value in (item.kind, found.named, item.name, *labels, *item.images)):
        raise template_error(name, found.line)
    return found


def _texts(found: dict[str, Any]) -> dict[str, str]:
    """A mapping or a list as JSON: what it is for eip-tags when its quotes are forgotten."""
    texts = {key: "" if value is None else value for key, value in found.items()}
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for key, value in texts.items()
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
    return _whole(node.value) if spelled and node.tag != NULL else _scalar(node)


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
