"""The protobuf bodies that kubectl sends for typed objects although it takes JSON answers (create …, auth can-i)."""

from __future__ import annotations

import base64
from typing import Any

from eipctl.sandbox.kube.statuses import unsupported_media
from eipctl.sandbox.kube.types import BYTES, FLAG, NUMBER, NUMBER_OR_TEXT, TEXT, Many, Map, Message, Scalar, of

Obj = dict[str, Any]
MAGIC = b"k8s\x00"
_TYPE_META = Message("TypeMeta", {"apiVersion": TEXT, "kind": TEXT}, numbers={1: "apiVersion", 2: "kind"})
_ENVELOPE = Message("Unknown", {"type": _TYPE_META, "raw": BYTES}, numbers={1: "type", 2: "raw"})
_EITHER = Message("", {"type": NUMBER, "number": NUMBER, "text": TEXT}, numbers={1: "type", 2: "number", 3: "text"})


def decode(raw: bytes) -> Obj:
    """The object in a protobuf body; 415 for a kind that is not known here."""
    if not raw.startswith(MAGIC):
        raise unsupported_media("not Kubernetes protobuf")
    envelope = _message(raw[len(MAGIC) :], _ENVELOPE)
    kind = envelope.get("type", {}).get("kind", "")
    message = of(envelope.get("type", {}).get("apiVersion", ""), kind)
    if message is None:
        raise unsupported_media(f"protobuf of kind {kind!r}; send JSON")
    return {**envelope["type"], **_message(base64.b64decode(envelope.get("raw", "")), message)}


def _message(raw: bytes, message: Message) -> Obj:
    found: Obj = {}
    for number, value in _values(raw):
        if number not in message.numbers:
            continue
        name = message.numbers[number]
        how = message.fields[name]
        if isinstance(how, Many):
            found.setdefault(name, []).append(_value(value, how.of))
        elif isinstance(how, Map):
            entry = _message(value, Message("", {"key": TEXT, "value": how.to}, numbers={1: "key", 2: "value"}))
            found.setdefault(name, {})[entry.get("key", "")] = entry.get("value", "")
        elif (one := _value(value, how)) != "" and one is not False:  # as JSON leaves them out
            found[name] = one
    return found


def _value(value: Any, how: Any) -> Any:
    if isinstance(how, Message):
        return _message(value, how)
    return _SCALARS[how](value)


def _number_or_text(raw: bytes) -> int | str:
    either = _message(raw, _EITHER)
    return str(either.get("text", "")) if either.get("type") else int(either.get("number", 0))


_SCALARS: dict[Scalar, Any] = {
    TEXT: lambda raw: raw.decode(),
    NUMBER: lambda value: value - (1 << 64) if value >> 63 else value,
    FLAG: bool,
    BYTES: lambda raw: base64.b64encode(raw).decode(),
    NUMBER_OR_TEXT: _number_or_text,
}


def _values(raw: bytes) -> list[tuple[int, Any]]:
    """(field number, value) in order: a number, or the bytes of anything else."""
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
