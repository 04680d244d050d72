"""The schemas of answers: shipped as the types say, and true of every answer that a test sees."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from eipctl.cli.app import run, tree
from eipctl.commands.registry import ANSWERS
from eipctl.commands.schemas import STREAMS, schema, shipped
from tests.answers import problems, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[2] / "eipctl" / "schemas"
NAMES = (*ANSWERS, *STREAMS)


@pytest.mark.parametrize("command", NAMES)
def test_the_shipped_schema_is_that_of_the_types(command: str) -> None:
    """EIPCTL_GOLDEN=write rewrites the files."""
    text = json.dumps(schema(command), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("EIPCTL_GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{command.replace(' ', '-')}.json").write_text(text, "utf-8")
    assert shipped(command) == text


def test_no_schema_is_left_of_a_command_that_is_gone() -> None:
    """A file for each command whose answer a program may read, and for each stream, and no other."""
    assert {path.stem for path in FOLDER.iterdir()} == {command.replace(" ", "-") for command in NAMES}


@pytest.mark.parametrize("command", NAMES)
def test_a_schema_is_one(command: str) -> None:
    """A validator that is not ours takes it, and each type and most fields say what they hold."""
    found = schema(command)
    Draft202012Validator.check_schema(found)
    assert all(kind.get("description") for kind in found["$defs"].values())


@pytest.mark.parametrize("command", NAMES)
def test_schema_prints_the_file(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As it is."""
    assert run(["schema", *command.split()]) == 0
    assert capsys.readouterr().out == shipped(command)


def test_what_has_no_schema_says_which_have(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, and the names."""
    assert run(["schema", "demo"]) == 2
    assert "one of check, setup" in capsys.readouterr().err


def test_without_a_name_all_that_have_a_schema_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody has to guess the names, or to read an error for them."""
    assert run(["schema"]) == 0
    found = [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert found == list(NAMES)


@pytest.mark.parametrize("stream", STREAMS)
def test_a_line_with_a_field_that_its_schema_lacks_is_refused(stream: str) -> None:
    """Else a new field of a stream could stay undocumented."""
    with pytest.raises(AssertionError):
        read_lines(stream, '{"event": "state", "level": "info", "more": 1}')


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
    """Whatever takes the common -o is in the table of answers; of a group those of its subcommands that do."""

    def paths(command: Any, *path: str) -> Iterator[str]:
        below = getattr(command, "commands", {})
        if any("--no-headers" in param.opts for param in command.params):
            yield " ".join(path)
            below = {}  # Of `setup ram` the answer is that of setup.
        for name, found in below.items():
            yield from paths(found, *path, name)

    assert set(paths(tree())) == set(ANSWERS)
