"""`eipctl status --watch`: redrawn on a terminal; otherwise all rows once, and then a line for each change."""

from __future__ import annotations

import re
import shutil
from bisect import bisect_right
from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

from eipctl.base.json_lines import json_line
from eipctl.output.envelope import Format
from eipctl.output.status_text import header, status_text, table_row
from eipctl.output.tables import padded, widths
from eipctl.planners.status.leftovers import OrphanRow

if TYPE_CHECKING:
    from eipctl.output.console import Console
    from eipctl.planners.status.data import ChangeData
    from eipctl.planners.status.report import PodRow, StatusReport

HOME_AND_CLEAR = "\x1b[H\x1b[2J"
"""What was on the terminal before stays in its scrollback."""
FORMS = (Format.TABLE, Format.WIDE, Format.JSONL)
"""What a stream can be written in."""

Rows = dict[str, "PodRow | OrphanRow"]
Event = Literal["added", "changed", "gone"]


_CODES = re.compile(r"\x1b\[[0-9;]*m")
"""What colours take no room."""


class Stream:
    """Shows one report after the other."""

    def __init__(self, console: Console, form: Format) -> None:
        self._console, self._form = console, form
        self._before: Rows | None = None
        self._widths: list[int] = []
        self._warned: tuple[str, ...] = ()
        self._redraws = form is not Format.JSONL and console.on_terminal
        self._drawn: StatusReport | None = None
        self._size = shutil.get_terminal_size()

    def show(self, report: StatusReport) -> None:
        """What is new since the last one; on a terminal everything, as the last one is wiped out."""
        if self._redraws:
            self._draw(report)
        else:
            self._show_changes(report)

    def idle(self) -> None:
        """Between two reports: fit a screen of another size; BrokenPipeError once the reader is gone."""
        self._console.still_read()
        if self._drawn is not None and shutil.get_terminal_size() != self._size:
            self._draw(self._drawn)

    def _draw(self, report: StatusReport) -> None:
        self._drawn, self._size = report, shutil.get_terminal_size()
        text = on_screen(status_text(report, self._form, self._console.screen()), report.warnings, self._size)
        self._console.answer(HOME_AND_CLEAR + text)
        for told in report.warnings:
            self._console.warn(told)

    def _show_changes(self, report: StatusReport) -> None:
        self._tell_changes(report)
        for text in report.warnings:
            if text not in self._warned:
                self._console.warn(text)
        self._warned = report.warnings

    def _tell_changes(self, report: StatusReport) -> None:
        now: Rows = {f"pod/{row.pod.uid}": row for row in report.pods}
        now |= {f"orphan/{row.eip.allocation_id}": row for row in (*report.orphans, *report.kept)}
        before, self._before = self._before, now
        if before is None and self._form is not Format.JSONL:
            self._widths = widths(header(self._form), [table_row(row, self._form) for row in report.pods])
            self._console.answer(status_text(report, self._form))
            return
        for key, row in now.items():
            known = (before or {}).get(key)
            if known is None or _lasting(known) != _lasting(row):
                self._tell("added" if known is None else "changed", row)
        for key, row in (before or {}).items():
            if key not in now:
                self._tell("gone", row)

    def _tell(self, event: Event, row: PodRow | OrphanRow) -> None:
        if self._form is Format.JSONL:
            self._console.answer(json_line(_data(event, row)))
            return
        namespace, name, state, *facts = table_row(row, self._form)
        told = "Gone" if event == "gone" else state
        self._console.answer(padded((namespace, name, told, *facts), self._widths))


def on_screen(text: str, warnings: tuple[str, ...], size: tuple[int, int]) -> str:
    """As much as fits beside the warnings: the top, which would scroll out of sight, has the sums and the worst.

    `size` is that of the screen, in columns and lines.
    """
    width, height = size
    lines = text.splitlines(keepends=True)
    free = height - 1 - sum(_height(f"warning: {told}", width) for told in warnings)
    taken = list(accumulate(_height(line, width) for line in lines))
    if not lines or taken[-1] <= free:
        return text
    shown = max(1, bisect_right(taken, free - 1))
    return "".join((*lines[:shown], f"… {len(lines) - shown} lines more: --state and -n choose\n"))


def _height(line: str, width: int) -> int:
    """Rows on the screen."""
    from rich.cells import cell_len

    return max(1, -(-cell_len(_CODES.sub("", line.rstrip("\n"))) // width))


def _lasting(row: PodRow | OrphanRow) -> dict[str, Any]:
    """All of it but what time alone changes."""
    lasting: dict[str, Any] = {name: value for name, value in row.as_data().items() if name != "age_seconds"}
    unbound = [{**one, "age_seconds": None} for one in lasting.get("unbound", ())]
    return {**lasting, "unbound": unbound}


def _data(event: Event, row: PodRow | OrphanRow) -> ChangeData:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if not isinstance(row, OrphanRow):
        return {"time": now, "event": event, "pod": row.as_data()}
    data = row.as_data()
    return {"time": now, "event": event, "kept": data} if row.kept else {"time": now, "event": event, "orphan": data}
