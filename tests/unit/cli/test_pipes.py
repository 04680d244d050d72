"""Standard streams that are closed, full, or read by nobody to their end."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest

EIPCTL = shlex.join([sys.executable, "-m", "eipctl"])
ANSWER = "error[EIP914]: the answer can't be written to stdout"


def by_shell(words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of eipctl with the redirections that a shell makes of these words."""
    ended = subprocess.run(
        ["sh", "-c", f"exec {EIPCTL} {words}"],
        env={**os.environ, "KUBECONFIG": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_a_pipe_that_is_closed_is_no_error() -> None:
    """The command ends with exit 0 and says nothing: whoever read its answer has read enough."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        command = [sys.executable, "-m", "eipctl", "explain", "EIP101"]
        ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", ["version", "explain", "explain -o json", "bind --help", "manifest cronjob"])
def test_an_answer_on_a_full_disk_is_told(words: str, unbuffered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence and exit 1, no internal error, whoever writes it."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    code, _, said = by_shell(f"{words} > /dev/full")
    sentence, hint = said.splitlines()
    assert (code, sentence) == (1, f"{ANSWER}: No space left on device")
    assert "free some space" in hint


def test_a_failure_on_a_full_disk_keeps_its_exit_code() -> None:
    """Its envelope can't be written, so it is told on stderr."""
    code, _, said = by_shell("binds -o json > /dev/full")
    assert (code, said.splitlines()[0]) == (2, "error[EIP905]: No such command 'binds'. Did you mean 'bind'?")


@pytest.mark.parametrize("stderr", ["2> /dev/full", "2>&-"])
@pytest.mark.parametrize(("words", "code"), [("binds", 2), ("bind -A --yes", 2), ("version", 0)])
def test_a_stderr_that_takes_nothing_changes_no_exit_code(words: str, code: int, stderr: str) -> None:
    """Cron and daemons start programs so."""
    ended, out, _ = by_shell(f"{words} {stderr}")
    assert (ended, bool(out)) == (code, not code)


@pytest.mark.parametrize(
    ("words", "says"),
    [("bind -A", "no terminal"), ("apply - --yes", "no saved plan"), ("annotate -f - --eip", "standard input")],
)
def test_a_stdin_that_is_closed_is_empty(words: str, says: str) -> None:
    """As if it came from /dev/null."""
    code, out, said = by_shell(f"{words} <&-")
    assert (code, out) == by_shell(f"{words} < /dev/null")[:2]
    assert says in said
    assert "EIP901" not in said


def test_all_streams_may_be_closed() -> None:
    """And no file that is opened later becomes one of them."""
    assert by_shell("version <&- >&- 2>&-") == (0, "", "")


def test_an_encoding_that_lacks_a_character_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not mangled: the answer may be a file."""
    manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: web} # 网站\nspec: {containers: []}\n"
    words = f"annotate -f - --eip <<'END'\n{manifest}END"
    code, out, _ = by_shell(words)
    assert (code, "网站" in out) == (0, True)
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    code, out, said = by_shell(words)
    assert (code, out) == (1, "")
    assert f"{ANSWER}: its encoding is ascii" in said
