"""The schemas of answers: shipped as the types say, and true of every answer that a test sees."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from eipctl.cli.app import run
from eipctl.commands.registry import ANSWERING, COMMANDS
from eipctl.commands.schemas import schema, shipped
from tests.answers import problems

FOLDER = Path(__file__).parents[2] / "eipctl" / "schemas"


@pytest.mark.parametrize("command", ANSWERING)
def test_the_shipped_schema_is_that_of_the_types(command: str) -> None:
    """EIPCTL_GOLDEN=write rewrites the files."""
    text = json.dumps(schema(command), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("EIPCTL_GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{command}.json").write_text(text, "utf-8")
    assert shipped(command) == text


def test_no_schema_is_left_of_a_command_that_is_gone() -> None:
    """A file for each command whose answer a program may read, and no other."""
    assert {path.stem for path in FOLDER.iterdir()} == set(ANSWERING)


@pytest.mark.parametrize("command", ANSWERING)
def test_a_schema_is_one(command: str) -> None:
    """A validator that is not ours takes it, and each type and most fields say what they hold."""
    found = schema(command)
    Draft202012Validator.check_schema(found)
    assert all(kind.get("description") for kind in found["$defs"].values())


@pytest.mark.parametrize("command", ANSWERING)
def test_schema_prints_the_file(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As it is."""
    assert run(["schema", command]) == 0
    assert capsys.readouterr().out == shipped(command)


def test_what_has_no_schema_says_which_have(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, and the names."""
    assert run(["schema", "demo"]) == 2
    assert "one of check, setup" in capsys.readouterr().err


def test_a_field_that_the_schema_lacks_is_a_problem() -> None:
    """Else a new field could stay undocumented."""
    answer = {
        "schema": "eipctl.version/v1",
        "command": "version",
        "status": "success",
        "exit_code": 0,
        "data": {"version": "1"},
        "errors": [],
    }
    assert problems(answer) == []
    assert problems({**answer, "data": {"version": "1", "more": 1}})
    assert problems({**answer, "data": {"version": 1}})
    assert problems({**answer, "errors": [{"code": "EIP905"}]})
    assert problems({**answer, "extra": 1})


def test_every_command_with_formats_has_a_schema() -> None:
    """Whatever takes -o is in the table of answers."""
    from tests.contract.test_registry import TREE, leaves

    taking = {
        command.name
        for command in COMMANDS
        for leaf in leaves(TREE.commands[command.name])  # type: ignore[attr-defined]
        if any("--output" in param.opts for param in getattr(leaf, "params", ()))
    }
    assert taking == set(ANSWERING)
