"""`eipctl adopt --from ack-extend`: the EIPs of a controller that was uninstalled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.act.eips import BindHandlers
from eipctl.act.pod_eips import PodEipHandlers
from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.commands.permits import Permits
from eipctl.commands.plan_data import plan_data
from eipctl.engine.prepared import Prepared
from eipctl.observe.cluster import identify, target
from eipctl.observe.eni_addresses import locate, vpc_of
from eipctl.observe.other_controllers import ack_extend_installed, native_nodes
from eipctl.observe.snapshot import Snapshot
from eipctl.observe.world import everything
from eipctl.planners.pod_eips import PodEipWorld, plan_pod_eips

if TYPE_CHECKING:
    from eipctl.domain.facts import ClusterId
    from eipctl.engine.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class PodEipOptions:
    """`remove`: whether PodEIP objects are deleted whose EIPs are eipctl's, or gone."""

    remove: bool = False
    cluster_id: str | None = None


def prepare_pod_eips(session: Session, options: PodEipOptions) -> Prepared:
    """Observe and plan. Refused on a partial read: what was not seen would leak."""
    look = Snapshot(session)
    cluster = identify(look, options.cluster_id)
    plan = plan_pod_eips(_observe(look, cluster), remove=options.remove)
    permits = Permits(look, plan, "adopt")
    return Prepared(
        plan=permits.noted,
        handlers=lambda writers: permits.demanded(
            {
                **BindHandlers(session, writers, cluster).table(),
                **PodEipHandlers(session, writers, cluster).table(),
            }
        ),
        data=lambda result: plan_data(plan, result),
        target=target(look, cluster),
        exclusive=True,
    )


def _observe(look: Snapshot, cluster: ClusterId) -> PodEipWorld:
    eips, pods = everything(look, "and an unseen EIP would leak")
    pod_eips = look.kube.pod_eips()
    if pod_eips:
        vpc_of(look)  # In a wrong account no EIP exists, and every PodEIP would look like a record of nothing.
    elif version := look.kube.unread_pod_eips():
        message = f"PodEIP objects are served as {version}, which this version of eipctl does not read"
        raise Failed(Code.ACK_EXTEND, message, hint="update eipctl, or tag the EIPs by hand", obj="podeips")
    named = {pod_eip.key for pod_eip in pod_eips}
    placed = [pod for pod in pods if pod.key in named and pod.ip and not pod.finished and not pod.host_network]
    return PodEipWorld(
        cluster=cluster,
        eips=eips,
        pods=pods,
        places=locate(look, placed, eips).addresses,
        pod_eips=pod_eips,
        native_nodes=native_nodes(look),
        controller=ack_extend_installed(look, pods),
    )
