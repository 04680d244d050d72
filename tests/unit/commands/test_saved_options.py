"""What a saved plan asks for is shown, and held to what the command line takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eipctl.commands.bind import BindOptions
from eipctl.commands.saved_options import asked, problem


def test_options_that_differ_are_shown() -> None:
    """Also those that somebody wrote into the file."""
    options = replace(BindOptions(), prune=True, grace=0.0, force=("share", "max-release"), namespaces=("shop",))
    assert set(asked(options)) >= {"prune True", "grace 0.0", "force share, max-release", "namespaces shop"}
    assert asked(BindOptions()) == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (BindOptions(), ""),
        (replace(BindOptions(), force=("share",)), ""),
        (replace(BindOptions(), grace=float("inf")), "grace can't be inf"),
        (replace(BindOptions(), selector="a\x1b"), "selector contains control characters"),
        (replace(BindOptions(), force=("share", "all")), "force names a guard that does not exist: 'all'"),
    ],
)
def test_nonsense_is_named(options: BindOptions, says: str) -> None:
    """The first option that the command line would refuse."""
    assert problem("bind", options) == says
