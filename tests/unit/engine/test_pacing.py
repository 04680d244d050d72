"""Pacing: a small fleet never waits, a large one stays within the window, throttling is learned from."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from eipctl.base.errors import TimedOut
from eipctl.base.stop import Stop
from eipctl.engine.pacing import Pacer

API = "AllocateEipAddress"


def test_calls_within_the_window_do_not_wait() -> None:
    """A Stop whose deadline is near would raise if any of them had to wait for a place."""
    pacer = Pacer(Stop(timeout=30.0))
    for _ in range(120):
        pacer.before(API)
    assert pacer.calls[API] == 120


def test_the_call_after_the_last_place_waits_for_the_window() -> None:
    """The 121st allocation in 60 s waits, until the deadline ends the waiting."""
    pacer = Pacer(Stop(timeout=0.2), {API: (3, 60.0)})
    for _ in range(3):
        pacer.before(API)
    with pytest.raises(TimedOut):
        pacer.before(API)
    assert pacer.calls[API] == 3


def test_a_window_that_has_passed_is_free_again() -> None:
    """No token is lost for ever."""
    pacer = Pacer(Stop(timeout=30.0), {API: (1, 0.01)})
    for _ in range(20):
        pacer.before(API)
    assert pacer.calls[API] == 20


def test_no_window_of_the_cloud_holds_more_calls_than_its_limit() -> None:
    """The cloud counts a call when it arrives; after a slow one the next must not come early."""
    window = 0.2
    pacer, stop, arrived = Pacer(Stop(timeout=30.0), {API: (1, window)}), Stop(), list[float]()
    for latency in (0.1, 0.0, 0.0):
        pacer.before(API)
        stop.wait(latency)
        arrived.append(time.monotonic())
        pacer.after(API, "", "", latency)
    assert all(later - earlier >= window for earlier, later in pairwise(arrived))


def test_a_call_without_an_answer_takes_up_its_place_only_as_long_as_the_window() -> None:
    """An interrupted call is never answered."""
    pacer = Pacer(Stop(timeout=30.0), {API: (1, 0.01)})
    for answered in (False, True, False, True):
        pacer.before(API)
        if answered:
            pacer.after(API, "", "", 0.0)
    assert pacer.calls[API] == 4


def test_being_throttled_halves_the_window() -> None:
    """Somebody else spends from the same quota."""
    pacer = Pacer(Stop())
    pacer.after(API, "Throttling.User", "", 0.0)
    assert pacer.limit(API) == (60, 60.0)
    assert pacer.throttled[API] == 1


def test_a_burst_of_throttling_halves_once() -> None:
    """Whether that was enough shows in the next window; else one burst would leave a call a minute."""
    pacer = Pacer(Stop())
    for _ in range(16):
        pacer.after(API, "Throttling.User", "", 0.0)
    assert (pacer.limit(API), pacer.throttled[API]) == ((60, 60.0), 16)


def test_a_limit_recovers_once_nothing_is_throttled() -> None:
    """After each window, and not beyond what it was."""
    pacer = Pacer(Stop(), {API: (2, 0.01)})
    pacer.after(API, "Throttling.User", "", 0.0)
    assert pacer.limit(API) == (1, 0.01)
    for _ in range(10):
        pacer.before(API)
    assert pacer.limit(API) == (2, 0.01)


def test_being_throttled_on_an_api_without_a_known_limit_gives_it_one() -> None:
    """The limit of many APIs is not documented."""
    pacer = Pacer(Stop())
    assert pacer.limit("GetRole") is None
    pacer.after("GetRole", "Throttling", "", 0.0)
    assert pacer.limit("GetRole") == (30, 60.0)


def test_all_overrides_every_documented_limit() -> None:
    """--api-limit all=… is for accounts with raised quotas."""
    pacer = Pacer(Stop(), {"all": (1000, 1.0), API: (7, 2.0)})
    assert (pacer.limit("AssociateEipAddress"), pacer.limit(API)) == ((1000, 1.0), (7, 2.0))


def test_a_call_that_has_its_place_does_not_wait() -> None:
    """What is proven in the block is fresh when the call goes out; calls of other APIs leave the place alone."""
    pacer = Pacer(Stop(timeout=0.2), {API: (1, 60.0)})
    with pacer.place(API):
        pacer.before("DescribeEipAddresses")
        pacer.before(API)
    with pytest.raises(TimedOut):
        pacer.before(API)


def test_a_place_that_was_not_used_is_free_again() -> None:
    """The proof has failed, and no call was made."""
    pacer = Pacer(Stop(timeout=30.0), {API: (1, 60.0)})
    for _ in range(3):
        with pacer.place(API):
            pass
    pacer.before(API)
    assert pacer.calls[API] == 1


def test_a_place_is_good_for_one_call() -> None:
    """The second one in the block waits like any other."""
    pacer = Pacer(Stop(timeout=0.2), {API: (1, 60.0)})
    with pacer.place(API):
        pacer.before(API)
        with pytest.raises(TimedOut):
            pacer.before(API)


def test_a_place_is_its_threads_alone() -> None:
    """Another thread has to wait for one of its own."""
    pacer = Pacer(Stop(timeout=0.2), {API: (1, 60.0)})
    with pacer.place(API), ThreadPoolExecutor(1) as other, pytest.raises(TimedOut):
        other.submit(pacer.before, API).result()
