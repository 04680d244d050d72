"""`eipctl manual`: the manual page, made from the commands themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer

import eipctl
from eipctl.base.errors import ExitCode
from eipctl.cli.help_groups import COMMON, panel, record
from eipctl.cli.options import Common, takes
from eipctl.commands.registry import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

EXITS = {
    ExitCode.OK: "Done, or nothing to do.",
    ExitCode.FAILED: "Failed.",
    ExitCode.USAGE: "The command line or a configuration is wrong, or a question had no terminal.",
    ExitCode.PENDING: "With --exit-code: changes are pending, something drifts, or a check has an error.",
    ExitCode.PARTIAL: "Some actions are done, some failed; the next run continues.",
    ExitCode.REFUSED: "Refused by a guard.",
    ExitCode.TRY_LATER: "Try later: another run holds the lock, or the cloud throttles or is full.",
    ExitCode.TIMED_OUT: "--timeout was reached.",
    ExitCode.SIGINT: "Stopped by SIGINT.",
    ExitCode.SIGTERM: "Stopped by SIGTERM.",
}
FILES = (
    ("~/.kube/config", "The kubeconfig, unless KUBECONFIG or --kubeconfig names another."),
    ("~/.aliyun/config.json", "Profiles of the aliyun CLI, for --profile."),
)


@takes(Common)
def manual(options: Common) -> None:
    """
    \b
    eipctl manual | man -l -
    eipctl manual > ~/.local/share/man/man1/eipctl.1
    """
    options.console.answer("\n".join(page()) + "\n")


def page() -> Iterator[str]:
    """In roff, with the macros of man(7)."""
    from eipctl.cli.app import tree

    root = tree()
    ctx = typer.Context(root, info_name="eipctl", **root.context_settings)
    yield f'.TH EIPCTL 1 "" "eipctl {eipctl.__version__}" "User Commands"'
    yield from (".nh", ".ad l")
    yield from (".SH NAME", "eipctl \\- public IPs (EIPs) for Pods in Alibaba Cloud ACK clusters")
    yield from (".SH SYNOPSIS", "\\fBeipctl\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]", ".br")
    yield "\\fBkubectl eip\\fR \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]"
    yield from (".SH DESCRIPTION", *_paragraphs(root.help or ""))
    for found in (record(param, ctx) for param in root.get_params(ctx)):
        yield from _item(*found) if found else ()
    yield ".SH COMMANDS"
    shared: dict[str, tuple[str, str]] = {}
    for command in COMMANDS:
        yield from _command(root.commands[command.name], ctx, shared)
    yield ".SH COMMON OPTIONS"
    yield "A command takes those that its --help lists."
    for name, text in shared.values():
        yield from _item(name, text)
    yield ".SH EXIT STATUS"
    for code in ExitCode:
        yield from _item(str(int(code)), EXITS[code])
    yield ".SH FILES"
    for name, text in FILES:
        yield from _item(name, text)
    yield from (".SH SEE ALSO", "\\fBkubectl\\fR(1), \\fBeipctl help\\fR \\fICOMMAND\\fR")


def _command(command: Any, above: Any, shared: dict[str, tuple[str, str]]) -> Iterator[str]:
    """A command, its options but the common ones, which are collected, and its subcommands."""
    ctx = typer.Context(command, info_name=command.name, parent=above)
    usage = " ".join(command.collect_usage_pieces(ctx)).replace("{", "").replace("}", "")
    yield f'.SS "{_text(ctx.command_path)} {_text(usage)}"'
    yield from _paragraphs(command.help or "")
    for param in command.get_params(ctx):
        found = record(param, ctx)
        if found is None or "--help" in param.opts:
            continue
        if panel(param) == COMMON:
            shared.setdefault(found[0], found)
        else:
            yield from _item(*found)
    for below in getattr(command, "commands", {}).values():
        yield from _command(below, ctx, shared)


def _paragraphs(text: str) -> Iterator[str]:
    """Examples keep their lines."""
    for part in re.split(r"\n\s*\n", text.strip()):
        if part.lstrip().startswith("\b"):
            lines = part.strip().removeprefix("\b").strip("\n").split("\n")
            yield from (".PP", ".nf", ".RS 4", *(_text(line.strip()) for line in lines), ".RE", ".fi")
        else:
            yield from (".PP", _text(" ".join(part.split())))


def _item(name: str, text: str) -> Iterator[str]:
    yield from (".TP", f"\\fB{_text(name)}\\fR", _text(text) or "\\&")


def _text(text: str) -> str:
    """What roff would read as its own is taken literally."""
    plain = " ".join(text.replace("\\", "\\e").replace("-", "\\-").split("\n"))
    return f"\\&{plain}" if plain[:1] in (".", "'") else plain
