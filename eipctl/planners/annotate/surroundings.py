"""What can't work about EIP annotations because of something else: other workloads, autoscalers, the EIP, the actor."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.cost import Rates
from eipctl.domain.facts import EipStatus
from eipctl.domain.findings import Level
from eipctl.domain.settings import BY_NAME, EIPCTL, K8S, NETWORK, SETTINGS
from eipctl.domain.wish import Wanted, wanted
from eipctl.planners.annotate.lints import Lint, Target, placed, shared_lint, virtual_lint
from eipctl.planners.annotate.pools import pool_lints, sharing_lints
from eipctl.planners.annotate.settings import OURS, PROPERTIES
from eipctl.planners.annotate.terway_reads import published_lints, terway_lints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from eipctl.domain.facts import Eip, Scaler, Workload
    from eipctl.domain.terway.image_version import TerwayVersion


class Actor(StrEnum):
    """Who makes the cloud match the annotations on some node."""

    TERWAY = "Terway"
    BIND = "eipctl bind"
    ACK_EXTEND = "ack-extend-network-controller"


@dataclass(frozen=True, slots=True)
class Acts:
    """An actor of this cluster; `nodes` (none: all) and `version`, the oldest, of Terway."""

    actor: Actor
    nodes: frozenset[str] = frozenset()
    version: TerwayVersion | None = None

    @property
    def text(self) -> str:
        """``Terway v1.6.3 on 3 nodes``."""
        version = f" {self.version}" if self.version else ""
        count = len(self.nodes)
        where = f" on {count} {'node' if count == 1 else 'nodes'}" if count else ""
        return f"{self.actor.value}{version}{where}"


def who_gives(actors: Sequence[str]) -> str:
    """``Terway v1.6.3 on 2 nodes and eipctl bind give the EIPs``; "" if unknown."""
    return f"{' and '.join(actors)} {'gives' if len(actors) == 1 else 'give'} the EIPs" if actors else ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was seen of the cluster and the account; empty where nothing could be seen, and `notes` say so."""

    actors: tuple[Acts, ...] = ()
    workloads: tuple[Workload, ...] = ()
    """All that may name an EIP by id, in every namespace."""
    scalers: tuple[Scaler, ...] = ()
    eips: Mapping[str, Eip | None] = field(default_factory=dict)
    """The named EIPs that were looked up; None for one that is not there."""
    pools: Mapping[str, tuple[Eip, ...]] | None = None
    """The EIPs of this cluster's pools by the pool's name; None where they were not looked up."""
    region: str = ""
    rates: Rates = field(default_factory=Rates)
    virtual: frozenset[str] = frozenset()
    """Names of virtual nodes."""
    notes: tuple[str, ...] = ()


def cluster_lints(changed: Sequence[tuple[Target, Mapping[str, str]]], around: Surroundings) -> Iterator[Lint]:
    """Of the workloads that change, with the annotations that they will have."""
    named: dict[str, list[Target]] = defaultdict(list)
    pooled: dict[str, list[Target]] = defaultdict(list)
    terway = terway_of(around.actors)
    for target, after in changed:
        wish = wanted(after)
        if terway and not target.workload.is_pod:
            yield from placed(target, terway_lints(target, after, terway))
        if isinstance(wish, Wanted):
            yield from placed(target, published_lints(target, after, wish))
            yield from placed(target, _of_one(target, after, wish, around))
            if wish.instance_id:
                named[wish.instance_id].append(target)
            if wish.pool:
                pooled[wish.pool].append(target)
                eips = None if around.pools is None else around.pools.get(wish.pool, ())
                yield from placed(target, pool_lints(target, wish, eips, scaler_of(target, around.scalers)))
    for pool, targets in pooled.items():
        yield from placed(targets[-1], sharing_lints(pool, targets, around.workloads))
    for instance_id, targets in named.items():
        yield from placed(targets[-1], _shared(instance_id, targets, around.workloads))
        yield from placed(targets[0], _eip(instance_id, targets[0], around))


def _of_one(target: Target, after: Mapping[str, str], wish: Wanted, around: Surroundings) -> Iterator[Lint]:
    yield from _ignored(target, after, wish, around.actors)
    yield from _late(target, around)
    if target.workload.node in around.virtual:
        yield virtual_lint(target, "the Pod runs on a virtual node (ECI), which neither Terway nor bind serves")
    if wish.instance_id:
        yield from _scaled(target, wish.instance_id, around.scalers)


def is_late(target: Target, around: Surroundings) -> bool:
    """Whether it is a Pod that runs already where Terway gives the EIPs: it does so as a Pod is made."""
    terway = terway_of(around.actors)
    if terway is None or not target.workload.is_pod:
        return False
    return len(around.actors) == 1 or target.workload.node in terway.nodes


def _late(target: Target, around: Surroundings) -> Iterator[Lint]:
    terway = terway_of(around.actors)
    if terway and is_late(target, around):
        problem = f"{terway.text} gives EIPs to Pods when they are created, and this Pod is already running"
        instead = "annotate its workload, or recreate the Pod"
        yield Lint(Code.IGNORED_KEY, target.object, problem, instead, Level.WARNING)


def terway_of(actors: Iterable[Acts]) -> Acts | None:
    """Terway, where it gives EIPs itself on some node."""
    return next((acts for acts in actors if acts.actor is Actor.TERWAY), None)


def is_early(version: TerwayVersion | None) -> bool:
    """Whether this Terway reads only the older key of some settings; an unknown version counts as a late one."""
    return version is not None and any(each.terway_older and each.terway and version < each.terway for each in SETTINGS)


def what_follows(target: Target, around: Surroundings, *, removing: bool) -> str:
    """Who does the rest for a Pod that runs already; "" where that is `eipctl bind`, or a workload."""
    if not target.workload.is_pod:
        return ""
    if is_late(target, around):
        return "Terway removes its EIP when the Pod is deleted" if removing else "nothing in this cluster acts on it"
    others = {acts.actor for acts in around.actors} - {Actor.TERWAY, Actor.BIND}
    return f"the rest depends on {next(iter(others)).value}" if others else ""


def ignored_by_terway(key: str, version: TerwayVersion | None) -> bool:
    """Whether Terway's own EIP mode does not read one of our keys; an unknown version counts as a late one."""
    if key.startswith((NETWORK, EIPCTL)):
        return True
    setting = BY_NAME.get(key.removeprefix(K8S))
    if setting is None:
        return False
    return setting.terway is None or (version is not None and version < setting.terway)


def stays_as_it_is(wish: Wanted, actors: Iterable[Acts]) -> bool:
    """Whether a named EIP is bound and never modified: by Terway and bind; unknown for a third controller.

    So is an EIP of a pool, unless the Pod may get one that is bought.
    """
    fixed = wish.instance_id or (wish.pool and not wish.overflow)
    return bool(fixed) and Actor.ACK_EXTEND not in {acts.actor for acts in actors}


def _ignored(target: Target, after: Mapping[str, str], wish: Wanted, actors: Sequence[Acts]) -> Iterator[Lint]:
    unused = [key for key in PROPERTIES if key in after and stays_as_it_is(wish, actors)]
    if unused:
        which = wish.instance_id or f"an EIP of pool {wish.pool}"
        problem = f"nothing in this cluster acts on {', '.join(unused)}: {which} is not changed"
        yield Lint(Code.IGNORED_KEY, target.object, problem, "remove it", Level.WARNING)
    terway = None if target.workload.is_pod else terway_of(actors)
    keys = [key for key in OURS if key in after and terway and ignored_by_terway(key, terway.version)]
    keys = [key for key in keys if key not in unused and not _said_older(key, after)]
    if terway and keys:
        problem = f"{terway.text} gives the EIPs here and ignores {', '.join(keys)}"
        instead = f"set it under {K8S}" if keys[0].startswith(NETWORK) else "remove it, or let eipctl bind act"
        yield Lint(Code.IGNORED_KEY, target.object, problem, instead, Level.WARNING)


def _said_older(key: str, after: Mapping[str, str]) -> bool:
    """Whether the older key beside it, which every Terway reads, has the same value."""
    setting = BY_NAME.get(key.removeprefix(K8S))
    return bool(setting and setting.terway_older and after.get(setting.older) == after[key])


def scaler_of(target: Target, scalers: Iterable[Scaler]) -> Scaler | None:
    """What scales a workload; in manifests the one that stands nearest."""
    workload = target.workload
    own = (workload.namespace, workload.kind, workload.name)
    for scaler in scalers:
        if (scaler.namespace, scaler.target_kind, scaler.target) == own and scaler.place in ("", workload.place):
            return scaler
    return None


def _scaled(target: Target, instance_id: str, scalers: Iterable[Scaler]) -> Iterator[Lint]:
    scaler = scaler_of(target, scalers)
    if scaler and scaler.most != 1:
        problem = f"{scaler.kind} {scaler.name} may scale it, but {instance_id} can be bound to only one Pod"
        yield Lint(Code.ID_AUTOSCALED, target.object, problem, f"{target.auto}, or remove the {scaler.kind}")


def _shared(instance_id: str, targets: Sequence[Target], others: Iterable[Workload]) -> Iterator[Lint]:
    here = {target.label for target in targets}
    own = here.union(*map(_makers, targets))
    there = {other.label for other in map(Target, others) if names_eip(other.workload, instance_id)} - own
    if len(here | there) > 1:
        lint = shared_lint(instance_id, [*sorted(there), *sorted(here)])
        yield replace(lint, object=targets[-1].object)


def _makers(target: Target) -> Iterator[str]:
    """What a Pod is of: that it names the same EIP is no second claim."""
    workload = target.workload
    maker = ownership.controller_of(workload.owner, workload.pod_labels) if workload.is_pod else None
    if maker:
        yield replace(target, workload=replace(workload, kind=maker[0], name=maker[1])).label


def names_eip(workload: Workload, instance_id: str) -> bool:
    """Whether its annotations ask for this very EIP."""
    wish = wanted(workload.annotations)
    return isinstance(wish, Wanted) and wish.instance_id == instance_id


def _eip(instance_id: str, target: Target, around: Surroundings) -> Iterator[Lint]:
    """Whether the named EIP is there, and free or already this workload's."""
    if instance_id not in around.eips:
        return
    eip = around.eips[instance_id]
    owner = eip.owner if eip else None
    if eip is None or eip.status is EipStatus.RELEASING:
        problem = f"this account has no {instance_id} in region {around.region}"
        yield Lint(
            Code.EIP_NOT_FOUND, target.object, problem, "check the ID: an EIP serves only Pods in its own region"
        )
    elif owner and owner.role is ownership.Role.ALLOCATED:
        problem = f"{instance_id} was allocated by eipctl for Pod {owner.key}and is released with that Pod"
        yield Lint(
            Code.EIP_ELSEWHERE,
            target.object,
            problem,
            "name one of your own EIPs, or keep this one with --release-strategy",
        )
    elif eip.bound and not _is_its_own(eip, target):
        place = f"{eip.instance_type} {eip.instance_id}" + (f" at {eip.private_ip}" if eip.private_ip else "")
        problem = f"{instance_id} is bound to {place} and is never taken from its holder"
        yield Lint(Code.EIP_ELSEWHERE, target.object, problem, "unbind it first, or name another EIP")
    elif eip.untouchable or eip.service_managed:
        why = "locked (overdue payment or security)" if eip.locked else eip.untouchable
        why = why or "managed by another cloud service"
        yield Lint(Code.EIP_HELD_BACK, target.object, f"{instance_id} is {why}: it can't be bound", "name another EIP")


def _is_its_own(eip: Eip, target: Target) -> bool:
    """Whether it serves a Pod of this very workload, by its tags or by its address."""
    workload, owner = target.workload, eip.owner
    if owner is not None:
        named = (workload.namespace, ownership.workload_key(workload.kind, workload.name))
        return (owner.namespace, owner.workload) == named or owner.pod_uid == workload.uid
    return bool(eip.private_ip) and eip.private_ip in target.ips
