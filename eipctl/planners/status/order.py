"""How the rows of a status report are put in order."""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eipctl.planners.status.report import PodRow, PodState
    from eipctl.planners.status.totals import Total


class Sort(StrEnum):
    """What rows are sorted by; those that are equal in it by namespace and name."""

    NAMESPACE = "namespace"
    NAME = "name"
    WORKLOAD = "workload"
    STATE = "state"
    EIP = "eip"
    ID = "id"
    BANDWIDTH = "bandwidth"
    BY = "by"
    PRIVATE_IP = "private-ip"
    ENI = "eni"
    NODE = "node"
    WANTED = "wanted"
    UID = "uid"
    REASON = "reason"
    COST = "cost"
    AGE = "age"
    CODE = "code"
    UNBOUND = "unbound"

    @classmethod
    def named(cls, text: str) -> Sort | None:
        """By this name, the table's (``MBIT/S``), the JSON's (``eip_address``) or kubectl's (``.metadata.name``)."""
        field = text.strip().strip("{}").lstrip(".").removeprefix("metadata.").lower().replace("_", "-")
        field = "per-month" if re.fullmatch(r"[a-z]{3}/month", field) else field
        return next((sort for sort in cls if field in (sort.value, *_ALSO.get(sort, ()))), None)


_ALSO = {
    Sort.NAME: ("pod",),
    Sort.EIP: ("eip-address",),
    Sort.ID: ("allocation-id",),
    Sort.BANDWIDTH: ("mbit/s",),
    Sort.BY: ("managed-by",),
    Sort.ENI: ("eni-id",),
    Sort.COST: ("cost-per-month", "per-month"),
    Sort.AGE: ("creationtimestamp",),
}
"""Where the data or the table has another name."""


def sorted_by(rows: Iterable[PodRow], by: Sort) -> tuple[PodRow, ...]:
    """States with the worst first, bandwidth, cost and unbound EIPs with the most, age with the oldest Pod."""
    return tuple(sorted(rows, key=lambda row: (_KEYS[by](row), row.pod.namespace, row.pod.name)))


def harm(state: PodState) -> int:
    """0 for the worst."""
    return list(type(state)).index(state)


def worst_first(totals: Iterable[Total]) -> list[Total]:
    """Totals with the most Pods in the worst states first; alike ones stay in their order."""
    from eipctl.planners.status.report import PodState

    states = [state.value for state in PodState if state not in (PodState.INELIGIBLE, PodState.BOUND)]
    return sorted(totals, key=lambda total: [-total.states[name] for name in states])


def _address(text: str) -> int:
    try:
        return int(ipaddress.ip_address(text))
    except ValueError:
        return 0


_KEYS: dict[Sort, Callable[[PodRow], Any]] = {
    Sort.NAMESPACE: lambda row: row.pod.namespace,
    Sort.NAME: lambda row: row.pod.name,
    Sort.WORKLOAD: lambda row: (row.pod.namespace, row.workload),
    Sort.STATE: lambda row: harm(row.state),
    Sort.EIP: lambda row: _address(row.shown.address if row.shown else ""),
    Sort.ID: lambda row: row.shown.allocation_id if row.shown else "",
    Sort.BANDWIDTH: lambda row: -(row.shown.bandwidth if row.shown else 0),
    Sort.BY: lambda row: row.managed_by.value if row.managed_by else "",
    Sort.PRIVATE_IP: lambda row: _address(row.pod.ip),
    Sort.ENI: lambda row: row.eni_id,
    Sort.NODE: lambda row: row.pod.node,
    Sort.WANTED: lambda row: row.wanted or "",
    Sort.UID: lambda row: row.pod.uid,
    Sort.REASON: lambda row: row.reason,
    Sort.COST: lambda row: -row.per_month,
    Sort.AGE: lambda row: row.pod.created,
    Sort.CODE: lambda row: row.code.value if row.code else "",
    Sort.UNBOUND: lambda row: -len(row.idle),
}
