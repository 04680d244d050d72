"""Guards hold back their own kind of Action, and nothing else."""

from __future__ import annotations

from collections import Counter

import pytest

from eipctl.domain.actions.eips import Allocate, Associate, Release, Unassociate
from eipctl.domain.guards import GUARDS, Limits, Scale, guard
from eipctl.domain.plan import Action, Lane, Plan, Stage, Verb
from eipctl.domain.settings import EipSpec


def allocation(number: int, namespace: str = "default") -> Lane:
    pod, uid = f"p{number}", f"u{number}"
    steps: tuple[Action, ...] = (
        Allocate(namespace=namespace, pod=pod, uid=uid, spec=EipSpec(), ownership=(), reason="r"),
        Associate(namespace=namespace, pod=pod, uid=uid, reason="r"),
    )
    return Lane(steps)


def release(number: int) -> Lane:
    return Lane((Release(namespace="default", pod="p", uid="u", allocation_id=f"eip-{number}", reason="r"),))


def unbinding(number: int, *, living: bool) -> Lane:
    name = f"eip-{number}"
    step = Unassociate(namespace="default", pod="p", uid="u", allocation_id=name, living=living, reason="r")
    return Lane((step,))


def plan(*lanes: Lane) -> Plan:
    return Plan("bind", (Stage("all", lanes),))


def scale(owned: int = 0, cost: float = 0.0) -> Scale:
    return Scale(owned, Counter(default=owned), cost)


def test_too_many_allocations_hold_back_the_allocations_only() -> None:
    """The Associate of the same lane makes no sense without its Allocate and goes too; the release stays."""
    guarded, tripped = guard(plan(*map(allocation, range(3)), release(1)), Limits(max_allocate=2), scale())
    assert [action.verb for action in guarded.actions] == [Verb.RELEASE]
    assert "3 allocations planned, at most 2" in tripped[0].message
    assert "--force max-allocate" in tripped[0].hint


def test_exactly_the_limit_is_allowed() -> None:
    """At most means at most."""
    assert guard(plan(*map(allocation, range(2))), Limits(max_allocate=2), scale())[1] == ()


@pytest.mark.parametrize(
    ("limits", "planned", "size", "name"),
    [
        (Limits(max_allocate=0), plan(allocation(1)), scale(), "max-allocate"),
        (Limits(max_per_namespace=1), plan(allocation(1)), scale(1), "max-per-namespace"),
        (Limits(budget=9.0), plan(allocation(1)), scale(cost=9.01), "budget"),
        (Limits(max_release=0), plan(release(1)), scale(), "max-release"),
        (Limits(), plan(*map(release, range(4))), scale(10), "share"),
        (Limits(), plan(*(unbinding(number, living=True) for number in range(4))), scale(10), "share"),
    ],
)
def test_each_guard_trips_and_is_lifted_by_its_name(limits: Limits, planned: Plan, size: Scale, name: str) -> None:
    """--force NAME lifts one."""
    guarded, tripped = guard(planned, limits, size)
    assert (guarded.empty, [error.message.split(":")[0] for error in tripped]) == (True, [f"guard {name}"])
    lifted = Limits(limits.max_allocate, limits.max_release, limits.max_per_namespace, limits.budget, frozenset({name}))
    assert guard(planned, lifted, size) == (planned, ())
    assert name in GUARDS


def test_replacing_gone_pods_does_not_count_as_a_share() -> None:
    """A rollout unbinds everything, and must be able to."""
    planned = plan(*(unbinding(number, living=False) for number in range(10)))
    assert guard(planned, Limits(), scale(10)) == (planned, ())


def test_a_share_of_few_eips_is_no_share() -> None:
    """Below ten owned EIPs three of four are normal."""
    planned = plan(*map(release, range(4)))
    assert guard(planned, Limits(), scale(9)) == (planned, ())
