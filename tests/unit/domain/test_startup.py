"""What each Terway Pod has read of eni_conf, by the evidence that there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from eipctl.domain.facts import Written
from eipctl.domain.terway import image_version
from eipctl.domain.terway.eni_conf import digest
from eipctl.domain.terway.installation import EniConfig, Override, Record, TerwayPod
from eipctl.domain.terway.startup import behind, changed, flag_on, may_give_eips, still_on

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ON, OFF, AGAIN = '{"enable_eip_pool": "true"}', "{}", '{"a": 1, "enable_eip_pool": "true"}'


def pod(created: datetime = NOW, version: str = "v1.6.4", node: str = "n1", mode: str = "ENIMultiIP") -> TerwayPod:
    return TerwayPod("t", "u", node, "terway", created, version=image_version.parse(version), mode=mode)


def setup(of: str = ON, when: datetime = NOW) -> Record:
    return Record(digest(of), ("enable_eip_pool",), written=when)


def teardown(when: datetime = NOW) -> Record:
    return Record(digest(OFF), written=when)


US, THEM = Written(NOW + HOUR, by_eipctl=True), Written(NOW + HOUR)
EVIDENCE: list[tuple[str, EniConfig, datetime | None]] = [
    ("nothing", EniConfig(OFF, "1"), None),
    ("managedFields", EniConfig(OFF, "1", written=THEM), NOW + HOUR),
    ("setup's record, nobody since", EniConfig(ON, "1", setup(), written=US), NOW),
    ("setup's record on a server without managedFields", EniConfig(ON, "1", setup()), NOW),
    ("edited since", EniConfig(AGAIN, "1", setup(), written=THEM), NOW + HOUR),
    ("edited since, nobody knows when", EniConfig(AGAIN, "1", setup()), None),
    ("edited and put back", EniConfig(ON, "1", setup(), written=THEM), NOW + HOUR),
]


@pytest.mark.parametrize(("_what", "config", "when"), EVIDENCE, ids=[row[0] for row in EVIDENCE])
def test_when_eni_conf_was_changed(_what: str, config: EniConfig, when: datetime | None) -> None:
    """The record that setup left, else the last writer's time, else it is not known."""
    assert changed(config) == when


def test_a_node_with_an_override_reads_what_was_changed_last() -> None:
    """Of both; an override of which nothing is known was there before anybody kept record."""
    young = Override("gpu", ("n1",), OFF, changed=NOW + 2 * HOUR)
    config = EniConfig(OFF, "1", written=THEM, overrides=(young, Override("old", ("n2",), OFF)))
    assert [changed(config, node) for node in ("n1", "n2", "n3")] == [NOW + 2 * HOUR, NOW + HOUR, NOW + HOUR]


def test_what_a_node_can_not_read_it_has_not_read() -> None:
    """Terway there works with what was there before, which nobody knows."""
    gpu = Override("gpu", ("n1",), "{,}", changed=NOW - HOUR, malformed="expected a key")
    config = EniConfig(OFF, "1", written=Written(NOW - HOUR), overrides=(gpu,))
    assert [may_give_eips(pod(node=node), config) for node in ("n1", "n2")] == [True, False]


JUDGED: list[tuple[str, EniConfig, datetime, tuple[bool, bool, bool]]] = [
    ("off, and read", EniConfig(OFF, "1", written=Written(NOW)), NOW + HOUR, (False, False, False)),
    ("off, of the same second", EniConfig(OFF, "1", written=Written(NOW)), NOW, (True, True, True)),
    ("off by hand, not read", EniConfig(OFF, "1", setup(), written=THEM), NOW + HOUR / 2, (True, True, True)),
    ("off by hand, read", EniConfig(OFF, "1", setup(), written=THEM), NOW + 2 * HOUR, (False, False, False)),
    ("off by teardown, not read", EniConfig(OFF, "1", teardown(), written=US), NOW - HOUR, (True, True, True)),
    ("off, nobody knows since when", EniConfig(OFF, "1"), NOW, (True, True, True)),
    ("on, and read", EniConfig(ON, "1", setup(), written=US), NOW + HOUR / 2, (True, False, False)),
    ("on, not read", EniConfig(ON, "1", setup(), written=US), NOW - HOUR, (True, False, True)),
    ("on by setup, and edited", EniConfig(AGAIN, "1", setup(), written=THEM), NOW + HOUR / 2, (True, False, False)),
    ("on by hand, perhaps not read", EniConfig(ON, "1", written=THEM), NOW, (True, False, True)),
]  # fmt: skip


@pytest.mark.parametrize(("_what", "config", "created", "expected"), JUDGED, ids=[row[0] for row in JUDGED])
def test_what_a_pod_may_do(_what: str, config: EniConfig, created: datetime, expected: tuple[bool, bool, bool]) -> None:
    """Whether it may give EIPs, may go on although the flag is gone, and has to be restarted."""
    one = pod(created)
    assert (may_give_eips(one, config), bool(still_on([one], config)), bool(behind([one], config))) == expected


@pytest.mark.parametrize("other", [pod(version="v1.7.0"), pod(mode="VPC"), pod(version="v1.0.9")])
def test_a_terway_without_eip_code_holds_nothing(other: TerwayPod) -> None:
    """Whatever it has read."""
    config = EniConfig(ON, "1")
    assert not may_give_eips(other, config)
    assert not still_on([other], EniConfig(OFF, "1"))
    assert not behind([other], config)


def test_a_version_that_is_not_known_may_be_one_with_eip_code() -> None:
    """The image is named by its digest."""
    assert may_give_eips(pod(version="nonsense"), EniConfig(OFF, "1"))


FLAGS = [
    ("v1.6.4", ON, None, True),
    ("v1.6.4", '{"Enable_EIP_Pool": "true"}', None, False),
    ("v1.2.2", '{"Enable_EIP_Pool": "true"}', None, True),
    ("v1.6.4", ON, '{"enable_eip_pool": "false"}', False),
    ("v1.6.4", ON, '{"enable_eip_pool": null}', False),
    ("v1.6.4", OFF, ON, True),
    ("v1.6.4", ON, "{}", True),
]


@pytest.mark.parametrize(("version", "text", "override", "on"), FLAGS)
def test_which_flag_a_node_reads(version: str, text: str, override: str | None, on: bool) -> None:
    """Its own first; keys as the version takes them."""
    overrides = (Override("gpu", ("n1",), override),) if override else ()
    assert flag_on(pod(version=version), EniConfig(text, "1", overrides=overrides)) is on
