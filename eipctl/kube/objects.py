"""Whether an answer is the object that was asked for, or proves that one was written."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from eipctl.kube import wire

T = TypeVar("T")


class _NameOnly(wire.Wire):
    name: str = ""


class _Named(wire.Wire):
    """What each object has; `status` of a Status is a text."""

    kind: str = ""
    metadata: _NameOnly = msgspec.field(default_factory=_NameOnly)
    status: Any = None


def decode_object(raw: bytes, kind: type[T], name: str) -> T:
    """The same of an object, which must have this name."""
    found = wire.decode(raw, kind)
    if wire.decode(raw, _Named).metadata.name != name:
        raise wire.unreadable(f"it is not {name}")
    return found


def is_written(raw: bytes, kind: object, name: object) -> bool:
    """Whether it is the object, as the API server returns it for a write call that it has carried out."""
    try:
        found = msgspec.json.decode(raw, type=_Named)
    except (msgspec.MsgspecError, RecursionError):
        return False
    if found.kind in ("", "Status") or (kind and found.kind != kind):
        return False
    return bool(found.metadata.name) and name in (None, found.metadata.name)


def is_deleted(raw: bytes, name: str) -> bool:
    """Whether it says that an object is or will be deleted: a Status Success, or the object itself."""
    try:
        found = msgspec.json.decode(raw, type=_Named)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return found.status == "Success" if found.kind == "Status" else bool(found.kind) and found.metadata.name == name
