"""The figures of a status report."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from eipctl.domain.counts import Census

if TYPE_CHECKING:
    from eipctl.planners.status.report import StatusReport


def census(report: StatusReport) -> Census:
    """Count the report."""
    return Census(
        pods=Counter((row.namespace, row.state.value) for row in report.pods),
        orphans=Counter(orphan.namespace for orphan in report.orphans),
        per_month=report.per_month,
        orphans_per_month=sum(orphan.per_month for orphan in report.orphans),
        complete=report.complete,
    )
