"""What a status tells: the Pods with their EIPs, what is left over, the sums."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from eipctl.domain import ownership
from eipctl.domain.cost import CURRENCY
from eipctl.planners.status.totals import by_namespace, by_workload

if TYPE_CHECKING:
    from eipctl.domain.facts import Eip, Pod
    from eipctl.planners.status.leftovers import OrphanRow

BY_BIND = "; eipctl bind does it"
"""How the reason of a Pod ends that waits for nothing else."""


class PodState(StrEnum):
    """How a Pod's wish and the cloud agree."""

    BOUND = "Bound"
    PENDING = "Pending"
    DRIFTED = "Drifted"
    CONFLICT = "Conflict"
    INELIGIBLE = "Ineligible"
    UNKNOWN = "Unknown"
    """What decides it may not be read."""


class Manager(StrEnum):
    """Who bound an EIP."""

    EIPCTL = "eipctl"
    TERWAY = "terway"
    ACK_EXTEND = "ack-extend"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class PodRow:
    """One Pod that asks for an EIP or has one. `wanted` is ``auto``, an allocation id or None."""

    pod: Pod
    wanted: str | None
    eip: Eip | None
    eni_id: str
    managed_by: Manager | None
    state: PodState
    reason: str
    per_month: float = 0.0
    """USD of the EIP, without traffic."""

    @property
    def namespace(self) -> str:
        """The Pod's."""
        return self.pod.namespace

    @property
    def workload(self) -> str:
        """What the Pod is a part of: ``Deployment/web``."""
        return ownership.workload_title(ownership.workload_of(self.pod))

    def as_data(self) -> dict[str, Any]:
        """The row of the envelope."""
        eip = self.eip
        return {
            "namespace": self.pod.namespace,
            "name": self.pod.name,
            "uid": self.pod.uid,
            "workload": self.workload,
            "node": self.pod.node or None,
            "private_ip": self.pod.ip or None,
            "wanted": self.wanted,
            "eip_address": eip.address if eip else None,
            "allocation_id": eip.allocation_id if eip else None,
            "eni_id": self.eni_id or None,
            "bandwidth": eip.bandwidth if eip else None,
            "managed_by": self.managed_by.value if self.managed_by else None,
            "state": self.state.value,
            "reason": self.reason,
            "cost_per_month": round(self.per_month, 2),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """All rows, sorted; `warnings` say what could not be read in full."""

    pods: tuple[PodRow, ...]
    orphans: tuple[OrphanRow, ...]
    per_month: float
    """USD of every EIP shown, without traffic."""
    kept: tuple[OrphanRow, ...] = ()
    """Own EIPs without a Pod that are no orphans."""
    listed: int = 0
    """How many EIPs there are in the region, whosever they are."""
    prices_as_of: str = ""
    """Of when the prices are."""
    warnings: tuple[str, ...] = ()
    complete: bool = True
    """Whether all was read; else there may be more orphans than shown, more money, and drift."""
    namespace: str | None = None
    """The only one that was looked at; None for all."""
    only_orphans: bool = False
    """Whether Pods were left out."""

    @property
    def drifted(self) -> bool:
        """Whether anything is not as asked for, or can't be told to be: what `--exit-code` tells."""
        return not self.complete or bool(self.orphans) or any(row.state is not PodState.BOUND for row in self.pods)

    @property
    def summary(self) -> dict[str, int]:
        """How many Pods are in each state, and how many orphans there are."""
        counts = Counter(row.state for row in self.pods)
        states = {state.value.lower(): counts[state] for state in PodState}
        return {"pods": len(self.pods), **states, "orphans": len(self.orphans), "kept": len(self.kept)}

    @property
    def cost(self) -> dict[str, Any]:
        """The envelope's `cost`."""
        return {
            "currency": CURRENCY,
            "per_month": round(float(self.per_month), 2),
            "orphans_per_month": round(float(sum(orphan.per_month for orphan in self.orphans)), 2),
            "prices_as_of": self.prices_as_of,
        }

    def as_data(self) -> dict[str, Any]:
        """The envelope's `data`."""
        return {
            "pods": [row.as_data() for row in self.pods],
            "orphans": [orphan.as_data() for orphan in self.orphans],
            "kept": [row.as_data() for row in self.kept],
            "summary": self.summary,
            "cost": self.cost,
            "complete": self.complete,
            "totals": {
                "namespaces": [total.as_data("namespace") for total in by_namespace(self)],
                "workloads": [total.as_data("workload") for total in by_workload(self)],
            },
            "warnings": list(self.warnings),
        }
