"""Rounds of a watching run: who waits for what another round works on is planned again when that has ended."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest

from eipctl.commands.watch.rounds import Rounds
from eipctl.domain.actions.eips import Associate, Unassociate
from eipctl.domain.plan import Lane, Plan, Stage, Step, StepState
from eipctl.engine.execute import Result
from eipctl.engine.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.plan import Action
    from eipctl.engine.run import Run
    from eipctl.observe.kept import Kept


class Nothing:
    """What is kept up beside the rounds, and is of no matter here."""

    def __getattr__(self, _name: str) -> Any:
        return self

    def __call__(self, *_words: object, **_more: object) -> Any:
        return ""


class Slow:
    """A run whose actions end when they are let go."""

    def __init__(self, rounds: Rounds) -> None:
        self._rounds, self.go = rounds, threading.Event()
        self.writers = Nothing()

    def carry_out(self, prepared: Prepared) -> Result:
        with self._rounds.around(prepared) as report:
            self.go.wait(30)
            steps = tuple(Step(action, StepState.DONE) for action in prepared.plan.actions)
            for step in steps:
                report(step)
        return Result(prepared.plan, steps, ())


def act(kind: type[Action], pod: str, eip: str) -> Action:
    return kind(namespace="default", pod=pod, uid=f"uid-{pod}", allocation_id=eip, reason="")  # type: ignore[call-arg]


def plan(*actions: Action) -> Plan:
    return Plan("bind", (Stage("all", tuple(Lane((action,)) for action in actions)),))


@contextmanager
def working(rounds: Rounds, *actions: Action) -> Iterator[None]:
    """A round that works on these during the block."""
    run = Slow(rounds)
    rounds.start(
        cast("Run", run), Prepared(plan(*actions), handlers=lambda _writers: {}, data=lambda _result: {}), frozenset()
    )
    try:
        yield
    finally:
        run.go.set()
        rounds.join()


@pytest.fixture
def rounds() -> Rounds:
    return Rounds(cast("Kept", Nothing()), lambda: None)


def test_a_pod_that_waits_for_an_eip_that_is_being_unbound_is_planned_again_after_it(rounds: Rounds) -> None:
    """Nothing is heard of the cloud: without this it would wait for the next change of a Pod, or the next resync."""
    with working(rounds, act(Unassociate, "old", "eip-1")):
        busy = rounds.busy()
        rounds.awaits(plan(act(Unassociate, "old", "eip-1"), act(Associate, "new", "eip-1")), busy)
        assert not rounds.take().again
    assert rounds.take().again


def test_what_has_ended_while_the_plan_was_made_is_planned_again_at_once(rounds: Rounds) -> None:
    """It was left out of the plan, and its end can't be waited for any more."""
    with working(rounds, act(Unassociate, "old", "eip-1")):
        busy = rounds.busy()
    rounds.take()
    rounds.awaits(plan(act(Associate, "new", "eip-1")), busy)
    assert rounds.take().again


def test_what_is_worked_on_itself_is_not_planned_again_for_that(rounds: Rounds) -> None:
    """Each plan names it once more: a crowd would be planned again after each of its Pods."""
    with working(rounds, act(Associate, "one", "eip-1")):
        rounds.awaits(plan(act(Associate, "one", "eip-1"), act(Associate, "two", "eip-2")), rounds.busy())
    assert not rounds.take().again
