"""What the lints of `annotate` look at beside the workloads: who gives the EIPs, who else names them, the EIP itself.

All of it may be missing (rights, credentials): then a note says what was not looked at.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from eipctl.base.errors import CloudError, EipctlError, Failed, KubeError, OutcomeUnknown, UsageError
from eipctl.domain.eligibility import is_virtual
from eipctl.domain.rights import LINTED
from eipctl.domain.wish import Wanted, wanted
from eipctl.observe.cluster import identify
from eipctl.observe.other_controllers import ack_extend_present, native_nodes
from eipctl.observe.snapshot import Snapshot
from eipctl.observe.terway import terway_pods
from eipctl.observe.workloads import maker
from eipctl.planners.annotate.actors import Actor, Acts, who_gives
from eipctl.planners.annotate.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from eipctl.domain.facts import Eip, Node, Scaler, Workload
    from eipctl.engine.session import Session
    from eipctl.planners.annotate.draft import Wish

T = TypeVar("T")


def surroundings(session: Session, found: Sequence[Workload], wish: Wish) -> Surroundings:
    """As far as they can be seen, and only what these workloads need."""
    look = _Allowed(Snapshot(session))
    nodes = look.at("the nodes", look.look.kube.nodes) or ()
    region = session.told_region or next((node.region for node in nodes if node.region), "")
    rates = session.rates_of(region)
    asked = wish.wait or not wish.remove or any(workload.is_pod for workload in found)
    actors = (look.at("who gives the EIPs here", partial(actors_of, look.look, nodes)) if asked else None) or ()
    if wish.remove:
        return Surroundings(actors=actors, region=region, rates=rates, notes=tuple(look.notes))
    ids, pools = _ids(found, wish), _pools(found, wish)
    around = Surroundings(
        actors=actors,
        workloads=tuple(look.namesakes()) if ids or pools else (),
        scalers=tuple(look.scalers({workload.namespace for workload in found if not workload.is_pod})),
        eips=look.at(f"whether {', '.join(sorted(ids))} can be bound", partial(_eips, look.look, ids)) or {},
        pools=look.at(f"the EIPs of pool {', '.join(sorted(pools))}", partial(_lent, look.look)) if pools else None,
        region=region,
        rates=rates,
        virtual=frozenset(node.name for node in nodes if is_virtual(node.labels)),
    )
    told = [f"{who_gives([acts.text for acts in actors])} here"] if actors else []
    return replace(around, notes=(*told, *look.notes))


def actors_of(look: Snapshot, nodes: Iterable[Node]) -> tuple[Acts, ...]:
    """Who makes the cloud match the annotations: one of the controllers, or `eipctl bind`."""
    if ack_extend_present(look):
        return (Acts(Actor.ACK_EXTEND),)
    names = {node.name for node in nodes}
    native = native_nodes(look)
    versions = [pod.version for pod in terway_pods(look) if pod.node in native and pod.version]
    terway = (Acts(Actor.TERWAY, native, min(versions, default=None)),) if native else ()
    return terway if native and names <= native else (*terway, Acts(Actor.BIND))


class _Allowed:
    """Reads what may be read, and says of what could not be what is missing for it."""

    def __init__(self, look: Snapshot) -> None:
        self.look = look
        self.notes: list[str] = []

    def at(self, what: str, read: Callable[[], T]) -> T | None:
        """What `read` returns; None and a note when it is refused."""

        def is_refused(error: EipctlError) -> bool:
            refused = isinstance(error, KubeError | CloudError | OutcomeUnknown | Failed | UsageError)
            self.notes += [f"not checked: {what} ({error.message})"] if refused else []
            return refused

        return self.look.allowed(read, is_refused)

    def namesakes(self) -> Iterator[Workload]:
        """Everything in the cluster that may name an EIP: the usual kinds, and of any kind what has Pods."""
        crons: set[tuple[str, str]] = set()
        for kind in LINTED:
            for found in self.at(f"all {kind}", partial(self.look.kube.workloads, kind, None, "")) or ():
                crons |= {(found.namespace, found.name)} if found.kind == "CronJob" else set()
                yield found
        pods = self.at("all Pods", partial(self.look.kube.pods, None))
        for pod in pods.pods if pods else ():
            if not (pod.finished or pod.terminating):
                yield maker(pod, crons)

    def scalers(self, namespaces: set[str]) -> Iterator[Scaler]:
        """What may scale the workloads of these namespaces."""
        for namespace in sorted(namespaces):
            yield from self.at(f"autoscalers in {namespace}", partial(self.look.kube.scalers, namespace)) or ()


def _ids(workloads: Iterable[Workload], wish: Wish) -> frozenset[str]:
    """The EIPs that will be named."""
    if wish.settings.instance_id:
        return frozenset({wish.settings.instance_id})
    wishes = (wanted(workload.annotations) for workload in workloads)
    return frozenset(each.instance_id for each in wishes if isinstance(each, Wanted) and each.instance_id)


def _pools(workloads: Iterable[Workload], wish: Wish) -> frozenset[str]:
    """The pools that will be asked for."""
    if wish.settings.pool:
        return frozenset({wish.settings.pool})
    wishes = (wanted(workload.annotations) for workload in workloads)
    return frozenset(each.pool for each in wishes if isinstance(each, Wanted) and each.pool)


def _lent(look: Snapshot) -> Mapping[str, tuple[Eip, ...]]:
    """The EIPs of this cluster's pools."""
    cluster, found = identify(look), defaultdict[str, list["Eip"]](list)
    for eip in look.vpc.list_eips().eips:
        if eip.pool and eip.pool.is_of(cluster):
            found[eip.pool.name].append(eip)
    return {name: tuple(eips) for name, eips in found.items()}


def _eips(look: Snapshot, ids: frozenset[str]) -> Mapping[str, Eip | None]:
    known = look.vpc.eips_by_id(sorted(ids)) if ids else {}
    return {instance_id: known.get(instance_id) for instance_id in ids}
