"""`eni_conf`, Terway's JSON configuration text: what its EIP mode reads there, and edits that change no other byte.

Go's decoder takes keys in any case, turns null into the zero value, and refuses a bool where a string belongs: then
Terway crash-loops on every node (Terway v1.6.4, types/daemon/config.go).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ENABLE_EIP_POOL = "enable_eip_pool"
ALLOW_EIP_ROB = "allow_eip_rob"
ENABLE_EIP_MIGRATE = "enable_eip_migrate"


class FlagState(StrEnum):
    """What Terway makes of a flag."""

    ABSENT = "absent"
    NULL = "null"
    """As if absent; in a node's override it takes the cluster's value away."""
    ON = "on"
    OFF = "off"
    MISSPELT = "misspelt"
    """A string such as "True" or "1", which Terway treats as off."""
    WRONG_TYPE = "wrong type"
    """Terway can't start with it."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag: its JSON text as written ("" when absent), and what that means."""

    state: FlagState
    raw: str = ""


class CredentialSource(StrEnum):
    """Where Terway takes its cloud credentials from, in its own order."""

    ACCESS_KEY = "access_key"
    CREDENTIAL_PATH = "credential_path"
    """An addon token: role AliyunCSManagedNetworkRole."""
    WORKER_ROLE = "worker role"
    """The RAM role of the node's instance."""


@dataclass(frozen=True, slots=True)
class EniConf:
    """What eipctl needs to know of an `eni_conf`. Holds no secret."""

    enable_eip_pool: Flag
    allow_eip_rob: Flag
    enable_eip_migrate: Flag
    credentials: CredentialSource
    cluster_id: str
    """eni_tags["ack.aliyun.com"]; "" when absent."""
    version: str
    eni_trunking: bool = False
    """Pods may have a trunk's member ENI of their own."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A key and its value with their places in the text; ends are exclusive."""

    key: str
    value: Any
    key_start: int
    key_end: int
    value_start: int
    value_end: int


def read(text: str) -> EniConf:
    """What `text` says. UsageError when it isn't one JSON object without duplicate keys."""
    members = {member.key: member for member in _scan(text)}
    tags = _value(members, "eni_tags")
    return EniConf(
        enable_eip_pool=_string_flag(text, members.get(ENABLE_EIP_POOL)),
        allow_eip_rob=_string_flag(text, members.get(ALLOW_EIP_ROB)),
        enable_eip_migrate=_bool_flag(text, members.get(ENABLE_EIP_MIGRATE)),
        credentials=_credentials(members),
        cluster_id=_text(tags.get("ack.aliyun.com")) if isinstance(tags, dict) else "",
        version=_text(_value(members, "version")),
        eni_trunking=_value(members, "enable_eni_trunking") is True,
    )


def credentials_under(text: str, override: str) -> CredentialSource:
    """Where Terway takes its credentials from on a node whose override is merged over `text` (RFC 7396)."""
    return _credentials({member.key: member for member in (*_scan(text), *_scan(override))})


def digest(text: str) -> str:
    """The hash by which a record tells whether eni_conf has been edited since."""
    return hashlib.sha256(text.encode()).hexdigest()


def set_flags(text: str, flags: Mapping[str, str]) -> str:
    """`text` with each flag set to a JSON string: in place, or added at the end in the style of what is there."""
    for key, value in flags.items():
        text = _set(text, key, value)
    return text


def remove_flags(text: str, keys: Iterable[str]) -> str:
    """`text` without these keys; takes back exactly what :func:`set_flags` added."""
    for key in keys:
        text = _remove(text, key)
    return text


def _set(text: str, key: str, value: str) -> str:
    members = _scan(text)
    raw = json.dumps(value)
    for member in members:
        if member.key == key:
            same = member.value == value
            return text if same else text[: member.value_start] + raw + text[member.value_end :]
    if not members:
        return _set_first(text, key, raw)
    last = members[-1]
    colon = text[last.key_end : last.value_start]
    added = f"{_separator(text, members, colon)}{json.dumps(key)}{colon}{raw}"
    return text[: last.value_end] + added + text[last.value_end :]


def _set_first(text: str, key: str, raw: str) -> str:
    opening = text.index("{") + 1
    inside = text[opening : text.index("}")]
    indent = f"{inside}  " if "\n" in inside else inside
    return f"{text[:opening]}{indent}{json.dumps(key)}: {raw}{text[opening:]}"


def _separator(text: str, members: list[_Member], colon: str) -> str:
    if len(members) > 1:
        return text[members[-2].value_end : members[-1].key_start]
    before = text[text.index("{") + 1 : members[0].key_start]
    return "," + (before or colon.partition(":")[2])


def _remove(text: str, key: str) -> str:
    members = _scan(text)
    for index, member in enumerate(members):
        if member.key == key:
            start, end = _extent(text, members, index)
            return text[:start] + text[end:]
    return text


def _extent(text: str, members: list[_Member], index: int) -> tuple[int, int]:
    if index + 1 < len(members):
        return members[index].key_start, members[index + 1].key_start
    start = members[index - 1].value_end if index else text.index("{") + 1
    return start, members[index].value_end


def _string_flag(text: str, member: _Member | None) -> Flag:
    if member is None:
        return Flag(FlagState.ABSENT)
    raw = text[member.value_start : member.value_end]
    if member.value is None:
        return Flag(FlagState.NULL, raw)
    if not isinstance(member.value, str):
        return Flag(FlagState.WRONG_TYPE, raw)
    known = {"true": FlagState.ON, "false": FlagState.OFF, "": FlagState.OFF}
    return Flag(known.get(member.value, FlagState.MISSPELT), raw)


def _bool_flag(text: str, member: _Member | None) -> Flag:
    if member is None:
        return Flag(FlagState.ABSENT)
    raw = text[member.value_start : member.value_end]
    known = {"true": FlagState.ON, "false": FlagState.OFF, "null": FlagState.NULL}
    return Flag(known.get(raw, FlagState.WRONG_TYPE), raw)


def _credentials(members: Mapping[str, _Member]) -> CredentialSource:
    if _value(members, "access_key") and _value(members, "access_secret"):
        return CredentialSource.ACCESS_KEY
    return CredentialSource.CREDENTIAL_PATH if _value(members, "credential_path") else CredentialSource.WORKER_ROLE


def _value(members: Mapping[str, _Member], key: str) -> Any:
    return members[key].value if key in members else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


_KNOWN = (
    *(ENABLE_EIP_POOL, ALLOW_EIP_ROB, ENABLE_EIP_MIGRATE),
    *("access_key", "access_secret", "credential_path", "eni_tags", "ipam_type", "version"),
)


def _scan(text: str) -> list[_Member]:
    """The top-level members in order; a known key written in another case has its known name."""
    try:
        members = _members(text)
    except json.JSONDecodeError as error:
        _malformed(text, error.pos, error.msg)
    except RecursionError:
        _malformed(text, 0, "nested too deeply")
    seen: set[str] = set()
    for member in members:
        if member.key in seen:
            _malformed(text, member.key_start, f"duplicate key {member.key!r}")
        seen.add(member.key)
    return members


def _members(text: str) -> list[_Member]:
    members: list[_Member] = []
    at = _expect(text, _skip(text, 0), "{")
    if text[(at := _skip(text, at)) : at + 1] != "}":
        members.append(_member(text, at))
        while text[(at := _skip(text, members[-1].value_end)) : at + 1] == ",":
            members.append(_member(text, _skip(text, at + 1)))
    end = _skip(text, _expect(text, at, "}"))
    if end != len(text):
        raise json.JSONDecodeError("unexpected text after the object", text, end)
    return members


def _member(text: str, at: int) -> _Member:
    _expect(text, at, '"')
    key, key_end = _DECODER.raw_decode(text, at)
    value_start = _skip(text, _expect(text, _skip(text, key_end), ":"))
    value, value_end = _value_at(text, value_start)
    name = next((known for known in _KNOWN if known == key.lower()), key)
    return _Member(name, value, at, key_end, value_start, value_end)


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


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate keys in this value")
    return result


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=float)


def _malformed(text: str, at: int, what: str) -> NoReturn:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    raise UsageError(
        Code.ENI_CONF_MALFORMED,
        f"eni_conf is not one JSON object: {what} (line {line}, column {column}); nothing was written",
        hint="correct it with: kubectl -n kube-system edit configmap eni-config",
        obj="configmap/kube-system/eni-config",
    ) from None
