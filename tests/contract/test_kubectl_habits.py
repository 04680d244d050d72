"""What people who know kubectl type first: it works, or the answer says what to type instead."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from eipctl.cli.app import run
from eipctl.cli.command_line import with_kind


@pytest.mark.parametrize(
    ("words", "said", "do"),
    [
        (["status", "-n", "a,b"], "--namespace: 'a,b' is not a valid namespace", "-n NAME -n NAME"),
        (["bind", "-A", "--dry-run=client"], "--dry-run takes no value", "write --dry-run alone"),
        (["bind", "-A", "--dry-run=server"], "--dry-run takes no value", "write --dry-run alone"),
        (["bind", "-A", "client"], "unexpected argument: client", "see eipctl bind --help"),
        (["bind", "--frce", "x"], "there is no option --frce; did you mean --force", "see eipctl bind --help"),
        (["bind", "--budget", "much"], "--budget: it should be a valid number", "see eipctl bind --help"),
        (["status", "--namespace"], "--namespace needs a value", "see eipctl status --help"),
        (["status", "-o", "go-template={{.}}"], "--output: 'go-template' is not a format: table", "--help"),
        (["status", "-o", "jsonpath={.items[*].metadata.name}"], "the answer has no field .items", "--help"),
        (["status", "-f", "x"], "there is no option -f", "see eipctl status --help"),
        (["apply"], "PLAN is missing", "see eipctl apply --help"),
        (["stauts"], "there is no command 'stauts'. Did you mean 'status'?", "see eipctl --help"),
        (["status", "web-0"], "'web-0' is not KIND/NAME", "for a Pod, write pod/web-0"),
        (["docs", "biind"], "there is no page 'biind'", "did you mean bind?"),
        (["status", "--state", "bound,pendin"], "'pendin' is not a state of a Pod", "did you mean Pending? One of "),
    ],
)
def test_a_wrong_command_line_says_what_to_type(
    words: list[str], said: str, do: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In eipctl's words: neither the parser's nor those of a validation library."""
    for name in [name for name in os.environ if name.startswith("EIPCTL_")]:
        monkeypatch.delenv(name)
    assert run(words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert do in error
    assert "Invalid value" not in error


def test_a_value_of_a_variable_is_reported_under_its_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever did not type an option is not told about it."""
    monkeypatch.setenv("EIPCTL_TIMEOUT", "soon")
    assert run(["status"]) == 2
    assert "error[EIP905]: EIPCTL_TIMEOUT: a duration is" in capsys.readouterr().err


def test_a_kind_before_several_names_counts_for_each() -> None:
    """``pod web-0 web-1`` is ``pod/web-0 pod/web-1``; names with a kind of their own stay as they are."""
    assert with_kind(["pod", "web-0", "web-1"]) == ["pod/web-0", "pod/web-1"]
    assert with_kind(["pod/web-0", "deployment/api"]) == ["pod/web-0", "deployment/api"]
    assert with_kind(["deployment"]) == ["deployment"]
    assert with_kind(None) == []


@pytest.mark.parametrize("words", [[], ["pool"], ["manifest"], ["sandbox"], ["sandbox", "fault"]])
def test_a_group_without_a_command_lists_its_commands(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, with exit 2: nothing was done."""
    assert run(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"Usage: {' '.join(['eipctl', *words])} ")


def test_a_code_may_be_given_by_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    """``explain 206`` is ``explain EIP206``."""
    assert run(["explain", "206"]) == 0
    assert capsys.readouterr().out.startswith("EIP206 ")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_signs_stay_signs_in_an_encoding_that_lacks_them(encoding: str) -> None:
    """A table in a terminal that is not UTF-8 shows ``+ Bound``, not ``\\u2713 Bound``, and stays in line."""
    script = "from eipctl.cli import streams; streams.complete(); print('✓ Bound|… Pending|✗ x|FORMAT,…|\\u7f51')"
    environ = {**os.environ, "PYTHONIOENCODING": encoding}
    found = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, check=True)
    signs = found.stdout.decode(encoding).strip()
    dots = "…" if encoding == "cp1252" else "."
    assert signs == f"+ Bound|{dots} Pending|x x|FORMAT,{dots * (1 if dots == '…' else 3)}|\\u7f51"
