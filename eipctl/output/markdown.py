"""Markdown on a terminal."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markdown import Markdown, TableElement
from rich.style import Style
from rich.table import Table
from rich.theme import Theme

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderResult

CODE = "cyan"
"""Without a background of its own: the terminal's may be light or dark."""
_FENCED = re.compile(r"^```\w*\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


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
    """With headings, tables and code set apart by colour; lines of code blocks stay whole, for pasting."""
    prose_and_code = enumerate(_FENCED.split(text))
    return "\n".join(_code(part) if at % 2 else _prose(part, width) for at, part in prose_and_code)


def _prose(text: str, width: int) -> str:
    theme = Theme({"markdown.code": CODE})
    screen = Console(file=StringIO(), force_terminal=True, width=width, highlight=False, emoji=False, theme=theme)
    with screen.capture() as captured:
        screen.print(_Page(text, hyperlinks=False))
    return "".join(f"{line.rstrip()}\n" for line in captured.get().strip("\n").splitlines())


def _code(text: str) -> str:
    look = Style.parse(CODE)
    return "".join(f"  {look.render(line) if line else ''}\n" for line in text.rstrip("\n").split("\n"))
