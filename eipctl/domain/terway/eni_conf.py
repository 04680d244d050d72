"""`eni_conf`, Terway's JSON configuration text: what its EIP mode reads there, and edits that change no other byte.

Go's decoder turns null into the zero value, takes the last of duplicate keys, and refuses a bool where a string
belongs: then Terway crash-loops on every node (Terway v1.6.4, types/daemon/config.go). Keys count as they are spelt;
up to v1.2 in any case.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eipctl.domain.terway import eni_conf_text
from eipctl.domain.terway.eni_conf_text import scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eipctl.domain.terway.eni_conf_text import Member

ENABLE_EIP_POOL = "enable_eip_pool"
ALLOW_EIP_ROB = "allow_eip_rob"
ENABLE_EIP_MIGRATE = "enable_eip_migrate"
FLAGS = (ENABLE_EIP_POOL, ALLOW_EIP_ROB, ENABLE_EIP_MIGRATE)


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
    look_alikes: tuple[tuple[str, str], ...] = ()
    """Keys that differ from one of Terway's in case alone, each with that one."""
    duplicates: tuple[str, ...] = ()
    """Keys that are there more than once."""
    any_case_pool: Flag = Flag(FlagState.ABSENT)
    """What a Terway that takes keys in any case has for enable_eip_pool."""

    @property
    def text_flags(self) -> dict[str, Flag]:
        """The flags that are on as the text "true"."""
        return {ENABLE_EIP_POOL: self.enable_eip_pool, ALLOW_EIP_ROB: self.allow_eip_rob}


KNOWN = (
    *FLAGS,
    *("access_key", "access_secret", "credential_path", "eni_tags", "enable_eni_trunking", "version"),
)
"""The keys that are read here."""


@lru_cache(16)
def read(text: str) -> EniConf:
    """What `text` says. UsageError when it isn't one JSON object."""
    written = scan(text)
    members = _by_key(written)
    tags = _value(members, "eni_tags")
    return EniConf(
        enable_eip_pool=_string_flag(members.get(ENABLE_EIP_POOL)),
        allow_eip_rob=_string_flag(members.get(ALLOW_EIP_ROB)),
        enable_eip_migrate=_bool_flag(members.get(ENABLE_EIP_MIGRATE)),
        credentials=_credentials(members),
        cluster_id=_text(tags.get("ack.aliyun.com")) if isinstance(tags, dict) else "",
        version=_text(_value(members, "version")),
        eni_trunking=_value(members, "enable_eni_trunking") is True,
        look_alikes=tuple((member.key, known) for member in written if (known := _alike(member.key)) != member.key),
        duplicates=tuple(key for key, last in members.items() if last is not _first(written, key)),
        any_case_pool=_string_flag({_alike(member.key): member for member in written}.get(ENABLE_EIP_POOL)),
    )


def credentials_under(text: str, override: str) -> CredentialSource:
    """Where Terway takes its credentials from on a node whose override is merged over `text` (RFC 7396)."""
    return _credentials(_by_key((*scan(text), *scan(override))))


def digest(text: str) -> str:
    """The hash that shows whether eni_conf has been edited since it was recorded."""
    return hashlib.sha256(text.encode()).hexdigest()


def set_flags(text: str, flags: Mapping[str, str]) -> str:
    """`text` with each flag set to a JSON string: in place, or added at the end in the style of what is there."""
    for key, value in flags.items():
        text = eni_conf_text.set_raw(text, key, json.dumps(value))
    return text


def remove_flags(text: str, keys: Iterable[str]) -> str:
    """`text` without these keys; takes back exactly what :func:`set_flags` added."""
    for key in keys:
        text = eni_conf_text.remove(text, key)
    return text


def _alike(key: str) -> str:
    """The known key that this one is, or differs from in case alone; else the key itself."""
    return key.lower() if key.lower() in KNOWN else key


def _by_key(members: Iterable[Member]) -> dict[str, Member]:
    """Of each key the last one, which counts."""
    return {member.key: member for member in members}


def _first(members: Sequence[Member], key: str) -> Member:
    return next(member for member in members if member.key == key)


def _string_flag(member: Member | None) -> Flag:
    if member is None:
        return Flag(FlagState.ABSENT)
    if member.value is None:
        return Flag(FlagState.NULL, member.raw)
    if not isinstance(member.value, str):
        return Flag(FlagState.WRONG_TYPE, member.raw)
    known = {"true": FlagState.ON, "false": FlagState.OFF, "": FlagState.OFF}
    return Flag(known.get(member.value, FlagState.MISSPELT), member.raw)


def _bool_flag(member: Member | None) -> Flag:
    if member is None:
        return Flag(FlagState.ABSENT)
    known = {"true": FlagState.ON, "false": FlagState.OFF, "null": FlagState.NULL}
    return Flag(known.get(member.raw, FlagState.WRONG_TYPE), member.raw)


def _credentials(members: Mapping[str, Member]) -> CredentialSource:
    if _value(members, "access_key") and _value(members, "access_secret"):
        return CredentialSource.ACCESS_KEY
    return CredentialSource.CREDENTIAL_PATH if _value(members, "credential_path") else CredentialSource.WORKER_ROLE


def _value(members: Mapping[str, Member], key: str) -> Any:
    return members[key].value if key in members else None


def _text(value: Any) -> str:
    """As Go reads a text: half a surrogate pair becomes U+FFFD."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else ""
