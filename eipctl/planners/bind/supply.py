"""Where an EIP for a Pod that has none comes from: kept for it, left by its workload, or bought.

A Pod that asks for an EIP of a pool gets one that is kept for its name if it may overflow; the other rows are for it
only when its pool has none for it (:mod:`eipctl.planners.bind.pools`).

in this order                                    condition
-----------------------------------------------  ------------------------------------------------------------
the one kept for its name (TTL, Never)           same namespace, kind and Pod name; for TTL also the same owner
one that a gone Pod of its workload left         not kept for somebody, same immutable attributes
one that any gone Pod of the cluster left        the same, and only with --reuse
a new one                                        the observation was complete, if one might be kept for its name

Within a row: the EIP that is at the Pod's address already, then one of a Pod of the same name, then an unbound one,
then the oldest. Rows are served for all Pods in turn, so that no Pod takes what is kept for another.
"""

from __future__ import annotations

from collections import defaultdict, deque
from itertools import islice
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Allocate, AnnotatePod, Associate, JoinPackage
from eipctl.domain.ownership import Role, workload_of
from eipctl.domain.plan import Lane
from eipctl.domain.settings import OF_EIP, ChangedBy, EipSpec, Setting
from eipctl.domain.strategy import FOLLOW
from eipctl.planners.bind.draft import oldest_first, ref, role_tags, strategy_of
from eipctl.planners.bind.handover import hand_over
from eipctl.planners.bind.pools import from_pools

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator
    from datetime import datetime

    from eipctl.domain.facts import Eip, Pod
    from eipctl.domain.plan import Action
    from eipctl.domain.wish import Wanted
    from eipctl.planners.bind.draft import BindDraft, Need

Key = tuple[str, ...]
NOTHING_NAMED = EipSpec()


def supply(draft: BindDraft, needs: Iterable[Need]) -> None:
    """Plan an EIP for each Pod that needs one."""
    left = [eip for eip in draft.own if _left_over(draft, eip)]
    kept, *others = _sources(draft)
    open_needs = from_pools(draft, _serve(draft, needs, left, kept))
    for source in others:
        open_needs = _serve(draft, open_needs, left, source)
    for need in open_needs:
        _buy(draft, need)


def _serve(draft: BindDraft, needs: Iterable[Need], left: list[Eip], source: Source) -> list[Need]:
    """The Needs that a row of the table does not meet."""
    of_need, of_eip, may = source
    shelves = _shelves(draft, left, of_eip)
    return [need for need in needs if not shelves or not _take(draft, need, shelves.get(of_need(need)), may)]


def _left_over(draft: BindDraft, eip: Eip) -> bool:
    """An own EIP whose Pod is proven gone, and that nothing keeps from being used again."""
    free = eip.allocation_id not in draft.chosen and not eip.untouchable and eip.pool is None
    return free and draft.owner(eip).role is Role.ALLOCATED and draft.gone(eip)


Source = tuple["Callable[[Need], Key]", "Callable[[Eip], Key]", "Callable[[Need, Eip], bool]"]


def _sources(draft: BindDraft) -> list[Source]:
    """The rows of the table: what a Need looks for, where an EIP is found, and whether the one may have the other."""

    def name_of(eip: Eip) -> Key:
        owner = draft.owner(eip)
        return owner.namespace, owner.kind, owner.pod

    def workload(eip: Eip) -> Key:
        owner = draft.owner(eip)
        return owner.namespace, owner.workload

    def fits(need: Need, eip: Eip) -> bool:
        return not is_kept(draft, eip) and _same_attributes(need.wish, eip)

    sources: list[Source] = [
        (
            lambda need: (need.pod.namespace, workload_of(need.pod).partition(".")[0], need.pod.name),
            name_of,
            lambda need, eip: _buys(need) and _kept_for(draft, need.pod, eip),
        ),
        (lambda need: (need.pod.namespace, workload_of(need.pod)), workload, fits),
    ]
    return [*sources, (lambda _need: (), lambda _eip: (), fits)] if draft.knobs.reuse else sources


def _buys(need: Need) -> bool:
    """Whether the Pod may have an EIP that was bought."""
    return not need.wish.pool or need.wish.overflow


class Shelf:
    """Left-over EIPs with one key, those that are alike in one queue, oldest first: 10,000 Pods look at few of them."""

    def __init__(self) -> None:
        self._eips: set[str] = set()
        self._queues: defaultdict[tuple[object, ...], deque[Eip]] = defaultdict(deque)
        self._of_pod: defaultdict[str, list[Eip]] = defaultdict(list)

    def put(self, eip: Eip, alike: tuple[object, ...], pod: str) -> None:
        """Add one that is no older than those before."""
        self._eips.add(eip.allocation_id)
        self._queues[alike].append(eip)
        self._of_pod[pod].append(eip)

    def offers(self, need: Need, taken: Container[str]) -> Iterator[Eip]:
        """The one at the Pod's address, those of a Pod of its name, and the oldest of each queue."""
        here = [need.current] if need.current and need.current.allocation_id in self._eips else []
        for eip in (*here, *self._of_pod.get(need.pod.name, ())):
            if eip.allocation_id not in taken:
                yield eip
        for queue in self._queues.values():
            while queue and queue[0].allocation_id in taken:
                queue.popleft()
            yield from islice(queue, 1)


def _shelves(draft: BindDraft, eips: Iterable[Eip], key: Callable[[Eip], Key]) -> defaultdict[Key, Shelf]:
    found: defaultdict[Key, Shelf] = defaultdict(Shelf)
    for eip in eips:
        found[key(eip)].put(eip, _alike(draft, eip), draft.owner(eip).pod)
    return found


def _alike(draft: BindDraft, eip: Eip) -> tuple[object, ...]:
    """What decides whether it fits a Pod, and how well."""
    return (is_kept(draft, eip), eip.bound, *(_trait(setting, eip) for setting in OF_EIP if setting.shown))


def _trait(setting: Setting, eip: Eip) -> object:
    """All of it that matters to :func:`_fits`."""
    return setting.differs(NOTHING_NAMED, eip) if setting.change is ChangedBy.MODIFY else setting.has(eip)


def _kept_for(draft: BindDraft, pod: Pod, eip: Eip) -> bool:
    """Whether a strategy keeps it for a Pod of this name. A name that had to be cut is none."""
    owner = draft.owner(eip)
    if owner.strategy == FOLLOW or len(pod.name) >= ownership.LONGEST_NAME:
        return False
    uid = pod.owner.uid if pod.owner else ""
    return owner.strategy.keep is None or owner.owner_uid == uid or (not uid and owner.kind == "Pod")


def is_kept(draft: BindDraft, eip: Eip) -> bool:
    """Whether its strategy keeps it for the Pod that it names, still."""
    owner = draft.owner(eip)
    if owner.strategy.keep is None:
        return True
    since = owner.orphan_since
    if owner.strategy.keep and since is None:
        return True
    return since is not None and (draft.world.now - since).total_seconds() < owner.strategy.keep


def _same_attributes(wish: Wanted, eip: Eip) -> bool:
    """Whether it could have been bought for this wish; what an annotation names and can change is corrected."""
    return all(_fits(setting, wish, eip) for setting in OF_EIP)


def _fits(setting: Setting, wish: Wanted, eip: Eip) -> bool:
    if setting.change is ChangedBy.PACKAGE:
        return setting.has(eip) in ("", setting.asked(wish.spec, eip))
    mended = setting.change is ChangedBy.TAG or (setting.change is ChangedBy.MODIFY and setting in wish.named)
    return mended or not setting.differs(wish.spec, eip)


def _take(draft: BindDraft, need: Need, shelf: Shelf | None, may: Callable[[Need, Eip], bool]) -> bool:
    """Give the Pod the best of the EIPs that it may have; False if there is none."""
    if shelf is None:
        return False

    def rank(eip: Eip) -> tuple[bool, bool, bool, tuple[bool, datetime, str]]:
        return (eip is not need.current, draft.owner(eip).pod != need.pod.name, eip.bound, oldest_first(eip))

    offered = shelf.offers(need, draft.chosen)
    eip = min((eip for eip in offered if may(need, eip)), key=rank, default=None)
    if eip is None:
        return False
    hand_over(draft, need, eip, "the Pod reuses an EIP that a deleted Pod left")
    return True


def _buy(draft: BindDraft, need: Need) -> None:
    pod, wish, address = need.pod, need.wish, need.address
    strategy = strategy_of(draft, pod, wish)
    if strategy != FOLLOW and not draft.world.complete:
        draft.skip(
            pod, Code.PARTIAL_READ, "an EIP that is kept for the Pod may not have been read; the next run decides"
        )
        return
    fields = ref(pod, address)
    tags = role_tags(draft, pod, Role.ALLOCATED, strategy)
    steps: list[Action] = [
        Allocate(**fields, spec=wish.spec, ownership=tags, reason="the Pod asks for an EIP and has none")
    ]
    if wish.spec.bandwidth_package_id:
        package = wish.spec.bandwidth_package_id
        steps.append(JoinPackage(**fields, package_id=package, reason="the annotation names this bandwidth package"))
    steps += [
        Associate(**fields, primary=address.primary, reason="bind the new EIP to the Pod's private IP"),
        AnnotatePod(**fields, gate=pod.eip_gate, reason="record the address on the Pod"),
    ]
    draft.bind.append(Lane(tuple(steps)))
