"""How many calls may be under way at one ENI: learned from what the cloud accepts and refuses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from eipctl.engine.turns import Turns


def crowd(turns: Turns, stack: ExitStack, size: int, eni: str = "eni") -> None:
    """So many private IPs of the ENI are taken, one after the other, and a call for each is accepted."""
    for number in range(size):
        stack.enter_context(turns.at(eni, f"10.0.0.{number}"))
        turns.accepted(eni, f"10.0.0.{number}")


def refuse_one(turns: Turns, beside: int) -> None:
    """A call is refused while so many are under way at its ENI, which end after that."""
    with ExitStack() as stack, ThreadPoolExecutor(1) as other:
        crowd(turns, stack, beside)
        with turns.at("eni", "10.0.1.1"):
            ended = other.submit(_end_when_refused, turns, turns.most, stack)
            turns.refused("eni")
            ended.result(20)


def _end_when_refused(turns: Turns, before: int, stack: ExitStack) -> None:
    while turns.most == before:
        pass
    stack.close()


def test_one_more_than_is_known_to_be_accepted_may_be_tried() -> None:
    """At first one is known, whatever the cloud is like."""
    assert Turns().most == 2


@pytest.mark.parametrize("size", [2, 3, 10])
def test_what_is_accepted_side_by_side_lets_more_be_tried(size: int) -> None:
    """At every ENI."""
    turns = Turns()
    with ExitStack() as stack:
        crowd(turns, stack, size)
        assert turns.most == size + 1
        crowd(turns, stack, size, "another")
        assert turns.most == size + 1


def test_calls_one_after_the_other_prove_nothing() -> None:
    """None was under way when the next was accepted."""
    turns = Turns()
    for _ in range(10):
        with ExitStack() as stack:
            crowd(turns, stack, 1)
    assert turns.most == 2


def test_more_are_tried_at_one_eni_only() -> None:
    """Else a cloud that takes one at a time refused a call for each ENI: this ends only if the second one waits."""
    turns, order = Turns(), list[str]()

    def second(eni: str) -> None:
        with turns.at(eni, "10.0.0.2"):
            order.append("second")

    with ThreadPoolExecutor(1) as other, ExitStack() as stack:
        stack.enter_context(turns.at("eni-1", "10.0.0.1"))
        stack.enter_context(turns.at("eni-2", "10.0.0.1"))
        with turns.at("eni-1", "10.0.0.2"):
            waits = other.submit(second, "eni-2")
            order.append("first")
        waits.result(20)
    assert order == ["first", "second"]


@pytest.mark.parametrize(("under_way", "known"), [(0, 1), (1, 1), (3, 3)])
def test_a_refusal_shows_how_many_are_too_many(under_way: int, known: int) -> None:
    """At least one is always made, whoever keeps the ENI busy; and no more than that are tried for a while."""
    turns = Turns()
    refuse_one(turns, under_way)
    assert turns.most == known
    with ExitStack() as stack:
        crowd(turns, stack, known)
        assert turns.most == known


def test_in_time_more_are_tried_again() -> None:
    """The ENI may have been busy by chance."""
    turns = Turns(quiet=0.0)
    with turns.at("eni", "10.0.0.1"):
        turns.refused("eni")
    assert turns.most == 2


def test_a_refused_call_waits_for_those_that_were_accepted() -> None:
    """Until then another one would be refused, too."""
    turns, order = Turns(), list[str]()

    def refused() -> None:
        turns.refused("eni")
        order.append("tried again")

    with ThreadPoolExecutor(1) as other, turns.at("eni", "10.0.0.2"):
        with turns.at("eni", "10.0.0.1"):
            turns.accepted("eni", "10.0.0.1")
            waits = other.submit(refused)
            while turns.most > 1:
                pass
            order.append("ended")
        waits.result(20)
    assert order == ["ended", "tried again"]
