"""Markdown on a terminal."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markdown import Markdown, TableElement
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderResult


class _Folded(TableElement):
    """A table that folds a long word, where rich would cut it."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in super().__rich_console__(console, options):
            if isinstance(part, Table):
                for column in part.columns:
                    column.overflow = "fold"
            yield part


class _Page(Markdown):
    elements = {**Markdown.elements, "table_open": _Folded}  # noqa: RUF012 - as the base class declares it


def laid_out(text: str, width: int) -> str:
    """With headings, tables and code set apart by colour."""
    screen = Console(file=StringIO(), force_terminal=True, width=width, highlight=False, emoji=False)
    with screen.capture() as captured:
        screen.print(_Page(text, hyperlinks=False, code_theme="ansi_dark"))
    return captured.get()
