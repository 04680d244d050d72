"""What check says of given facts: level, code and fix of each finding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.domain import ram_policy, terway_version
from eipctl.domain.codes import Code
from eipctl.domain.eni_conf import read
from eipctl.domain.facts import AttachedPolicy
from eipctl.domain.findings import Finding, Level
from eipctl.domain.ram_policy import EIP_ACTIONS
from eipctl.domain.terway import EniConfig, Override, Record, TerwayPod
from eipctl.planners import check
from eipctl.planners.check import BIND_RIGHTS
from eipctl.planners.grants import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ON = '{"enable_eip_pool": "true"}'
OFF = "{}"
GRANTED = Role("r", (AttachedPolicy("p", system=False, document=ram_policy.own_policy_document(EIP_ACTIONS)),))
LACKING = Role("r", ())
DENIED = Role(
    "r",
    (AttachedPolicy("p", system=False, document='{"Statement":{"Effect":"Deny","Action":"vpc:*","Resource":"*"}}'),),
)

Row = tuple[Code, Level]


def pod(version: str | None = "v1.6.3", node: str = "n1", daemonset: str = "terway-eniip", **facts: Any) -> TerwayPod:
    parsed = terway_version.parse(version) if version else None
    known: dict[str, Any] = {"created": NOW}
    return TerwayPod(f"t-{node}", f"uid-{node}", node, daemonset, version=parsed, **known | facts)


def config(text: str = OFF, record: Record | None = None, *overrides: Override) -> EniConfig:
    return EniConfig(text, "7", record, overrides)


def rows(findings: Iterable[Finding]) -> list[Row]:
    return [(finding.code, finding.level) for finding in findings]


TERWAY = [
    ([pod()], [(Code.TERWAY_VERSION, Level.OK)]),
    ([pod("v1.13.0")], [(Code.TERWAY_VERSION, Level.INFO)]),
    ([pod("v1.0.10.263-gdbe50a9")], [(Code.TERWAY_VERSION, Level.WARNING)]),
    ([pod(None)], [(Code.TERWAY_VERSION, Level.WARNING)]),
    ([pod(), pod("v1.7.0", "n2")], [(Code.TERWAY_VERSION, Level.OK), (Code.TERWAY_VERSION, Level.INFO)]),
    ([], [(Code.TERWAY_NOT_FOUND, Level.ERROR)]),
    ([pod(daemonset="terway")], [(Code.TERWAY_MODE, Level.ERROR)]),
    ([pod(crash_looping=True)], [(Code.TERWAY_VERSION, Level.OK), (Code.CANARY_FAILED, Level.ERROR)]),
]


@pytest.mark.parametrize(("pods", "expected"), TERWAY)
def test_terway_per_version_and_mode(pods: list[TerwayPod], expected: list[Row]) -> None:
    """Each version once, with its nodes."""
    found = list(check.terway(pods))
    assert rows(found) == expected
    assert all(one.node in "".join(finding.title for finding in found) for one in pods if one.daemonset != "terway")


def test_many_nodes_are_counted_not_all_listed() -> None:
    """Five are named."""
    (finding,) = check.terway([pod(node=f"n{number}") for number in range(8)])
    assert "and 3 more" in finding.title


FLAGS = [
    (ON, True, [(Code.FLAG_NOT_SET, Level.OK)]),
    (OFF, True, [(Code.FLAG_NOT_SET, Level.WARNING)]),
    (OFF, False, []),
    (ON, False, [(Code.FLAG_NOT_SET, Level.INFO)]),
    ('{"enable_eip_pool": true}', True, [(Code.FLAG_TYPE, Level.ERROR)]),
    ('{"enable_eip_pool": "True"}', True, [(Code.FLAG_TYPE, Level.WARNING)]),
    ('{"enable_eip_pool": true}', False, []),
    (ON[:-1] + ', "allow_eip_rob": 1}', True, [(Code.FLAG_NOT_SET, Level.OK), (Code.FLAG_TYPE, Level.ERROR)]),
    (ON[:-1] + ', "enable_eip_migrate": "x"}', True, [(Code.FLAG_NOT_SET, Level.OK), (Code.FLAG_TYPE, Level.ERROR)]),
    (
        ON[:-1] + ', "enable_eip_migrate": true}',
        True,
        [(Code.FLAG_NOT_SET, Level.OK), (Code.MIGRATION_FLAG, Level.WARNING)],
    ),
]


@pytest.mark.parametrize(("text", "native", "expected"), FLAGS)
def test_flags_matter_only_to_a_terway_that_reads_them(text: str, native: bool, expected: list[Row]) -> None:
    """A wrong type stops it; a misspelt value is only off."""
    assert rows(check.flags(config(text), is_native=native)) == expected


def test_overrides_are_found_where_they_are() -> None:
    """With the ConfigMap's own name in object and fix."""
    wrong = Override("gpu", ("n9",), read('{"enable_eip_pool": true}'))
    found = list(check.flags(config(ON, None, wrong), is_native=True))[-1]
    assert (found.code, found.object) == (Code.FLAG_TYPE, "configmap/kube-system/gpu")
    assert found.fix == "kubectl -n kube-system edit configmap gpu"
    off = Override("gpu", ("n9",), read('{"enable_eip_pool": "false"}'))
    assert rows(check.flags(config(ON, None, off), is_native=True))[-1] == (Code.NODE_OVERRIDE, Level.INFO)


def test_a_missing_restart_names_the_command_that_goes_on() -> None:
    """setup or teardown, by what was written last."""
    old = [pod(created=NOW - timedelta(days=1))]
    (after_setup,) = check.restart(old, config(ON, Record("", ("enable_eip_pool",), written=NOW)))
    (after_teardown,) = check.restart(old, config(OFF, Record("", written=NOW)))
    assert [after_setup.fix, after_teardown.fix] == ["eipctl setup", "eipctl teardown"]
    assert after_setup.code is Code.RESTART_NEEDED
    (done,) = check.restart([pod(created=NOW + timedelta(seconds=1))], config(ON, Record("", written=NOW)))
    assert done.level is Level.OK
    assert list(check.restart(old, config(ON))) == []


ROLES = [
    ([GRANTED], ON, (Code.ROLE_LACKS_ACTIONS, Level.OK)),
    ([LACKING], OFF, (Code.ROLE_LACKS_ACTIONS, Level.WARNING)),
    ([LACKING], ON, (Code.ROLE_LACKS_ACTIONS, Level.ERROR)),
    ([DENIED], OFF, (Code.ROLE_DENIED, Level.ERROR)),
    ([], OFF, (Code.ROLE_LACKS_ACTIONS, Level.INFO)),
]


@pytest.mark.parametrize(("found", "text", "expected"), ROLES)
def test_what_the_role_lacks_is_an_error_once_the_flag_is_on(found: list[Role], text: str, expected: Row) -> None:
    """Then annotated Pods hang; before, it is what setup is for."""
    assert rows(check.roles(found, config(text))) == [expected]


def test_two_controllers_at_once_are_an_error() -> None:
    """One alone is only told."""
    on = config(ON)
    assert rows(check.ack_extend(present=True, is_native=True, config=on)) == [(Code.ACK_EXTEND, Level.ERROR)]
    assert rows(check.ack_extend(present=True, is_native=False, config=on)) == [(Code.ACK_EXTEND, Level.INFO)]
    assert rows(check.ack_extend(present=False, is_native=True, config=None)) == []


def test_each_missing_right_is_a_command_to_ask_for_it() -> None:
    """In the namespace or the whole cluster, with the group."""
    fixes = [finding.fix for finding in check.rights(BIND_RIGHTS)]
    assert "kubectl auth can-i list pods -A" in fixes
    assert "kubectl auth can-i create leases.coordination.k8s.io -n kube-system" in fixes
    assert rows(check.rights([])) == [(Code.KUBE_FORBIDDEN, Level.OK)]


ALL: list[Callable[[], Iterable[Finding]]] = [
    lambda: check.terway([pod(), pod("v1.13.0", "n2"), pod(None, "n3"), pod("v1.0.0", "n4")]),
    lambda: check.flags(config(OFF), is_native=True),
    lambda: check.roles([LACKING], config(ON)),
    lambda: check.rights(BIND_RIGHTS),
]


@pytest.mark.parametrize("findings", ALL)
def test_whatever_is_wrong_has_a_command_as_its_fix(findings: Callable[[], Iterable[Finding]]) -> None:
    """Something to paste, not advice."""
    wrong = [finding for finding in findings() if finding.level in (Level.WARNING, Level.ERROR)]
    assert wrong
    assert all(finding.fix.startswith(("eipctl ", "kubectl ")) for finding in wrong)
