"""Every code is explained, and every explained code is one that the program reports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from eipctl.base.codes import Code
from eipctl.base.explained import EXPLAINED
from eipctl.cli.app import app, run
from eipctl.output.explanations import explanation_lines

PACKAGE = Path(__file__).parents[2] / "eipctl"
NOT_RAISING = ("codes.py", "explained")
SOURCES = [path for path in PACKAGE.rglob("*.py") if not set(NOT_RAISING) & {path.name, path.parent.name}]


def used() -> set[str]:
    """The names of the codes that the source uses."""
    return {name for path in SOURCES for name in re.findall(r"\bCode\.([A-Z_]+)\b", path.read_text("utf-8"))}


def commands(text: str) -> list[list[str]]:
    """The words of each eipctl command that a text names."""
    found = re.findall(r"(?:`|^)eipctl ([a-z][^`,;(]*)", text)
    return [part.split() for part in found]


def test_every_code_is_explained_in_order() -> None:
    """Title, meaning, why and fix are there, and read as sentences."""
    assert list(EXPLAINED) == list(Code)
    for code, said in EXPLAINED.items():
        assert all((said.title, said.meaning, said.matters, said.fix)), code
        assert not [text for text in (said.meaning, said.matters) if not text.endswith(".")], code


def test_every_code_is_raised_or_found_somewhere() -> None:
    """A code that nothing reports is not explained."""
    assert used() >= {code.name for code in Code}


@pytest.mark.parametrize("code", list(Code))
def test_the_commands_in_an_explanation_exist(code: Code) -> None:
    """Command and options are those of the program."""
    for words in commands(EXPLAINED[code].fix):
        command = typer.main.get_command(app)
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]  # type: ignore[attr-defined] # a group has them
        known = {name for param in command.params for name in param.opts}
        assert command.name != "eipctl", words
        assert {word for word in words if word.startswith("-")} <= known


def test_one_code_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever its case; title, meaning, why, fix."""
    assert run(["explain", "eip206"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("EIP206 Terway's role lacks EIP actions\n  What  ")
    assert re.findall(r"^  (\w+)", said, re.MULTILINE) == ["What", "Why", "Fix"]


def test_all_codes_in_short(capsys: pytest.CaptureFixture[str]) -> None:
    """A line each."""
    assert run(["explain"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [code.value for code in Code]


def test_the_envelope(capsys: pytest.CaptureFixture[str]) -> None:
    """The same as data."""
    assert run(["explain", "EIP101", "-o", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["data"]["codes"]
    assert list(found) == ["code", "title", "meaning", "matters", "fix"]


def test_an_unknown_code_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, and how to see all."""
    assert run(["explain", "EIP000"]) == 2
    assert "see all: eipctl explain" in capsys.readouterr().err


def test_it_needs_no_sdk() -> None:
    """It answers at once."""
    program = "import sys; from eipctl.cli.app import run; run(['explain', 'EIP101']); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"kubernetes", "aliyunsdkcore", "yaml", "msgspec"} & set(loaded)


@pytest.mark.parametrize("columns", [60, 80])
def test_an_explanation_fits_the_terminal_and_keeps_its_commands_whole(columns: int) -> None:
    """Lines break between words; a command in backticks is on one line, however narrow the screen is."""
    for code in Code:
        lines = ["".join(text for text, _ in line) for line in explanation_lines([code], columns)]
        said = EXPLAINED[code]
        for command in re.findall("`[^`]+`", f"{said.meaning} {said.matters} {said.fix}"):
            assert any(command in line for line in lines), (code, command)
        assert [line for line in lines[1:] if len(line) > columns and len(line.split()) > 2 and "`" not in line] == []


def test_a_command_to_paste_is_in_backticks_where_a_line_could_break_it() -> None:
    """A command of several words in a fix is marked as one."""
    bare = re.compile(r"(?:^|: |run |with |see )((?:kubectl|aliyun) [^`.;]+)")
    found = {code.value: match[1] for code in Code if (match := bare.search(EXPLAINED[code].fix))}
    assert found == {}
