"""Own EIPs that no Pod has: those that can go are orphans, the others are kept, and all of them cost money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Associate, BindAction, Tag, Unassociate, Untag
from eipctl.domain.facts import EipStatus
from eipctl.domain.ownership import Role
from eipctl.planners.bind.leftovers import why_held

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from datetime import datetime

    from eipctl.domain.cost import Rates
    from eipctl.domain.facts import Eip
    from eipctl.domain.ownership import Owner
    from eipctl.domain.plan import Plan
    from eipctl.planners.bind.world import World
    from eipctl.planners.status.data import OrphanData


_LEFT_ALONE = (Code.EIP_HELD_BACK, Code.EIP_ELSEWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanRow:
    """An own EIP that no Pod has. `age` in seconds since it was first seen to be one.

    `reason` is why it can't go, "" if it can; one that is `kept` is no orphan.
    """

    eip: Eip
    pod: str
    workload: str
    since: datetime | None
    per_month: float
    age: float | None = None
    reason: str = ""
    kept: bool = False

    @property
    def namespace(self) -> str:
        """Of the Pod that it was for."""
        return self.pod.partition("/")[0]

    def as_data(self) -> OrphanData:
        """The row of the envelope."""
        return {
            "allocation_id": self.eip.allocation_id,
            "eip_address": self.eip.address,
            "pod": self.pod,
            "workload": self.workload,
            "since": self.since.isoformat() if self.since else None,
            "age_seconds": None if self.age is None else round(self.age),
            "cost_per_month": round(self.per_month, 2),
            "reason": self.reason,
        }


def leftovers(world: World, plan: Plan, rates: Rates) -> Iterator[OrphanRow]:
    """Own EIPs that are marked as orphans, would be by the next bind, or are left alone by it; sorted by id."""
    mark = ownership.ORPHAN_SINCE
    marked = {a.allocation_id for a in plan.actions if isinstance(a, Tag) and mark in dict(a.tags)}
    back = {a.allocation_id for a in plan.actions if isinstance(a, Untag) and mark in a.keys}
    held = {skip.object: skip.reason for skip in plan.skips if skip.code in _LEFT_ALONE}
    for eip, owner in _own(world):
        orphaned = eip.allocation_id in marked or (mark in ownership.own_keys(eip) and eip.allocation_id not in back)
        if orphaned or eip.allocation_id in held:
            yield _row(world, eip, owner, rates, "" if orphaned else held[eip.allocation_id])


def without_row(world: World, shown: Container[str]) -> list[Eip]:
    """Own EIPs that no row shows yet, but those of Pods that were not selected; `shown` are allocation ids."""
    others = {pod.uid for pod in world.pods} - world.selected
    return [eip for eip, owner in _own(world) if eip.allocation_id not in shown and owner.pod_uid not in others]


def nobodys(world: World, plan: Plan, eips: Iterable[Eip], rates: Rates) -> Iterator[OrphanRow]:
    """Rows for the EIPs that eipctl allocated and that no listed Pod has: they are paid for anyway."""
    steps: dict[str, BindAction] = {}
    for kind in (Unassociate, Associate):
        steps |= {action.allocation_id: action for action in plan.actions if isinstance(action, kind)}
    for eip in eips:
        owner = eip.owner
        if owner is not None and owner.role is Role.ALLOCATED:
            yield _row(world, eip, owner, rates, _why_left(world, eip, steps.get(eip.allocation_id)))


def _why_left(world: World, eip: Eip, step: BindAction | None) -> str:
    if isinstance(step, Associate):
        return f"eipctl bind gives it to {step.object}"
    if isinstance(step, Unassociate):
        return "still bound for a deleted Pod; eipctl bind unbinds it"
    if world.complete or eip.status is EipStatus.RELEASING:
        return f"the EIP is {eip.status}; eipctl leaves it alone"
    return "unknown whether the Pod is gone: not everything was read"


def _own(world: World) -> Iterator[tuple[Eip, Owner]]:
    """EIPs with their owner in this cluster and the namespaces that were looked at; sorted by id."""
    for eip in sorted(world.eips, key=lambda eip: eip.allocation_id):
        owner = eip.owner
        in_scope = owner is not None and world.covers(owner.namespace)
        if owner is not None and not _in_a_pool(eip, owner) and in_scope and ownership.belongs_to(owner, world.cluster):
            yield eip, owner


def _in_a_pool(eip: Eip, owner: Owner) -> bool:
    """Whether its pool shows it: nothing is bought or let go with it."""
    return owner.role is Role.POOLED and eip.pool is not None


def _row(world: World, eip: Eip, owner: Owner, rates: Rates, kept: str) -> OrphanRow:
    since = owner.orphan_since
    return OrphanRow(
        eip=eip,
        pod=owner.key,
        workload=ownership.workload_title(owner.workload),
        since=since,
        per_month=rates.per_month(eip),
        age=max(0.0, (world.now - since).total_seconds()) if since else None,
        reason=kept or ("" if eip.releasable else why_held(eip)),
        kept=bool(kept),
    )
