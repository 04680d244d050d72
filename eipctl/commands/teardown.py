"""`eipctl teardown`: what setup did is taken back, unless EIPs would leak by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.commands.permits import Permits
from eipctl.commands.plan_data import plan_data
from eipctl.commands.setup import RESTART_TIMEOUT, handlers
from eipctl.domain.terway.startup import may_give_eips
from eipctl.engine.prepared import Prepared
from eipctl.observe.cluster import target
from eipctl.observe.roles import read_granted
from eipctl.observe.snapshot import Snapshot
from eipctl.observe.terway import read_eni_config, silent_nodes, terway_pods
from eipctl.observe.terway_held import held
from eipctl.planners.terway.restart import Pace
from eipctl.planners.terway.teardown import TeardownKnobs, TeardownWorld, plan_teardown

if TYPE_CHECKING:
    from eipctl.engine.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class TeardownOptions:
    """`restart_timeout` per Terway Pod, in seconds."""

    max_unavailable: str = "1"
    all_at_once: bool = False
    restart_timeout: float = RESTART_TIMEOUT


def prepare_teardown(session: Session, options: TeardownOptions) -> Prepared:
    """Observe and plan. Refused while Terway holds EIPs."""
    pace = Pace(options.max_unavailable, options.all_at_once)
    pace.width(1)
    look = Snapshot(session)
    config, pods = read_eni_config(look), terway_pods(look)
    world = TeardownWorld(
        terway=pods,
        config=config,
        granted=read_granted(look, config),
        silent=silent_nodes(look),
        held=held(look) if any(may_give_eips(pod, config) for pod in pods) else (),
    )
    plan = plan_teardown(world, TeardownKnobs(pace))
    permits = Permits(look, plan, "teardown")
    return Prepared(
        plan=permits.noted,
        handlers=lambda writers: permits.demanded(handlers(session, writers, options.restart_timeout)),
        data=lambda result: plan_data(plan, result),
        target=target(look),
        exclusive=True,
    )
