"""What a user meets first: global options, help, version, completion scripts, the manual, kubectl's plugin."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

import eipctl
from eipctl.cli.app import run, tree
from eipctl.cli.leading import behind_command
from eipctl.commands.registry import BY_NAME, COMMANDS
from eipctl.output.pasted import PasteTarget, aim_at, aimed, call_it
from tests.children import EIPCTL

BIN = Path(sys.executable).parent
SHELLS = ("bash", "zsh", "fish")
MAN = shutil.which("man")
AT_80: dict[str, Any] = {"terminal_width": 80, "max_content_width": 80, "help_option_names": ["-h", "--help"]}


@pytest.fixture(autouse=True)
def _as_eipctl() -> Any:
    """Tests run in one process, whose name and target are global."""
    yield
    call_it("eipctl")
    aim_at(PasteTarget())


@cache
def nodes() -> dict[str, Any]:
    """All commands by their path; "" is eipctl itself."""
    found: dict[str, Any] = {}

    def add(command: Any, *path: str) -> None:
        found[" ".join(path)] = command
        for name, below in getattr(command, "commands", {}).items():
            add(below, *path, name)

    add(tree())
    return found


def help_of(path: str, program: str = "eipctl") -> str:
    """At 80 columns."""
    call_it(program)
    ctx: Any = None
    command, name = tree(), program
    for word in ["", *path.split()]:
        command = command.commands[word] if word else command
        ctx = typer.Context(command, info_name=word or name, parent=ctx, **AT_80)
    text: str = command.get_help(ctx)
    return text


def parsed(words: list[str]) -> Any:
    """The context of a command line, as the parser of eipctl itself makes it; nothing is run."""
    command, ctx = tree(), None
    words, at = behind_command(words, command) if words[0].startswith("-") else words, 0
    while at < len(words) and words[at] in getattr(command, "commands", {}):
        ctx = typer.Context(command, info_name=command.name, parent=ctx, **AT_80)
        command, at = command.commands[words[at]], at + 1
    return command.make_context(command.name, words[at:], parent=ctx)


EXAMPLE = re.compile(r"^\s*(?:eval \"\$\(|source <\(|helm [^|]*\| |[\w. ]*\| )?(eipctl [^#]*)")


def examples(path: str) -> list[list[str]]:
    """The words after eipctl of each example in a command's help."""
    found = []
    for line in (nodes()[path].help or "").splitlines():
        match = EXAMPLE.match(line)
        if match:
            text = re.split(r"\s{3,}|\s+[|>]\s|\)\"?|\s&&\s", match[1])[0]
            found.append(shlex.split(text)[1:])
    return found


@pytest.mark.parametrize("path", nodes())
def test_every_command_has_examples_that_it_takes(path: str) -> None:
    """Each is read by the parser itself: a word or an option that is wrong is an error here."""
    told = examples(path)
    assert told
    assert any(words[: len(path.split())] == path.split() for words in told)
    for words in told:
        ctx = parsed(words)
        assert not ctx.args, words


@pytest.mark.parametrize("path", nodes())
def test_no_help_shows_how_it_is_made(path: str) -> None:
    """No name of a type, no function, no brace around what must be given."""
    text = help_of(path)
    usage = text.partition("\n\n")[0]
    assert not re.search(r"<(str|int|float|path|function|bool|lambda)|\b(TEXT|INTEGER|FLOAT)\b|_at_0x", text)
    assert not re.search(r"[{}]", usage)


@pytest.mark.parametrize("path", [path for path, node in nodes().items() if hasattr(node, "commands")])
def test_no_summary_is_cut(path: str) -> None:
    """Each command is listed with a whole sentence in 80 columns."""
    text = help_of(path)
    lines = [line for line in text.splitlines() if re.match(r"  [a-z][a-z-]+  +\S", line)]
    assert len(lines) >= len(nodes()[path].commands)
    assert not [line for line in lines if line.endswith("...") or len(line) > 80]


def test_options_may_stand_before_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """With their values beside or behind them; the command itself is found among them."""
    for words in (
        ["-o", "json", "version"],
        ["-ojson", "version"],
        ["--output=json", "-q", "version"],
        ["--color", "never", "--output", "json", "-v", "version", "--no-headers"],
    ):
        assert run(words) == 0, words
        assert json.loads(capsys.readouterr().out)["data"] == {"version": eipctl.__version__}


def test_options_before_the_command_are_the_commands_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a group they are those of its subcommand; one that the command does not take is an error of the command."""
    assert run(["--kubeconfig", "nowhere", "--dry-run", "setup", "ram"]) == 2
    assert "no kubeconfig file at nowhere" in capsys.readouterr().err
    assert run(["--context", "x", "version"]) == 2
    assert "see eipctl version --help" in capsys.readouterr().err
    assert run(["--context", "status"]) == 2
    assert "there is no option --context" in capsys.readouterr().err


def test_the_version_is_told_in_every_way(capsys: pytest.CaptureFixture[str]) -> None:
    """As an option, a command, and data."""
    for words in (["--version"], ["version"]):
        assert run(words) == 0
        assert capsys.readouterr().out == f"eipctl {eipctl.__version__}\n"


@pytest.mark.parametrize("words", [["help"], ["help", "bind"], ["help", "setup", "ram"]])
def test_help_is_a_command_too(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It says the same as --help."""
    assert run(words) == 0
    told = capsys.readouterr().out
    assert run([*words[1:], "--help"]) == 0
    assert told == capsys.readouterr().out != ""


def test_help_of_nothing_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2."""
    assert run(["help", "binds"]) == 2
    assert "there is no command 'binds'" in capsys.readouterr().err


@pytest.mark.parametrize("shell", SHELLS)
def test_a_completion_script_is_printed_and_nothing_is_written(shell: str, tmp_path: Path) -> None:
    """A home folder is as empty afterwards as before."""
    environ = {**os.environ, "HOME": str(tmp_path), "SHELL": f"/bin/{shell}"}
    words = [*EIPCTL, "completion", shell]
    ended = subprocess.run(words, env=environ, capture_output=True, text=True, check=True, timeout=60)
    assert "_EIPCTL_COMPLETE" in ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_bash_completes_with_the_script(tmp_path: Path) -> None:
    """As it is sourced: the function that it defines answers a Tab."""
    lines = (
        f'source <("{BIN / "eipctl"}" completion bash)',
        "complete -p eipctl",
        "COMP_WORDS=(eipctl stat); COMP_CWORD=1; _eipctl_completion eipctl; echo ${COMPREPLY[*]}",
    )
    environ = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    words = ["bash", "--norc", "-c", "\n".join(lines)]
    ended = subprocess.run(words, env=environ, capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.splitlines()[-1] == "status"


@pytest.mark.parametrize("option", ["--install-completion", "--show-completion"])
def test_no_option_edits_dot_files(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """They are gone."""
    assert run([option]) == 2
    assert f"there is no option {option}" in capsys.readouterr().err


def test_the_manual_names_every_command_and_option(capsys: pytest.CaptureFixture[str]) -> None:
    """It is made from them."""
    assert run(["manual"]) == 0
    text = capsys.readouterr().out.replace("\\-", "-")
    items = "\n".join(re.findall(r"^\\fB(.*)\\fR$", text, re.MULTILINE))
    for path, node in nodes().items():
        assert f"eipctl {path}".rstrip() in text
        for param in getattr(node, "params", ()):
            assert all(not option.startswith("-") or option in items for option in param.opts), param.opts


@pytest.mark.skipif(MAN is None, reason="there is no man here to judge the page")
def test_man_takes_the_manual(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a warning, and no line of ours is read as a request of roff."""
    assert run(["manual"]) == 0
    page = tmp_path / "eipctl.1"
    page.write_text(capsys.readouterr().out, "utf-8")
    environ = {**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"}
    words = ["man", "--warnings", "-l", str(page)]
    ended = subprocess.run(words, env=environ, capture_output=True, text=True, check=True, timeout=60)
    assert ended.stderr == ""
    assert "eipctl bind -A --prune --yes" in ended.stdout


def test_the_plugin_says_kubectl_eip() -> None:
    """In usage, in examples, in hints; kubectl finds it by its name, and runs it."""
    ended = plugin("bind", "--help")
    assert ended.stdout.startswith("Usage: kubectl eip bind [OPTIONS]")
    assert "  kubectl eip bind -A --yes" in ended.stdout
    assert not re.search(r"(?<!kubectl )\beipctl (bind|--)", ended.stdout)
    ended = plugin("explain", "EIP999")
    assert "do: see all: kubectl eip explain" in ended.stderr
    ended = plugin("bind", "--no-such-option")
    assert "see kubectl eip bind --help" in ended.stderr


def plugin(*words: str) -> subprocess.CompletedProcess[str]:
    """`kubectl eip WORDS`."""
    environ = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "COLUMNS": "100"}
    return subprocess.run(
        [BIN / "kubectl", "eip", *words], env=environ, capture_output=True, text=True, check=False, timeout=60
    )


def test_pasted_commands_are_called_as_here() -> None:
    """With the target, too."""
    aim_at(PasteTarget((("context", "--context", "prod"),), frozenset({"context"})))
    call_it("kubectl eip")
    hint = "with eipctl bind -A, or see eipctl explain EIP206; eipctl's own"
    assert aimed(hint) == ("with kubectl eip bind --context prod -A, or see kubectl eip explain EIP206; eipctl's own")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["st"], {"status"}),
        (["setup", "r"], {"ram", "restart"}),
        (["explain", "EIP20"], {f"EIP20{number}" for number in range(1, 10)}),
        (["status", "-o", "custom"], {"custom-columns="}),
    ],
)
def test_kubectl_completes_the_plugin(words: list[str], offered: set[str]) -> None:
    """By kubectl's own protocol: words with their descriptions on a line each, then a directive."""
    environ = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(
        [BIN / "kubectl", "__complete", "eip", *words],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    *lines, directive = done.stdout.splitlines()
    assert {line.partition("\t")[0] for line in lines} <= offered
    assert {line.partition("\t")[0] for line in lines}
    assert directive == ":4"


def test_the_registry_knows_what_hangs_below_a_command() -> None:
    """A pasted command gets its options behind the last of its words; --cluster-id only where it is taken."""
    for command in COMMANDS:
        node = nodes()[command.name]
        below = tuple(getattr(node, "commands", {}))
        if command.connects:
            assert command.parts == below
            runs_itself = not below or node.invoke_without_command
            for each in [node] if runs_itself else node.commands.values():
                taken = {option for param in each.params for option in param.opts}
                assert ("--cluster-id" in taken) == command.takes_cluster_id, command.name
                assert "--context" in taken
        else:
            assert not command.parts
            assert not command.takes_cluster_id
    assert BY_NAME["setup"].parts
