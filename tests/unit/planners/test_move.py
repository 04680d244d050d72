"""Moving an EIP from one Pod to another: the table of :mod:`eipctl.planners.move`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError
from eipctl.domain.actions.eips import Allocate, Release, Tag, Unassociate
from eipctl.domain.facts import EipStatus
from eipctl.domain.ownership import Role
from eipctl.domain.plan import Step, StepState
from eipctl.domain.pod_annotations import annotation_fields
from eipctl.domain.pools import POOL
from eipctl.planners.bind.outcome import aftermath
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs
from eipctl.planners.move import Move, plan_move
from tests.unit.planners.bind_facts import ASKS, EARLY, NAMES_X, OTHER, eip, had, ours, pod, world

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.facts import Eip, Pod
    from eipctl.domain.plan import Action

A = replace(pod("a"), recorded="47.1.5.1")
B = pod("b", ip="10.0.0.11")
AB = Move("default/a", "default/b")


def asks(annotations: dict[str, str]) -> dict[str, Any]:
    return {**annotation_fields(annotations), "recorded": ""}


def verbs(pods: list[Pod], eips: list[Eip], move: Move = AB, **facts: Any) -> list[str]:
    """What is done, and that the next bind agrees: it does nothing about the second Pod or its EIP."""
    view = world(pods, eips, **facts)
    plan = plan_move(view, move)
    after = aftermath(view, [Step(action, StepState.DONE) for action in plan.actions])
    left = [action.object for action in plan_bind(after, Knobs(prune=True, grace=0.0)).plan.actions]
    assert f"pod/{move.target}" not in left
    return [action.verb.value for action in plan.actions]


def test_it_leaves_the_first_pod_before_the_second_one_has_it() -> None:
    """Unbind, record, tag, bind, record; the note says what becomes of the first Pod."""
    eips = [ours(eip("eip-1", at="10.0.0.10"), A)]
    assert verbs([A, B], eips) == ["unassociate", "annotate", "tag", "associate", "annotate"]
    plan = plan_move(world([A, B], eips), AB)
    assert plan.notes == ("Pod default/a still asks for an EIP: the next bind gives it another one",)
    unbind = next(action for action in plan.actions if isinstance(action, Unassociate))
    assert (unbind.uid, unbind.living, unbind.asked) == ("uid-a", True, True)
    tag = next(action for action in plan.actions if isinstance(action, Tag))
    assert (tag.uid, tag.moved_from) == ("uid-b", "uid-a")


def test_the_first_pod_may_be_gone_or_ask_no_more() -> None:
    """Fail-over: what it left is moved, bound or not; there is no note."""
    gone = ours(eip("eip-1", at="10.0.0.10"), A, since=EARLY)
    assert verbs([B], [gone]) == ["unassociate", "tag", "untag", "associate", "annotate"]
    assert verbs([B], [ours(eip("eip-1"), A)]) == ["tag", "associate", "annotate"]
    leaving = ours(eip("eip-1", at="10.0.0.10"), A)
    assert verbs([B], [replace(leaving, status=EipStatus.UNASSOCIATING)]) == ["tag", "associate", "annotate"]
    silent = replace(A, wish=None)
    assert plan_move(world([silent, B], [gone]), AB).notes == ()


def test_a_living_pods_eip_comes_before_one_that_a_namesake_left() -> None:
    """Of two Pods of the name, the one that is there."""
    left = ours(eip("eip-0", at="10.0.0.99"), replace(A, uid="older"))
    plan = plan_move(world([A, B], [left, ours(eip("eip-1", at="10.0.0.10"), A)]), AB)
    assert {action.allocation_id for action in plan.actions} == {"eip-1"}  # type: ignore[attr-defined]


def test_one_of_a_pool_moves_within_the_pool_under_its_consent() -> None:
    """The tag of the pool is proven again."""
    one, other = replace(A, **asks(ASKS)), replace(B, **asks(ASKS))
    view = world([one, other], [had(eip("eip-1", at="10.0.0.10"), one)])
    tag = next(action for action in plan_move(view, AB).actions if isinstance(action, Tag))
    assert POOL in dict(tag.tags)
    assert verbs([one, other], [had(eip("eip-1", at="10.0.0.10"), one)])


def test_one_that_is_named_moves_to_a_pod_that_names_it() -> None:
    """Both name it; its holder is the second Pod from then on."""
    one, other = replace(A, **asks(NAMES_X)), replace(B, **asks(NAMES_X))
    assert "associate" in verbs([one, other], [ours(eip("eip-x", at="10.0.0.10"), one, Role.GIVEN)])


MINE = ours(eip("eip-1", at="10.0.0.10"), A)


@pytest.mark.parametrize(
    ("pods", "eips", "move", "code", "says"),
    [
        ([A], [MINE], AB, Code.WORKLOAD_NOT_FOUND, "there is no Pod default/b"),
        ([A, B], [], AB, Code.EIP_NOT_FOUND, "Pod default/a has no EIP"),
        ([A, B], [MINE], Move("default/a", "default/a"), Code.USAGE, "already belongs to Pod default/a"),
        ([A, replace(B, terminating=True)], [MINE], AB, Code.POD_NOT_READY_FOR_EIP, "is being deleted"),
        ([A, replace(B, ip="")], [MINE], AB, Code.POD_NOT_READY_FOR_EIP, "has no private IP"),
        ([A, B], [MINE, ours(eip("eip-22", at="10.0.0.11"), B)], AB, Code.IP_HAS_EIP, "has eip-22 already"),
        ([A, B], [MINE, ours(eip("eip-22"), B)], AB, Code.IP_HAS_EIP, "--replace"),
        ([A, replace(B, wish=None)], [MINE], AB, Code.ANNOTATION_CONFLICT, "--eip"),
        ([A, replace(B, **asks(NAMES_X))], [MINE], AB, Code.ANNOTATION_CONFLICT, "an EIP of its own"),
        ([A, replace(B, **asks(ASKS))], [MINE], AB, Code.ANNOTATION_CONFLICT, "an EIP of its own"),
        ([A, B], [had(eip("eip-1", at="10.0.0.10"), A)], AB, Code.ANNOTATION_CONFLICT, "--pool-of-eips partners"),
        (
            [A, B],
            [ours(eip("eip-x", at="10.0.0.10"), A, Role.GIVEN)],
            AB,
            Code.ANNOTATION_CONFLICT,
            "--instance-id eip-x",
        ),
        (
            [A, replace(B, **asks(ASKS))],
            [ours(eip("eip-1", at="10.0.0.10"), A, Role.POOLED)],
            AB,
            Code.ANNOTATION_CONFLICT,
            "does not ask for",
        ),
        ([A, B], [replace(MINE, locked=True)], AB, Code.EIP_HELD_BACK, "locked"),
        ([A, B], [replace(MINE, instance_type="EcsInstance", instance_id="i-1")], AB, Code.EIP_ELSEWHERE, "i-1"),
    ],
)
def test_what_the_next_bind_would_undo_is_refused(
    pods: list[Pod], eips: list[Eip], move: Move, code: Code, says: str
) -> None:
    """With the way out in its hint."""
    with pytest.raises(EipctlError) as raised:
        plan_move(world(pods, eips), move)
    assert raised.value.code is code
    assert says in f"{raised.value.message}; {raised.value.hint}"


def both(first: str = "47.1.5.1", second: str = "47.1.6.1") -> tuple[list[Pod], list[Eip]]:
    """Each Pod has an EIP of its own, and records it."""
    pods = [replace(A, recorded=first), replace(B, recorded=second)]
    return pods, [ours(eip("eip-1", at="10.0.0.10"), A), ours(eip("eip-22", at="10.0.0.11"), B)]


SWAP = Move("default/a", "default/b", replace=True)


def test_two_pods_exchange_their_eips_where_one_is_to_be_replaced() -> None:
    """What makes way is marked before anything is unbound: whatever ends the run, the moved one is not an orphan."""
    pods, eips = both()
    assert verbs(pods, eips, SWAP) == [
        "tag",
        *("unassociate", "annotate"),
        *("unassociate", "annotate"),
        *("tag", "associate", "annotate"),
        *("tag", "untag", "associate", "annotate"),
    ]
    view = world(pods, eips)
    plan = plan_move(view, SWAP)
    after = aftermath(view, [Step(action, StepState.DONE) for action in plan.actions])
    assert {each.allocation_id: each.owner and each.owner.pod for each in after.eips} == {"eip-1": "b", "eip-22": "a"}
    assert all(each.owner and each.owner.orphan_since is None for each in after.eips)
    assert (plan.notes, plan_bind(after, Knobs(prune=True, grace=0.0)).plan.empty) == ((), True)


@pytest.mark.parametrize("ended", range(14))
def test_wherever_an_exchange_ends_the_moved_eip_stays_with_one_of_the_two(ended: int) -> None:
    """The next bind binds it, even one that releases orphans at once."""
    pods, eips = both()
    view = world(pods, eips)
    steps = [Step(action, StepState.DONE) for action in plan_move(view, SWAP).actions][:ended]
    planned = plan_bind(aftermath(view, steps), Knobs(prune=True, grace=0.0)).plan
    assert "eip-1" not in [action.allocation_id for action in planned.actions if isinstance(action, Release)]
    after = aftermath(aftermath(view, steps), [Step(action, StepState.DONE) for action in _as_told(planned.actions)])
    (moved,) = [each for each in after.eips if each.allocation_id == "eip-1"]
    assert moved.owner is not None
    assert moved.private_ip == {"a": "10.0.0.10", "b": "10.0.0.11"}[moved.owner.pod]


def _as_told(actions: Iterable[Action]) -> list[Action]:
    """Without purchases, whose steps would have to learn an id."""
    return [
        action for action in actions if not isinstance(action, Allocate) and bool(getattr(action, "allocation_id", ""))
    ]


@pytest.mark.parametrize(
    ("source", "replaced", "left"),
    [
        ([], ours(eip("eip-22", at="10.0.0.11"), B), "is an orphan then"),
        ([replace(A, wish=None)], ours(eip("eip-22", at="10.0.0.11"), B), "is an orphan then"),
        ([replace(A, terminating=True)], ours(eip("eip-22", at="10.0.0.11"), B), "is an orphan then"),
    ],
    ids=["gone", "asks-for-none", "leaving"],
)
def test_what_is_replaced_is_left_where_the_first_pod_can_not_have_it(
    source: list[Pod], replaced: Eip, left: str
) -> None:
    """As an orphan, which the note names with its address."""
    plan = plan_move(world([*source, B], [MINE, replaced]), SWAP)
    assert [action.verb.value for action in plan.actions][-3:] == ["tag", "associate", "annotate"]
    assert plan.notes[0].startswith(f"eip-22 47.1.6.1 {left}")


def test_what_is_replaced_in_a_pool_is_free_at_once() -> None:
    """The first Pod is gone; its EIP moves, and that of the second one goes back to the pool."""
    asking_b = replace(B, **asks(ASKS))
    eips = [had(eip("eip-1"), A, EARLY), had(eip("eip-22", at="10.0.0.11"), asking_b)]
    view = world([asking_b], eips)
    plan = plan_move(view, SWAP)
    after = aftermath(view, [Step(action, StepState.DONE) for action in plan.actions])
    free = next(each for each in after.eips if each.allocation_id == "eip-22")
    assert (free.owner, free.bound, free.pool is not None) == (None, False, True)
    assert "is kept and free then" in plan.notes[0]


def test_only_what_eipctl_bound_for_the_second_pod_is_replaced() -> None:
    """A person's, another cluster's, one of a Pod that is gone, a locked one: none of them makes way."""
    for there, says in (
        (eip("eip-22", at="10.0.0.11"), "whoever bound that one"),
        (ours(eip("eip-22", at="10.0.0.11"), B, cluster=OTHER), "whoever bound that one"),
        (ours(eip("eip-22", at="10.0.0.11"), replace(B, uid="older")), "eipctl bind"),
        (ours(eip("eip-22", at="10.0.0.11", locked=True), B), "whoever bound that one"),
    ):
        with pytest.raises(EipctlError) as raised:
            plan_move(world([A, B], [MINE, there]), SWAP)
        assert (raised.value.code, says in raised.value.hint) == (Code.IP_HAS_EIP, True)


@pytest.mark.parametrize("facts", [{"ack_extend": True}, {"native_nodes": frozenset({"n1"})}])
def test_nothing_moves_to_a_pod_that_bind_does_not_serve(facts: dict[str, Any]) -> None:
    """Another controller, or Terway itself, decides there: it might release what it finds."""
    with pytest.raises(EipctlError) as raised:
        plan_move(world([replace(A, node="n1"), replace(B, node="n1")], [MINE], **facts), AB)
    assert raised.value.code in (Code.ACK_EXTEND, Code.INELIGIBLE)


def test_the_second_pod_is_proven_before_the_first_one_loses_its_eip() -> None:
    """Its UID and its IP are part of the Action."""
    unbind = next(action for action in plan_move(world([A, B], [MINE]), AB).actions if isinstance(action, Unassociate))
    assert unbind.heir is not None
    assert (unbind.heir.uid, unbind.heir.private_ip) == ("uid-b", "10.0.0.11")


def test_a_pod_whose_name_a_tag_had_to_cut_is_found_by_its_uid() -> None:
    """126 characters are recorded of a name that may have 253."""
    long = replace(A, name="x" * 200)
    found = plan_move(
        world([long, B], [ours(eip("eip-1", at="10.0.0.10"), long)]), Move(f"default/{'x' * 200}", "default/b")
    )
    assert not found.empty


def test_nothing_is_moved_on_a_partial_observation() -> None:
    """Absence is not proven."""
    with pytest.raises(EipctlError) as raised:
        plan_move(world([A, B], [MINE], complete=False), AB)
    assert raised.value.code is Code.PARTIAL_READ
