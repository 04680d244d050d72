"""B9: a signal stops a run between any two of its calls; then at most three clean runs must finish the work.

A few moments with the suite; every one of them by

    EIPCTL_FAULTS=all pytest tests/faults/test_stop.py
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from eipctl.base.errors import Interrupted
from eipctl.sandbox.server import Sandbox
from tests.faults.lab import PRUNE, Lab, reconcile
from tests.faults.worlds import WORLDS, broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.base.errors import EipctlError

EVERY = 1 if os.environ.get("EIPCTL_FAULTS") == "all" else 23


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One sandbox for both worlds."""
    with Sandbox(tmp_path_factory.mktemp("stop") / "sandbox", scenario="modern", speed=1000.0) as sandbox:
        yield Lab(sandbox)


def stopped(lab: Lab, moment: int) -> tuple[list[EipctlError], int]:
    """A run that gets SIGTERM at that moment, counted in times at which it asks; its errors, how often it asked."""
    asked = 0

    def ask() -> None:
        nonlocal asked
        asked += 1
        if asked == moment:
            session.stop.interrupt(signal.SIGTERM)

    session = lab.session(ask)
    return reconcile(session, PRUNE, concurrency=1), asked


@pytest.mark.parametrize("world", WORLDS)
def test_a_run_may_be_stopped_between_any_two_calls(lab: Lab, world: str) -> None:
    """It says so, nothing is half-done that the next runs don't complete, and the Lease is free."""
    lab.sandbox.reset("modern")
    WORLDS[world](lab)
    lab.settle()
    lab.remember()
    errors, moments = stopped(lab, 0)
    assert errors == []
    for moment in range(1, moments, EVERY):
        lab.restore()
        errors, _ = stopped(lab, moment)
        assert any(isinstance(error, Interrupted) for error in errors) or not lab.planned(), f"at moment {moment}"
        lab.complete()
        assert broken(lab) == [], f"stopped at moment {moment} of {moments}"
