"""`eipctl release`: let go of EIPs because a person says so, and buy back one that was let go by mistake."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.act.eips import BindHandlers
from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.commands.eip_cost import Money, with_prices
from eipctl.commands.eip_data import bind_data
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Recover, Unassociate
from eipctl.domain.facts import Pod
from eipctl.domain.guards import guard
from eipctl.domain.limits import MAX_RELEASE, Limits
from eipctl.domain.ownership import Role
from eipctl.domain.plan import Lane, Plan, Stage
from eipctl.domain.settings import EipSpec
from eipctl.domain.wish import Wanted
from eipctl.engine.prepared import Prepared
from eipctl.observe.cluster import identify, scope, target
from eipctl.observe.eni_addresses import vpc_of
from eipctl.observe.snapshot import Snapshot
from eipctl.observe.world import observe
from eipctl.planners.bind.draft import ref
from eipctl.planners.release import Choice, plan_release

if TYPE_CHECKING:
    from eipctl.base.errors import EipctlError
    from eipctl.domain.facts import ClusterId
    from eipctl.engine.session import Session
    from eipctl.planners.bind.world import World

NEVER = "never"
NOBODY = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOptions:
    """`names` are Pods (``pod/web-0``, ``pod/game/web-0``), allocation ids or addresses.

    `namespaces` None is all; a Pod that is named without its own is looked for in each.
    """

    names: tuple[str, ...] = ()
    namespaces: tuple[str, ...] | None = None
    orphans: bool = False
    everything: bool = False
    max_release: int | None = MAX_RELEASE
    cluster_id: str | None = None
    force: tuple[str, ...] = ()


def prepare_release(session: Session, options: ReleaseOptions) -> Prepared:
    """Observe, plan, guard. All Pods are read: an EIP that is named may be any Pod's."""
    look = Snapshot(session)
    cluster = identify(look, options.cluster_id)
    world, incomplete = observe(look, cluster, None)
    plan = plan_release(world, _choice(options))
    money = Money.of(world, plan, session.rates)
    limits = Limits(max_release=options.max_release, lifted=frozenset(options.force))
    plan, tripped = guard(plan, limits, money.scale(money.owned))
    money = Money.of(world, plan, session.rates)
    plan = replace(with_prices(world, plan, session.rates), notes=_notes(plan))
    return _prepared(look, cluster, world, plan, money, (*incomplete, *tripped), options.namespaces)


def _choice(options: ReleaseOptions) -> Choice:
    pods = [name.partition("/")[2] for name in options.names if is_pod(name)]
    return Choice(
        pods=tuple(key_of(name, namespace) for name in pods for namespace in options.namespaces or ("",)),
        eips=tuple(name for name in options.names if not is_pod(name)),
        namespaces=options.namespaces,
        orphans=options.orphans,
        everything=options.everything,
        never=NEVER in options.force,
    )


def key_of(name: str, namespace: str) -> str:
    """The name may have its own namespace before it, as in the lists of status -A."""
    return name if "/" in name else f"{namespace}/{name}"


def is_pod(name: str) -> bool:
    """Whether it is ``pod/NAME`` or ``pod/NAMESPACE/NAME``, with the kind in one of kubectl's spellings."""
    kind, *names = name.split("/")
    return kind in ("pod", "pods", "po") and len(names) in (1, 2) and all(names)


def _notes(plan: Plan) -> tuple[str, ...]:
    if any(isinstance(action, Unassociate) and action.living for action in plan.actions):
        return (
            "a Pod that still asks for an EIP gets a new one from the next bind; eipctl annotate --remove stops that",
        )
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoOptions:
    """`wanted` is the allocation id or the address; `pod` (``web-0``, ``game/web-0``) gets it, else it is an orphan."""

    wanted: str
    pod: str = ""
    namespace: str = "default"
    cluster_id: str | None = None


def prepare_undo(session: Session, options: UndoOptions) -> Prepared:
    """Plan to buy back one EIP. UsageError in a wrong account, Failed when the Pod is not there."""
    look = Snapshot(session)
    cluster = identify(look, options.cluster_id)
    world, incomplete = observe(look, cluster, None)
    vpc_of(look)
    pod = _receiver(world, options)
    tags = ownership.tags_for(cluster, pod or Pod("", "", NOBODY, world.now), Role.ALLOCATED)
    if pod is None:
        tags += ((ownership.ORPHAN_SINCE, ownership.moment(world.now)),)
    wish = pod.wish if pod else None
    action = Recover(
        **ref(pod),
        wanted=options.wanted,
        spec=wish.spec if isinstance(wish, Wanted) else EipSpec(),
        ownership=tags,
        reason="recover the released EIP",
    )
    note = (
        "the next bind binds the EIP to the Pod"
        if pod
        else "the EIP is orphaned until a Pod takes it over: bind --reuse"
    )
    plan = Plan("release", (Stage("buy back", (Lane((action,)),)),), notes=(note,))
    money = Money.of(world, plan, session.rates)
    return _prepared(look, cluster, world, plan, money, incomplete, (options.namespace,))


def _receiver(world: World, options: UndoOptions) -> Pod | None:
    if not options.pod:
        return None
    key = key_of(options.pod, options.namespace)
    found = next((pod for pod in world.pods if pod.key == key and not pod.finished), None)
    if found is None:
        raise Failed(
            Code.WORKLOAD_NOT_FOUND, f"there is no Pod {key}", hint="see: kubectl get pods -A", obj=f"pod/{key}"
        )
    return found


def _prepared(
    look: Snapshot,
    cluster: ClusterId,
    world: World,
    plan: Plan,
    money: Money,
    problems: tuple[EipctlError, ...],
    namespaces: tuple[str, ...] | None,
) -> Prepared:
    session, where = look.session, (*target(look, cluster), scope(namespaces))
    return Prepared(
        plan=plan,
        handlers=lambda writers: BindHandlers(session, writers, cluster).table(),
        data=lambda result: bind_data(session, world, plan, money, result),
        target=where,
        problems=problems,
        exclusive=True,
        workloads=world.workloads,
    )
