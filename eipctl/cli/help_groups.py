"""Help in groups: options and commands under the titles of their panels, in plain text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer
import typer.core

from eipctl.cli.help_layout import Layout
from eipctl.output.pasted import called

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OPTIONS = "Options"
COMMON = "Common options"
"""The last group of options."""
WHOLE = 1000
"""Characters of the longest sentence in a list of commands."""

Rows = dict[str, list[tuple[str, str]]]
_BRACED = re.compile(r"\{(.*?)\}")
_TYPE = re.compile(r"<([^<>]+)>$")
_NUMBERS = ("int", "float")
_LIMITS = (
    (re.compile(r"default: \((.*?)\)(?=[;\]])"), r"default: \1"),
    (re.compile(r"(\d+)<=x<=(\d+)"), r"\1 to \2"),
    (re.compile(r"; x>=0(\.0)?(?=\])|  \[x>=0(\.0)?\]"), ""),
)
"""What the parser's own words for defaults and ranges become."""


def _typed(text: str) -> str:
    """As eipctl is called here; an argument that must be given has no braces around it."""
    usage, rest = text.split("\n\n", 1)
    return called("\n\n".join((_BRACED.sub(r"\1", usage), rest)))


def _sections(formatter: Any, rows: Rows) -> None:
    for title, lines in sorted(rows.items(), key=lambda item: item[0] == COMMON):
        with formatter.section(title):
            formatter.write_dl(lines)


def _write_options(params: Iterable[Any], ctx: Any, formatter: Any) -> None:
    rows: Rows = {}
    for param in params:
        found = record(param, ctx)
        if found is not None:
            rows.setdefault(panel(param), []).append(found)
    _sections(formatter, rows)


def panel(param: Any) -> str:
    """The title of its group."""
    kind = "Arguments" if param.param_type_name == "argument" else OPTIONS
    return getattr(param, "rich_help_panel", None) or kind


def record(param: Any, ctx: Any) -> tuple[str, str] | None:
    """How an argument or an option is written, and its help; None for a hidden one."""
    found = param.get_help_record(ctx)
    if found is None:
        return None
    name, text = found
    for pattern, plain in _LIMITS:
        text = pattern.sub(plain, text)
    if param.param_type_name == "argument":
        return _TYPE.sub("", name).rstrip(), called(text)
    return _TYPE.sub(lambda kind: _placeholder(param, kind[1]), name), called(text)


def _placeholder(param: Any, kind: str) -> str:
    """``N``, ``text|json``, or the last word of the option's name: --cluster-id ID."""
    if kind.partition(" ")[0] in _NUMBERS:
        return "N"
    last: str = max(param.opts, key=len).rpartition("-")[2].upper()
    return kind if "|" in kind else last


class PanelCommand(typer.core.TyperCommand):
    """Lists its options by panel."""

    def get_help(self, ctx: Any) -> str:
        """With its examples as they are typed here."""
        ctx.formatter_class = Layout
        return _typed(super().get_help(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments first, common options last."""
        _write_options(self.get_params(ctx), ctx, formatter)


class PanelGroup(typer.core.TyperGroup):
    """Lists its options and commands by panel."""

    def get_help(self, ctx: Any) -> str:
        """With its examples as they are typed here."""
        ctx.formatter_class = Layout
        return _typed(super().get_help(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Options, then commands."""
        _write_options(self.get_params(ctx), ctx, formatter)
        rows: Rows = {}
        names = self.list_commands(ctx)
        for name in names:
            title, text = self.listed(ctx, name)
            rows.setdefault(title, []).append((name, text))
        _sections(formatter, rows)

    def listed(self, ctx: Any, name: str) -> tuple[str, str]:
        """Title and text of a subcommand: the first sentence of its help."""
        return "Commands", called(self.commands[name].get_short_help_str(WHOLE))


class Tree(typer.Typer):
    """A command tree whose help is grouped."""

    def __init__(self, *, cls: type[typer.core.TyperGroup] = PanelGroup, **settings: Any) -> None:
        alike = {"rich_markup_mode": None, "add_completion": False, "no_args_is_help": True}
        super().__init__(**{"cls": cls, **alike, **settings})

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """As typer's own."""
        return super().command(name, **{"cls": PanelCommand, **settings})
