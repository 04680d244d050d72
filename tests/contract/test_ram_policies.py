"""RAM decides about Terway's calls as its documentation says: for setup, for check, and in the sandbox's cloud.

The table in ``tests/data/ram/policies.yaml`` names the sentence of the documentation behind each verdict.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.domain.facts import AttachedPolicy
from eipctl.domain.findings import Level
from eipctl.domain.ram.resources import AccountRegion
from eipctl.domain.terway import image_version
from eipctl.domain.terway.installation import EniConfig, TerwayPod
from eipctl.planners.check.roles import roles
from eipctl.planners.terway.grants import TerwayRole
from eipctl.planners.terway.setup import RAM, SetupKnobs, SetupWorld, plan_setup
from eipctl.sandbox.clock import Clock
from eipctl.sandbox.cloud.cloud import Cloud, CloudRefusal
from eipctl.sandbox.store import Store

ACCOUNT, REGION = "1234567890123456", "cn-hangzhou"
TABLE = yaml.safe_load((Path(__file__).parents[1] / "data" / "ram" / "policies.yaml").read_text("utf-8"))
PLAIN, TAGGED = "plain", "tagged"
TAG = {"Tag.1.Key": "team", "Tag.1.Value": "net"}


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    name: str
    rule: str
    action: str
    verdict: str
    policies: list[list[dict[str, Any]]]
    allowed: list[str] | tuple[()] = ()

    @property
    def role(self) -> TerwayRole:
        """The role as setup and check read it."""
        attached = tuple(
            AttachedPolicy(f"p{number}", system=False, document=json.dumps({"Version": "1", "Statement": statements}))
            for number, statements in enumerate(self.policies)
        )
        return TerwayRole("terway", attached, (f"vpc:{self.action}",), AccountRegion(ACCOUNT, REGION))


ROWS = [Row(**row) for row in TABLE["rows"]]


def planned_by_setup(row: Row) -> str:
    """The verdict that setup's plan shows."""
    version = image_version.parse("v1.6.3")
    pod = TerwayPod("t", "u", "n", "terway-eniip", version=version, created=datetime(2026, 11, 1, tzinfo=UTC))
    world = SetupWorld(terway=(pod,), config=EniConfig("{}", "1"), cluster="c1", roles=(row.role,))
    knobs = SetupKnobs(steps=frozenset({RAM}), actions=row.role.actions)
    try:
        plan = plan_setup(world, knobs)
    except Refused as refused:
        return "denied" if refused.code is Code.ROLE_DENIED else refused.message
    told = [note for note in plan.notes if "does not count as granted" in note or "only known when" in note]
    if plan.empty:
        return "depends" if told else "allowed"
    return "depends" if any("does not count" in note for note in told) else "missing"


def reported_by_check(row: Row) -> str:
    """The verdict that check's findings show."""
    found = {finding.code: finding for finding in roles((row.role,), on=False)}
    denied, lacks = found.get(Code.ROLE_DENIED), found.get(Code.ROLE_LACKS_ACTIONS)
    if denied is not None and denied.level is Level.ERROR:
        return "denied"
    assert lacks is not None
    if lacks.level is Level.OK:
        return "allowed" if denied is None else "depends"
    return "depends" if "only" in lacks.detail else "missing"


@pytest.fixture
def cloud() -> Cloud:
    """The sandbox's cloud, with an EIP without tags and one with a tag."""
    made = Cloud(Store(), Clock(), REGION, ACCOUNT)
    made.add_eip(allocation_id="eip-plain")
    made.add_eip(allocation_id="eip-tagged", tags={"team": "net"})
    return made


def passes(cloud: Cloud, row: Row, request: str) -> bool:
    """Whether RAM lets one of the two requests pass, whatever comes of it afterwards."""
    params = dict(TAG) if request == TAGGED and row.action == "AllocateEipAddress" else {}
    if row.action not in ("AllocateEipAddress", "DescribeEipAddresses", "DescribeVSwitches"):
        params |= {"AllocationId": f"eip-{request}", "IpInstanceId": f"eip-{request}", "BandwidthPackageId": "cbwp-1"}
    try:
        cloud.call(cloud.role_principal("terway"), "Vpc", row.action, params)
    except CloudRefusal as refusal:
        return refusal.code != "Forbidden.RAM"
    return True


def enforced_by_the_sandbox(cloud: Cloud, row: Row) -> tuple[str, ...]:
    """Which of the two requests pass."""
    cloud.set_switches(allocate_needs_tag_right=False)
    for number, statements in enumerate(row.policies):
        cloud.add_policy(f"p{number}", {"Version": "1", "Statement": statements})
    cloud.add_role("terway", policies=tuple(f"p{number}" for number in range(len(row.policies))))
    return tuple(request for request in (PLAIN, TAGGED) if passes(cloud, row, request))


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_setup_check_and_the_sandbox_decide_as_the_documentation_says(row: Row, cloud: Cloud) -> None:
    """Setup grants what is missing and refuses what is denied; check reports the same; a call meets the same."""
    both = (PLAIN, TAGGED)
    expected = {"allowed": both, "denied": (), "missing": (), "depends": tuple(row.allowed)}[row.verdict]
    rule = TABLE["rules"][row.rule]
    assert planned_by_setup(row) == row.verdict, rule
    assert reported_by_check(row) == row.verdict, rule
    assert enforced_by_the_sandbox(cloud, row) == expected, rule


def test_the_table_is_worth_its_name() -> None:
    """At least 60 policies, each action of Terway, each rule and each verdict."""
    assert len(ROWS) >= 60
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert {row.rule for row in ROWS} == set(TABLE["rules"])
    assert {row.verdict for row in ROWS} == {"allowed", "denied", "missing", "depends"}
    assert {f"vpc:{row.action}" for row in ROWS} >= set(TerwayRole("any", ()).actions)
