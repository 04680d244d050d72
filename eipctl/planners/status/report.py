"""What a status tells: the Pods with their EIPs, what is left over, the sums."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from eipctl.domain import ownership
from eipctl.domain.cost import LIST_CURRENCY
from eipctl.planners.status.totals import by_namespace, by_workload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.base.codes import Code
    from eipctl.domain.facts import Eip, Pod
    from eipctl.planners.pools import PoolReport
    from eipctl.planners.status.data import PodData, StatusCostData, StatusData
    from eipctl.planners.status.leftovers import OrphanRow
    from eipctl.planners.status.unbound import Unbound

BY_BIND = "; eipctl bind corrects this"
"""In the reason of a Pod that waits for nothing else."""


class PodState(StrEnum):
    """How a Pod's annotations and the cloud agree, the worst first."""

    MISPLACED = "Misplaced"
    """Reached under an EIP of another Pod, or its own EIP leads elsewhere."""
    CONFLICT = "Conflict"
    DRIFTED = "Drifted"
    PENDING = "Pending"
    UNKNOWN = "Unknown"
    """What decides it may not be read."""
    INELIGIBLE = "Ineligible"
    BOUND = "Bound"


class Remedy(StrEnum):
    """What helps a Pod that is not Bound; NONE where a person has to change something first."""

    NONE = ""
    BIND = "bind"
    RECREATE = "recreate"
    """A new Pod in its place: Terway gives EIPs to new Pods only."""


@dataclass(frozen=True, slots=True)
class PodVerdict:
    """The state of a Pod, why, and what helps."""

    state: PodState
    reason: str = ""
    remedy: Remedy = Remedy.NONE


class Manager(StrEnum):
    """Who bound an EIP."""

    EIPCTL = "eipctl"
    TERWAY = "terway"
    ACK_EXTEND = "ack-extend"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class PodRow:
    """One Pod that asks for an EIP or has one. `wanted` is ``auto``, an allocation id or None.

    `eip` is bound to its address; `unbound` are paid for and lead nowhere yet. `code` is that of the reason, if any.
    """

    pod: Pod
    wanted: str | None
    eip: Eip | None
    eni_id: str
    managed_by: Manager | None
    state: PodState
    reason: str
    code: Code | None = None
    remedy: Remedy = Remedy.NONE
    served_by: Manager | None = None
    """Who gives the EIPs on its node; None when that is not known."""
    unbound: tuple[Unbound, ...] = ()
    per_month: float = 0.0
    """Price of all its EIPs, without traffic."""

    @property
    def unserved(self) -> bool:
        """Whether it can't be given what it asks for until someone changes something."""
        in_conflict = self.state is PodState.MISPLACED and self.code is not None and not self.remedy
        return in_conflict or self.state in (PodState.CONFLICT, PodState.INELIGIBLE)

    @property
    def shown(self) -> Eip | None:
        """The EIP of the table: the one that is bound to its address, else the oldest that is paid for."""
        return self.eip or next((one.eip for one in self.unbound), None)

    @property
    def idle(self) -> tuple[Unbound, ...]:
        """EIPs that are bound to nothing; another one may be bound elsewhere."""
        return tuple(one for one in self.unbound if not one.eip.bound)

    @property
    def tried(self) -> bool:
        """Whether a run may have tried to give it an EIP, and failed."""
        return bool(self.idle) or (self.state is PodState.PENDING and self.remedy is Remedy.BIND)

    def with_error(self, error: str) -> PodRow:
        """The same with why the last attempt failed; unchanged where none was made, or "" is known."""
        if not (error and self.tried):
            return self
        unbound = tuple(replace(one, error=error) for one in self.unbound)
        return replace(self, unbound=unbound, reason=f"{self.reason}; last attempt: {error}")

    @property
    def namespace(self) -> str:
        """The Pod's."""
        return self.pod.namespace

    @property
    def workload(self) -> str:
        """What the Pod is a part of: ``Deployment/web``."""
        return ownership.workload_title(ownership.workload_of(self.pod))

    def as_data(self) -> PodData:
        """The row of the envelope."""
        eip = self.shown
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
            "code": self.code.value if self.code else None,
            "unbound": [one.as_data() for one in self.unbound],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """All rows, sorted; `warnings` say what could not be read in full."""

    pods: tuple[PodRow, ...]
    orphans: tuple[OrphanRow, ...]
    per_month: float
    """Price of every EIP shown, without traffic."""
    kept: tuple[OrphanRow, ...] = ()
    """Own EIPs without a Pod that are no orphans."""
    listed: int = 0
    """How many EIPs there are in the region, whosever they are."""
    currency: str = LIST_CURRENCY
    """Of every price."""
    prices_as_of: str = ""
    """Of when the prices are."""
    prices: str = ""
    """Where they are from, with their age: ``list prices of 2021-07, 5 years old``."""
    unpriced: tuple[str, ...] = ()
    """Allocation IDs of the EIPs that are paid in a way that has no price here: they are in no sum."""
    warnings: tuple[str, ...] = ()
    complete: bool = True
    """Whether all was read; else there may be more orphans than shown, more money, and drift."""
    namespaces: tuple[str, ...] | None = None
    """Those that were looked at; None for all."""
    pools: tuple[PoolReport, ...] = ()
    """Of this cluster, whichever namespaces were looked at."""
    unlisted: tuple[Pod, ...] = ()
    """Pods that were looked at, ask for nothing and have nothing."""
    only_orphans: bool = False
    """Whether Pods were left out."""

    @property
    def drifted(self) -> bool:
        """True if anything drifts or is unknown: what `--exit-code` reports."""
        return not self.complete or bool(self.orphans) or any(row.state is not PodState.BOUND for row in self.pods)

    @property
    def summary(self) -> dict[str, int]:
        """How many Pods are in each state, and how many orphans there are."""
        counts = Counter(row.state for row in self.pods)
        states = {state.value.lower(): counts[state] for state in PodState}
        unbound = sum(len(row.idle) for row in self.pods)
        left = {"orphans": len(self.orphans), "kept": len(self.kept), "unbound": unbound}
        return {"pods": len(self.pods), **states, **left}

    @property
    def cost(self) -> StatusCostData:
        """The envelope's `cost`."""
        return {
            "currency": self.currency,
            "per_month": round(float(self.per_month), 2),
            "orphans_per_month": round(float(sum(orphan.per_month for orphan in self.orphans)), 2),
            "prices_as_of": self.prices_as_of,
            "prices": self.prices,
            "unpriced": list(self.unpriced),
        }

    def with_errors(self, errors: Mapping[str, str]) -> StatusReport:
        """The same with the error of the last attempt, by Pod UID, where an EIP is not bound."""
        return replace(self, pods=tuple(row.with_error(errors.get(row.pod.uid, "")) for row in self.pods))

    def as_data(self) -> StatusData:
        """The envelope's `data`."""
        return {
            "pods": [row.as_data() for row in self.pods],
            "orphans": [orphan.as_data() for orphan in self.orphans],
            "kept": [row.as_data() for row in self.kept],
            "pools": [pool.as_data() for pool in self.pools],
            "summary": self.summary,
            "cost": self.cost,
            "complete": self.complete,
            "totals": {
                "namespaces": [total.as_data("namespace") for total in by_namespace(self)],
                "workloads": [total.as_data("workload") for total in by_workload(self)],
            },
            "warnings": list(self.warnings),
        }
