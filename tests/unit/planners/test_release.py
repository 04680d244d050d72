"""The decision tables of the release planner."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, Refused
from eipctl.domain.actions.eips import BindAction
from eipctl.domain.ownership import Role
from eipctl.domain.strategy import Strategy
from eipctl.planners.release import Choice, plan_release
from tests.unit.planners.bind_facts import OTHER, eip, kept, ours, pod, world

if TYPE_CHECKING:
    from eipctl.domain.plan import Plan

EVERYTHING = Choice(everything=True)


def steps(plan: Plan) -> list[tuple[str, str]]:
    """(verb, EIP) of each Action in order."""
    return [(action.verb.value, action.allocation_id) for action in plan.actions if isinstance(action, BindAction)]


def test_a_living_pods_eip_is_unbound_forgotten_and_released() -> None:
    """Because a person asks for it, by the Pod, by its id or by its address."""
    web = pod("web")
    mine = ours(eip("eip-1", at=web.ip), web)
    web = replace(web, recorded=mine.address)
    for choice in (Choice(pods=("default/web",)), Choice(eips=("eip-1",)), Choice(eips=(mine.address,)), EVERYTHING):
        verbs = [verb for verb, _ in steps(plan_release(world([web], [mine]), choice))]
        assert verbs == ["unassociate", "annotate", "release"]


def test_a_stopped_release_is_finished() -> None:
    """The EIP is free already, and the Pod still tells it: the annotation is taken back all the same."""
    web = pod("web")
    mine = ours(eip("eip-1"), web)
    web = replace(web, recorded=mine.address)
    assert [verb for verb, _ in steps(plan_release(world([web], [mine]), EVERYTHING))] == ["annotate", "release"]


def test_a_given_eip_is_untagged_and_never_released() -> None:
    """It stays its owner's."""
    web = pod("web")
    lent = ours(eip("eip-1", at=web.ip), web, Role.GIVEN)
    assert [verb for verb, _ in steps(plan_release(world([web], [lent]), EVERYTHING))] == ["unassociate", "untag"]


def test_orphans_are_those_that_nobody_keeps() -> None:
    """Not a living Pod's, and not what a strategy keeps for a name that may come back."""
    web, gone = pod("web"), pod("gone", ip="10.0.0.11")
    stays = kept(eip("eip-k"), gone, Strategy(600.0))
    eips = [ours(eip("eip-w", at=web.ip), web), ours(eip("eip-g"), gone), stays]
    assert steps(plan_release(world([web], eips), Choice(orphans=True))) == [("release", "eip-g")]


def test_never_is_kept_unless_it_is_named_or_forced() -> None:
    """--all leaves it; its id, its Pod or --force never lets it go."""
    gone = pod("gone")
    stays = kept(eip("eip-1"), gone, Strategy(None))
    held = plan_release(world([pod("x")], [stays]), EVERYTHING)
    assert (steps(held), [skip.code for skip in held.skips]) == ([], [Code.EIP_HELD_BACK])
    for choice in (Choice(eips=("eip-1",)), Choice(pods=("default/gone",)), Choice(everything=True, never=True)):
        assert steps(plan_release(world([pod("x")], [stays]), choice)) == [("release", "eip-1")]


@pytest.mark.parametrize(
    "facts",
    [
        {"locked": True},
        {"protected": True},
        {"service_managed": True},
        {"instance_charge_type": "PrePaid"},
        {"segment_id": "eipsg-1"},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_what_the_cloud_does_not_release_is_told(facts: dict[str, Any]) -> None:
    """Each with its own reason; nothing is tried."""
    planned = plan_release(world([pod("x")], [ours(eip("eip-1", **facts), pod("gone"))]), EVERYTHING)
    assert (steps(planned), [skip.code for skip in planned.skips]) == ([], [Code.EIP_HELD_BACK])
    assert planned.skips[0].reason


def test_a_namespace_limits_orphans_and_all() -> None:
    """What is named may be any namespace's."""
    here, there = pod("a"), pod("b", namespace="other", ip="10.0.0.11")
    eips = [ours(eip("eip-a"), here), ours(eip("eip-b"), there)]
    nobody = [pod("x")]
    assert steps(plan_release(world(nobody, eips), Choice(everything=True, namespaces=("other",)))) == [
        ("release", "eip-b")
    ]
    assert steps(plan_release(world(nobody, eips), Choice(eips=("eip-a",), namespaces=("other",)))) == [
        ("release", "eip-a")
    ]


def test_what_is_not_own_is_refused() -> None:
    """A person's and another cluster's EIP; what is not there is said to be so."""
    foreign = ours(eip("eip-2"), pod("y"), cluster=OTHER)
    for name in ("eip-1", "eip-2"):
        with pytest.raises(Refused):
            plan_release(world([pod("x")], [eip("eip-1"), foreign]), Choice(eips=(name,)))
    for choice in (Choice(eips=("eip-9",)), Choice(pods=("default/x",))):
        with pytest.raises(Failed):
            plan_release(world([pod("x")], []), choice)


def test_on_a_partial_observation_nothing_is_let_go() -> None:
    """Whose an EIP is, and whether its Pod lives, may be unread."""
    assert plan_release(world([pod("x")], [ours(eip("eip-1"), pod("gone"))], complete=False), EVERYTHING).empty
