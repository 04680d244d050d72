"""What of a saved plan is left to do, row by row."""

from __future__ import annotations

import json
from dataclasses import replace

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Associate, Tag
from eipctl.domain.plan import Action, Lane, Plan, Skip, Stage
from eipctl.domain.saved_plan import Remainder, SavedPlan, remainder

BIND = Associate(namespace="d", pod="web", uid="u", eni_id="eni-1", private_ip="10.0.0.1", reason="then")
MARK = Tag(namespace="d", pod="old", uid="o", tags=((ownership.ORPHAN_SINCE, "t-20261123T080000Z"),), reason="then")
WEB, OLD = "pod/d/web", "pod/d/old"


def plan(*actions: Action, skips: tuple[Skip, ...] = ()) -> Plan:
    return Plan("bind", tuple(Stage("s", (Lane((action,)),)) for action in actions), skips)


def saved(*actions: Action, skipped: frozenset[str] = frozenset()) -> SavedPlan:
    """As it comes back from its file."""
    data = tuple(json.loads(json.dumps([action.as_data() for action in actions])))
    return SavedPlan("bind", {}, {}, data, skipped)


def left(then: SavedPlan, now: Plan, *settled: str) -> Remainder:
    return remainder(then, now, frozenset(settled))


def test_the_same_actions_are_carried_out() -> None:
    """Reasons, the moment of a mark, and an id that is known by now make no difference."""
    later = replace(MARK, tags=((ownership.ORPHAN_SINCE, "t-20261123T090000Z"),), reason="now")
    now = plan(replace(BIND, allocation_id="eip-1", eip_address="47.1.1.1", reason="now"), later)
    found = left(saved(BIND, MARK), now)
    assert (found.changed, found.left_out, list(found.plan.actions)) == ((), 0, list(now.actions))


def test_an_action_that_was_not_saved_is_a_change() -> None:
    """Another address, another EIP, another kind of step."""
    for other in (replace(BIND, private_ip="10.0.0.2"), replace(BIND, eni_id="eni-2")):
        (change,) = left(saved(BIND), plan(other)).changed
        assert change == f"{WEB}: associate is now also needed but not in the plan"
    known = replace(BIND, allocation_id="eip-1")
    assert left(saved(known), plan(replace(BIND, allocation_id="eip-2"))).changed


def test_what_has_been_done_is_no_change() -> None:
    """A Pod that has what it needs, and a mark that is there."""
    assert left(saved(BIND, MARK), plan(), WEB).changed == ()


def test_a_pod_that_is_gone_is_a_change() -> None:
    """Nothing is due for it, and it has nothing."""
    assert left(saved(BIND), plan()).changed == (f"{WEB}: it is gone, or needs no change any longer",)


def test_what_is_left_alone_for_a_new_reason_is_a_change() -> None:
    """Unless it was left alone then, too."""
    now = plan(skips=(Skip(OLD, Code.EIP_HELD_BACK, "locked by the cloud"),))
    assert left(saved(MARK), now).changed == (f"{OLD}: locked by the cloud",)
    assert left(saved(MARK, skipped=frozenset({OLD})), now).changed == ()


def test_other_objects_are_left_out() -> None:
    """They are counted, so that it can be said."""
    found = left(saved(BIND), plan(BIND, MARK))
    assert (found.changed, found.left_out, list(found.plan.actions)) == ((), 1, [BIND])
