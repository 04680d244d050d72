"""`eipctl move`: an address goes from one Pod to another, because a person says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.act.eips import BindHandlers
from eipctl.commands.eip_cost import Money
from eipctl.commands.eip_data import bind_data
from eipctl.domain.guards import Scale, guard
from eipctl.domain.limits import Limits
from eipctl.engine.prepared import Prepared
from eipctl.observe.cluster import identify, scope, target
from eipctl.observe.snapshot import Snapshot
from eipctl.observe.world import observe
from eipctl.planners.move import Move, plan_move

if TYPE_CHECKING:
    from eipctl.engine.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveOptions:
    """Both Pods as ``namespace/name``; `replace` as in :class:`Move`."""

    source: str
    target: str
    replace: bool = False
    cluster_id: str | None = None


def prepare_move(session: Session, options: MoveOptions) -> Prepared:
    """Observe, plan, guard. All Pods are read: whose an EIP is counts in the whole cluster."""
    look = Snapshot(session)
    cluster = identify(look, options.cluster_id)
    world, incomplete = observe(look, cluster, None)
    plan = plan_move(world, Move(options.source, options.target, options.replace))
    money = Money.of(world, plan, session.rates)
    plan, tripped = guard(plan, Limits(), Scale(money.owned, money.namespaces, money.after))
    return Prepared(
        plan=plan,
        handlers=lambda writers: BindHandlers(session, writers, cluster).table(),
        data=lambda result: bind_data(session, world, plan, money, result),
        target=(*target(look, cluster), scope(None)),
        problems=(*incomplete, *tripped),
        exclusive=True,
    )
