"""Help in groups: options and commands under the titles of their panels, in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
import typer.core

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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


class PanelCommand(typer.core.TyperCommand):
    """Lists its options by panel."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments first, common options last."""
        _write_options(self.get_params(ctx), ctx, formatter)


class PanelGroup(typer.core.TyperGroup):
    """Lists its options and commands by panel."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Options, then commands."""
        _write_options(self.get_params(ctx), ctx, formatter)
        rows: Rows = {}
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names), default=0)
        for name in names:
            title, text = self.listed(ctx, name, limit)
            rows.setdefault(title, []).append((name, text))
        _sections(formatter, rows)

    def listed(self, ctx: Any, name: str, limit: int) -> tuple[str, str]:
        """Title and text of a subcommand, `limit` characters at most."""
        return "Commands", self.commands[name].get_short_help_str(limit)


class Tree(typer.Typer):
    """A command tree whose help is grouped."""

    def __init__(self, *, cls: type[typer.core.TyperGroup] = PanelGroup, **settings: Any) -> None:
        super().__init__(**{"cls": cls, "rich_markup_mode": None, "add_completion": False, **settings})

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """As typer's own."""
        return super().command(name, **{"cls": PanelCommand, **settings})
