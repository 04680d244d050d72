"""When a run must stop."""

from __future__ import annotations

import time

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import TryLater
from eipctl.base.stop import Stop, since_boot

LOST = TryLater(Code.LOCK_HELD, "the Lease has ended")


def test_what_was_good_until_a_moment_is_not_good_after_the_machine_was_suspended() -> None:
    """It slept for a quarter of an hour, in which others may have taken the Lease: nothing more is done."""
    slept = 0.0
    stop = Stop(clock=lambda: since_boot() + slept)
    stop.good_until(since_boot() + 30.0, LOST)
    stop.check()
    slept = 900.0
    with pytest.raises(TryLater):
        stop.check()
    stop.good_until(since_boot() + slept + 30.0, LOST)
    stop.check()


def test_seconds_since_boot_count_those_in_which_nothing_ran() -> None:
    """So they are never fewer than those of the clock that stands still then."""
    assert since_boot() >= time.monotonic() - 1.0
