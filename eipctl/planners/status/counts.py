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
        unserved=Counter((row.namespace, row.code.value) for row in report.pods if row.unserved and row.code),
        unbound=Counter(row.namespace for row in report.pods for _ in row.idle),
        pools=Counter({place: number for pool in report.pools for place, number in pool.counts.items()}),
        currency=report.currency,
        per_month=report.per_month,
        orphans_per_month=sum(orphan.per_month for orphan in report.orphans),
        unbound_per_month=sum(one.per_month for row in report.pods for one in row.idle),
        complete=report.complete,
    )
