"""eni_conf as Terway's Go code decodes it (Terway v1.6.4 types/daemon/config.go, daemon/k8s.go)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

FIRST_WITH_EIP = (1, 0, 10, 280)
FIRST_WITHOUT_EIP = (1, 7, 0, 0)
_TAG = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:\.(\d+))?(?:-.*)?")

_TEXT, _BOOL, _INT, _TEXTS, _TEXT_MAP, _LIST_MAP = "string", "bool", "int", "[]string", "map", "map of lists"
_FIELDS = {
    "version": _TEXT,
    "access_key": _TEXT,
    "access_secret": _TEXT,
    "region_id": _TEXT,
    "credential_path": _TEXT,
    "service_cidr": _TEXT,
    "security_group": _TEXT,
    "security_groups": _TEXTS,
    "vswitches": _LIST_MAP,
    "eni_tags": _TEXT_MAP,
    "max_pool_size": _INT,
    "min_pool_size": _INT,
    "min_eni": _INT,
    "max_eni": _INT,
    "vswitch_selection_policy": _TEXT,
    "eni_selection_policy": _TEXT,
    "ip_stack": _TEXT,
    "enable_eni_trunking": _BOOL,
    "custom_stateful_workload_kinds": _TEXTS,
}
_EIP_FIELDS = {"enable_eip_pool": _TEXT, "allow_eip_rob": _TEXT, "enable_eip_migrate": _BOOL}


class Unusable(Exception):
    """Terway ends with this error when it starts."""


@dataclass(frozen=True, slots=True)
class Config:
    """What Terway uses of eni_conf."""

    access_key: str
    access_secret: str
    credential_path: str
    enable_eip_pool: bool
    enable_eip_migrate: bool
    allow_eip_rob: bool
    enable_eni_trunking: bool
    stateful_kinds: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]


def version_of(image: str) -> tuple[int, ...]:
    """``acs/terway:v1.6.3`` is (1, 6, 3, 0); () for a tag that is no version."""
    found = _TAG.fullmatch(image.partition("@")[0].rpartition(":")[2])
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def has_eip_code(version: tuple[int, ...]) -> bool:
    """Whether that version knows the EIP settings at all."""
    return FIRST_WITH_EIP <= version < FIRST_WITHOUT_EIP


def read(eni_conf: str, override: str, version: tuple[int, ...]) -> Config:
    """Merge the node's own configuration over the cluster's (RFC 7396) and decode it."""
    document = merged(_object(eni_conf), _object(override) if override else {})
    fields = {**_FIELDS, **(_EIP_FIELDS if has_eip_code(version) else {})}
    for name, kind in fields.items():
        if document.get(name) is not None:
            _check(name, kind, document[name])
    known = {name: document.get(name) for name in fields}
    return Config(
        access_key=known["access_key"] or "",
        access_secret=known["access_secret"] or "",
        credential_path=known["credential_path"] or "",
        enable_eip_pool=known.get("enable_eip_pool") == "true",
        enable_eip_migrate=bool(known.get("enable_eip_migrate")),
        allow_eip_rob=known.get("allow_eip_rob") == "true",
        enable_eni_trunking=bool(known["enable_eni_trunking"]),
        stateful_kinds=("StatefulSet", *(known["custom_stateful_workload_kinds"] or ())),
        tags=tuple((known["eni_tags"] or {}).items()),
    )


def merged(base: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def _object(text: str) -> dict[str, Any]:
    try:
        loaded = json.loads(text)
    except ValueError as error:
        raise Unusable(f"failed parse config: {error}") from None
    if not isinstance(loaded, dict):
        raise Unusable(
            f"failed parse config: json: cannot unmarshal {_go_name(loaded)} into Go value of type daemon.Config"
        )
    return loaded


def _check(name: str, kind: str, value: Any) -> None:
    for part, go_type, fits in _parts(kind, value):
        if not fits:
            raise Unusable(
                "failed parse config: json: cannot unmarshal "
                f"{_go_name(part)} into Go struct field Config.{name} of type {go_type}"
            )


def _parts(kind: str, value: Any) -> list[tuple[Any, str, bool]]:
    """Every part of the value with the Go type it must have."""
    if kind == _TEXT:
        return [(value, "string", isinstance(value, str))]
    if kind == _BOOL:
        return [(value, "bool", isinstance(value, bool))]
    if kind == _INT:
        return [(value, "int", isinstance(value, int) and not isinstance(value, bool))]
    if kind == _TEXTS:
        return _all(value, "[]string", list, list(value) if isinstance(value, list) else [])
    if kind == _TEXT_MAP:
        return _all(value, "map[string]string", dict, list(value.values()) if isinstance(value, dict) else [])
    lists = list(value.values()) if isinstance(value, dict) else []
    whole = (value, "map[string][]string", isinstance(value, dict))
    return [whole, *(part for entry in lists for part in _parts(_TEXTS, entry))]


def _all(value: Any, go_type: str, kind: type, parts: list[Any]) -> list[tuple[Any, str, bool]]:
    return [(value, go_type, isinstance(value, kind)), *((part, "string", isinstance(part, str)) for part in parts)]


def _go_name(value: Any) -> str:
    names = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")
