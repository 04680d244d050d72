"""The few protobuf bodies that kubectl sends although it takes JSON answers (create namespace, auth can-i, …)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube.statuses import unsupported_media

if TYPE_CHECKING:
    from collections.abc import Callable

MAGIC = b"k8s\x00"

Fields = dict[int, tuple[str, Any]]
"""Field number to (name, how to read it): "text", "map", ("list", how), or Fields of a message."""

_META: Fields = {
    1: ("name", "text"),
    2: ("generateName", "text"),
    3: ("namespace", "text"),
    11: ("labels", "map"),
    12: ("annotations", "map"),
}
_RESOURCE: Fields = {
    1: ("namespace", "text"),
    2: ("verb", "text"),
    3: ("group", "text"),
    4: ("version", "text"),
    5: ("resource", "text"),
    6: ("subresource", "text"),
    7: ("name", "text"),
}
_NON_RESOURCE: Fields = {1: ("path", "text"), 2: ("verb", "text")}
_REVIEW: Fields = {
    1: ("metadata", _META),
    2: ("spec", {1: ("resourceAttributes", _RESOURCE), 2: ("nonResourceAttributes", _NON_RESOURCE)}),
}
_DELETE: Fields = {
    1: ("gracePeriodSeconds", "number"),
    2: ("preconditions", {1: ("uid", "text"), 2: ("resourceVersion", "text")}),
    4: ("propagationPolicy", "text"),
}
KINDS: dict[str, Fields] = {
    "Namespace": {1: ("metadata", _META)},
    "ServiceAccount": {1: ("metadata", _META)},
    "ConfigMap": {1: ("metadata", _META), 2: ("data", "map")},
    "SelfSubjectAccessReview": _REVIEW,
    "SelfSubjectRulesReview": {1: ("metadata", _META), 2: ("spec", {1: ("namespace", "text")})},
    "SelfSubjectReview": {1: ("metadata", _META)},
    "DeleteOptions": _DELETE,
}


def decode(raw: bytes) -> dict[str, Any]:
    """The object in a protobuf body; 415 for a kind that is not known here."""
    if not raw.startswith(MAGIC):
        raise unsupported_media("not Kubernetes protobuf")
    envelope = _message(
        raw[len(MAGIC) :], {1: ("type", {1: ("apiVersion", "text"), 2: ("kind", "text")}), 2: ("raw", "bytes")}
    )
    kind = envelope.get("type", {}).get("kind", "")
    fields = KINDS.get(kind)
    if fields is None:
        raise unsupported_media(f"protobuf of kind {kind!r}; send JSON")
    return {**envelope["type"], **_message(envelope.get("raw", b""), fields)}


def _message(raw: bytes, fields: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, value in _values(raw):
        if number not in fields:
            continue
        name, how = fields[number]
        if how == "map":
            pair = _message(value, {1: ("key", "text"), 2: ("value", "text")})
            found.setdefault(name, {})[pair.get("key", "")] = pair.get("value", "")
        elif isinstance(how, dict):
            found[name] = _message(value, how)
        else:
            found[name] = _READERS[how](value)
    return found


_READERS: dict[str, Callable[[Any], Any]] = {"text": lambda raw: raw.decode(), "bytes": bytes, "number": int}


def _values(raw: bytes) -> list[tuple[int, Any]]:
    found: list[tuple[int, Any]] = []
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(raw, at)
            found.append((number, value))
        elif wire == 2:
            size, at = _varint(raw, at)
            if at + size > len(raw):
                raise unsupported_media("cut-off protobuf")
            found.append((number, raw[at : at + size]))
            at += size
        else:
            at += {1: 8, 5: 4}.get(wire, len(raw))
    return found


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(raw) and shift < 70:
        value |= (raw[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not raw[at - 1] & 0x80:
            return value, at
    raise unsupported_media("cut-off protobuf")
