"""What the schema of a custom kind keeps: the API server drops fields that a structural schema does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.workloads.templates import Path

_OPEN, _EMBEDDED = "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"
_OF_EVERY_OBJECT = ("apiVersion", "kind", "metadata")


def keeps(schema: Mapping[str, Any], path: Path) -> bool:
    """Whether an object of this openAPIV3Schema keeps what is written at `path` (structural schemas: pruning)."""
    if path[:1] == ("metadata",):
        return True
    node: Any = schema
    for key in path:
        if not isinstance(node, dict) or "$ref" in node or "allOf" in node:
            return True
        inner = node.get("items") if isinstance(key, int) else (node.get("properties") or {}).get(key)
        if inner is None:
            more = node.get("additionalProperties")
            inner = more if isinstance(more, dict) else None
            if node.get(_OPEN) or more is True or (node.get(_EMBEDDED) and key in _OF_EVERY_OBJECT):
                return True
        if inner is None:
            return False
        node = inner
    return True
