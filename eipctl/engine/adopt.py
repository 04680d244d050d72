"""`eipctl adopt`: from Terway's own EIPs to eipctl's care, without unbinding one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.domain.annotations import Wanted, wanted
from eipctl.engine.bind_handlers import BindHandlers
from eipctl.engine.cluster import identify, target
from eipctl.engine.observe import everything
from eipctl.engine.places import locate
from eipctl.engine.plan_data import plan_data
from eipctl.engine.prepared import Prepared
from eipctl.engine.rivals import ack_extend_present
from eipctl.engine.setup import RESTART_TIMEOUT, handlers
from eipctl.engine.terway import read_eni_config, terway_pods
from eipctl.planners.adopt import TOLD, AdoptKnobs, AdoptWorld, plan_adopt
from eipctl.planners.restart import Pace

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
    cluster = identify(session, options.cluster_id)
    plan = plan_adopt(_observe(session, cluster), AdoptKnobs(pace))
    return Prepared(
        plan=plan,
        handlers=lambda writers: {
            **handlers(session, writers, options.restart_timeout),
            **BindHandlers(session, writers, cluster).table(),
        },
        data=lambda result: plan_data(plan, result),
        target=target(session, cluster),
        exclusive=True,
        rounds=3,
    )


def _observe(session: Session, cluster: ClusterId) -> AdoptWorld:
    eips, pods = everything(session, "and what is not seen would leak")
    nodes = {node.name: node for node in session.kube.nodes()}
    return AdoptWorld(
        cluster=cluster,
        eips=eips,
        pods=pods,
        places=locate(session, nodes, [pod for pod in pods if _may_have_one(pod)]).addresses,
        config=read_eni_config(session, nodes.values()),
        terway=terway_pods(session),
        rivals=ack_extend_present(session),
    )


def _may_have_one(pod: Pod) -> bool:
    told = any(pod.annotations.get(key) for key in TOLD)
    return bool(pod.ip) and not pod.finished and not pod.host_network and (told or _asks(pod))


def _asks(pod: Pod) -> bool:
    return isinstance(wanted(pod.annotations), Wanted)
