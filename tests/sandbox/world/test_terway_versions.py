"""What differs between Terway's versions from v1.0.10.280 to v1.17.5, and what stops each of them."""

from __future__ import annotations

from typing import Any

import pytest

from eipctl.sandbox.world.terway_config import Unusable, read
from eipctl.sandbox.world.terway_eip import wish_of

FIRST, V123, V130, LAST = (1, 0, 10, 280), (1, 2, 3, 0), (1, 3, 0, 0), (1, 6, 4, 0)
K = "k8s.aliyun.com/"


def _conf(text: str, override: str = "", version: tuple[int, ...] = LAST) -> Any:
    return read(text, override, version)


@pytest.mark.parametrize("flag", ["True", "TRUE", "1", "t", "yes", "false", ""])
def test_only_the_very_text_true_asks_for_an_eip(flag: str) -> None:
    """pod-with-eip and eci-with-eip are compared with "true", and either is enough."""
    assert wish_of({K + "pod-with-eip": flag}, LAST) is None
    assert wish_of({K + "pod-with-eip": flag, K + "eci-with-eip": "true"}, LAST) is not None


def test_keys_that_came_with_a_version_are_not_read_before() -> None:
    """ISP, bandwidth package and eip-internet-charge-type count from v1.2.3 on."""
    asked = {
        K + "pod-with-eip": "true",
        K + "eip-isp": "BGP_PRO",
        K + "eip-common-bandwidth-package-id": "cbwp-1",
        K + "eip-charge-type": "PayByBandwidth",
        K + "eip-internet-charge-type": "PayByTraffic",
    }
    old, new = wish_of(asked, (1, 2, 2, 0)), wish_of(asked, V123)
    assert old is not None
    assert new is not None
    assert (old.isp, old.package, old.charge_type) == ("", "", "PayByBandwidth")
    assert (new.isp, new.package, new.charge_type) == ("BGP_PRO", "cbwp-1", "PayByTraffic")


def test_an_empty_charge_type_is_taken_as_it_is() -> None:
    """It is then not sent at all, and the API's own default holds."""
    wish = wish_of({K + "pod-with-eip": "true", K + "eip-charge-type": ""}, LAST)
    assert wish is not None
    assert wish.charge_type == ""


@pytest.mark.parametrize("version", [FIRST, (1, 2, 4, 0)])
def test_keys_count_in_any_case_before_v130(version: tuple[int, ...]) -> None:
    """encoding/json takes a key in any case."""
    assert _conf('{"Enable_EIP_Pool": "true"}', version=version).enable_eip_pool
    with pytest.raises(Unusable):
        _conf('{"MAX_POOL_SIZE": "5"}', version=version)


@pytest.mark.parametrize("version", [V130, (1, 4, 0, 0), LAST])
def test_keys_are_case_sensitive_from_v130(version: tuple[int, ...]) -> None:
    """k8s.io/apimachinery 0.23, which v1.3.0 is built with, takes them as they are written."""
    assert not _conf('{"Enable_EIP_Pool": "true", "MAX_POOL_SIZE": "5"}', version=version).enable_eip_pool


def test_of_two_keys_the_last_counts_and_null_sets_nothing() -> None:
    """As Go decodes: one after another into the same field."""
    assert _conf('{"enable_eip_pool": "false", "enable_eip_pool": "true"}').enable_eip_pool
    assert _conf('{"enable_eip_pool": "true", "enable_eip_pool": null}').enable_eip_pool
    with pytest.raises(Unusable):
        _conf('{"enable_eip_pool": true, "enable_eip_pool": "true"}')


def test_null_starts_and_an_empty_override_is_none() -> None:
    """eni_conf null is an empty configuration; an override without text changes nothing."""
    assert not _conf("null").enable_eip_pool
    assert _conf('{"enable_eip_pool": "true"}', "").enable_eip_pool


@pytest.mark.parametrize("override", ["null", '"text"', "5", "[]", "{"])
def test_an_override_that_is_no_object_ends_terway(override: str) -> None:
    """github.com/evanphx/json-patch refuses it, or takes a list for the whole configuration."""
    with pytest.raises(Unusable):
        _conf('{"enable_eip_pool": "true"}', override)
    with pytest.raises(Unusable):
        _conf("null", "{}")


@pytest.mark.parametrize(
    "text",
    [
        '{"kube_client_qps": "10"}',
        '{"kube_client_burst": 1.5}',
        '{"eni_cap_ratio": "1"}',
        '{"eni_cap_shift": 0.5}',
        '{"extra_routes": {"dst": "10.0.0.0/8"}}',
        '{"extra_routes": [{"dst": 10}]}',
        '{"disable_device_plugin": "true"}',
        '{"ipam_type": true}',
        '{"eni_tag_filter": {"a": 1}}',
        '{"eni_tags": ["a"]}',
        '{"max_pool_size": "5"}',
        '{"min_pool_size": 1.0}',
        '{"backoff_override": {"": {"Steps": "6"}}}',
        '{"custom_stateful_workload_kinds": "CloneSet"}',
        '{"enable_eip_migrate": "true"}',
        '{"wait_trunk_eni": 1}',
        '{"access_key": 1}',
        '{"ip_stack": "ipv6"}',
        '{"security_groups": ["a", "b", "c", "d", "e", "f"]}',
        "[]",
    ],
)
def test_a_value_of_the_wrong_type_ends_terway(text: str) -> None:
    """Every key that its struct has is decoded strictly, whether it matters for EIPs or not."""
    with pytest.raises(Unusable):
        _conf(text)


@pytest.mark.parametrize(
    ("key", "value", "before", "since"),
    [
        ("kube_client_qps", '"10"', (1, 4, 0, 0), (1, 4, 1, 0)),
        ("disable_device_plugin", '"x"', (1, 2, 5, 0), V130),
        ("enable_eip_migrate", '"true"', (1, 5, 7, 0), (1, 6, 0, 0)),
        ("eni_tag_filter", '"x"', (1, 5, 2, 0), (1, 5, 5, 0)),
        ("idle_ip_reclaim_after", "5", (1, 15, 3, 0), (1, 16, 0, 0)),
        ("enable_eip_pool", "true", (1, 9, 6, 0), (1, 9, 3, 0)),
    ],
)
def test_a_key_is_checked_by_the_versions_that_have_it(
    key: str, value: str, before: tuple[int, ...], since: tuple[int, ...]
) -> None:
    """An older Terway, or one that has dropped it, passes over what it does not know."""
    _conf(f'{{"{key}": {value}}}', version=before)
    with pytest.raises(Unusable):
        _conf(f'{{"{key}": {value}}}', version=since)


def test_kinds_of_stateful_owners_count_in_any_case() -> None:
    """They are trimmed and compared in lower case."""
    assert _conf('{"custom_stateful_workload_kinds": [" CloneSet "]}').stateful_kinds == ("statefulset", "cloneset")


def test_half_a_surrogate_pair_is_no_text_that_stops_terway() -> None:
    """Go decodes it as U+FFFD; what is no JSON at all, and what is nested beyond reading, stops it."""
    assert _conf('{"eni_tags": {"a": "\\ud800"}}').tags == (("a", "\ufffd"),)
    for text in ('{"max_pool_size": NaN}', '{"a": ' + "[" * 100000 + "]" * 100000 + "}"):
        with pytest.raises(Unusable):
            _conf(text)
