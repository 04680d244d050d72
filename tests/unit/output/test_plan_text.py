"""Plans as people read them are golden files; EIPCTL_GOLDEN=write rewrites them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.domain.plan import Plan, Skip, Step, StepState, Verb
from eipctl.domain.settings import K8S, NETWORK
from eipctl.domain.terway.image_version import TerwayVersion
from eipctl.domain.terway.installation import Override
from eipctl.engine.execute import Result
from eipctl.engine.prepared import Prepared
from eipctl.output.plan_brief import MANY
from eipctl.output.plan_text import plan_lines, result_lines
from eipctl.planners.annotate.draft import Wish
from eipctl.planners.annotate.plan import plan_annotate
from eipctl.planners.annotate.settings import EipSettings
from eipctl.planners.annotate.surroundings import Actor, Acts, Surroundings
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs
from eipctl.planners.terway.restart import Pace
from eipctl.planners.terway.setup import SetupKnobs, plan_setup
from eipctl.planners.terway.teardown import TeardownKnobs, plan_teardown
from tests.unit.planners import bind_facts as binding
from tests.unit.planners import test_setup as before
from tests.unit.planners import test_teardown as after
from tests.unit.planners.annotate_facts import workload

if TYPE_CHECKING:
    from eipctl.planners.annotate.lints import Target

GOLDEN = Path(__file__).parent / "golden"
TARGET = (("context", "prod"), ("cluster", "c1"), ("account", "1234567890123456 (acs:ram::…:user/me)"))
WITH_EIP, BANDWIDTH, EIP_ID = K8S + "pod-with-eip", K8S + "eip-bandwidth", K8S + "pod-eip-instanceid"
POOL = K8S + "eip-public-ip-address-pool-id"
LIMITED = '{"Statement": [{"Effect": "Allow", "Action": "vpc:Allocate*", "Resource": "acs:vpc:*:*:eip/*"}]}'
MISSPELT = before.BARE.replace('"1",', '"1",\n  "enable_eip_pool": "True",\n  "access_secret": "hidden",')


def difficult() -> Plan:
    """A wrong value, an override, a half right, a silent node."""
    gpu = Override("gpu", ("n3",), '{"enable_eip_pool": "false"}')
    world = before.world(
        config=before.config(MISSPELT, overrides=(gpu,)),
        roles=(before.role(before.policy(LIMITED)),),
        silent=frozenset({"n4"}),
    )
    return plan_setup(world, SetupKnobs(allow_eip_rob=True, pace=Pace("50%")))


def annotated(*targets: Target, around: Surroundings | None = None, **wish: Any) -> Plan:
    return plan_annotate(targets, Wish(**wish), around or Surroundings(region="cn-hangzhou")).plan


ASKED = {WITH_EIP: "true", BANDWIDTH: "5"}
HERE = Surroundings(
    actors=(Acts(Actor.TERWAY, frozenset("abc"), TerwayVersion(1, 6, 3)),),
    region="cn-hangzhou",
    notes=("Terway v1.6.3 on 3 nodes gives the EIPs here", "not looked at: all cronjobs.batch (403)"),
)

PLANS = {
    "annotate": annotated(
        workload(annotations={**ASKED, "team": "games"}, replicas=3),
        workload("StatefulSet", name="db", replicas=5, partition=3, own_annotations={WITH_EIP: "true"}),
        workload("StatefulSet", name="cache", strategy="OnDelete"),
        workload("DaemonSet", name="agent", replicas=None, pods=7, ports=(("rtsp", 554),)),
        workload("Pod", name="single", template_path=(), replicas=None),
        workload(name="done", annotations={**ASKED, BANDWIDTH: "9", POOL: "pippool-1"}),
        settings=EipSettings.of(eip="true", bandwidth="9", pool="pippool-1"),
        around=HERE,
        wait=True,
    ),
    "annotate-fix": annotated(
        workload(replicas=1, own_annotations={WITH_EIP: "true", BANDWIDTH: "9"}, managers={EIP_ID: ("flux",)}),
        settings=EipSettings.of(instance_id="eip-bp1abc"),
        fix=True,
        recreate=True,
        force_conflicts=True,
    ),
    "annotate-remove": annotated(
        workload(annotations={**ASKED, NETWORK + "eip-isp": "BGP", "team": "games"}),
        workload("CronJob", name="nightly", annotations={EIP_ID: "eip-bp1abc"}, replicas=1),
        workload(name="none"),
        remove=True,
    ),
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
    """Target, steps with their reasons and diffs, what is left alone, notes, money, totals; no secret."""
    prepared = Prepared(plan=PLANS[name], handlers=lambda _: {}, data=lambda _: {}, target=TARGET)
    found = "".join(f"{''.join(text for text, _ in line)}\n" for line in plan_lines(prepared))
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("EIPCTL_GOLDEN") == "write":
        golden.write_text(found, "utf-8")
    assert found == golden.read_text("utf-8")
    assert "hidden" not in found


def test_a_run_that_ended_early_is_told_in_a_few_lines() -> None:
    """What many steps were skipped for is told once with their number; what failed each has a line."""
    plan = PLANS["setup"]
    action = next(plan.actions)
    late = [Step(action, StepState.SKIPPED, "--timeout reached")] * 5000
    few = [Step(action, StepState.SKIPPED, "its EIP could not be bought")] * MANY
    failed = [Step(action, StepState.FAILED, "no")] * (MANY + 1)
    lines = ["".join(text for text, _ in line) for line in result_lines(Result(plan, (*failed, *few, *late), ()))]
    assert len(lines) == len(failed) + len(few) + 2
    assert lines[-2:] == ["- 5000 skipped  --timeout reached", "setup: nothing done; 21 failed, 5020 skipped"]


def test_every_golden_file_is_of_a_plan() -> None:
    """None is left of one that is gone."""
    assert {path.stem for path in GOLDEN.iterdir()} == set(PLANS)


def test_what_many_are_left_alone_for_is_told_once() -> None:
    """With a few of their names; each has its line with --full."""
    skips = tuple(Skip(f"pod/default/p-{number}", Code.INELIGIBLE, "hostNetwork is on") for number in range(MANY + 1))
    prepared = Prepared(plan=Plan("bind", skips=skips), handlers=lambda _: {}, data=lambda _: {})
    short, full = (
        ["".join(text for text, _ in line) for line in plan_lines(prepared, full=full)] for full in (False, True)
    )
    assert short[2] == (
        f"  pod/default/p-0, pod/default/p-1, pod/default/p-2 and {MANY - 2} more  EIP506 hostNetwork is on"
    )
    assert len(full) - len(short) == MANY
    assert short[-1] == full[-1] == f"nothing to do; {MANY + 1} left alone"


def test_a_plan_about_eips_has_each_action_with_full_only() -> None:
    """A line for a Pod, or the three actions that give it its EIP, stage by stage."""
    bound = plan_bind(binding.world([binding.pod("new")], []), Knobs()).plan
    prepared = Prepared(plan=bound, handlers=lambda _: {}, data=lambda _: {})
    short, full = (
        ["".join(text for text, _ in line) for line in plan_lines(prepared, full=full)] for full in (False, True)
    )
    assert short[1:] == [
        "+ pod/default/new  new EIP, 5 Mbit/s, 10.0.0.10",
        "1 Pod, 1 EIP to buy; 3 actions: 1 allocate, 1 associate, 1 annotate",
    ]
    assert [line.split()[:2] for line in full[2:5]] == [
        ["allocate", "pod/default/new"],
        ["associate", "pod/default/new"],
        ["annotate", "pod/default/new"],
    ]


def test_a_run_ends_with_the_address_of_each_pod_that_was_served() -> None:
    """What a person came for; of many the first, and where to see the others."""

    def told(pods: int) -> list[str]:
        world = binding.world([binding.pod(f"web-{number}", ip=f"10.0.1.{number}") for number in range(pods)], [])
        plan = plan_bind(world, Knobs()).plan
        bought = (("allocation_id", "eip-9"), ("eip_address", "47.0.0.9"))
        steps = tuple(
            Step(action, StepState.DONE, learned=bought if action.verb is Verb.ALLOCATE else ())
            for action in plan.actions
        )
        return ["".join(text for text, _ in line) for line in result_lines(Result(plan, steps, ()))]

    assert told(1) == [
        "✓ pod/default/web-0  47.0.0.9  eip-9",
        "bind: 1 allocate, 1 associate, 1 annotate done; 0 failed, 0 skipped",
    ]
    many = told(MANY + 3)
    assert len(many) == MANY + 2
    assert many[-2] == "  and 3 more; see: eipctl status -A"
