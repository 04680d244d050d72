"""What Terway decodes of `eni_conf`: with a value of another type, or one that it refuses, it starts on no node.

Read from types/daemon/config.go (v1.0.10.280: types/config.go) and daemon/daemon.go of each tag up to v1.17.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.domain.terway.eni_conf import ALLOW_EIP_ROB, ENABLE_EIP_POOL
from eipctl.domain.terway.eni_conf_diff import MASK
from eipctl.domain.terway.eni_conf_text import scan
from eipctl.domain.terway.image_version import TerwayVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FIRST = TerwayVersion(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Field:
    """A key, its Go type as ``map[string][]string``, and the versions that decode it: `since` up to, not including."""

    key: str
    type: str
    since: TerwayVersion
    until: TerwayVersion | None = None

    def is_read_by(self, version: TerwayVersion | None) -> bool:
        """Whether this version decodes it; one that is not known may."""
        return version is None or (self.since <= version and (self.until is None or version < self.until))


def _fields(go_type: str, keys: str, since: str = "0.0.0", until: str = "") -> tuple[Field, ...]:
    return tuple(Field(key, go_type, _at(since), _at(until) if until else None) for key in keys.split())


def _at(text: str) -> TerwayVersion:
    return TerwayVersion(*map(int, text.split(".")))


FIELDS = (
    *_fields("string", "version access_key access_secret credential_path service_cidr prefix security_group"),
    *_fields("string", "vswitch_selection_policy"),
    *_fields("string", "hot_plug", until="1.1.0"),
    *_fields("string", "enable_eip_pool allow_eip_rob", "1.0.10.280", "1.9.6"),
    *_fields("string", "ip_stack", "1.1.0"),
    *_fields("string", "ipam_type", "1.2.0"),
    *_fields("string", "eni_cap_policy", "1.2.0", "1.11.0"),
    *_fields("string", "region_id", "1.5.7"),
    *_fields("string", "resource_group_id", "1.8.0"),
    *_fields("string", "eni_selection_policy", "1.9.6"),
    *_fields("string", "ip_pool_sync_period", "1.15.0"),
    *_fields("string", "idle_ip_reclaim_after idle_ip_reclaim_interval idle_ip_reclaim_jitter_factor", "1.16.0"),
    *_fields("int", "max_pool_size min_pool_size max_eni min_eni eni_cap_shift"),
    *_fields("int", "kube_client_burst", "1.4.1"),
    *_fields("int", "idle_ip_reclaim_batch_size", "1.16.0"),
    *_fields("int", "ip_warm_up_size", "1.16.4"),
    *_fields("int", "ipv4_prefix_count ipv6_prefix_count", "1.17.1"),
    *_fields("float64", "eni_cap_ratio"),
    *_fields("float32", "kube_client_qps", "1.4.1"),
    *_fields("bool", "enable_eni_trunking", "1.1.0"),
    *_fields("bool", "disable_device_plugin", "1.3.0"),
    *_fields("bool", "wait_trunk_eni disable_security_group_check", "1.3.0", "1.9.6"),
    *_fields("bool", "enable_eip_migrate", "1.6.0", "1.9.6"),
    *_fields("bool", "enable_erdma", "1.7.0"),
    *_fields("bool", "enable_patch_pod_ips", "1.8.18", "1.9.0"),
    *_fields("bool", "enable_patch_pod_ips", "1.9.16", "1.10.0"),
    *_fields("bool", "enable_patch_pod_ips", "1.13.4"),
    *_fields("bool", "enable_ip_prefix", "1.17.1"),
    *_fields("[]string", "custom_stateful_workload_kinds", "1.1.0"),
    *_fields("[]string", "security_groups", "1.1.1"),
    *_fields("[]route", "extra_routes", "1.2.1"),
    *_fields("map[string]string", "eni_tags"),
    *_fields("map[string]string", "eni_tag_filter", "1.5.5"),
    *_fields("map[string]int", "rate_limit", "1.10.0"),
    *_fields("map[string][]string", "vswitches"),
    *_fields("map[string]backoff", "backoff_override", "1.2.0"),
)

STRUCTS: dict[str, dict[str, str]] = {
    "route": {"dst": "string"},
    "backoff": {
        **dict.fromkeys(("Duration", "Cap", "Steps", "InitialDelay"), "int"),
        **dict.fromkeys(("Factor", "Jitter"), "float64"),
    },
}
"""The fields of Go structs: route.Route, and wait.Backoff, whose durations are nanoseconds."""

STACKS = ("", "ipv4", "dual")
MORE_GROUPS = _at("1.14.0")
"""From here on ten security groups are taken instead of five."""

TEXT_FLAGS = (ENABLE_EIP_POOL, ALLOW_EIP_ROB)
SECRET = ("access_key", "access_secret")
"""Keys whose values are never shown."""

_EXPECTED = {
    "string": "a string",
    "int": "a whole number without quotes",
    "float64": "a number without quotes",
    "float32": "a number without quotes",
    "bool": "true or false without quotes",
    "route": 'an object such as {"dst": "10.0.0.0/8"}',
    "backoff": "an object of numbers without quotes",
}
_LARGEST = {"float64": float.fromhex("0x1.fffffffffffffp+1023"), "float32": float.fromhex("0x1.fffffep+127")}
LONGEST = 80
"""Characters of a value that are shown."""
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Mistyped:
    """A key with its JSON text, and what Terway wants instead."""

    key: str
    raw: str
    expected: str


def mistyped(text: str, versions: Iterable[TerwayVersion | None]) -> tuple[Mistyped, ...]:
    """The values with which a Terway of one of these versions can't start; None is a version that is not known."""
    known = frozenset(versions)
    found: list[Mistyped] = []
    for member in scan(text):
        raw = MASK if member.key.lower() in SECRET else _short(member.raw)
        wrong = (one for version in known for one in _wrong(member.key, member.value, version))
        found += [Mistyped(member.key, raw, expected) for expected in dict.fromkeys(wrong)]
    return tuple(found)


def _short(raw: str) -> str:
    """On one line that a person reads."""
    line = " ".join(raw.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def is_read(key: str, version: TerwayVersion | None) -> bool:
    """Whether this version decodes the key; one that is not known may."""
    return any(_fields_of(key, version))


def _fields_of(key: str, version: TerwayVersion | None) -> Iterator[Field]:
    known = key.lower() if version is None or not version.case_sensitive else key
    return (field for field in FIELDS if field.key == known and field.is_read_by(version))


def _wrong(key: str, value: Any, version: TerwayVersion | None) -> Iterator[str]:
    """What is expected instead of a value that this version does not take."""
    for field in _fields_of(key, version):
        if not _fits(value, field.type, version):
            yield '"true" with quotes' if field.key in TEXT_FLAGS else _expected(field.type)
        elif field.key == "ip_stack" and (value or "") not in STACKS:
            yield '"ipv4" or "dual"'
        elif field.key == "security_groups" and len(value or ()) > (most := _most_groups(version)):
            yield f"at most {most} security groups"


def _most_groups(version: TerwayVersion | None) -> int:
    return 5 if version is None or version < MORE_GROUPS else 10


def _fits(value: Any, go_type: str, version: TerwayVersion | None) -> bool:
    """Whether Go decodes the value into this type; null fits everywhere."""
    if value is None:
        return True
    if go_type.startswith("[]"):
        return isinstance(value, list) and all(_fits(item, go_type[2:], version) for item in value)
    if go_type.startswith("map[string]"):
        of = go_type.removeprefix("map[string]")
        return isinstance(value, dict) and all(_fits(item, of, version) for item in value.values())
    if go_type in STRUCTS:
        return isinstance(value, dict) and all(_fits_field(go_type, *item, version) for item in value.items())
    return _fits_scalar(value, go_type)


def _fits_field(struct: str, key: str, value: Any, version: TerwayVersion | None) -> bool:
    """Fields that the struct does not have are passed over."""
    any_case = version is None or not version.case_sensitive
    fields = {name.lower(): go_type for name, go_type in STRUCTS[struct].items()} if any_case else STRUCTS[struct]
    go_type = fields.get(key.lower() if any_case else key)
    return go_type is None or _fits(value, go_type, version)


def _fits_scalar(value: Any, go_type: str) -> bool:
    if isinstance(value, bool) or go_type == "bool":
        return isinstance(value, bool) and go_type == "bool"
    if go_type == "int":
        return isinstance(value, int) and value in _INT64
    if go_type == "string":
        return isinstance(value, str)
    return isinstance(value, int | float) and math.fabs(value) <= _LARGEST[go_type]


def _expected(go_type: str) -> str:
    if go_type.startswith("[]"):
        return f"a list of which each item is {_EXPECTED[go_type[2:]]}"
    if go_type.startswith("map[string]"):
        return f"an object in which each value is {_expected(go_type.removeprefix('map[string]'))}"
    return _EXPECTED[go_type]
