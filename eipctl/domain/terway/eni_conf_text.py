"""The JSON text of `eni_conf`: its top-level members with their places, and edits that change no other byte."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Member:
    """A key and its value with their places in the text; ends are exclusive."""

    key: str
    value: Any
    key_start: int
    key_end: int
    value_start: int
    value_end: int
    raw: str
    """The value's JSON text."""


def scan(text: str) -> list[Member]:
    """The top-level members in order, a key as often as it is written. UsageError when it is not one JSON object.

    The text ``null`` has none: Terway starts with it.
    """
    try:
        return [] if text.strip() == "null" else _members(text)
    except json.JSONDecodeError as error:
        malformed(text, error.pos, error.msg)
    except RecursionError:
        malformed(text, 0, "nested too deeply")


def set_raw(text: str, key: str, raw: str) -> str:
    """`text` with `key` set to a JSON text: in place, or added at the end in the style of what is there."""
    members = _once(text, key)
    for member in members:
        if member.key == key:
            same = member.value == json.loads(raw)
            return text if same else text[: member.value_start] + raw + text[member.value_end :]
    if not members:
        return _set_first(text, key, raw)
    last = members[-1]
    colon = text[last.key_end : last.value_start]
    added = f"{_separator(text, members, colon)}{json.dumps(key)}{colon}{raw}"
    return text[: last.value_end] + added + text[last.value_end :]


def remove(text: str, key: str) -> str:
    """`text` without this key; takes back exactly what :func:`set_raw` added."""
    members = _once(text, key)
    for index, member in enumerate(members):
        if member.key == key:
            start, end = _extent(text, members, index)
            return text[:start] + text[end:]
    return text


def _once(text: str, key: str) -> list[Member]:
    """The members of a text that is to be edited; of a key that is there twice only one value would change."""
    members = scan(text)
    if text.strip() == "null":
        malformed(text, 0, "expected '{'")
    named = [member for member in members if member.key == key]
    if len(named) > 1:
        _refuse(
            f"eni_conf has the key {key} twice {_where(text, named[1].key_start)}; an edit could change the wrong one",
            f"remove all but the last one, which counts: {EDIT}",
        )
    return members


def _set_first(text: str, key: str, raw: str) -> str:
    opening = text.index("{") + 1
    inside = text[opening : text.index("}")]
    indent = f"{inside}  " if "\n" in inside else inside
    return f"{text[:opening]}{indent}{json.dumps(key)}: {raw}{text[opening:]}"


def _separator(text: str, members: Sequence[Member], colon: str) -> str:
    if len(members) > 1:
        return text[members[-2].value_end : members[-1].key_start]
    before = text[text.index("{") + 1 : members[0].key_start]
    return "," + (before or colon.partition(":")[2])


def _extent(text: str, members: Sequence[Member], index: int) -> tuple[int, int]:
    if index + 1 < len(members):
        return members[index].key_start, members[index + 1].key_start
    start = members[index - 1].value_end if index else text.index("{") + 1
    return start, members[index].value_end


def _members(text: str) -> list[Member]:
    members: list[Member] = []
    at = _expect(text, _skip(text, 0), "{")
    if text[(at := _skip(text, at)) : at + 1] != "}":
        members.append(_member(text, at))
        while text[(at := _skip(text, members[-1].value_end)) : at + 1] == ",":
            members.append(_member(text, _skip(text, at + 1)))
    end = _skip(text, _expect(text, at, "}"))
    if end != len(text):
        raise json.JSONDecodeError("unexpected text after the object", text, end)
    return members


def _member(text: str, at: int) -> Member:
    _expect(text, at, '"')
    key, key_end = _DECODER.raw_decode(text, at)
    value_start = _skip(text, _expect(text, _skip(text, key_end), ":"))
    value, value_end = _value_at(text, value_start)
    return Member(key, value, at, key_end, value_start, value_end, text[value_start:value_end])


def _value_at(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        raise json.JSONDecodeError(str(error), text, at) from None


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _expect(text: str, at: int, character: str) -> int:
    if text[at : at + 1] != character:
        raise json.JSONDecodeError(f"expected {character!r}", text, at)
    return at + 1


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


LONGEST_INT = 19
"""Digits of a Go int64."""


def _number(digits: str) -> int | float:
    return int(digits) if len(digits.lstrip("-")) <= LONGEST_INT else float(digits)


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_int=_number)


EDIT = "kubectl -n kube-system edit configmap eni-config"


def malformed(text: str, at: int, what: str) -> NoReturn:
    """UsageError: what is wrong at this place, by line and column."""
    found = text[at : at + 2]
    if found in ("//", "/*") or found[:1] == "#":
        what = "JSON has no comments"
    elif found[:1] in ("}", "]") and text[:at].rstrip().endswith(","):
        what = f"a comma before {found[:1]!r}"
    elif found[:1] == "\ufeff":
        what = "it begins with a byte order mark"
    _refuse(f"eni_conf is not one JSON object: {what} {_where(text, at)}", f"correct it with: {EDIT}")


def _where(text: str, at: int) -> str:
    return f"(line {text.count(chr(10), 0, at) + 1}, column {at - text.rfind(chr(10), 0, at)})"


def _refuse(message: str, hint: str) -> NoReturn:
    raise UsageError(Code.ENI_CONF_MALFORMED, message, hint=hint, obj="configmap/kube-system/eni-config") from None
