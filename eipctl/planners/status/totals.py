"""Sums over the rows of a status report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eipctl.planners.status.data import TotalData
    from eipctl.planners.status.leftovers import OrphanRow
    from eipctl.planners.status.report import PodRow, StatusReport


class By(StrEnum):
    """What totals are of."""

    NAMESPACE = "namespace"
    WORKLOAD = "workload"


@dataclass(slots=True)
class Total:
    """Pods by state, orphans, and their price a month without traffic. An EIP counts once."""

    namespace: str
    workload: str = ""
    states: Counter[str] = field(default_factory=Counter)
    orphans: int = 0
    per_month: float = 0.0

    def as_data(self, *names: str) -> TotalData:
        """JSON-ready; a workload's total names its namespace too."""
        data: TotalData = {
            "namespace": self.namespace,
            "pods": self.states.total(),
            "states": dict(sorted(self.states.items())),
            "orphans": self.orphans,
            "per_month": round(self.per_month, 2),
        }
        return {**data, "workload": self.workload} if "workload" in names else data

    def add(self, row: PodRow) -> None:
        """Count a Pod."""
        self.states[row.state.value] += 1
        self.per_month += row.per_month

    def leave(self, row: OrphanRow, *, paid: bool) -> None:
        """Count an EIP without a Pod; `paid` when it was counted with a Pod that it is still bound to."""
        self.orphans += not row.kept
        self.per_month += 0.0 if paid else row.per_month


def by_namespace(report: StatusReport) -> list[Total]:
    """Sorted by name; with the EIPs that Pods left there."""
    return _totals(report, lambda row: (row.namespace, ""))


def by_workload(report: StatusReport) -> list[Total]:
    """Sorted by namespace and workload; with the EIPs that its Pods left."""
    return _totals(report, lambda row: (row.namespace, row.workload))


def _totals(report: StatusReport, of: Callable[[PodRow | OrphanRow], tuple[str, str]]) -> list[Total]:
    totals = _Totals()
    for row in report.pods:
        totals[of(row)].add(row)
    for left, paid in _left(report):
        totals[of(left)].leave(left, paid=paid)
    return [totals[key] for key in sorted(totals)]


class _Totals(dict[tuple[str, str], Total]):
    """By namespace and workload, which may be ""."""

    def __missing__(self, key: tuple[str, str]) -> Total:
        self[key] = Total(*key)
        return self[key]


def _left(report: StatusReport) -> Iterator[tuple[OrphanRow, bool]]:
    bound = {row.eip.allocation_id for row in report.pods if row.eip}
    return ((row, row.eip.allocation_id in bound) for row in (*report.orphans, *report.kept))
