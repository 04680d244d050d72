"""`eipctl pool`: what people lend to the Pods of a cluster, and who has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from eipctl.act.pools import PoolHandlers
from eipctl.act.preconditions import Proof
from eipctl.commands.plan_data import plan_data
from eipctl.domain.action_data import Data
from eipctl.engine.prepared import Prepared
from eipctl.observe.cluster import identify, target
from eipctl.observe.snapshot import Snapshot
from eipctl.observe.world import observe
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs
from eipctl.planners.pools import EipChoice, PoolReport, plan_lend, plan_withdraw, pools_of, unknown_pool
from eipctl.planners.status.data import PerMonth, PoolData

if TYPE_CHECKING:
    from eipctl.base.errors import EipctlError
    from eipctl.domain.facts import ClusterId
    from eipctl.domain.plan import Plan
    from eipctl.engine.session import Session
    from eipctl.planners.bind.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOptions:
    """`names` are allocation ids or addresses, `tags` a filter over the EIPs of the region."""

    pool: str
    names: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    cluster_id: str | None = None


class LendOptions(PoolOptions):
    """`pool add`."""


class WithdrawOptions(PoolOptions):
    """`pool remove`."""


def prepare_lend(session: Session, options: LendOptions) -> Prepared:
    """Observe and plan."""
    look, cluster, world, incomplete = _look(session, options.cluster_id)
    plan = plan_lend(world, options.pool, EipChoice(names=options.names, tags=options.tags))
    return _prepared(look, cluster, plan, incomplete)


def prepare_withdraw(session: Session, options: WithdrawOptions) -> Prepared:
    """Observe and plan."""
    look, cluster, world, incomplete = _look(session, options.cluster_id)
    plan = plan_withdraw(world, options.pool, EipChoice(names=options.names, tags=options.tags))
    return _prepared(look, cluster, plan, incomplete)


def _look(session: Session, cluster_id: str | None) -> tuple[Snapshot, ClusterId, World, tuple[EipctlError, ...]]:
    look = Snapshot(session)
    cluster = identify(look, cluster_id)
    return look, cluster, *observe(look, cluster, None)


def _prepared(look: Snapshot, cluster: ClusterId, plan: Plan, incomplete: tuple[EipctlError, ...]) -> Prepared:
    session = look.session
    return Prepared(
        plan=plan,
        handlers=lambda writers: PoolHandlers(session, writers, Proof(session.kube, cluster)).table(),
        data=lambda result: plan_data(plan, result),
        target=target(look, cluster),
        problems=incomplete,
        exclusive=True,
    )


class PoolsCostData(Data):
    """What the EIPs of all pools cost."""

    currency: str
    per_month: PerMonth
    unpriced: Annotated[list[str], "EIPs that are in no sum, because no price is known."]


class PoolsData(Data):
    """The pools of this cluster, or one of them."""

    pools: list[PoolData]
    complete: Annotated[bool, "Whether everything was read."]
    cost: PoolsCostData
    warnings: Annotated[list[str], "What could not be read."]


@dataclass(frozen=True, slots=True)
class Pools:
    """What `pool list` and `pool show` answer."""

    pools: tuple[PoolReport, ...]
    complete: bool
    currency: str
    warnings: tuple[str, ...] = ()

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Allocation IDs of EIPs that are in no sum."""
        return tuple(name for pool in self.pools for name in pool.unpriced)

    def as_data(self) -> PoolsData:
        """The envelope's `data`."""
        return {
            "pools": [pool.as_data() for pool in self.pools],
            "complete": self.complete,
            "cost": {
                "currency": self.currency,
                "per_month": round(sum(pool.per_month for pool in self.pools), 2),
                "unpriced": list(self.unpriced),
            },
            "warnings": list(self.warnings),
        }


def observe_pools(session: Session, name: str | None, cluster_id: str | None) -> Pools:
    """All pools of the cluster, or one; Failed when it has none of that name."""
    _, _, world, incomplete = _look(session, cluster_id)
    found = pools_of(world, plan_bind(world, Knobs()).plan, session.rates)
    chosen = tuple(pool for pool in found if name in (None, pool.name))
    if name is not None and not chosen:
        raise unknown_pool(name, [pool.name for pool in found])
    return Pools(chosen, world.complete, session.rates.currency, tuple(error.message for error in incomplete))
