"""`eipctl status --watch`: what a stream tells again, and what a screen has room for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from eipctl.domain.facts import Eip, EipStatus
from eipctl.output.console import Console
from eipctl.output.envelope import Format
from eipctl.output.status_stream import Stream, on_screen
from eipctl.planners.status.leftovers import OrphanRow
from eipctl.planners.status.report import StatusReport

ORPHAN = OrphanRow(
    eip=Eip("eip-1", "47.1.1.1", status=EipStatus.AVAILABLE),
    pod="default/gone",
    workload="Pod/gone",
    since=datetime(2026, 1, 2, tzinfo=UTC),
    per_month=2.26,
    age=60.0,
)


def orphaned(row: OrphanRow) -> StatusReport:
    return StatusReport(pods=(), orphans=(row,), per_month=row.per_month)


@pytest.mark.parametrize("form", [Format.JSONL, Format.TABLE])
def test_growing_older_is_no_change(form: Format, capsys: pytest.CaptureFixture[str]) -> None:
    """An orphan is told once, and again when something else about it has changed."""
    stream = Stream(Console(), form)
    stream.show(orphaned(ORPHAN))
    capsys.readouterr()
    stream.show(orphaned(replace(ORPHAN, age=90.0)))
    assert capsys.readouterr().out == ""
    stream.show(orphaned(replace(ORPHAN, age=90.0, reason="can't be released: deletion protection is on")))
    assert "47.1.1.1" in capsys.readouterr().out


def test_what_is_kept_is_told_as_that(capsys: pytest.CaptureFixture[str]) -> None:
    """It is no orphan."""
    kept = StatusReport(pods=(), orphans=(), kept=(replace(ORPHAN, kept=True),), per_month=2.26)
    Stream(Console(), Format.JSONL).show(kept)
    assert json.loads(capsys.readouterr().out)["kept"]["allocation_id"] == "eip-1"


def test_a_small_screen_shows_the_top() -> None:
    """The sums and the worst, and how much it leaves out; a line that takes two rows counts twice, a warning too."""
    text = "the sum\n" + "".join(f"row {number}\n" for number in range(9))
    assert on_screen(text, (), (20, 11)) == text
    assert on_screen(text, (), (20, 6)) == "the sum\nrow 0\nrow 1\nrow 2\n… 6 lines more: --state and -n choose\n"
    assert on_screen(text, ("late",), (20, 6)).startswith("the sum\nrow 0\nrow 1\n… 7 lines")
    wide = "-" * 30 + "\n" + text
    assert on_screen(wide, (), (20, 6)).startswith("-" * 30 + "\nthe sum\nrow 0\n… 8 lines")
    assert on_screen(text, (), (20, 1)) == "the sum\n… 9 lines more: --state and -n choose\n"


def test_colours_take_no_room_on_a_screen() -> None:
    """A line that just fits takes one row, coloured or not."""
    text = "the sum\n" + "\x1b[1;31m" + "x" * 20 + "\x1b[0m\n"
    assert on_screen(text, (), (20, 3)) == text
