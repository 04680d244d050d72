"""`eipctl status` for people and for awk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.domain.cost import amount, no_price
from eipctl.output.console import PIPE, Screen, painted, plain
from eipctl.output.envelope import Format
from eipctl.output.states import SIGNS, STYLES
from eipctl.output.tables import Row, as_csv, columns, folded
from eipctl.output.wrapping import fitted
from eipctl.planners.status.leftovers import OrphanRow
from eipctl.planners.status.order import worst_first
from eipctl.planners.status.report import PodState
from eipctl.planners.status.totals import By, by_namespace, by_workload

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eipctl.planners.status.report import PodRow, StatusReport
    from eipctl.planners.status.totals import Total

MONEY = "PER-MONTH"
"""Shown as the currency's: ``CNY/MONTH``."""
HEADER = ("NAMESPACE", "POD", "STATE", "EIP", "BY", "REASON")
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
    MONEY,
    "REASON",
)
ORPHANS = ("ORPHAN", "EIP", "POD", "SINCE", "AGE", MONEY, "REASON")
KEPT = ("KEPT", "EIP", "POD", MONEY, "REASON")
POOLS = ("POOL", "USED", "FREE", "LEAVING", "UNAVAILABLE", "WAITING")
TOTALS = ("PODS", "BOUND", "ORPHANS", MONEY)
NAMESPACES = ("NAMESPACE", *TOTALS)
WORKLOADS = ("NAMESPACE", "WORKLOAD", *TOTALS)


OWN = (Format.TABLE, Format.WIDE, Format.CSV, Format.NAME)
"""Formats with columns or names that are not those of the data."""


def status_text(
    report: StatusReport, form: Format, screen: Screen = PIPE, by: By | None = None, *, headers: bool = True
) -> str:
    """The sums, then the listing; of `name` and `csv` only the Pods, or the orphans where Pods were left out.

    With `by` the totals take the place of the Pods. Signs, colours and lines that fit are for a screen.
    """
    if by is not None:
        return _by(report, form, by, screen, headers=headers)
    if form is Format.NAME:
        return "".join(f"{name}\n" for name in _names(report))
    if form is Format.CSV and report.only_orphans:
        return as_csv(titled(ORPHANS, report), [_orphan(row) for row in report.orphans], headers=headers)
    if form is Format.CSV:
        return as_csv(titled(WIDE, report), [_wide(row) for row in report.pods], headers=headers)
    summary = [_fitting(_summary(report), screen)] if headers else []
    return "\n".join((*summary, *_tables(report, form, screen, headers=headers)))


def _names(report: StatusReport) -> Iterator[str]:
    """As kubectl takes them; with the namespace, where there may be several, as `eipctl release` does."""
    yield from (f"pod/{row.pod.name if len(report.namespaces or ()) == 1 else row.pod.key}" for row in report.pods)
    if report.only_orphans:
        yield from (row.eip.allocation_id for row in report.orphans)


def _tables(report: StatusReport, form: Format, screen: Screen, *, headers: bool) -> Iterator[str]:
    if report.pods:
        yield _pods_table(report, form, screen, headers=headers)
    if report.orphans:
        yield _fitting_table(titled(ORPHANS, report), [_orphan(row) for row in report.orphans], screen, headers=headers)
    if report.kept:
        yield _fitting_table(titled(KEPT, report), [_kept(row) for row in report.kept], screen, headers=headers)
    if report.pools:
        pools = [(pool.name, *(str(number) for number in pool.counts.values())) for pool in report.pools]
        yield columns(POOLS, pools, headers=headers)
    totals = by_namespace(report)
    if len(totals) > 1 or (totals and form is Format.WIDE):
        yield columns(
            titled(NAMESPACES, report), [(total.namespace, *_total(total)) for total in totals], headers=headers
        )
    if totals and form is Format.WIDE:
        rows = [(total.namespace, total.workload, *_total(total)) for total in by_workload(report)]
        yield columns(titled(WORKLOADS, report), rows, headers=headers)


def _fitting_table(head: Row, rows: Sequence[Row], screen: Screen, *, headers: bool) -> str:
    """With its reasons in a column, or below the rows where the screen has no room for one."""
    if screen.width is None:
        return columns(head, rows, headers=headers)
    if not any(row[-1] for row in rows):
        return columns(head[:-1], [row[:-1] for row in rows], headers=headers)
    return folded(head, rows, screen.width, headers=headers)


def titled(header: Row, report: StatusReport) -> Row:
    """A header with the currency of the report's prices: ``CNY/MONTH``."""
    return tuple(f"{report.currency}/MONTH" if title == MONEY else title for title in header)


def _pods_table(report: StatusReport, form: Format, screen: Screen, *, headers: bool) -> str:
    cells = [table_row(row, form) for row in report.pods]
    head = titled(header(form), report)
    if screen.width is None:
        return columns(head, cells, headers=headers)
    signed = [(*row[:2], f"{SIGNS[PodState(row[2])]} {row[2]}", *row[3:]) for row in cells]
    wide = form is Format.WIDE
    text = columns(head, signed, headers=headers) if wide else _fitting_table(head, signed, screen, headers=headers)
    return _in_colour(text) if screen.colored else text


def _in_colour(text: str) -> str:
    """Each state with its sign, which no name can look like."""
    for state in PodState:
        sign = f"{SIGNS[state]} {state.value}"
        text = text.replace(f"  {sign}", f"  {painted(sign, STYLES[state])}")
    return text


def _by(report: StatusReport, form: Format, by: By, screen: Screen, *, headers: bool) -> str:
    totals = worst_first(by_namespace(report) if by is By.NAMESPACE else by_workload(report))
    names = ("NAMESPACE",) if by is By.NAMESPACE else ("NAMESPACE", "WORKLOAD")
    every = form is Format.CSV
    states = [state for state in PodState if every or any(total.states[state.value] for total in totals)]
    head = (*names, "PODS", *(state.value.upper() for state in states), "ORPHANS", MONEY)
    rows = [(*(total.namespace, total.workload)[: len(names)], *_counts(total, states)) for total in totals]
    if every:
        return as_csv(titled(head, report), rows, headers=headers)
    return "\n".join(
        (_fitting(_summary(report), screen), *([columns(titled(head, report), rows, headers=headers)] if rows else []))
    )


def _counts(total: Total, states: Sequence[PodState]) -> Row:
    counts = (total.states.total(), *(total.states[state.value] for state in states), total.orphans)
    return (*map(str, counts), f"{total.per_month:.2f}")


def header(form: Format) -> Row:
    """Of the table of Pods."""
    return WIDE if form is Format.WIDE else HEADER


def table_row(row: PodRow | OrphanRow, form: Format) -> Row:
    """A Pod's, or an orphan's in the same columns as far as they mean something for it."""
    if isinstance(row, OrphanRow):
        namespace, _, name = row.pod.partition("/")
        state = "Kept" if row.kept else "Orphan"
        known: Row = (namespace, name, state, row.eip.address)
        if form is Format.WIDE:
            known += (row.eip.allocation_id, str(row.eip.bandwidth))
        return (*known, *("",) * (len(header(form)) - len(known) - 1), row.reason)
    return _wide(row) if form is Format.WIDE else _narrow(row)


def _total(total: Total) -> Row:
    return _counts(total, (PodState.BOUND,))


def _narrow(row: PodRow) -> Row:
    eip = row.shown
    return (
        row.pod.namespace,
        row.pod.name,
        row.state.value,
        eip.address if eip else "",
        row.managed_by.value if row.managed_by else "",
        "; ".join(filter(None, (row.reason, _bought(row)))),
    )


def _bought(row: PodRow) -> str:
    """How long ago EIPs were bought that are not bound, and what they cost: ``bought 25m ago, USD 2.26 a month``."""
    told = (
        f"{f'{one.eip.allocation_id} ' if number else ''}bought {_age(one.age)} ago, {one.price} a month"
        for number, one in enumerate(row.idle)
        if one.age is not None
    )
    return ", ".join(told)


def _wide(row: PodRow) -> Row:
    namespace, name, state, address, by, reason = _narrow(row)
    eip = row.shown
    return (
        namespace,
        name,
        state,
        address,
        eip.allocation_id if eip else "",
        str(eip.bandwidth) if eip else "",
        by,
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
    return (row.eip.allocation_id, row.eip.address, row.pod, since, _age(row.age), f"{row.per_month:.2f}", row.reason)


def _kept(row: OrphanRow) -> Row:
    return (row.eip.allocation_id, row.eip.address, row.pod, f"{row.per_month:.2f}", row.reason)


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
        f"{SIGNS[state]} {counts[state.value.lower()]:,} {state.value.lower()}"
        for state in PodState
        if counts[state.value.lower()]
    )
    names = (("orphans", "orphaned"), ("kept", "kept"), ("unbound", "paid for and not bound"))
    left = [f"{counts[name]:,} {told}" for name, told in names if counts[name]]
    pods = [] if report.only_orphans else [f"{_pods(counts['pods'])}{_where(report)}{states and ': '}{states}"]
    unread = [] if report.complete else ["orphans could not be read in full"]
    nothing = [] if pods or left or unread else ["no orphan to show"]
    least = "" if report.complete else "at least "
    money = f"{least}{amount(cost['per_month'], cost['currency'])} a month without traffic"
    unpriced = no_price(report.unpriced)
    return "; ".join((*pods, *left, *unread, *nothing, money, *([unpriced] if unpriced else []))) + "\n"


def _where(report: StatusReport) -> str:
    """If there is no Pod: the namespaces that were read."""
    chosen = () if report.pods else report.namespaces or ()
    return f" in namespace {', '.join(chosen)}; -A shows all namespaces" if chosen else ""


def _pods(count: int) -> str:
    return {0: "no Pod to show", 1: "1 Pod"}.get(count, f"{count:,} Pods")


def _fitting(text: str, screen: Screen) -> str:
    """The sums on lines that fit a screen."""
    lines = fitted([plain(text.rstrip("\n"))], screen.width)
    return "".join("".join(part for part, _ in line) + "\n" for line in lines)
