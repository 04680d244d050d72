"""What a watching run waits for: pauses that grow, attempts that become due, guards of a sliding hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eipctl.commands.bind import BindOptions
from eipctl.commands.watch import backoff, spending, timers
from eipctl.commands.watch.backoff import BackOffs, Failure
from eipctl.commands.watch.spending import Spending
from eipctl.commands.watch.timers import Pause, next_orphan
from eipctl.domain.actions.eips import Allocate, Release, Unassociate
from eipctl.domain.facts import Eip, EipStatus
from eipctl.domain.limits import Spent
from eipctl.domain.ownership import Owner, Role
from eipctl.domain.plan import Step, StepState
from eipctl.domain.settings import EipSpec
from eipctl.domain.strategy import FOLLOW, Strategy

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FAILURE = Failure("u-1", "shop", "web", "EIP501", "no stock")
WHO: dict[str, Any] = {"namespace": "shop", "pod": "web", "uid": "u-1", "reason": ""}


class Clock:
    """A monotonic clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    for module in (backoff, spending, timers):
        monkeypatch.setattr(module, "time", found)
    return found


def test_each_attempt_waits_twice_as_long_up_to_five_minutes(clock: Clock) -> None:
    """And a change of the Pod begins anew."""
    known = BackOffs()
    pauses = []
    for _ in range(12):
        known.failed(FAILURE)
        pauses.append(known.next_due() - clock.now)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    known.done("u-1")
    known.failed(FAILURE)
    assert known.next_due() - clock.now == 1


def test_an_attempt_becomes_due_once(clock: Clock) -> None:
    """Until then the Pod is left out, and afterwards no timer wakes anybody for it again."""
    known = BackOffs()
    known.failed(FAILURE)
    assert (known.ripe(), known.waiting()) == (False, frozenset({"u-1"}))
    clock.now += 1
    assert (known.ripe(), known.ripe(), known.waiting()) == (True, False, frozenset())
    assert known.next_due() == float("inf")


def test_a_pod_that_is_gone_is_forgotten(clock: Clock) -> None:
    """Nothing wakes for it."""
    known = BackOffs()
    known.failed(FAILURE)
    known.keep(frozenset({"u-2"}))
    assert (known.listing(), known.next_due()) == ((), float("inf"))


def test_guards_count_what_was_done_within_the_last_hour(clock: Clock) -> None:
    """What is older no longer counts; what failed never did; a binding of a gone Pod that ends is no cut."""
    spent = Spending()
    allocate = Allocate(**WHO, spec=EipSpec(), ownership=())
    spent.learn(Step(allocate, StepState.DONE))
    spent.learn(Step(allocate, StepState.FAILED))
    clock.now += 1800
    spent.learn(Step(Release(**WHO, allocation_id="eip-1"), StepState.DONE))
    spent.learn(Step(Unassociate(**WHO, allocation_id="eip-2", living=True), StepState.DONE))
    spent.learn(Step(Unassociate(**WHO, allocation_id="eip-3"), StepState.DONE))
    assert spent.spent() == Spent(1, 1, frozenset({"eip-1", "eip-2"}))
    assert spent.next_end() - clock.now == 1800
    clock.now += 1800
    assert spent.spent() == Spent(0, 1, frozenset({"eip-1", "eip-2"}))


def test_a_pause_grows_and_is_short_again_after_a_good_while(clock: Clock) -> None:
    """An outage of an hour costs an attempt in 30 s; the next outage begins with short pauses."""
    pause = Pause(1.0, 30.0)
    lengths = []
    for _ in range(7):
        lengths.append(pause.next() - clock.now)
        clock.now = pause.until
    assert lengths == [1, 2, 4, 8, 16, 30, 30]
    clock.now += 61
    assert pause.next() - clock.now == 1


def orphan(age: float | None, strategy: Strategy = FOLLOW) -> Eip:
    since = None if age is None else NOW - timedelta(seconds=age)
    owner = Owner(
        cluster="c", cluster_uid="k", namespace="shop", pod="web", pod_uid="u-1", role=Role.ALLOCATED,
        strategy=strategy, orphan_since=since,
    )  # fmt: skip
    return Eip("eip-1", "47.0.0.1", EipStatus.AVAILABLE, owner=owner)


@pytest.mark.parametrize(
    ("age", "strategy", "left"),
    [
        (None, FOLLOW, None),
        (0.0, FOLLOW, 60.0),
        (50.0, FOLLOW, 10.0),
        (70.0, FOLLOW, None),
        (50.0, Strategy(100.0), 50.0),
        (50.0, Strategy(None), None),
    ],
)
def test_the_next_orphan_is_due_when_its_grace_and_its_ttl_are_over(
    clock: Clock, age: float | None, strategy: Strategy, left: float | None
) -> None:
    """One whose time is over was seen to already, one that is kept for ever is never due."""
    due = next_orphan([orphan(age, strategy)], NOW, BindOptions(prune=True, grace=60.0))
    expected = float("inf") if left is None else clock.now + left + timers.LATE
    assert due == pytest.approx(expected)
    assert next_orphan([orphan(0.0)], NOW, BindOptions()) == float("inf")
