"""Every help text is a golden file; EIPCTL_GOLDEN=write rewrites them."""

from __future__ import annotations

import io
import os
import re
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import pytest
import typer.main

from eipctl.cli.app import app, run
from tests import forked

GOLDEN = Path(__file__).parent / "golden" / "help"
COMMANDS = (
    "",
    "check",
    "setup",
    "setup ram",
    "setup eni-config",
    "setup restart",
    "annotate",
    "bind",
    "release",
    "adopt",
    "move",
    "pool",
    "pool add",
    "pool remove",
    "pool list",
    "pool show",
    "apply",
    "status",
    "report",
    "history",
    "teardown",
    "sandbox",
    "sandbox up",
    "sandbox down",
    "sandbox env",
    "sandbox scenarios",
    "sandbox seed",
    "sandbox reset",
    "sandbox calls",
    "sandbox reach",
    "sandbox switch",
    "sandbox limit",
    "sandbox fault",
    "sandbox fault add",
    "sandbox fault list",
    "sandbox fault clear",
    "demo",
    "explain",
    "docs",
    "manifest",
    "manifest rbac",
    "manifest ram-policy",
    "manifest cronjob",
    "manifest deployment",
    "manifest dockerfile",
    "schema",
    "manual",
    "completion",
    "help",
    "version",
)


@cache
def help_of(command: str, columns: int = 100) -> str:
    """`eipctl COMMAND --help` on a screen of this many columns."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EIPCTL_")}
    environ = {**kept, "COLUMNS": str(columns), "TERM": "dumb", "NO_COLOR": "1"}
    ended = forked.run([*command.split(), "--help"], environ)
    assert ended.code == 0, ended.err
    return ended.out


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command or "eipctl")
def test_help_is_as_agreed(command: str) -> None:
    """A change of an option shows in a diff."""
    golden = GOLDEN / f"{command.replace(' ', '-') or 'eipctl'}.txt"
    found = help_of(command)
    if os.environ.get("EIPCTL_GOLDEN") == "write":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(found, "utf-8")
    assert found == golden.read_text("utf-8")


def paths(command: object, *above: str) -> set[str]:
    """A command and all below it, as they are typed."""
    below: dict[str, object] = getattr(command, "commands", {})
    return {" ".join(above)}.union(*(paths(found, *above, name) for name, found in below.items()))


def test_every_command_is_in_the_table() -> None:
    """A new command can't be left out."""
    assert paths(typer.main.get_command(app)) == set(COMMANDS)


def test_every_command_has_a_golden_help() -> None:
    """No file is left of a command that is gone."""
    assert {path.stem for path in GOLDEN.iterdir()} == {command.replace(" ", "-") or "eipctl" for command in COMMANDS}


def test_options_and_commands_are_in_groups() -> None:
    """Those that all commands share come last."""
    titles = [line for line in help_of("annotate").splitlines() if re.fullmatch(r"[A-Z][\w ]+:", line)]
    assert titles == ["Arguments:", "Options:", "What to ask for:", "How:", "Common options:"]
    groups = [line for line in help_of("").splitlines() if re.fullmatch(r"[A-Z][\w ]+:", line)]
    assert groups == ["Options:", "The cluster:", "EIPs of Pods:", "Running and looking:", "Trying and learning:"]


def test_variables_are_shown_where_they_work() -> None:
    """Each option that a variable stands for says so."""
    text = " ".join(help_of("bind").split())
    for name in (
        "KUBECONFIG",
        "CONTEXT",
        "PROFILE",
        "REGION",
        "TIMEOUT",
        "YES",
        "AUDIT_LOG",
        "LOG_FORMAT",
        "NAMESPACE",
    ):
        assert f"EIPCTL_{name}" in text


def on_screen(monkeypatch: pytest.MonkeyPatch, command: str, columns: int) -> str:
    """The same in this process."""
    for name in [name for name in os.environ if name.startswith("EIPCTL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", str(columns))
    with redirect_stdout(io.StringIO()) as text:
        assert run([*command.split(), "--help"]) == 0
    return text.getvalue()


def plain_words(text: str) -> list[str]:
    """All of it but how it is laid out."""
    return re.sub(r" +\\\n|^ *# |  # ", " ", text, flags=re.MULTILINE).split()


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command or "eipctl")
def test_help_breaks_between_words_only(command: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard, an option or an example that breaks within a word can't be copied, nor can one that is cut."""
    text = on_screen(monkeypatch, command, columns)
    assert sorted(plain_words(text)) == sorted(plain_words(help_of(command)))
    too_long = [line for line in text.splitlines() if len(line) > max(columns, 52) and len(line.split()) > 2]
    assert too_long == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command or "eipctl")
def test_an_example_can_be_pasted_as_it_is(command: str) -> None:
    """What follows it on its line is a comment to a shell."""
    examples = [line for line in help_of(command).splitlines() if re.match(r"  (eipctl|aliyun|source|eval) ", line)]
    assert [line for line in examples if re.search(r"\S {2,}(?!# )\S", line)] == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command or "eipctl")
def test_every_argument_and_option_has_a_text_and_the_usage_one_pair_of_brackets(command: str) -> None:
    """``[[KIND/NAME]...]...`` names nothing, and an argument without a text explains nothing."""
    text = help_of(command)
    assert "[[" not in text.split("\n\n", 1)[0]
    assert not re.findall(r"^  \S+ +\[(?:required|default)", text, flags=re.MULTILINE)
