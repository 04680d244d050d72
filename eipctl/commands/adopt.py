"""`eipctl adopt`: from Terway's own EIPs to eipctl's care, without unbinding one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.act.eips import BindHandlers
from eipctl.commands.permits import Permits
from eipctl.commands.plan_data import plan_data
from eipctl.commands.setup import RESTART_TIMEOUT, handlers
from eipctl.domain.wish import Wanted
from eipctl.engine.prepared import Prepared
from eipctl.observe.cluster import identify, target
from eipctl.observe.eni_addresses import locate, vpc_of
from eipctl.observe.other_controllers import ack_extend_present
from eipctl.observe.snapshot import Snapshot
from eipctl.observe.terway import read_eni_config, silent_nodes, terway_pods
from eipctl.observe.world import everything
from eipctl.planners.terway.adopt import AdoptKnobs, AdoptWorld, plan_adopt
from eipctl.planners.terway.restart import Pace

if TYPE_CHECKING:
    from eipctl.domain.facts import ClusterId, Pod
    from eipctl.engine.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptOptions:
    """`restart_timeout` per Terway Pod, in seconds."""

    max_unavailable: str = "1"
    all_at_once: bool = False
    restart_timeout: float = RESTART_TIMEOUT
    cluster_id: str | None = None


def prepare_adopt(session: Session, options: AdoptOptions) -> Prepared:
    """Observe and plan. Refused on a partial read: what was not seen would leak."""
    pace = Pace(options.max_unavailable, options.all_at_once)
    pace.width(1)
    look = Snapshot(session)
    cluster = identify(look, options.cluster_id)
    plan = plan_adopt(_observe(look, cluster), AdoptKnobs(pace))
    permits = Permits(look, plan, "adopt")
    return Prepared(
        plan=permits.noted,
        handlers=lambda writers: permits.demanded(
            {
                **handlers(session, writers, options.restart_timeout),
                **BindHandlers(session, writers, cluster).table(),
            }
        ),
        data=lambda result: plan_data(plan, result),
        target=target(look, cluster),
        exclusive=True,
        rounds=3,
    )


def _observe(look: Snapshot, cluster: ClusterId) -> AdoptWorld:
    vpc_of(look)  # In a wrong account no EIP is held, and Terway would be made to forget those that are.
    eips, pods = everything(look, "and an unseen EIP would leak")
    return AdoptWorld(
        cluster=cluster,
        eips=eips,
        pods=pods,
        places=locate(look, [pod for pod in pods if _may_have_one(pod)], eips).addresses,
        config=read_eni_config(look),
        terway=terway_pods(look),
        rivals=ack_extend_present(look),
        silent=silent_nodes(look),
    )


def _may_have_one(pod: Pod) -> bool:
    asks = isinstance(pod.wish, Wanted)
    return bool(pod.ip) and not pod.finished and not pod.host_network and (asks or bool(pod.recorded))
