"""A judge of edits that shares nothing with the editor: ruamel.yaml reads the text, and shape finds the Pod templates.

An edit is right when, for each object of the text before and after,

- the objects are equal but for the two annotations, which are in as many Pod templates as were found;
- each comment is there as often as before, and still beside or above the same key;
- taking the annotations off again gives back the bytes.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

if TYPE_CHECKING:
    from collections.abc import Iterator

SET = {"k8s.aliyun.com/pod-with-eip": "true", "k8s.aliyun.com/eip-bandwidth": "5"}
_OURS = re.compile(r"^[\s\"']*k8s\.aliyun\.com/")
_COMMENT = re.compile(r"(?:^|\s)#(.*)$")


class Unreadable(Exception):
    """A text that is no YAML for this reader either."""


@dataclass(frozen=True, slots=True)
class Template:
    """A mapping with ``spec.containers``: where it is, and the annotations beside that spec."""

    path: str
    annotations: dict[str, Any]


def objects(text: str) -> list[Any]:
    """All documents of a text, plain; JSON objects one after the other included."""
    found: list[Any] = []
    for part in re.split(r"(?m)^\ufeff?---(?=\s|$)", text.replace("\ufeff", "")):
        try:
            found += list(_json(part)) if part.lstrip().startswith("{") else _yaml(part)
        except ValueError:
            found += _yaml(part)
    return [each for each in found if each is not None]


def templates(item: Any, path: str = "") -> Iterator[Template]:
    """Every mapping in it that has ``spec.containers`` with an image."""
    if isinstance(item, list):
        for number, each in enumerate(item):
            yield from templates(each, f"{path}[{number}]")
    elif isinstance(item, dict):
        spec = item.get("spec")
        containers = spec.get("containers") if isinstance(spec, dict) else None
        named = str(item.get("kind") or "Pod")
        if isinstance(containers, list) and named == "Pod" and any("image" in each for each in containers if each):
            meta = item.get("metadata") or {}
            yield Template(path.strip("."), dict(meta.get("annotations") or {}))
        else:
            for key, each in item.items():
                yield from templates(each, f"{path}.{key}")


def without(value: Any) -> Any:
    """Without our annotations, and without mappings that only they need."""
    if isinstance(value, list):
        return [without(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: without(each) for key, each in value.items() if key not in SET}
    empty = ("annotations", "metadata", "podTemplate", "podMetadata")
    return {key: each for key, each in kept.items() if key not in empty or each not in ({}, None)}


def annotated(value: Any) -> int:
    """How many mappings in it have our annotations, with exactly our values."""
    if isinstance(value, list):
        return sum(map(annotated, value))
    if not isinstance(value, dict):
        return 0
    return int(SET.items() <= value.items()) + sum(annotated(each) for each in value.values())


def comments(text: str) -> Counter[tuple[str, str]]:
    """Each comment with the key that it is beside, or that comes next; what looks like one in a text counts too."""
    lines = [line for line in text.splitlines() if line.strip() and not _OURS.match(line)]
    found: Counter[tuple[str, str]] = Counter()
    below = ""
    for line in reversed(lines):
        comment = _COMMENT.search(line)
        before = line[: comment.start()].strip() if comment else line.strip()
        key = before.partition(":")[0].strip("{ ,")
        if comment:
            found[comment[1], key or below] += 1
        below = key or below
    return found


def wrong(before: str, after: str, removed: str, count: int) -> str:
    """What an edit that put the annotations into `count` templates has done wrong; "" for nothing."""
    old, new = objects(before), objects(after)
    if without(old) != without(new):
        return "the objects differ by more than the annotations"
    if annotated(new) != count:
        return f"{annotated(new)} of {count} templates have the annotations"
    if comments(before) - comments(after):
        return f"a comment is lost or has another key: {next(iter(comments(before) - comments(after)))}"
    if removed != before:
        return "what was put on and taken off is not the same text"
    return ""


def _yaml(part: str) -> list[Any]:
    try:
        reader = YAML(typ="safe", pure=True)
        reader.allow_duplicate_keys = True
        return list(reader.load_all(io.StringIO("---" + part if part[:1] in (" ", "\n", "\r") else part)))
    except (YAMLError, ValueError, RecursionError, AttributeError, TypeError) as error:
        raise Unreadable(str(error)) from error


def _json(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        else:
            found, at = decoder.raw_decode(text, at)
            yield found
