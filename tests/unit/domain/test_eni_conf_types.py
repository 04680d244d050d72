"""Which values of eni_conf Terway can't start with."""

from __future__ import annotations

import pytest

from eipctl.domain.terway.eni_conf_types import mistyped
from eipctl.domain.terway.image_version import TerwayVersion, parse

OLD, WINDOW, NEW = parse("v1.2.2"), parse("v1.6.4"), parse("v1.17.5")

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
]


@pytest.mark.parametrize(("member", "version", "starts"), ROWS)
def test_what_go_can_not_decode_into_its_field(member: str, version: TerwayVersion | None, starts: bool) -> None:
    """By the version that runs: a key that it does not know is passed over, and an unknown version is a new one."""
    found = mistyped(f"{{{member}}}", [version])
    assert (not found) is starts
    assert all(one.key in member and one.raw in member for one in found)


def test_what_stops_one_of_several_versions_is_told_once() -> None:
    """During an upgrade."""
    (found,) = mistyped('{"max_pool_size": "5"}', [OLD, WINDOW, NEW])
    assert (found.key, found.raw, found.expected) == ("max_pool_size", '"5"', "a whole number without quotes")


def test_a_value_of_a_secret_is_not_told() -> None:
    """Its key is."""
    (found,) = mistyped('{"access_secret": 12345}', [WINDOW])
    assert (found.key, found.raw) == ("access_secret", "***")
