"""What a command line that can't be carried out looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eipctl.cli.app import run

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(
    ("words", "variable", "colored"),
    [
        ((), "", False),
        (("--color", "always"), "", True),
        (("--color=never",), "always", False),
        ((), "always", True),
        (("--color", "pink"), "", False),
    ],
)
def test_an_error_has_colour_only_where_it_is_wanted(
    words: Sequence[str],
    variable: str,
    colored: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the option or its variable, also when the rest of the line is wrong."""
    monkeypatch.setenv("EIPCTL_COLOR", variable) if variable else monkeypatch.delenv("EIPCTL_COLOR", raising=False)
    assert run(["status", "--nonsense", *words]) == 2
    assert ("\x1b[" in capsys.readouterr().err) is colored
