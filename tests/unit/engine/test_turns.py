"""How many calls may be under way at one ENI: learned from what the cloud accepts and refuses."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from eipctl.engine.turns import FIRST, Turns


def crowd(turns: Turns, stack: ExitStack, size: int, eni: str = "eni") -> None:
    """So many private IPs of the ENI are taken, one after the other, and a call for each is accepted."""
    for number in range(size):
        stack.enter_context(turns.at(eni, f"10.0.0.{number}"))
        turns.accepted(eni, f"10.0.0.{number}")


def test_a_second_call_for_an_eni_is_tried_and_no_third() -> None:
    """Before anything is known of what the cloud accepts."""
    assert Turns().most == FIRST == 2


def test_what_is_accepted_side_by_side_lets_more_be_tried() -> None:
    """Twice as many each time, at every ENI."""
    turns = Turns()
    with ExitStack() as stack:
        crowd(turns, stack, 2)
        assert turns.most == 4
        crowd(turns, stack, 4, "another")
        assert turns.most == 8


def test_calls_one_after_the_other_prove_nothing() -> None:
    """None was under way when the next was accepted."""
    turns = Turns()
    for _ in range(10):
        with ExitStack() as stack:
            crowd(turns, stack, 1)
    assert turns.most == FIRST


@pytest.mark.parametrize(("under_way", "most"), [(0, 1), (1, 1), (3, 3)])
def test_a_refusal_shows_how_many_are_too_many(under_way: int, most: int) -> None:
    """At least one is always made, whoever keeps the ENI busy."""
    turns = Turns()
    with ExitStack() as stack:
        crowd(turns, stack, under_way)
        with turns.at("eni", "10.0.1.1"):
            turns.refused("eni")
    assert turns.most == most


def test_after_a_refusal_no_more_are_tried_for_a_while() -> None:
    """What was accepted then is accepted again, and no reason to try more."""
    turns = Turns()
    with ExitStack() as stack:
        crowd(turns, stack, 1)
        with turns.at("eni", "10.0.1.1"):
            turns.refused("eni")
    with ExitStack() as stack:
        crowd(turns, stack, 1)
        assert turns.most == 1


def test_in_time_more_are_tried_again() -> None:
    """The ENI may have been busy by chance."""
    turns = Turns(quiet=0.0)
    with turns.at("eni", "10.0.0.1"):
        turns.refused("eni")
        turns.accepted("eni", "10.0.0.1")
    assert turns.most == 2
