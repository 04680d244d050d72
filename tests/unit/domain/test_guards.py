"""Guards hold back their own kind of Action, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from eipctl.domain.actions.eips import Allocate, Associate, Release, Unassociate
from eipctl.domain.guards import QUOTA, Scale, fit_quota, guard
from eipctl.domain.limits import GUARDS, INSTANCE_ID, Limits
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


def test_a_budget_is_in_the_currency_of_the_prices() -> None:
    """Both figures of the refusal."""
    dear = replace(scale(cost=1234.5), currency="CNY")
    (refused,) = guard(plan(allocation(1)), Limits(budget=1000.0), dear)[1]
    assert "would cost CNY 1,234.50 a month, the budget is 1,000.00" in refused.message
    unknown = replace(dear, cost_after=1.0, unpriced=("eip-1", "pod/default/a"))
    (refused,) = guard(plan(allocation(1)), Limits(budget=1000.0), unknown)[1]
    assert "no price is known for eip-1, pod/default/a, so a budget of CNY 1,000.00 can't be checked" in refused.message


TRIPS = (
    (Limits(max_allocate=0), allocation(1), scale(), "max-allocate"),
    (Limits(max_per_namespace=1), allocation(1), scale(1), "max-per-namespace"),
    (Limits(budget=9.0), allocation(1), scale(cost=9.01), "budget"),
    (Limits(budget=9.0), allocation(1), replace(scale(cost=1.0), unpriced=("pod/default/a",)), "budget"),
    (Limits(max_release=0), release(1), scale(), "max-release"),
    (Limits(), tuple(map(release, range(4))), scale(10), "share"),
    (Limits(), tuple(unbinding(number, living=True) for number in range(4)), scale(10), "share"),
)
LEFT = {"release": allocation(9), "allocate": release(9), "unassociate": allocation(9)}
"""A lane of another kind, by the kind that is held back."""


@pytest.mark.parametrize(("limits", "held", "size", "name"), TRIPS)
def test_each_guard_trips_and_is_lifted_by_its_name(
    limits: Limits, held: Lane | tuple[Lane, ...], size: Scale, name: str
) -> None:
    """What it holds back is its own kind: another lane stays. --force NAME lifts it, and no other name does."""
    lanes = held if isinstance(held, tuple) else (held,)
    other = LEFT[lanes[0].actions[0].verb.value]
    planned = plan(*lanes, other)
    guarded, tripped = guard(planned, limits, size)
    assert guarded.stages == plan(other).stages
    (apart,) = guarded.held
    assert (apart.guards, apart.actions) == ((name,), tuple(action for lane in lanes for action in lane.actions))
    assert tripped[0].message == f"guard {name}: {apart.reason}"
    assert [error.message.split(":")[0] for error in tripped] == [f"guard {name}"]
    assert guard(planned, replace(limits, lifted=frozenset({name})), size) == (planned, ())
    assert guard(planned, replace(limits, lifted=frozenset(GUARDS) - {name}), size)[0] == guarded


def test_what_two_guards_hold_back_names_both() -> None:
    """Lifting one of them is not enough; what only one of them holds back stands on its own."""
    planned = plan(allocation(1), release(1), release(2))
    limits = Limits(max_allocate=0, budget=1.0, max_release=1)
    guarded, tripped = guard(planned, limits, scale(cost=2.0))
    assert guarded.empty
    assert [held.guards for held in guarded.held] == [("max-allocate", "budget"), ("max-release",)]
    assert len(tripped) == 3
    assert sum(len(held.actions) for held in guarded.held) == len(list(planned.actions))


def test_what_the_quota_has_no_room_for_is_held_back() -> None:
    """It stays in the plan, after what a guard holds back."""
    planned = plan(*map(allocation, range(3)), release(1))
    fitting, full = fit_quota(planned, 5, 4)
    assert [held.guards for held in fitting.held] == [(QUOTA,)]
    assert [action.object for action in fitting.held[0].actions if action.verb is Verb.ALLOCATE] == [
        "pod/default/p1",
        "pod/default/p2",
    ]
    assert full[0].message == fitting.held[0].reason
    assert fit_quota(planned, 7, 4) == fit_quota(planned, None, 4) == (planned, ())


def test_every_guard_of_a_plan_has_its_case() -> None:
    """All but the one that the planner keeps itself, for it is about Pods."""
    assert {name for *_, name in TRIPS} == set(GUARDS) - {INSTANCE_ID}


def test_replacing_gone_pods_does_not_count_as_a_share() -> None:
    """A rollout unbinds everything, and must be able to."""
    planned = plan(*(unbinding(number, living=False) for number in range(10)))
    assert guard(planned, Limits(), scale(10)) == (planned, ())


def test_an_eip_that_is_unbound_and_released_counts_once() -> None:
    """Four of 21 are four, and seven of 21 are too many, though each takes two steps."""
    lanes = [lane for number in range(7) for lane in (unbinding(number, living=True), release(number))]
    assert guard(plan(*lanes[:8]), Limits(), scale(21))[1] == ()
    (error,) = guard(plan(*lanes), Limits(), scale(21))[1]
    assert "7 of 21" in error.message


def test_a_share_of_few_eips_is_no_share() -> None:
    """Below ten owned EIPs any share is normal, three of four for one; from ten on it is not."""
    for planned, owned in ((plan(*map(release, range(3))), 4), (plan(*map(release, range(9))), 9)):
        assert guard(planned, Limits(), scale(owned)) == (planned, ())
    assert guard(plan(*map(release, range(9))), Limits(), scale(10))[0].empty
