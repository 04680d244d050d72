"""`eipctl annotate --list` as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.domain.findings import Level
from eipctl.output.console import Line, Style, plain
from eipctl.output.tables import columns
from eipctl.planners.annotate.actors import who_gives

if TYPE_CHECKING:
    from eipctl.commands.annotate.listing import Listed

HEADER = ("WORKLOAD", "SETTING", "VALUE", "FROM", "NOTE")


def listed_lines(listed: Listed, *, headers: bool = True) -> list[Line]:
    """A row per setting in force, then what can't work about them."""
    rows = [
        (workload.object, setting.setting.name, setting.value, setting.key or "default", setting.note)
        for workload in listed.workloads
        for setting in workload.settings
    ]
    rows += [(each.object, "-", "-", "-", "asks for no EIP") for each in listed.workloads if not each.settings]
    table = columns(HEADER, sorted(rows, key=lambda row: row[0]), headers=headers) if rows else ""
    lines = [plain(line) for line in table.splitlines()]
    for lint in (lint for workload in listed.workloads for lint in workload.lints):
        style = Style.BAD if lint.level is Level.ERROR else Style.CAUTION
        lines.append(((f"{lint.code.value} ", style), (f"{lint.object}: {lint.problem}; {lint.instead}", Style.PLAIN)))
    lines.append(plain("; ".join(filter(None, (f"{len(listed.workloads)} annotated", who_gives(listed.actors))))))
    return lines
