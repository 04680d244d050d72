"""The commands of the registry as the parser takes them, each loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import typer
import typer.core
import typer.main

from eipctl.cli.help_groups import PanelGroup, Tree
from eipctl.commands.registry import BY_NAME, Command

OWN_OPTIONS = ("-h", "--help", "--version")
"""What can be asked without a command."""


@cache
def _loaded(command: Command) -> Any:
    """What `eipctl.cli` has under the command's name: a function, or a tree of subcommands."""
    found = getattr(import_module(f"eipctl.cli.{command.name}"), command.name)
    tree = found if isinstance(found, Tree) else Tree()
    if tree is not found:
        tree.command(command.name)(found)
    made = typer.main.get_command(tree)
    head = f"{command.summary} {command.about}".rstrip()
    made.name, made.help = command.name, "\n\n".join(filter(None, (head, made.help)))
    return made


def _summary(command: Command) -> Any:
    """A command that can be listed, and no more."""
    return typer.core.TyperCommand(command.name, help=command.summary)


class OnDemand(Mapping[str, Any]):
    """By name."""

    def __getitem__(self, name: str) -> Any:
        return _loaded(BY_NAME[name])

    def __iter__(self) -> Iterator[str]:
        return iter(BY_NAME)

    def __len__(self) -> int:
        return len(BY_NAME)


class Commands(PanelGroup):
    """All of them, in the registry's order. To list or to complete their names loads none."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = OnDemand()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """With the command first: options that are given before it are its own."""
        if args and args[0].startswith("-") and args[0] not in OWN_OPTIONS:
            from eipctl.cli.leading import behind_command

            args = behind_command(args, self)
            if ctx.resilient_parsing and args[0].startswith("-"):
                args = []  # The command is what is completed.
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        """In the registry's order."""
        return list(BY_NAME)

    def listed(self, ctx: Any, name: str) -> tuple[str, str]:
        """Title and text of the help."""
        command = BY_NAME[name]
        return command.panel.value, command.summary

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Names with their summaries, and options."""
        commands = {name: _summary(command) for name, command in BY_NAME.items()}
        shown = PanelGroup(name=self.name, commands=commands, params=self.params)
        return shown.shell_complete(typer.Context(shown, info_name=ctx.info_name), incomplete)
