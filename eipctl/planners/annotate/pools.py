"""What may go wrong with a workload that asks for EIPs of a pool: too few of them, none, some that can't be bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.text import first_few
from eipctl.domain.findings import Level
from eipctl.domain.wish import Wanted, wanted
from eipctl.domain.workloads.rollout import pods_of, surplus
from eipctl.planners.annotate.lints import Lint, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from eipctl.domain.facts import Eip, Scaler, Workload


def pool_lints(target: Target, wish: Wanted, eips: Sequence[Eip] | None, scaler: Scaler | None) -> Iterator[Lint]:
    """Of one workload; `eips` are those of its pool, None if they could not be read."""
    if eips is None or wish.overflow:
        return
    more = f"eipctl pool add {wish.pool} EIP…"
    if not eips:
        problem = f"pool {wish.pool} has no EIP in this account and region: its Pods will wait"
        yield Lint(Code.POOL_UNKNOWN, target.object, problem, more, Level.WARNING)
        return
    usable = [eip for eip in eips if not eip.untouchable]
    if len(usable) < len(eips):
        locked = first_few([f"{eip.allocation_id} is {eip.untouchable}" for eip in eips if eip.untouchable])
        problem = f"{len(eips) - len(usable)} of the {len(eips)} EIPs of pool {wish.pool} can't be bound: {locked}"
        yield Lint(Code.EIP_HELD_BACK, target.object, problem, "pay or unlock them, or lend others", Level.WARNING)
    needs, why = _needs(target, scaler)
    if len(usable) < needs:
        problem = f"pool {wish.pool} has {len(usable)} usable EIPs, and {why}"
        instead = f"{more}, or add --pool-overflow buy: then a Pod gets an EIP of its own while the pool has none"
        if len(usable) >= pods_of(target.workload, target.pods):
            instead += "; with maxSurge: 0 the pool is enough"
        yield Lint(Code.POOL_FULL, target.object, problem, instead, Level.WARNING)


def _needs(target: Target, scaler: Scaler | None) -> tuple[int, str]:
    """How many EIPs its Pods may need at one time, and why."""
    workload = target.workload
    count, why = pods_of(workload, target.pods), "the workload has {} Pods"
    if scaler and scaler.most and scaler.most > count:
        count, why = scaler.most, f"{scaler.kind} {scaler.name} may scale the workload to {{}} Pods"
    if count and (more := surplus(workload, count)):
        return count + more, f"{why.format(count)}, and {more} more during a rolling update (maxSurge)"
    return count, why.format(count)


def sharing_lints(pool: str, targets: Sequence[Target], others: Iterable[Workload]) -> Iterator[Lint]:
    """A note that several workloads ask for one pool: allowed, first come, first served."""
    here = {target.object for target in targets}
    there = {other.object for other in map(Target, others) if asks_pool(other.workload, pool)} - here
    if there:
        problem = f"{first_few(sorted(there))} and this workload share the EIPs of pool {pool}"
        yield Lint(Code.ID_SHARED, targets[-1].object, problem, "lend enough EIPs for all of them", Level.INFO)


def asks_pool(workload: Workload, pool: str) -> bool:
    """Whether its annotations ask for an EIP of this pool."""
    wish = wanted(workload.annotations)
    return isinstance(wish, Wanted) and wish.pool == pool and not workload.is_pod
