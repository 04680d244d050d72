"""What a command line that can't be carried out looks like."""

from __future__ import annotations

import json
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


@pytest.mark.parametrize(
    "words", ["-o json", "-ojson", "-Ao json", "-Aojson", "-qAo json", "-A -o=json", "--output=json"]
)
def test_an_envelope_is_asked_for_in_any_spelling(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Short options may share one dash."""
    assert run(["status", "--nonsense", *words.split()]) == 2
    assert json.loads(capsys.readouterr().out)["exit_code"] == 2


@pytest.mark.parametrize("words", ["-Awo json", "-w -A -ojson", "--watch -o json"])
def test_a_stream_ends_in_one_line(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reads it takes an object a line."""
    assert run(["status", "--nonsense", *words.split()]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["exit_code"] == 2


@pytest.mark.parametrize("words", ["-vv", "-v -v", "-Avv", "-vAv", "--verbose --verbose"])
def test_a_traceback_is_asked_for_in_any_spelling(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """-v twice, wherever."""
    assert run(["status", "--nonsense", *words.split()]) == 2
    assert "eipctl.base.errors.UsageError" in capsys.readouterr().err
