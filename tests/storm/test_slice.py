"""A slice of the storm, always the same one."""

from __future__ import annotations

import os

from tests.storm.__main__ import main


def test_no_storm_breaks_a_promise() -> None:
    """More of them with EIPCTL_STORM_SECONDS."""
    assert main(["--seconds", os.environ.get("EIPCTL_STORM_SECONDS", "8"), "--seed", "1"]) == 0
