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
    cells = [header, *(tuple(map(_cell, row)) for row in rows)]
    wide = _widths(cells)
    form = _form(wide)
    return "\n".join([form % row for row in cells]) + "\n"


def widths(header: Row, rows: Sequence[Row]) -> list[int]:
    """How wide :func:`columns` makes its columns."""
    return _widths([header, *(tuple(map(_cell, row)) for row in rows)])


def padded(row: Sequence[str], wide: Sequence[int]) -> str:
    """A further row for columns that were written before; a longer cell shifts those behind it."""
    return _form(wide) % tuple(map(_cell, row))


def as_csv(header: Row, rows: Sequence[Row]) -> str:
    """Quoted as RFC 4180 says, with a header line; lines end as those of every other form."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([name.lower().replace(" ", "_") for name in header])
    writer.writerows([printable(cell) for cell in row] for row in rows)
    return text.getvalue()


def _widths(cells: Sequence[Row]) -> list[int]:
    return [max(map(len, column)) for column in zip(*cells, strict=True)]


def _form(wide: Sequence[int]) -> str:
    """A format of a row; the last column is not padded."""
    return "  ".join([*(f"%-{width}s" for width in wide[:-1]), "%s"])


def _cell(text: str) -> str:
    if text and text.isprintable():
        return text
    return printable(text).replace("\n", " ").replace("\t", " ") or "-"
