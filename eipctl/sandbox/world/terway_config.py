"""eni_conf as Terway's Go code decodes it: types/daemon/config.go from v1.0.10.280 to v1.17.5, and its JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

FIRST_WITH_EIP = (1, 0, 10, 280)
FIRST_WITHOUT_EIP = (1, 7, 0, 0)
CASE_SENSITIVE = (1, 3, 0, 0)
"""go.mod of v1.3.0 has k8s.io/apimachinery v0.23.0, whose util/json takes keys as they are spelt; v1.2.5 replaces it by
v0.21.4, which leaves structs to encoding/json: any case."""
_TAG = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:\.(\d+)|-(\d+)(?=-g))?(?:[-+_.].*)?", re.IGNORECASE)
Version = tuple[int, ...]

_KEYS = """
version string
access_key string
access_secret string
credential_path string
service_cidr string
vswitches map[string][]string
eni_tags map[string]string
max_pool_size int
min_pool_size int
min_eni int
max_eni int
prefix string
security_group string
hot_plug string - 1.1.0
eni_cap_ratio float64
eni_cap_shift int
vswitch_selection_policy string
enable_eip_pool string 1.0.10.280 1.9.6
allow_eip_rob string 1.0.10.280 1.9.6
ip_stack string 1.1.0
enable_eni_trunking bool 1.1.0
custom_stateful_workload_kinds []string 1.1.0
security_groups []string 1.1.1
ipam_type string 1.2.0
eni_cap_policy string 1.2.0 1.11.0
backoff_override map[string]wait.Backoff 1.2.0
extra_routes []route.Route 1.2.1
disable_device_plugin bool 1.3.0
wait_trunk_eni bool 1.3.0 1.9.6
disable_security_group_check bool 1.3.0 1.9.6
kube_client_qps float32 1.4.1
kube_client_burst int 1.4.1
eni_tag_filter map[string]string 1.5.5
region_id string 1.5.7
enable_eip_migrate bool 1.6.0 1.9.6
enable_erdma bool 1.7.0
eni_selection_policy string 1.9.6
resource_group_id string 1.8.0
rate_limit map[string]int 1.10.0
enable_patch_pod_ips bool 1.8.18 1.9.0
enable_patch_pod_ips bool 1.9.16 1.10.0
enable_patch_pod_ips bool 1.13.4
ip_warm_up_size int 1.16.4
idle_ip_reclaim_after string 1.16.0
idle_ip_reclaim_batch_size int 1.16.0
idle_ip_reclaim_interval string 1.16.0
idle_ip_reclaim_jitter_factor string 1.16.0
ip_pool_sync_period string 1.15.0
enable_ip_prefix bool 1.17.1
ipv4_prefix_count int 1.17.1
ipv6_prefix_count int 1.17.1
"""
"""A key, its Go type, the first version that decodes it, and the first that no longer does: as the tags have them."""
_STRUCTS = {
    "wait.Backoff": {"Duration": "int64", "Factor": "float64", "Jitter": "float64", "Steps": "int", "Cap": "int64"},
    "route.Route": {"dst": "string"},
}
_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "bool": (bool,),
    **dict.fromkeys(("int", "int64"), (int,)),
    **dict.fromkeys(("float32", "float64"), (int, float)),
}
_FLOAT64, _FLOAT32 = 1.7976931348623157e308, 3.4028234663852886e38
_RANGES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("int", "int64"), (-(2**63), 2**63 - 1)),
    "float64": (-_FLOAT64, _FLOAT64),
    "float32": (-_FLOAT32, _FLOAT32),
}
_STACKS = ("", "ipv4", "dual")
_MORE_GROUPS = (1, 14, 0, 0)
_NEWEST = (999,)
"""A Terway whose tag tells no version is a new one."""


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
    """In lower case."""
    tags: tuple[tuple[str, str], ...]
    reclaim_after: str = ""
    """How long an IP of the pool may be idle, as a Go duration; "" for ever."""


def version_of(image: str) -> Version:
    """``acs/terway:v1.6.3`` is (1, 6, 3, 0); () for a tag that is no version."""
    found = _TAG.fullmatch(image.partition("@")[0].rpartition(":")[2])
    return (*map(int, found.group(1, 2, 3)), int(found[4] or found[5] or 0)) if found else ()


def has_eip_code(version: Version) -> bool:
    """Whether that version acts on the EIP settings."""
    return FIRST_WITH_EIP <= version < FIRST_WITHOUT_EIP


def read(eni_conf: str, override: str, version: Version) -> Config:
    """Decode eni_conf, with the node's own configuration merged over it ("" for none)."""
    version = version or _NEWEST
    _decoded(_parsed(eni_conf), version)  # newer ones decode it alone first, older ones fail on the same values
    known = _decoded(_merged(eni_conf, override) if override else _parsed(eni_conf), version)
    _validate(known, version)
    kinds: list[str] = known.get("custom_stateful_workload_kinds") or []
    eips = has_eip_code(version)
    return Config(
        access_key=known.get("access_key", ""),
        access_secret=known.get("access_secret", ""),
        credential_path=known.get("credential_path", ""),
        enable_eip_pool=eips and known.get("enable_eip_pool") == "true",
        enable_eip_migrate=known.get("enable_eip_migrate", False),
        allow_eip_rob=known.get("allow_eip_rob") == "true",
        enable_eni_trunking=known.get("enable_eni_trunking", False),
        stateful_kinds=("statefulset", *(kind.lower().strip() for kind in kinds)),
        tags=tuple((known.get("eni_tags") or {}).items()),
        reclaim_after=known.get("idle_ip_reclaim_after", ""),
    )


def _types(version: Version) -> dict[str, str]:
    """The keys that this version decodes, with their types."""
    found = {}
    for line in _KEYS.strip().splitlines():
        key, go_type, since, until = (*line.split(), "-", "-")[:4]
        if _at(since) <= version and (until == "-" or version < _at(until)):
            found[key] = go_type
    return found


def _at(text: str) -> Version:
    return () if text == "-" else tuple(map(int, text.split(".")))


class _Pairs(list[tuple[str, Any]]):
    """A JSON object whose keys may come twice."""


def _parsed(text: str) -> Any:
    try:
        return _valid(json.loads(text, object_pairs_hook=_Pairs, parse_constant=_no_constant))
    except (ValueError, RecursionError) as error:
        raise Unusable(f"failed parse config: {error}") from None


def _valid(value: Any) -> Any:
    """As Go reads texts: half a surrogate pair becomes U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, _Pairs):
        return _Pairs((_valid(key), _valid(item)) for key, item in value)
    return [_valid(item) for item in value] if isinstance(value, list) else value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"invalid character in {name} looking for beginning of value")


def _decoded(document: Any, version: Version) -> dict[str, Any]:
    """The fields that the document sets, one after another: null sets nothing, and of two the last counts."""
    if document is None:
        return {}
    if not isinstance(document, _Pairs):
        raise Unusable(f"failed parse config: {_mismatch(document, 'value', 'daemon.Config')}")
    types, found = _types(version), {}
    for name, value in document:
        key = name if version >= CASE_SENSITIVE else name.lower()
        if key in types and value is not None:
            _check(value, types[key], f"struct field Config.{key}", version)
            found[key] = _plain(value)
    return found


def _check(value: Any, go_type: str, where: str, version: Version) -> None:
    """Unusable when Go can't put the value into its field; null fits anywhere."""
    if value is None:
        return
    if go_type.startswith("[]"):
        _demand(isinstance(value, list) and not isinstance(value, _Pairs), value, where, go_type)
        for item in value:
            _check(item, go_type[2:], where, version)
    elif go_type.startswith("map[string]"):
        _demand(isinstance(value, _Pairs), value, where, go_type)
        for _, item in value:
            _check(item, go_type.removeprefix("map[string]"), where, version)
    elif go_type in _STRUCTS:
        _demand(isinstance(value, _Pairs), value, where, go_type)
        for name, item in value:
            _check(item, _type_in(go_type, name, version), f"{where}.{name}", version)
    elif go_type:
        _demand(_fits(value, go_type), value, where, go_type)


def _type_in(struct: str, name: str, version: Version) -> str:
    """Of a struct's field, "" for none; these have no tags, so that their keys are spelt as in Go."""
    fields = _STRUCTS[struct]
    if version < CASE_SENSITIVE:
        fields, name = {field.lower(): go_type for field, go_type in fields.items()}, name.lower()
    return fields.get(name, "")


def _fits(value: Any, go_type: str) -> bool:
    right_type = isinstance(value, _PYTHON[go_type]) and (go_type == "bool" or not isinstance(value, bool))
    least, most = _RANGES.get(go_type, (0, 0))
    return right_type and (go_type not in _RANGES or least <= value <= most)


def _demand(fits: bool, value: Any, where: str, go_type: str) -> None:  # noqa: FBT001 - a condition
    if not fits:
        raise Unusable(f"failed parse config: {_mismatch(value, where, go_type)}")


def _mismatch(value: Any, where: str, go_type: str) -> str:
    names = {bool: "bool", int: "number", float: "number", str: "string", list: "array", _Pairs: "object"}
    return f"json: cannot unmarshal {names[type(value)]} into Go {where} of type {go_type}"


def _merged(base: str, override: str) -> Any:
    """As github.com/evanphx/json-patch merges (RFC 7396): neither side may be null, a list replaces all."""
    document, patch = _plain(_parsed(base)), _plain(_parsed(override))
    if document is None:
        raise Unusable("failed parse config: Invalid JSON Document")
    if not isinstance(patch, dict | list):
        raise Unusable("failed parse config: Invalid JSON Patch")
    merged = merged_over(document if isinstance(document, dict) else {}, patch)
    return json.loads(json.dumps(merged, sort_keys=True), object_pairs_hook=_Pairs)


def merged_over(base: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged_over(result.get(key), value)
    return result


def _plain(value: Any) -> Any:
    if isinstance(value, _Pairs):
        return {key: _plain(item) for key, item in value}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _validate(known: dict[str, Any], version: Version) -> None:
    if known.get("ip_stack", "") not in _STACKS:
        raise Unusable(f"unsupported ipStack {known['ip_stack']} in configMap")
    most, groups = 5 if version < _MORE_GROUPS else 10, known.get("security_groups") or ()
    if len(groups) > most:
        raise Unusable(f"security groups should not be more than {most}, current {len(groups)}")
