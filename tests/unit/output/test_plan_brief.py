"""Plans about EIPs, a line for each Pod."""

from __future__ import annotations

from dataclasses import replace

from eipctl.domain.plan import Plan
from eipctl.output.plan_brief import MANY, brief_lines, is_brief
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs, World
from tests.unit.planners import bind_facts as binding
from tests.unit.planners.bind_facts import AUTO, eip, ours, pod

PRUNE = Knobs(prune=True, grace=0.0)


def lines(world: World) -> list[str]:
    plan = plan_bind(world, PRUNE).plan
    assert is_brief(plan)
    return ["".join(text for text, _ in line) for line in brief_lines(plan, world.workloads())]


def test_what_is_given_comes_first_and_what_is_taken_last() -> None:
    """Whatever the order in which it is carried out: unbinding is done before anything is bound."""
    gone = pod("gone", ip="10.0.0.9")
    late = replace(pod("late", ip="10.0.0.11"), recorded="")
    world = binding.world(
        [pod("new"), late],
        [ours(eip("eip-old", at="10.0.0.9"), gone), ours(eip("eip-late", at="10.0.0.11"), late)],
    )
    found = lines(world)
    assert found[0] == "+ pod/default/new  new EIP, 5 Mbit/s, 10.0.0.10"
    assert found[1].startswith("~ pod/default/late  record ")
    assert [line.split()[:3] for line in found[2:]] == [
        ["-", "pod/default/gone", "unbind"],
        ["-", "pod/default/gone", "release"],
    ]


def test_an_address_is_recorded_on_a_pod_and_removed_from_it() -> None:
    """Here the Pod names an address that no EIP has."""
    (line,) = lines(binding.world([replace(pod("late", annotations={}), recorded="47.1.1.1")], []))
    assert line.startswith("~ pod/default/late  remove the address from the Pod")


def test_many_alike_are_folded_by_workload_and_what_is_taken_never_is() -> None:
    """Each that loses its EIP has a line of its own, however many they are."""
    new = [pod(f"new-{number}", ip=f"10.0.1.{number}") for number in range(MANY)]
    other = pod("other", ip="10.0.2.1", annotations={**AUTO, "k8s.aliyun.com/eip-bandwidth": "20"})
    gone = [pod(f"gone-{number}", ip=f"10.0.3.{number}") for number in range(MANY)]
    left = [ours(eip(f"eip-{number}"), each) for number, each in enumerate(gone)]
    found = lines(binding.world([*new, other], left))
    taken = [line for line in found if line.startswith("- ")]
    assert len(taken) == MANY
    assert found[-MANY:] == taken
    assert sum("more like these" in line for line in found) <= 1
    assert any("new EIP, 20 Mbit/s, 10.0.2.1" in line for line in found)


def test_pods_of_one_workload_are_told_together() -> None:
    """The first of them, and how many more; the title says how many Pods of which workload."""
    pods = [pod(f"web-{number}", ip=f"10.0.{number // 200}.{number % 200 + 1}") for number in range(2000)]
    plan = plan_bind(binding.world(pods, []), PRUNE).plan
    workloads = {each.uid: "Deployment/web" for each in pods}
    found = ["".join(text for text, _ in line) for line in brief_lines(plan, workloads)]
    assert found[0] == "default  Deployment/web  2,000 Pods"
    assert found[1].endswith("new EIP, 5 Mbit/s, " + found[1].rpartition(" ")[2])
    assert found[3:] == ["+ 1,998 more like these"]


def test_a_plan_about_something_else_is_not_brief() -> None:
    """Nor one that does nothing."""
    assert not is_brief(Plan("bind"))
