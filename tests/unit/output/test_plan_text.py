"""Plans as people read them are golden files; EIPCTL_GOLDEN=write rewrites them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eipctl.domain.eni_conf import read
from eipctl.domain.terway import Override
from eipctl.engine.prepared import Prepared
from eipctl.output.plan_text import plan_lines
from eipctl.planners.restart import Pace
from eipctl.planners.setup import SetupKnobs, plan_setup
from eipctl.planners.teardown import TeardownKnobs, plan_teardown
from tests.unit.planners import test_setup as before
from tests.unit.planners import test_teardown as after

if TYPE_CHECKING:
    from eipctl.domain.plan import Plan

GOLDEN = Path(__file__).parent / "golden"
TARGET = (("context", "prod"), ("cluster", "c1"), ("account", "1234567890123456 (acs:ram::…:user/me)"))
LIMITED = '{"Statement": [{"Effect": "Allow", "Action": "vpc:Allocate*", "Resource": "acs:vpc:*:*:eip/*"}]}'
MISSPELT = before.BARE.replace('"1",', '"1",\n  "enable_eip_pool": "True",\n  "access_secret": "hidden",')


def difficult() -> Plan:
    """A wrong value, an override, a half right, a silent node."""
    gpu = Override("gpu", ("n3",), read('{"enable_eip_pool": "false"}'))
    world = before.world(
        config=before.config(MISSPELT, overrides=(gpu,)),
        roles=(before.role(before.policy(LIMITED)),),
        silent=frozenset({"n4"}),
    )
    return plan_setup(world, SetupKnobs(allow_eip_rob=True, pace=Pace("50%")))


PLANS = {
    "setup": plan_setup(before.world(), SetupKnobs()),
    "setup-difficult": difficult(),
    "setup-ram-again": plan_setup(
        before.world(roles=(before.role(before.policy(before.ALL)),)), SetupKnobs(steps=frozenset({"ram"}))
    ),
    "teardown": plan_teardown(after.world(), TeardownKnobs()),
    "teardown-shared": plan_teardown(
        after.world(granted=after.granted(f"c1@{after.MANAGED}", f"c2@{after.MANAGED}")), TeardownKnobs()
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_reads_as_agreed(name: str) -> None:
    """Target, steps with their reasons, the change of eni_conf, what is left alone, notes, totals; no secret."""
    prepared = Prepared(plan=PLANS[name], handlers=lambda _: {}, data=lambda _: {}, target=TARGET)
    found = "".join(f"{''.join(text for text, _ in line)}\n" for line in plan_lines(prepared))
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("EIPCTL_GOLDEN") == "write":
        golden.write_text(found, "utf-8")
    assert found == golden.read_text("utf-8")
    assert "hidden" not in found


def test_every_golden_file_is_of_a_plan() -> None:
    """None is left of one that is gone."""
    assert {path.stem for path in GOLDEN.iterdir()} == set(PLANS)
