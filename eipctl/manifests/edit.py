"""Edits of a manifest that leave every byte outside the edited lines as it is.

Each edit becomes spans of the text to replace. The result is composed again and must be, node for node, the original
with exactly these edits; anything else is refused.

where the entry goes                          what is written
--------------------------------------------  ---------------------------------------------------------------
there is one of its key                       its value alone, in its style of quotes
the mapping has entries, block style          a line behind its last entry, with the quotes of its keys
the mapping has entries, flow style or JSON   behind its last entry, with the separators of its entries
there is no mapping yet, or an empty one      first behind the key that leads there, one step deeper
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.manifests import comments, removal, style
from eipctl.manifests.find import decode
from eipctl.manifests.nodes import (
    MERGE,
    NULL,
    STRING,
    AliasMapping,
    AliasSequence,
    Document,
    Layout,
    compose,
    pairs,
)
from eipctl.manifests.parts import Part, parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from eipctl.domain.plan import Pairs
    from eipctl.domain.workloads.templates import Path

Span = tuple[int, int, str]
"""From, to (exclusive), and what is written there instead."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Strings to set and keys to remove in the mapping at `path` of a part (from 0) of the text, made if missing."""

    part: int
    path: Path
    set: Pairs = ()
    remove: tuple[str, ...] = ()


def edited(text: str, edits: Sequence[Edit], name: str) -> str:
    """`text` with all of them. UsageError where the text does not allow it without touching more."""
    wanted: dict[int, list[Edit]] = {}
    for edit in edits:
        wanted.setdefault(edit.part, []).append(edit)
    after = [_part(part, wanted[n], name) if n in wanted else part.text for n, part in enumerate(parts(text))]
    return "".join(after)


def _part(part: Part, edits: Sequence[Edit], name: str) -> str:
    document = compose(part, name)
    try:
        spans = [span for edit in edits for span in _spans(part.text, document, edit)]
        result = _replaced(part.text, removal.merged(part.text, spans))
        _verify(document, replace(part, text=result), edits, name)
    except Layout as error:
        message = f"{name}:{part.line + error.line + 1} can't be edited: {error}"
        hint = "edit it by hand: kubectl explain deployment.spec.template.metadata.annotations"
        raise UsageError(Code.MANIFEST_LAYOUT, message, hint=hint, obj=name) from error
    return result


def _replaced(text: str, spans: Iterable[Span]) -> str:
    pieces, done = [], 0
    for start, end, new in spans:
        pieces += [text[done:start], new]
        done = end
    return "".join((*pieces, text[done:]))


def _spans(text: str, document: Document, edit: Edit) -> Iterable[Span]:
    steps = _walk(document, edit)
    rest = edit.path[len(steps) - 1 :]
    if rest:
        return _new_mapping(text, steps, edit, rest) if edit.set else ()
    mapping = steps[-1]
    if not isinstance(mapping, MappingNode):
        raise Layout(mapping, f"{edit.path[-1]} is not a mapping")
    if any(key.tag == MERGE for key, _ in pairs(mapping)) and any(_entry(mapping, key) is None for key in edit.remove):
        raise Layout(mapping, "a merge key brings the annotations")
    gone = [number for number, (key, _) in enumerate(pairs(mapping)) if key.value in edit.remove]
    if gone and len(gone) == len(mapping.value):
        return _other(text, mapping, edit.set) if edit.set else removal.emptied(text, steps, edit.path)
    return [*removal.taken_off(text, mapping, gone), *_settings(text, mapping, edit.set)]


def _other(text: str, mapping: MappingNode, wanted: Pairs) -> list[Span]:
    """Other entries instead of all there are."""
    if not mapping.flow_style:
        gone = removal.taken_off(text, mapping, range(len(mapping.value)))
        return [*gone, *style.addition(text, mapping, wanted)]
    if comments.inside(text, mapping.start_mark.index, mapping):
        raise Layout(mapping, "other entries there would lose a comment")
    return [style.instead(text, mapping, wanted)]


def _settings(text: str, mapping: MappingNode, wanted: Pairs) -> Iterator[Span]:
    """New values in their places, and the new entries together."""
    new = []
    for key, value in wanted:
        entry = _entry(mapping, key)
        if entry is None:
            new.append((key, value))
        else:
            yield style.replacement(text, entry[1], value)
    if new:
        yield from style.addition(text, mapping, new)


def _walk(document: Document, edit: Edit) -> list[Node]:
    """The steps of the edit's path; none of them may be shared."""
    steps = _steps(document.root, edit.path)
    for node in steps:
        if isinstance(node, AliasMapping | AliasSequence) or id(node) in document.shared:
            raise Layout(node, "an anchor or alias shares the annotations with another place")
    return steps


def _steps(root: Node, path: Path) -> list[Node]:
    """The nodes from the root along the path, as far as there are any with entries."""
    steps = [root]
    for key in path:
        node = steps[-1]
        if isinstance(node, SequenceNode) and isinstance(key, int):
            steps.append(node.value[key])
            continue
        entry = _entry(node, str(key))
        if entry is None or _is_empty(entry[1]):
            break
        steps.append(entry[1])
    return steps


def _entry(node: Node, key: str) -> tuple[ScalarNode, Node] | None:
    return next((entry for entry in pairs(node) if entry[0].value == key), None)


def _is_empty(node: Node) -> bool:
    if isinstance(node, AliasMapping):
        return False
    return node.tag == NULL or (isinstance(node, MappingNode) and not node.value)


def _new_mapping(text: str, steps: list[Node], edit: Edit, rest: Path) -> Iterable[Span]:
    """Entries for the mappings that are missing, the last one with what is to be set."""
    mapping, keys = steps[-1], [str(key) for key in rest]
    if not isinstance(mapping, MappingNode):
        raise Layout(mapping, f"{edit.path[len(steps) - 2]} is not a mapping")
    entry = _entry(mapping, keys[0])
    if entry is None and keys[0] in decode(mapping):
        raise Layout(mapping, f"a merge key brings the {keys[0]}")
    step = style.step(text, steps)
    if entry is not None:
        yield from style.filled(text, mapping, entry, (keys[1:], edit.set), step)
    elif mapping.flow_style:
        yield from style.addition(text, mapping, [(keys[0], (keys[1:], edit.set))], step)
    else:
        holder = steps[-2] if len(steps) > 1 else None
        parent = next((key for key, value in pairs(holder) if value is mapping), None) if holder else None
        yield style.first(text, parent, mapping, (keys, edit.set), step)


def _verify(before: Document, after: Part, edits: Sequence[Edit], name: str) -> None:
    """Layout unless `after` means what `before` does, with the edits."""
    root = before.root
    try:
        expected, found = _plain(root), _plain(compose(after, name).root)
    except UsageError as error:
        raise _odd(root, edits[0]) from error
    for edit in edits:
        _apply(expected, edit)
        _tidy(expected, edit.path)
        _tidy(found, edit.path)
    if expected != found:
        raise _odd(root, edits[0])


def _odd(root: Node, edit: Edit) -> Layout:
    return Layout(_steps(root, edit.path)[-1], "its layout does not allow the change without editing other lines")


def _plain(node: Node) -> Any:
    """What it means, without its layout: scalars as (tag, text)."""
    if isinstance(node, MappingNode):
        return {key.value: _plain(value) for key, value in pairs(node)}
    if isinstance(node, SequenceNode):
        return [_plain(item) for item in node.value]
    return node.tag, node.value


def _apply(document: Any, edit: Edit) -> None:
    mapping = document
    for key in edit.path:
        if isinstance(mapping, dict) and not isinstance(mapping.get(key), dict | list):
            if not edit.set:
                return
            mapping[key] = {}
        mapping = mapping[key]
    for name in edit.remove:
        mapping.pop(name, None)
    mapping.update({key: (STRING, value) for key, value in edit.set})


def _tidy(document: Any, path: Path) -> None:
    """Without mappings that are empty at the end of the path: to have none means the same."""
    holders = [document]
    for key in path:
        holders.append(holders[-1].get(key) if isinstance(holders[-1], dict) else _item(holders[-1], key))
    for key, holder in reversed(list(zip(path, holders, strict=False))):
        if isinstance(holder, dict) and key in holder and holder[key] in ({}, (NULL, ""), (NULL, "null"), (NULL, "~")):
            del holder[key]


def _item(holder: Any, key: str | int) -> Any:
    return holder[key] if isinstance(holder, list) and isinstance(key, int) else None
