"""Standard streams that are closed, full, or read by nobody to their end."""

from __future__ import annotations

import json
import os
import shlex
import subprocess

import pytest
import yaml

from tests.children import EIPCTL

SHELLED = shlex.join(EIPCTL)
ANSWER = "error[EIP914]: the answer can't be written to stdout"


def by_shell(words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of eipctl with the redirections that a shell makes of these words."""
    ended = subprocess.run(
        ["sh", "-c", f"exec {SHELLED} {words}"],
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
        command = [*EIPCTL, "explain", "EIP101"]
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
    assert (code, said.splitlines()[0]) == (2, "error[EIP905]: there is no command 'binds'. Did you mean 'bind'?")


@pytest.mark.parametrize("stderr", ["2> /dev/full", "2>&-"])
@pytest.mark.parametrize(("words", "code"), [("binds", 2), ("bind -A --yes", 2), ("version", 0)])
def test_a_stderr_that_takes_nothing_changes_no_exit_code(words: str, code: int, stderr: str) -> None:
    """Cron and daemons start programs so."""
    ended, out, _ = by_shell(f"{words} {stderr}")
    assert (ended, bool(out)) == (code, not code)


@pytest.mark.parametrize(
    ("words", "says"),
    [("bind -A", "no terminal"), ("apply - --yes", "not a saved plan"), ("annotate -f - --eip", "standard input")],
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


LOCALES = [
    {"LC_ALL": "C"},
    {"LC_ALL": "POSIX"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
    {"PYTHONIOENCODING": "gbk"},
]
MANIFEST = "apiVersion: v1\nkind: Pod\nmetadata: {name: web} # 网站 😀\nspec: {containers: []}\n"


@pytest.mark.parametrize("settings", LOCALES)
def test_a_manifest_is_utf_8_in_every_locale(settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a file, and no character of it may become another one."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    code, out, _ = by_shell(f"annotate -f - --eip <<'END'\n{MANIFEST}END")
    assert (code, "网站 😀" in out) == (0, True)


@pytest.mark.parametrize("settings", LOCALES)
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_an_answer_for_programs_survives_every_locale(
    settings: dict[str, str], form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A character that the encoding lacks is escaped as the format has it: nothing is lost."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    ended = subprocess.run([*EIPCTL, "explain", "网😀", "-o", form], capture_output=True, timeout=60, check=False)
    encoding = settings.get("PYTHONIOENCODING", "utf-8")
    read = json.loads if form == "json" else yaml.safe_load
    answer = read(ended.stdout.decode(encoding))
    assert ended.returncode == 2
    assert "网😀" in answer["errors"][0]["message"]


@pytest.mark.parametrize("settings", LOCALES)
def test_a_sentence_degrades_by_character(settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """And is no internal error."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    ended = subprocess.run([*EIPCTL, "explain", "网"], capture_output=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith(b"error[EIP905]: ")
    assert b"EIP901" not in ended.stderr
