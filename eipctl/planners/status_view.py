"""How the rows of a status report are put in order."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eipctl.planners.status import PodRow


class Sort(StrEnum):
    """What rows are sorted by; those that are equal in it by namespace and name."""

    NAMESPACE = "namespace"
    NAME = "name"
    WORKLOAD = "workload"
    STATE = "state"
    EIP = "eip"
    BANDWIDTH = "bandwidth"
    BY = "by"
    NODE = "node"
    COST = "cost"
    AGE = "age"


def sorted_by(rows: Iterable[PodRow], by: Sort) -> tuple[PodRow, ...]:
    """Bandwidth and cost with the most first, age with the oldest Pod first."""
    return tuple(sorted(rows, key=lambda row: (_KEYS[by](row), row.pod.namespace, row.pod.name)))


def _address(row: PodRow) -> int:
    try:
        return int(ipaddress.ip_address(row.eip.address)) if row.eip else 0
    except ValueError:
        return 0


_KEYS: dict[Sort, Callable[[PodRow], Any]] = {
    Sort.NAMESPACE: lambda row: row.pod.namespace,
    Sort.NAME: lambda row: row.pod.name,
    Sort.WORKLOAD: lambda row: (row.pod.namespace, row.workload),
    Sort.STATE: lambda row: row.state.value,
    Sort.EIP: _address,
    Sort.BANDWIDTH: lambda row: -(row.eip.bandwidth if row.eip else 0),
    Sort.BY: lambda row: row.managed_by.value if row.managed_by else "",
    Sort.NODE: lambda row: row.pod.node,
    Sort.COST: lambda row: -row.per_month,
    Sort.AGE: lambda row: row.pod.created,
}
