"""Help in groups: options and commands under the titles of their panels, in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
import typer.core

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

OPTIONS = "Options"
COMMON = "Common options"
"""The last group of options."""

Rows = dict[str, list[tuple[str, str]]]


def _sections(formatter: Any, rows: Rows) -> None:
    for title, lines in sorted(rows.items(), key=lambda item: item[0] == COMMON):
        with formatter.section(title):
            formatter.write_dl(lines)


def _write_options(params: Iterable[Any], ctx: Any, formatter: Any) -> None:
    rows: Rows = {}
    for param in params:
        record = param.get_help_record(ctx)
        if record is not None:
            kind = "Arguments" if param.param_type_name == "argument" else OPTIONS
            rows.setdefault(getattr(param, "rich_help_panel", None) or kind, []).append(record)
    _sections(formatter, rows)


class Command(typer.core.TyperCommand):
    """Lists its options by panel."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments first, common options last."""
        _write_options(self.get_params(ctx), ctx, formatter)


class Group(typer.core.TyperGroup):
    """Lists its options and commands by panel."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Options, then commands."""
        _write_options(self.get_params(ctx), ctx, formatter)
        rows: Rows = {}
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names), default=0)
        for name in names:
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                title = getattr(command, "rich_help_panel", None) or "Commands"
                rows.setdefault(title, []).append((name, command.get_short_help_str(limit)))
        _sections(formatter, rows)


class Tree(typer.Typer):
    """A command tree whose help is grouped."""

    def __init__(self, *, cls: type[typer.core.TyperGroup] = Group, **settings: Any) -> None:
        super().__init__(cls=cls, rich_markup_mode=None, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """As typer's own."""
        return super().command(name, **{"cls": Command, **settings})


def in_order(names: Sequence[str]) -> type[Group]:
    """A group that lists its commands in this order."""

    class InOrder(Group):
        def list_commands(self, ctx: Any) -> list[str]:
            return sorted(super().list_commands(ctx), key=names.index)

    return InOrder
