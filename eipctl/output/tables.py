"""Listings: a plain column writer, never cut, never coloured when piped. Control characters can't break a row."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from eipctl.output.console import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = tuple[str, ...]


def columns(header: Row, rows: Sequence[Row], *, headers: bool = True) -> str:
    """Columns as wide as their widest cell, two blanks apart; an empty cell is ``-``; with or without `headers`."""
    if not (headers or rows):
        return ""
    cells = [_cells(column) for column in zip(*([header] if headers else []), *rows, strict=True)]
    return _joined(cells, [_widest(column) for column in cells[:-1]])


def folded(header: Row, rows: Sequence[Row], width: int, *, headers: bool = True) -> str:
    """The same, where a last cell that does not fit a screen of `width` goes below its row, wrapped between words."""
    table = columns(header, rows).splitlines()
    start = sum(each + 2 for each in widths(header, rows))
    lines = table[:1] if headers else []
    for line, row in zip(table[1:], rows, strict=True):
        if room(line) <= width or not row[-1]:
            lines.append(line)
            continue
        last = _cells([row[-1]])[0]
        lines += [line[: len(line) - len(last)].rstrip(), *_below(last, width, min(start, 4))]
    return "\n".join(lines) + "\n"


def _below(text: str, width: int, indent: int) -> list[str]:
    """Its words on lines that fit, each indented; a word that is longer stays whole."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and room(f"{line} {word}") > width - indent:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [" " * indent + each for each in (*lines, line)]


def widths(header: Row, rows: Sequence[Row]) -> list[int]:
    """How wide :func:`columns` makes its columns; the last one is not padded."""
    return [_widest(_cells(column)) for column in [*zip(header, *rows, strict=True)][:-1]]


def padded(row: Row, wide: Sequence[int]) -> str:
    """A further row for columns that were written before; a longer cell shifts those behind it."""
    return _joined([_cells([cell]) for cell in row], wide)


def as_csv(header: Row, rows: Sequence[Row], *, headers: bool = True) -> str:
    """Quoted as RFC 4180 says, with a header line or without; lines end as those of every other form."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if headers:
        writer.writerow([name.lower().replace(" ", "_") for name in header])
    writer.writerows([printable(cell) for cell in row] for row in rows)
    return text.getvalue()


def _joined(columns: Sequence[Sequence[str]], wide: Sequence[int]) -> str:
    *others, last = columns
    filled = [_filled(column, width) for column, width in zip(others, wide, strict=True)]
    return "\n".join(map("  ".join, zip(*filled, last, strict=True))) + "\n"


def _filled(column: Sequence[str], width: int) -> list[str]:
    size = _sized(column)
    if size is len:
        return [cell.ljust(width) for cell in column]
    return [cell + " " * (width - size(cell)) for cell in column]


def _widest(column: Sequence[str]) -> int:
    return max(map(_sized(column), column))


def _sized(column: Sequence[str]) -> Callable[[str], int]:
    """Measures the columns that a cell takes on a screen: a Chinese character takes two."""
    if "".join(column).isascii():
        return len
    from rich.cells import cell_len

    return cell_len


def room(text: str) -> int:
    """How many columns of a screen a text takes."""
    return _sized([text])(text)


def _cells(column: Sequence[str]) -> list[str]:
    """None of them empty, none with a character that breaks the row."""
    cells = [cell or "-" for cell in column]
    if "".join(cells).isprintable():
        return cells
    return [printable(cell).replace("\n", " ").replace("\t", " ") for cell in cells]
