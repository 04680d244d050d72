"""The registry of commands against what is made from it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path

import pytest
import typer.main

from eipctl.cli.app import app
from eipctl.commands.registry import BY_NAME, COMMANDS, CONNECTED, RECIPES, command_of

ROOT = Path(__file__).parents[2]
TREE = typer.main.get_command(app)
PAGES = ("README.md", "README.zh-CN.md")


def leaves(command: object) -> list[object]:
    """The commands below, or the command itself."""
    below = getattr(command, "commands", {})
    return [leaf for found in below.values() for leaf in leaves(found)] or [command]


def takes_yes(command: object) -> bool:
    return any("--yes" in param.opts for param in getattr(command, "params", ()))


def test_no_module_of_a_command_is_left_out() -> None:
    """Whatever `eipctl.cli` has that takes common options is registered under its name."""
    modules = {path.stem for path in (ROOT / "eipctl" / "cli").glob("*.py") if "@takes(" in path.read_text("utf-8")}
    assert modules == set(BY_NAME)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_changes_something_asks(command: object) -> None:
    """A command takes --yes exactly when the registry says that it changes something; in a group with a recipe."""
    name, changes = command.name, command.changes  # type: ignore[attr-defined]
    variants = {recipe.variant for recipe in command.recipes} & set(command.parts)  # type: ignore[attr-defined]
    for leaf in leaves(TREE.commands[name]):  # type: ignore[attr-defined]
        assert takes_yes(leaf) is (leaf.name in variants if variants else changes)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", RECIPES)
def test_a_saved_plan_leads_back_to_what_made_it(name: str) -> None:
    """By the type of its options, which a file holds as plain data."""
    recipe = RECIPES[name]
    assert is_dataclass(recipe.type())
    assert callable(getattr(import_module(recipe.module), recipe.prepare))
    assert command_of(object.__new__(recipe.type())) == name


def test_every_plan_can_be_saved() -> None:
    """A command that connects and changes something has a recipe, and no other has."""
    changing = {command.name for command in COMMANDS if command.changes and command.name in CONNECTED}
    assert {command.name for command in COMMANDS if command.recipes} == changing


@pytest.mark.parametrize("page", PAGES)
def test_the_readme_lists_the_commands_in_order(page: str) -> None:
    """As the help does, with subcommands; in English with the help's sentences. EIPCTL_GOLDEN=write writes the rows."""
    path = ROOT / page
    table = re.compile(r"(?:^\| `eipctl [a-z]+` \| .* \|\n)+", re.MULTILINE)
    (shown,) = table.findall(path.read_text("utf-8"))
    texts = dict(re.findall(r"^\| `eipctl ([a-z]+)` \| (.*?)(?:[ ：]`\w[^|]*)? \|$", shown, re.MULTILINE))
    if page == "README.md":
        texts = {}
    rows = "".join(_row(command.name, texts.get(command.name, ""), "zh" in page) for command in COMMANDS)
    if os.environ.get("EIPCTL_GOLDEN") == "write":
        path.write_text(path.read_text("utf-8").replace(shown, rows), "utf-8")
    else:
        assert shown == rows


def _row(name: str, text: str, chinese: bool) -> str:
    """A row of the table; a text that is not there yet is the help's."""
    words = [f"`{word}`" for word in getattr(TREE.commands[name], "commands", {})]  # type: ignore[attr-defined]
    below = ("：" + "、".join(words) if chinese else f" {', '.join(words)}.") if words else ""
    return f"| `eipctl {name}` | {text or BY_NAME[name].summary}{below} |\n"


def test_the_registry_loads_no_command() -> None:
    """Nor what commands are made of: the SDKs, rich, YAML, observers, planners."""
    code = "import sys, eipctl.commands.registry; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {
        name for name in ended.stdout.split() if name.partition(".")[0] in ("eipctl", "kubernetes", "rich", "typer")
    }
    assert loaded == {
        "eipctl",
        "eipctl.commands",
        "eipctl.commands.registry",
        "eipctl.domain",
        "eipctl.domain.cloud_apis",
        "eipctl.domain.rights",
    }


def test_a_command_loads_no_other() -> None:
    """A start costs what the one command costs; help and completion of names cost none."""
    for words, expected in ((["--help"], set()), (["version"], {"version"}), (["release", "--help"], {"release"})):
        code = f"import sys; from eipctl.cli.app import run; run({words!r}); print(*sys.modules, file=sys.stderr)"
        ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        loaded = {name.removeprefix("eipctl.cli.") for name in ended.stderr.split() if name.startswith("eipctl.cli.")}
        assert loaded & set(BY_NAME) == expected
