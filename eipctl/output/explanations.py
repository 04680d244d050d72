"""`eipctl explain`: a code's long text, or all codes on a line each."""

from __future__ import annotations

import re
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

from eipctl.base.explained import EXPLAINED
from eipctl.output.console import Line, Style, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.base.codes import Code

WIDTH = 100
_INDENT = 8
_JOINT = "\N{NO-BREAK SPACE}"
_COMMAND = re.compile(r"`[^`]+`")


def explanation_lines(codes: Sequence[Code], width: int | None = None) -> list[Line]:
    """Title, meaning, why it matters, what to do; a blank line between two codes. `width` is that of a screen."""
    room = min(WIDTH, width or WIDTH)
    lines: list[Line] = []
    for code in codes:
        said = EXPLAINED[code]
        lines += [plain("")] if lines else []
        lines.append(((f"{code.value} ", Style.TITLE), (said.title, Style.TITLE)))
        for head, text in (("What", said.meaning), ("Why", said.matters), ("Fix", said.fix)):
            lines += _paragraph(head, text, room)
    return lines


def index_lines() -> list[Line]:
    """Every code with its title."""
    return [((f"{code.value} ", Style.TITLE), (said.title, Style.PLAIN)) for code, said in EXPLAINED.items()]


def explanation_data(code: Code) -> dict[str, str]:
    """`code`, `title`, `meaning`, `matters`, `fix`."""
    return {"code": code.value, **asdict(EXPLAINED[code])}


def _paragraph(head: str, text: str, width: int) -> list[Line]:
    """A command in backticks stays on one line, whatever its length."""
    whole = _COMMAND.sub(lambda found: found[0].replace(" ", _JOINT), text)
    folded = textwrap.wrap(whole, width - _INDENT, break_long_words=False, break_on_hyphens=False)
    heads = (head, *[""] * len(folded))
    return [
        ((f"  {head:<{_INDENT - 2}}", Style.QUIET), (part.replace(_JOINT, " "), Style.COMMAND))
        for head, part in zip(heads, folded, strict=False)
    ]
