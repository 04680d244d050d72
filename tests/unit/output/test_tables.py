"""Plain columns."""

from __future__ import annotations

from eipctl.output.tables import columns, folded, padded, widths

HEADER = ("NAME", "VALUE", "NOTE")


def test_columns_stand_below_each_other_whatever_the_script() -> None:
    """A Chinese character or an emoji takes two places on a screen; the last column is not padded."""
    rows = [("a", "网络出口😀", "one"), ("b", "plain", "")]
    table = "NAME  VALUE       NOTE\na     网络出口😀  one\nb     plain       -\n"
    assert columns(HEADER, rows) == table
    assert padded(rows[0], widths(HEADER, rows)) == table.splitlines(keepends=True)[1]


def test_a_cell_is_never_empty_and_never_breaks_its_row() -> None:
    """Line ends and tabs become blanks, what a terminal would obey is replaced."""
    assert columns(HEADER, [("a\nb\tc", "\x1b[31m", "")]).splitlines()[1].split("  ") == ["a b c", "�[31m", "-"]


def test_a_later_row_may_be_wider() -> None:
    """It shifts what is behind it, and loses nothing."""
    assert padded(("longer", "x", "y"), widths(HEADER, [("a", "b", "c")])) == "longer  x      y\n"


def test_a_last_cell_that_does_not_fit_goes_below_its_row_between_words() -> None:
    """Nothing is cut: neither a word nor what is behind it; a row that fits stays as it is."""
    rows = [("a", "b", "short"), ("c", "d", "a reason of several words"), ("e", "f", "averyveryverylongword x")]
    assert folded(HEADER, rows, 20) == (
        "NAME  VALUE  NOTE\n"
        "a     b      short\n"
        "c     d\n"
        "    a reason of\n"
        "    several words\n"
        "e     f\n"
        "    averyveryverylongword\n"
        "    x\n"
    )
