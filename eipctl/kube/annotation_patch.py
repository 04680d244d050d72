"""The patches that `annotate` sends: a merge patch, or a JSON patch where the Pod template is in a list.

Both carry the resourceVersion that was seen, which the API server answers with 409 when it is no longer the newest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.domain.workloads.templates import get

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eipctl.domain.actions.workloads import AnnotateWorkload
    from eipctl.domain.workloads.templates import Path

JSON_PATCH = "application/json-patch+json"


def annotation_patch(action: AnnotateWorkload) -> dict[str, Any]:
    """RFC 7396; for annotations that no list contains."""
    patch: dict[str, Any] = {**dict(action.set), **dict.fromkeys(action.remove)}
    for key in reversed(action.annotations_path):
        patch = {str(key): patch} if patch else {}
    if action.own_remove:
        patch.setdefault("metadata", {}).setdefault("annotations", {}).update(dict.fromkeys(dict(action.own_remove)))
    if action.recreate:
        patch.setdefault("spec", {})["strategy"] = {"type": "Recreate", "rollingUpdate": None}
    patch["metadata"] = {**patch.get("metadata", {}), "resourceVersion": action.resource_version}
    return patch


def annotation_steps(action: AnnotateWorkload, item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """RFC 6902; `item` is the current object, which shows which mappings are missing."""
    own: Path = ("metadata", "annotations")
    steps: list[dict[str, Any]] = [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": action.resource_version},
        *_made(item, action.annotations_path if action.set else ()),
        *({"op": "add", "path": _pointer((*action.annotations_path, key)), "value": text} for key, text in action.set),
    ]
    gone = [(*action.annotations_path, key) for key in action.remove] + [(*own, key) for key in dict(action.own_remove)]
    return steps + [{"op": "remove", "path": _pointer(path)} for path in gone if get(item, path) is not None]


def _made(item: Mapping[str, Any], path: Path) -> Iterator[dict[str, Any]]:
    for end in range(1, len(path) + 1):
        if get(item, path[:end]) is None:
            yield {"op": "add", "path": _pointer(path[:end]), "value": {}}


def _pointer(path: Path) -> str:
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)
