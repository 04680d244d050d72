"""`eipctl explain`: a code's long text, or all codes on a line each."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

from eipctl.base.explained import EXPLAINED
from eipctl.output.console import Line, Style, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.base.codes import Code

WIDTH = 100


def explanation_lines(codes: Sequence[Code]) -> list[Line]:
    """Title, meaning, why it matters, what to do; a blank line between two codes."""
    lines: list[Line] = []
    for code in codes:
        said = EXPLAINED[code]
        lines += [plain("")] if lines else []
        lines.append(((f"{code.value} ", Style.TITLE), (said.title, Style.TITLE)))
        for head, text in (("What", said.meaning), ("Why", said.matters), ("Fix", said.fix)):
            lines += _paragraph(head, text)
    return lines


def index_lines() -> list[Line]:
    """Every code with its title."""
    return [((f"{code.value} ", Style.TITLE), (said.title, Style.PLAIN)) for code, said in EXPLAINED.items()]


def explanation_data(code: Code) -> dict[str, str]:
    """`code`, `title`, `meaning`, `matters`, `fix`."""
    return {"code": code.value, **asdict(EXPLAINED[code])}


def _paragraph(head: str, text: str) -> list[Line]:
    folded = textwrap.wrap(text, WIDTH - 8, break_long_words=False, break_on_hyphens=False)
    heads = (head, *[""] * len(folded))
    return [((f"  {head:<6}", Style.QUIET), (part, Style.PLAIN)) for head, part in zip(heads, folded, strict=False)]
