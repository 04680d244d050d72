"""Which values of eni_conf Terway can't start with."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from eipctl.domain.terway.eni_conf_types import mistyped
from eipctl.domain.terway.image_version import TerwayVersion, parse
from eipctl.sandbox.world.terway_config import Unusable, read

OLD, WINDOW, NEW = parse("v1.2.2"), parse("v1.6.4"), parse("v1.17.5")
FIVE, SIX = ("[" + ", ".join(['"sg-1"'] * count) + "]" for count in (5, 6))

ROWS: list[tuple[str, TerwayVersion | None, bool]] = [
    ('"max_pool_size": 5', WINDOW, True),
    ('"max_pool_size": "5"', WINDOW, False),
    ('"max_pool_size": 5.0', WINDOW, False),
    ('"max_pool_size": 1e3', WINDOW, False),
    ('"max_pool_size": 99999999999999999999', WINDOW, False),
    ('"max_pool_size": true', WINDOW, False),
    ('"max_pool_size": null', WINDOW, True),
    ('"eni_cap_ratio": 1', WINDOW, True),
    ('"eni_cap_ratio": 0.5', WINDOW, True),
    ('"eni_cap_ratio": "1"', WINDOW, False),
    ('"kube_client_qps": "10"', WINDOW, False),
    ('"kube_client_qps": "10"', OLD, True),
    ('"disable_device_plugin": "true"', WINDOW, False),
    ('"disable_device_plugin": "true"', OLD, True),
    ('"wait_trunk_eni": 1', WINDOW, False),
    ('"wait_trunk_eni": 1', NEW, True),
    ('"ipam_type": 1', WINDOW, False),
    ('"vswitches": {"h": ["vsw-1", null]}', WINDOW, True),
    ('"vswitches": {"h": "vsw-1"}', WINDOW, False),
    ('"vswitches": {"h": [1]}', WINDOW, False),
    ('"vswitches": ["vsw-1"]', WINDOW, False),
    ('"eni_tag_filter": {"a": "b"}', WINDOW, True),
    ('"eni_tag_filter": {"a": true}', WINDOW, False),
    ('"security_groups": "sg-1"', WINDOW, False),
    ('"extra_routes": [{"dst": "10.0.0.0/8"}]', WINDOW, True),
    ('"extra_routes": {"dst": "10.0.0.0/8"}', WINDOW, False),
    ('"backoff_override": {"a": 1}', WINDOW, False),
    ('"enable_ip_prefix": "true"', NEW, False),
    ('"enable_ip_prefix": "true"', WINDOW, True),
    ('"enable_ip_prefix": "true"', None, False),
    ('"Max_Pool_Size": "5"', WINDOW, True),
    ('"Max_Pool_Size": "5"', OLD, False),
    ('"my_own_key": [{}]', WINDOW, True),
    ('"max_pool_size": 9223372036854775807', WINDOW, True),
    ('"max_pool_size": 9223372036854775808', WINDOW, False),
    ('"eni_cap_ratio": 1e400', WINDOW, False),
    ('"kube_client_qps": 1e39', WINDOW, False),
    ('"extra_routes": [{"dst": 10}]', WINDOW, False),
    ('"extra_routes": [{"via": 10}]', WINDOW, True),
    ('"backoff_override": {"eni_ops": {"Duration": 5000000000, "Factor": 1.5, "Steps": 6}}', WINDOW, True),
    ('"backoff_override": {"eni_ops": {"Duration": "5s"}}', WINDOW, False),
    ('"backoff_override": {"eni_ops": {"duration": "5s"}}', WINDOW, True),
    ('"backoff_override": {"eni_ops": {"duration": "5s"}}', OLD, False),
    ('"ip_stack": "dual"', WINDOW, True),
    ('"ip_stack": "ipv6"', WINDOW, False),
    ('"ip_stack": "ipv6"', parse("v1.0.10.280"), True),
    (f'"security_groups": {FIVE}', WINDOW, True),
    (f'"security_groups": {SIX}', WINDOW, False),
    (f'"security_groups": {SIX}', NEW, True),
]

FIRST_READ_BY = [
    ('"kube_client_qps": "10"', "v1.4.0", "v1.4.1"),
    ('"kube_client_burst": "10"', "v1.4.0", "v1.4.1"),
    ('"security_groups": "sg-1"', "v1.1.0", "v1.1.1"),
    ('"extra_routes": {}', "v1.2.0", "v1.2.1"),
    ('"region_id": 1', "v1.5.6", "v1.5.7"),
    ('"resource_group_id": 1', "v1.7.2", "v1.8.0"),
    ('"rate_limit": "10"', "v1.9.17", "v1.10.0"),
    ('"ip_pool_sync_period": 120', "v1.14.5", "v1.15.0"),
    ('"idle_ip_reclaim_after": 10', "v1.15.3", "v1.16.0"),
    ('"ip_warm_up_size": "1"', "v1.16.2", "v1.16.4"),
    ('"enable_ip_prefix": "true"', "v1.16.6", "v1.17.1"),
    ('"enable_patch_pod_ips": "true"', "v1.8.14", "v1.8.18"),
    ('"enable_patch_pod_ips": "true"', "v1.9.10", "v1.9.16"),
    ('"enable_patch_pod_ips": "true"', "v1.13.2", "v1.13.4"),
    ('"enable_eip_pool": true', "v1.0.10.263", "v1.0.10.280"),
    ('"enable_eip_migrate": "true"', "v1.5.8", "v1.6.0"),
]
LAST_READ_BY = [
    ('"eni_cap_policy": 1', "v1.10.0", "v1.11.1"),
    ('"enable_patch_pod_ips": "true"', "v1.8.18", "v1.9.0"),
    ('"enable_patch_pod_ips": "true"', "v1.9.17", "v1.10.0"),
    ('"enable_eip_pool": true', "v1.9.3", "v1.9.6"),
    ('"allow_eip_rob": true', "v1.9.3", "v1.9.6"),
    ('"enable_eip_migrate": "true"', "v1.9.3", "v1.9.6"),
    ('"wait_trunk_eni": 1', "v1.9.3", "v1.9.6"),
]
"""Neighbouring tags of Terway's repository, whose types/daemon/config.go has the key in one of the two."""


@pytest.mark.parametrize(("member", "version", "starts"), ROWS)
def test_what_go_can_not_decode_into_its_field(member: str, version: TerwayVersion | None, starts: bool) -> None:
    """By the version that runs: a key that it does not know is passed over, and an unknown version is a new one."""
    found = mistyped(f"{{{member}}}", [version])
    assert (not found) is starts
    assert all(one.key in member and one.raw in member for one in found)


@pytest.mark.parametrize(
    ("member", "passed_over", "read_by"),
    [*FIRST_READ_BY, *((member, after, before) for member, before, after in LAST_READ_BY)],
)
def test_a_version_stops_at_the_keys_that_it_has(member: str, passed_over: str, read_by: str) -> None:
    """The sandbox's Terway, which is written from the same tags but shares no code, starts in the same cases."""
    text = f"{{{member}}}"
    for tag, stops in ((passed_over, False), (read_by, True)):
        version = parse(tag)
        assert version is not None
        assert bool(mistyped(text, [version])) is stops
        numbers = (version.major, version.minor, version.patch, version.build)
        with pytest.raises(Unusable) if stops else nullcontext():
            read(text, "", numbers)


@pytest.mark.parametrize(("member", "version", "starts"), ROWS)
def test_the_sandbox_starts_in_the_same_cases(member: str, version: TerwayVersion | None, starts: bool) -> None:
    """Where the version is known."""
    if version is not None:
        with nullcontext() if starts else pytest.raises(Unusable):
            read(f"{{{member}}}", "", (version.major, version.minor, version.patch, version.build))


def test_what_stops_one_of_several_versions_is_told_once() -> None:
    """During an upgrade."""
    (found,) = mistyped('{"max_pool_size": "5"}', [OLD, WINDOW, NEW])
    assert (found.key, found.raw, found.expected) == ("max_pool_size", '"5"', "a whole number without quotes")


def test_a_value_of_a_secret_is_not_told() -> None:
    """Its key is."""
    (found,) = mistyped('{"access_secret": 12345}', [WINDOW])
    assert (found.key, found.raw) == ("access_secret", "***")


def test_a_long_value_is_shortened() -> None:
    """On one line."""
    (found,) = mistyped('{"vswitches": [\n' + '"vsw-1", ' * 100 + '"x"]}', [WINDOW])
    assert (len(found.raw), found.raw[:18], found.raw[-1]) == (80, '[ "vsw-1", "vsw-1"', "…")
