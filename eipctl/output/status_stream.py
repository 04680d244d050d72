"""`eipctl status --watch`: drawn anew on a terminal; otherwise all rows once, and then a line for each change."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eipctl.output.listing import Listing
from eipctl.output.status_text import header, status_text, table_row
from eipctl.output.tables import padded, widths

if TYPE_CHECKING:
    from eipctl.output.console import Console
    from eipctl.planners.status import OrphanRow, PodRow, StatusReport

HOME_AND_CLEAR = "\x1b[H\x1b[2J"
"""What was on the terminal before stays in its scrollback."""
FORMS = (Listing.TABLE, Listing.WIDE, Listing.JSON)
"""What a stream can be written in."""

Rows = dict[str, "PodRow | OrphanRow"]


class Stream:
    """Shows one report after the other."""

    def __init__(self, console: Console, form: Listing) -> None:
        self._console, self._form = console, form
        self._before: Rows | None = None
        self._widths: list[int] = []
        self._warned: tuple[str, ...] = ()
        self._redraws = form is not Listing.JSON and console.on_terminal

    def show(self, report: StatusReport) -> None:
        """What is new since the last one; on a terminal everything, as the last one is wiped out."""
        if self._redraws:
            self._console.answer(HOME_AND_CLEAR + status_text(report, self._form))
        else:
            self._show_changes(report)
        for text in report.warnings:
            if self._redraws or text not in self._warned:
                self._console.warn(text)
        self._warned = report.warnings

    def _show_changes(self, report: StatusReport) -> None:
        now: Rows = {f"pod/{row.pod.uid}": row for row in report.pods}
        now |= {f"orphan/{row.eip.allocation_id}": row for row in report.orphans}
        before, self._before = self._before, now
        if before is None and self._form is not Listing.JSON:
            self._widths = widths(header(self._form), [table_row(row, self._form) for row in report.pods])
            self._console.answer(status_text(report, self._form))
            return
        for key, row in now.items():
            known = (before or {}).get(key)
            if known is None or known.as_data() != row.as_data():
                self._tell("added" if known is None else "changed", row)
        for key, row in (before or {}).items():
            if key not in now:
                self._tell("gone", row)

    def _tell(self, event: str, row: PodRow | OrphanRow) -> None:
        if self._form is Listing.JSON:
            self._console.answer(json.dumps(_data(event, row), ensure_ascii=False) + "\n")
            return
        cells = list(table_row(row, self._form))
        if event == "gone":
            cells[2] = "Gone"
        self._console.answer(padded(cells, self._widths) + "\n")


def _data(event: str, row: PodRow | OrphanRow) -> dict[str, Any]:
    kind = "pod" if hasattr(row, "managed_by") else "orphan"
    return {"time": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, kind: row.as_data()}
