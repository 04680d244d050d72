"""`eipctl status` for people and for awk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.output.listing import Listing
from eipctl.output.tables import Row, as_csv, columns
from eipctl.planners.status import OrphanRow, PodState
from eipctl.planners.totals import by_namespace, by_workload

if TYPE_CHECKING:
    from eipctl.planners.status import PodRow, StatusReport
    from eipctl.planners.totals import Total

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
    "WORKLOAD",
    "USD/MONTH",
    "REASON",
)
ORPHANS = ("ORPHAN", "EIP", "POD", "SINCE", "AGE", "USD/MONTH")
NAMESPACES = ("NAMESPACE", "PODS", "BOUND", "ORPHANS", "USD/MONTH")
WORKLOADS = ("NAMESPACE", "WORKLOAD", "PODS", "BOUND", "USD/MONTH")


def status_text(report: StatusReport, form: Listing) -> str:
    """The listing; of `name` and `csv` only the Pods."""
    if form is Listing.NAME:
        return "".join(f"pod/{row.pod.key}\n" for row in report.pods)
    if form is Listing.CSV:
        return as_csv(WIDE, [_wide(row) for row in report.pods])
    rows = [table_row(row, form) for row in report.pods]
    parts = [columns(header(form), rows)] if rows else []
    if report.orphans:
        parts.append(columns(ORPHANS, [_orphan(row) for row in report.orphans]))
    totals = by_namespace(report)
    if len(totals) > 1 or (totals and form is Listing.WIDE):
        parts.append(columns(NAMESPACES, [_namespace(total) for total in totals]))
    if report.pods and form is Listing.WIDE:
        parts.append(columns(WORKLOADS, [_workload(total) for total in by_workload(report)]))
    parts.append(_summary(report))
    return "\n".join(parts)


def header(form: Listing) -> Row:
    """Of the table of Pods."""
    return WIDE if form is Listing.WIDE else HEADER


def table_row(row: PodRow | OrphanRow, form: Listing) -> Row:
    """A Pod's, or an orphan's in the same columns as far as they mean something for it."""
    if isinstance(row, OrphanRow):
        namespace, _, name = row.pod.partition("/")
        known = (namespace, name, "Orphan", row.eip.address, row.eip.allocation_id, str(row.eip.bandwidth))
        return known + ("",) * (len(header(form)) - len(known))
    return _wide(row) if form is Listing.WIDE else _narrow(row)


def _namespace(total: Total) -> Row:
    states = (str(total.states.total()), str(total.states[PodState.BOUND.value]))
    return (total.namespace, *states, str(total.orphans), f"{total.per_month:.2f}")


def _workload(total: Total) -> Row:
    states = (str(total.states.total()), str(total.states[PodState.BOUND.value]))
    return (total.namespace, total.workload, *states, f"{total.per_month:.2f}")


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
    return (
        *facts,
        row.pod.ip,
        row.eni_id,
        row.pod.node,
        row.wanted or "",
        row.pod.uid,
        row.workload,
        f"{row.per_month:.2f}",
        reason,
    )


def _orphan(row: OrphanRow) -> Row:
    since = row.since.strftime("%Y-%m-%d %H:%M:%SZ") if row.since else ""
    return (row.eip.allocation_id, row.eip.address, row.pod, since, _age(row.age), f"{row.per_month:.2f}")


def _age(seconds: float | None) -> str:
    """``3d4h``, ``25m``, ``40s``, as kubectl shows ages."""
    if seconds is None:
        return ""
    days, hours, minutes = int(seconds // 86400), int(seconds // 3600 % 24), int(seconds // 60 % 60)
    parts = [f"{count}{unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "m")) if count]
    return "".join(parts[:2]) or f"{int(seconds)}s"


def _summary(report: StatusReport) -> str:
    counts, cost = report.summary, report.cost
    states = ", ".join(
        f"{counts[name]} {name}"
        for name in ("bound", "pending", "drifted", "conflict", "ineligible", "unknown")
        if counts[name]
    )
    orphans = f"; {counts['orphans']} orphaned" if counts["orphans"] else ""
    money = f"{cost['currency']} {cost['per_month']:.2f} a month without traffic"
    return f"{counts['pods']} Pods: {states or 'none asks for an EIP'}{orphans}; {money}\n"
