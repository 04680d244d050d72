"""The README, the pages, the examples and .ci/run against the program: what they say exists, what exists they say."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
import yaml
from kubernetes import client, config, utils

from eipctl.base import answers
from eipctl.base.errors import ExitCode
from eipctl.cli.app import app
from eipctl.domain.ownership import ALL_KEYS
from eipctl.sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXAMPLES = sorted((ROOT / "examples" / "workloads").glob("*.yaml"))
DOCS = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "eipctl" / "docs").glob("*.md"))}
PAGES = {
    path: path.read_text("utf-8")
    for path in [
        ROOT / "README.md",
        *sorted((ROOT / "eipctl" / "docs").glob("*.md")),
        *sorted((ROOT / "examples").glob("*/README.md")),
        *sorted((ROOT / ".github").glob("*.md")),
    ]
}
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
FENCES = [fence for text in PAGES.values() for fence in FENCE.findall(text)]
INLINE = [code for text in PAGES.values() for code in re.findall(r"`([^`\n]+)`", FENCE.sub("", text))]
NOT_TEXT = (".venv", ".git", "__pycache__", "_cache", ".hypothesis")
ELSEWHERE = re.compile(
    r"(?<![\w.~$}-])/(?:root|home|Users|work)/|\bshared[/](?:design|reference)|pypi[.]|pythonhosted[.]"
)
"""Paths and hosts that mean something on one machine only."""


def marked(name: str) -> str:
    """The command after a marker comment; it must be the only line of its block."""
    found = re.search(rf"^<!-- {name} -->\n```sh\n(.*?)```", README, re.DOTALL | re.MULTILINE)
    assert found, f"README.md has no {name} command"
    (line,) = found[1].splitlines()
    return line


def section(title: str, text: str = README) -> str:
    """The text under a heading of the README or a page, up to the next one."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"there is no section {title}"
    return found[1]


@cache
def options() -> dict[str, frozenset[str]]:
    """What `--help` offers: the options of each command by its words ("" is eipctl itself)."""
    found: dict[str, frozenset[str]] = {}
    waiting = [("", typer.main.get_command(app))]
    while waiting:
        words, command = waiting.pop()
        shown = [param for param in command.params if not getattr(param, "hidden", False)]
        named = {name for param in shown for name in (*param.opts, *param.secondary_opts) if name.startswith("-")}
        found[words] = frozenset(named | {"-h", "--help"})
        more = getattr(command, "commands", {})
        waiting += [(f"{words} {name}".strip(), sub) for name, sub in more.items() if not sub.hidden]
    return found


def commands_shown() -> Iterator[str]:
    """Each command line of eipctl in the README, the pages and the examples' READMEs, without the program's name."""
    lines = [line for fence in FENCES for line in fence.splitlines()] + INLINE
    for line in lines:
        for part in re.findall(r"(?<!-n )(?:^|(?<=[\s(])|(?<=bin/))eipctl +([a-z][^#)&|;]*)", line):
            yield part.strip()


def test_demo_command() -> None:
    """The demo is one line to paste, from nothing to `eipctl demo`."""
    line = marked("demo")
    assert line.startswith("python3 -m venv .venv && ")
    assert ".venv/bin/pip install -q . " in line
    assert line.endswith(" && .venv/bin/eipctl demo")


def test_tests_command() -> None:
    """Passing the tests is one line to paste, from nothing to pytest."""
    line = marked("tests")
    assert line.startswith("python3 -m venv .venv && ")
    assert ".venv/bin/pip install -q -e '.[test]'" in line
    assert line.split(" && ")[-1].startswith(".venv/bin/pytest")


@pytest.mark.parametrize("name", ["tests", "demo"])
def test_ci_runs_what_the_readme_says(name: str) -> None:
    """.ci/run takes both commands from the README: its own reader finds the very line."""
    script = (ROOT / ".ci" / "run").read_text()
    reader = re.search(r"^command_of\(\) \{.*?^\}", script, re.DOTALL | re.MULTILINE)
    assert reader
    assert f"{name}=$(command_of {name})" in script
    assert f'"${name}"' in script or f'"${{{name}##*&& }}"' in script
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{reader[0]}\ncommand_of {name}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == marked(name) + "\n"


def test_the_readme_shows_commands() -> None:
    """The reader of this file finds the commands at all, in blocks and in running text."""
    shown = list(commands_shown())
    assert "bind -A --prune --yes -q --timeout 4m" in shown
    assert "sandbox env" in shown
    assert "sandbox fault add --help" in shown


@pytest.mark.parametrize("line", sorted(set(commands_shown())))
def test_command_exists(line: str) -> None:
    """A command line that the README or a page shows names a command and options that `--help` offers."""
    words = shlex.split(line.rstrip("\"'"))
    at = 0
    while at < len(words) and " ".join(words[: at + 1]) in options():
        at += 1
    command = " ".join(words[:at])
    assert command, f"there is no eipctl {words[0]}"
    named = {word.partition("=")[0] for word in words[at:] if word.startswith("-") and word != "-"}
    assert named <= options()[command], f"eipctl {command} has no {named - options()[command]}"


@pytest.mark.parametrize("option", sorted({text.split()[0] for text in INLINE if text.startswith("-") and text != "-"}))
def test_option_exists(option: str) -> None:
    """An option that the README names in running text is one of some command."""
    flags = re.fullmatch(r"-([a-z])\1*", option)  # -vv is -v twice
    assert any((f"-{flags[1]}" if flags else option) in known for known in options().values())


def test_variables_exist() -> None:
    """The page names exactly the EIPCTL_ variables that options can come from, and the one that bounds answers."""
    known = {answers.VARIABLE}
    waiting = [typer.main.get_command(app)]
    while waiting:
        command = waiting.pop()
        known |= {str(param.envvar) for param in command.params if param.envvar}
        waiting += getattr(command, "commands", {}).values()
    assert set(re.findall(r"EIPCTL_[A-Z_]+", section("Variables", DOCS["configuration"]))) == known
    assert set(re.findall(r"EIPCTL_[A-Z_]+", README + "".join(DOCS.values()))) <= known


def test_command_table() -> None:
    """The table of commands lists exactly the commands that exist."""
    listed = re.findall(r"^\| `eipctl ([a-z]+)`", section("Commands"), re.MULTILINE)
    assert sorted(listed) == sorted(words for words in options() if words and " " not in words)


def test_sandbox_row() -> None:
    """The table names every command of the sandbox."""
    row = re.search(r"^\| `eipctl sandbox` \|(.*)\|$", section("Commands"), re.MULTILINE)
    assert row
    listed = re.findall(r"`([a-z]+)`", row[1])
    assert sorted(listed) == sorted(words.split()[1] for words in options() if re.fullmatch(r"sandbox \w+", words))


def test_exit_codes() -> None:
    """The table of exit codes lists exactly the codes that eipctl can return."""
    listed = re.findall(r"^\| (\d+) \|", section("Exit codes", DOCS["output"]), re.MULTILINE)
    assert [int(code) for code in listed] == sorted(ExitCode)


def test_tags() -> None:
    """The table of tags names exactly those that eipctl writes."""
    listed = re.findall(r"`(eipctl-[a-z-]+)`", section("How eipctl knows its EIPs", DOCS["promises"]))
    assert sorted(listed) == sorted(ALL_KEYS)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_links(path: Path) -> None:
    """Every link inside the repository leads to a file or to a heading."""
    for target in re.findall(r"\]\(([^)]+)\)", PAGES[path]):
        name, _, heading = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists(), target
        assert not heading or heading in headings(there), target


def headings(path: Path) -> set[str]:
    """As a link names them."""
    lines = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in lines}


def test_the_readme_is_short_and_leads_to_the_pages() -> None:
    """250 lines at most; its table links pages of `eipctl docs` and says how to list all of them."""
    assert len(README.splitlines()) <= 250
    assert "`eipctl docs` lists" in section("Documentation")
    linked = re.findall(r"^\| \[([a-z]+)\]\(eipctl/docs/\1\.md\)", section("Documentation"), re.MULTILINE)
    assert len(linked) > 10
    assert set(linked) <= set(DOCS)


def test_the_map_of_the_house_is_true() -> None:
    """Each file and folder that CONTRIBUTING names exists, and no room is missing."""
    text = (ROOT / ".github" / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"`((?:eipctl|tests)/[\w/.]+)`", text))
    assert not {name for name in named if not (ROOT / name).exists()}
    rooms = {f"eipctl/{path.name}" for path in (ROOT / "eipctl").iterdir() if (path / "__init__.py").exists()}
    assert rooms <= named


def test_contributing_lists_every_benchmark() -> None:
    """Each module whose first lines say `python -m tests.bench.NAME`."""
    text = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
    listed = re.search(r"where NAME is (.*?);", text, re.DOTALL)
    assert listed is not None
    files = (ROOT / "tests" / "bench").glob("*.py")
    runnable = {path.stem for path in files if f"python -m tests.bench.{path.stem}" in path.read_text("utf-8")}
    assert set(re.findall(r"`(\w+)`", listed[1])) == runnable


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_accepted(path: Path, tmp_path: Path) -> None:
    """An example is created by the official client on the sandbox as it is, and asks with strings."""
    manifest = yaml.safe_load(path.read_text())
    annotations = manifest["spec"]["template"]["metadata"].get("annotations") or {}
    assert all(isinstance(value, str) for value in annotations.values())
    with Sandbox(tmp_path / "sandbox", speed=50.0) as sandbox:
        connection = config.new_client_from_config(str(sandbox.kubeconfig))  # type: ignore[no-untyped-call]
        utils.create_from_dict(connection, manifest)  # type: ignore[no-untyped-call]
        found = client.AppsV1Api(connection).read_namespaced_deployment(manifest["metadata"]["name"], "default")
        kept = found.to_dict()["spec"]["template"]["metadata"]["annotations"]
        assert (kept or {}) == annotations


def test_changelog() -> None:
    """The changelog is kept in the form that its first lines name; the first release has only added things."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    (_, unreleased), *released = re.findall(r"^## \[(.*?)\].*?\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
    assert [kind for kind in kinds if f"### {kind}\n" in unreleased] == re.findall(r"^### (.*)$", unreleased, re.M)
    assert released[-1][0] == "0.1.0"
    assert re.findall(r"^### (.*)$", released[-1][1], re.MULTILINE) == ["Added"]


def test_nothing_leads_to_one_machine() -> None:
    """No file names a path or a package registry that only one machine knows."""
    hits = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in text_files()
        if path != Path(__file__)
        for found in [ELSEWHERE.search(path.read_text(errors="ignore"))]
        if found
    ]
    assert not hits


def test_the_source_archive_has_what_the_readme_links_to() -> None:
    """Each file that the README, or a page of it, leads to is in the sdist."""
    included = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["sdist"]
    linked = {
        str((path.parent / target.partition("#")[0]).resolve().relative_to(ROOT))
        for path in [*PAGES, ROOT / "README.zh-CN.md"]
        for target in re.findall(r"\]\(([^)#]+)", path.read_text("utf-8"))
    }
    missing = [
        name for name in linked if not any(name == kept or name.startswith(f"{kept}/") for kept in included["include"])
    ]
    assert not missing


def text_files() -> Iterator[Path]:
    """The project's files; those that git tracks, or all of them where there is no git."""
    ran = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode == 0 and ran.stdout:
        yield from (ROOT / name for name in ran.stdout.split("\0") if name and (ROOT / name).is_file())
        return
    for path in ROOT.rglob("*"):
        if path.is_file() and not any(part.endswith(NOT_TEXT) for part in path.relative_to(ROOT).parts):
            yield path
