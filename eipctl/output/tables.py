"""Listings: a plain column writer, never cut, never coloured when piped. Control characters can't break a row."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from eipctl.output.console import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = tuple[str, ...]


def columns(header: Row, rows: Sequence[Row]) -> str:
    """Columns as wide as their widest cell, two blanks apart; an empty cell is ``-``."""
    cells = [header, *(tuple(_cell(text) for text in row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    last = len(widths) - 1
    lines = (
        "  ".join(text if at == last else text.ljust(widths[at]) for at, text in enumerate(row)).rstrip()
        for row in cells
    )
    return "\n".join(lines) + "\n"


def as_csv(header: Row, rows: Sequence[Row]) -> str:
    """RFC 4180 with a header line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([name.lower().replace(" ", "_") for name in header])
    writer.writerows(rows)
    return text.getvalue()


def _cell(text: str) -> str:
    return printable(text).replace("\n", " ").replace("\t", " ") or "-"
