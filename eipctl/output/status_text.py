"""`eipctl status` for people and for awk."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from eipctl.output.tables import Row, as_csv, columns

if TYPE_CHECKING:
    from eipctl.planners.status import OrphanRow, PodRow, StatusReport

HEADER = ("NAMESPACE", "POD", "STATE", "EIP", "ID", "MBIT/S", "BY", "REASON")
WIDE = (
    "NAMESPACE",
    "POD",
    "STATE",
    "EIP",
    "ID",
    "MBIT/S",
    "BY",
    "PRIVATE-IP",
    "ENI",
    "NODE",
    "WANTED",
    "UID",
    "REASON",
)
ORPHANS = ("ORPHAN", "EIP", "POD", "SINCE", "USD/MONTH")


class Listing(StrEnum):
    """-o of a listing."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"
    NAME = "name"


def status_text(report: StatusReport, form: Listing) -> str:
    """The listing; of `name` and `csv` only the Pods."""
    if form is Listing.NAME:
        return "".join(f"pod/{row.pod.key}\n" for row in report.pods)
    if form is Listing.CSV:
        return as_csv(WIDE, [_wide(row) for row in report.pods])
    wide = form is Listing.WIDE
    rows = [_wide(row) if wide else _narrow(row) for row in report.pods]
    parts = [columns(WIDE if wide else HEADER, rows)] if rows else []
    if report.orphans:
        parts.append(columns(ORPHANS, [_orphan(row) for row in report.orphans]))
    parts.append(_summary(report))
    return "\n".join(parts)


def _narrow(row: PodRow) -> Row:
    eip = row.eip
    return (
        row.pod.namespace,
        row.pod.name,
        row.state.value,
        eip.address if eip else "",
        eip.allocation_id if eip else "",
        str(eip.bandwidth) if eip else "",
        row.managed_by.value if row.managed_by else "",
        row.reason,
    )


def _wide(row: PodRow) -> Row:
    *facts, reason = _narrow(row)
    return (*facts, row.pod.ip, row.eni_id, row.pod.node, row.wanted or "", row.pod.uid, reason)


def _orphan(row: OrphanRow) -> Row:
    since = row.since.strftime("%Y-%m-%d %H:%M:%SZ") if row.since else ""
    return (row.eip.allocation_id, row.eip.address, row.pod, since, f"{row.per_month:.2f}")


def _summary(report: StatusReport) -> str:
    data = report.as_data()
    counts, cost = data["summary"], data["cost"]
    states = ", ".join(
        f"{counts[name]} {name}" for name in ("bound", "pending", "drifted", "conflict", "ineligible") if counts[name]
    )
    orphans = f"; {counts['orphans']} orphaned" if counts["orphans"] else ""
    money = f"{cost['currency']} {cost['per_month']:.2f} a month without traffic"
    return f"{counts['pods']} Pods: {states or 'none asks for an EIP'}{orphans}; {money}\n"
