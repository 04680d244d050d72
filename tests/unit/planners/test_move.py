"""Moving an EIP from one Pod to another: the table of :mod:`eipctl.planners.move`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError
from eipctl.domain.actions.eips import Tag, Unassociate
from eipctl.domain.facts import EipStatus
from eipctl.domain.ownership import Role
from eipctl.domain.plan import Step, StepState
from eipctl.domain.pod_annotations import annotation_fields
from eipctl.domain.pools import POOL
from eipctl.planners.bind.outcome import aftermath
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs
from eipctl.planners.move import Move, plan_move
from tests.unit.planners.test_bind import NAMES_X, eip, ours, pod, world
from tests.unit.planners.test_bind_pools import ASKS, EARLY, had

if TYPE_CHECKING:
    from eipctl.domain.facts import Eip, Pod

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


def test_nothing_is_moved_on_a_partial_observation() -> None:
    """Absence is not proven."""
    with pytest.raises(EipctlError) as raised:
        plan_move(world([A, B], [MINE], complete=False), AB)
    assert raised.value.code is Code.PARTIAL_READ
