"""A slice of the soak."""

from __future__ import annotations

import os

from tests.soak.__main__ import main


def test_two_watching_runs_keep_the_promises_through_churn_and_kills() -> None:
    """More of it with EIPCTL_SOAK_HOURS."""
    assert main(["--hours", os.environ.get("EIPCTL_SOAK_HOURS", "0.6"), "--speed", "100"]) == 0
