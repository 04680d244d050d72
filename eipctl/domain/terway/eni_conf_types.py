"""The Go types of the keys in `eni_conf`: Terway does not start with a value of another type, on any node.

Read from types/daemon/config.go, v1.0.10.280 to v1.17.5. The flags of the EIP mode are judged in eni_conf.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.domain.terway.eni_conf_diff import MASK
from eipctl.domain.terway.eni_conf_text import scan
from eipctl.domain.terway.image_version import TerwayVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST = TerwayVersion(0, 0, 0)
V1_1, V1_2, V1_3 = TerwayVersion(1, 1, 0), TerwayVersion(1, 2, 0), TerwayVersion(1, 3, 0)
V1_6, V1_7, V1_9_6 = TerwayVersion(1, 6, 0), TerwayVersion(1, 7, 0), TerwayVersion(1, 9, 6)
V1_14, V1_17_5 = TerwayVersion(1, 14, 0), TerwayVersion(1, 17, 5)
NEWEST = TerwayVersion(999, 0, 0)
"""What a Terway counts as whose image names no version."""


@dataclass(frozen=True, slots=True)
class Field:
    """A Go type, as ``map[string][]string``, and the versions that decode it: from `since` up to, not including."""

    type: str
    since: TerwayVersion
    until: TerwayVersion | None = None

    def is_read_by(self, version: TerwayVersion) -> bool:
        """Whether this version decodes it."""
        return self.since <= version and (self.until is None or version < self.until)


def _fields(
    go_type: str, keys: str, since: TerwayVersion = FIRST, until: TerwayVersion | None = None
) -> dict[str, Field]:
    return {key: Field(go_type, since, until) for key in keys.split()}


FIELDS = {
    **_fields("string", "version access_key access_secret credential_path service_cidr prefix security_group"),
    **_fields("string", "vswitch_selection_policy"),
    **_fields("string", "hot_plug", FIRST, V1_1),
    **_fields("string", "ip_stack", V1_1),
    **_fields("string", "ipam_type", V1_2),
    **_fields("string", "eni_cap_policy", V1_2, V1_14),
    **_fields("string", "region_id", V1_6),
    **_fields("string", "eni_selection_policy resource_group_id", V1_9_6),
    **_fields("string", "idle_ip_reclaim_after idle_ip_reclaim_interval idle_ip_reclaim_jitter_factor", V1_17_5),
    **_fields("string", "ip_pool_sync_period", V1_17_5),
    **_fields("int", "max_pool_size min_pool_size max_eni min_eni eni_cap_shift"),
    **_fields("int", "kube_client_burst", TerwayVersion(1, 5, 1)),
    **_fields("int", "ip_warm_up_size idle_ip_reclaim_batch_size ipv4_prefix_count ipv6_prefix_count", V1_17_5),
    **_fields("float", "eni_cap_ratio"),
    **_fields("float", "kube_client_qps", TerwayVersion(1, 5, 1)),
    **_fields("bool", "enable_eni_trunking", V1_1),
    **_fields("bool", "disable_device_plugin", V1_3),
    **_fields("bool", "wait_trunk_eni disable_security_group_check", V1_3, V1_9_6),
    **_fields("bool", "enable_erdma", V1_7),
    **_fields("bool", "enable_patch_pod_ips", V1_14),
    **_fields("bool", "enable_ip_prefix", V1_17_5),
    **_fields("[]string", "custom_stateful_workload_kinds", V1_1),
    **_fields("[]string", "security_groups", V1_2),
    **_fields("[]object", "extra_routes", TerwayVersion(1, 2, 3)),
    **_fields("map[string]string", "eni_tags"),
    **_fields("map[string]string", "eni_tag_filter", TerwayVersion(1, 5, 5)),
    **_fields("map[string]int", "rate_limit", V1_14),
    **_fields("map[string][]string", "vswitches"),
    **_fields("map[string]object", "backoff_override", V1_2),
}

SECRET = ("access_key", "access_secret")
"""Keys whose values are never shown."""

_EXPECTED = {
    "string": "a string",
    "int": "a whole number without quotes",
    "float": "a number without quotes",
    "bool": "true or false without quotes",
    "object": "an object",
}


@dataclass(frozen=True, slots=True)
class Mistyped:
    """A key with its JSON text, and what Terway wants instead."""

    key: str
    raw: str
    expected: str


def mistyped(text: str, versions: Iterable[TerwayVersion | None]) -> tuple[Mistyped, ...]:
    """The values with which a Terway of one of these versions can't start; None is a version that is not known."""
    known = {version or NEWEST for version in versions}
    found: list[Mistyped] = []
    for member in scan(text):
        types = {field.type for version in known if (field := _field(member.key, version)) is not None}
        raw = MASK if member.key.lower() in SECRET else member.raw
        found += [Mistyped(member.key, raw, _expected(one)) for one in types if not _fits(member.value, one)]
    return tuple(found)


def _field(key: str, version: TerwayVersion) -> Field | None:
    """What this version decodes the key into."""
    field = FIELDS.get(key if version.case_sensitive else key.lower())
    return field if field is not None and field.is_read_by(version) else None


def _fits(value: Any, go_type: str) -> bool:
    """Whether Go decodes the value into this type; null fits everywhere."""
    if value is None:
        return True
    if go_type.startswith("[]"):
        return isinstance(value, list) and all(_fits(item, go_type[2:]) for item in value)
    if go_type.startswith("map[string]"):
        items = value.values() if isinstance(value, dict) else ()
        return isinstance(value, dict) and all(_fits(item, go_type.removeprefix("map[string]")) for item in items)
    if isinstance(value, bool):
        return go_type == "bool"
    types: dict[str, tuple[type, ...]] = {"string": (str,), "int": (int,), "float": (int, float), "object": (dict,)}
    return isinstance(value, types.get(go_type, ()))


def _expected(go_type: str) -> str:
    if go_type.startswith("[]"):
        return f"a list of which each item is {_EXPECTED[go_type[2:]]}"
    if go_type.startswith("map[string]"):
        return f"an object in which each value is {_expected(go_type.removeprefix('map[string]'))}"
    return _EXPECTED[go_type]
