"""Sums over the rows of a status report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eipctl.planners.status import PodRow, StatusReport


@dataclass(slots=True)
class Total:
    """Pods by state, orphans, and USD a month without traffic. An EIP counts once."""

    namespace: str
    workload: str = ""
    states: Counter[str] = field(default_factory=Counter)
    orphans: int = 0
    per_month: float = 0.0

    def as_data(self, *names: str) -> dict[str, Any]:
        """JSON-ready; a workload's total names its namespace too."""
        named = {"namespace": self.namespace} | ({"workload": self.workload} if "workload" in names else {})
        return {
            **named,
            "pods": self.states.total(),
            "states": dict(sorted(self.states.items())),
            "orphans": self.orphans,
            "per_month": round(self.per_month, 2),
        }

    def add(self, row: PodRow) -> None:
        """Count a Pod."""
        self.states[row.state.value] += 1
        self.per_month += row.per_month


def by_namespace(report: StatusReport) -> list[Total]:
    """Sorted by name; with the orphans of Pods that were there."""
    totals: dict[str, Total] = {}
    for row in report.pods:
        totals.setdefault(row.pod.namespace, Total(row.pod.namespace)).add(row)
    bound = {row.eip.allocation_id for row in report.pods if row.eip}
    for orphan in report.orphans:
        total = totals.setdefault(orphan.namespace, Total(orphan.namespace))
        total.orphans += 1
        total.per_month += 0.0 if orphan.eip.allocation_id in bound else orphan.per_month
    return [totals[name] for name in sorted(totals)]


def by_workload(report: StatusReport) -> list[Total]:
    """Sorted by namespace and workload."""
    totals: dict[tuple[str, str], Total] = {}
    for row in report.pods:
        key = (row.pod.namespace, row.workload)
        totals.setdefault(key, Total(*key)).add(row)
    return [totals[key] for key in sorted(totals)]
