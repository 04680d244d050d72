"""`eipctl docs`: the pages on a line each, or one of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from eipctl.output.console import Console, Line, Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.commands.pages import DocPage

WIDTH = 100
"""Columns that a page takes at most."""


def index_lines(pages: Sequence[DocPage]) -> list[Line]:
    """Every topic with its title."""
    width = max((len(page.topic) for page in pages), default=0)
    return [((f"{page.topic:<{width}}  ", Style.TITLE), (page.title, Style.PLAIN)) for page in pages]


def show(console: Console, page: DocPage) -> None:
    """Laid out where the answer is coloured, else as it is written."""
    if not console.colored(sys.stdout):
        console.document(page.text)
        return
    from eipctl.output.markdown import laid_out

    screen = console.rich(sys.stdout)
    console.answer(laid_out(page.text, min(screen.width, WIDTH)))
