"""Which EIP of its pool a Pod gets that asks for one.

in this order                                  condition
---------------------------------------------  --------------------------------------------------------------
the one at its address                         its Pod is gone
the one that a Pod of its name had             the same namespace, kind and Pod name
one that a Pod of its workload had             the same namespace and workload
the one that has been unused the longest       those that no Pod ever had come first
one of its own                                 none of the pool is free, and its annotation says so (overflow)

Rows are served for all Pods in turn, so that no Pod takes what another Pod of its name had. An EIP is free when its
owner lends it to this cluster, nobody has bound it to anything, and the Pod that had it is proven gone. One that
eipctl had bought for that Pod, and that was lent since, is the pool's from then on.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.text import first_few
from eipctl.domain import ownership
from eipctl.domain.ownership import Role, held_elsewhere, workload_of
from eipctl.planners.bind.draft import oldest_first
from eipctl.planners.bind.handover import hand_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from eipctl.domain.facts import Eip
    from eipctl.planners.bind.draft import BindDraft, Need

Key = tuple[str, ...]
NOBODY: Key = ("", "", "")


def from_pools(draft: BindDraft, needs: Iterable[Need]) -> list[Need]:
    """Plan an EIP of its pool for each Pod that asks for one; the Needs that are to be met otherwise."""
    others: list[Need] = []
    asking: defaultdict[str, list[Need]] = defaultdict(list)
    for need in needs:
        (asking[need.wish.pool] if need.wish.pool else others).append(need)
    for name, of_pool in asking.items():
        others += _serve(draft, name, of_pool)
    return others


def _serve(draft: BindDraft, name: str, needs: list[Need]) -> list[Need]:
    if not draft.world.complete:
        for need in needs:
            draft.skip(need.pod, Code.PARTIAL_READ, "an EIP of its pool may be its own already; the next run serves it")
        return []
    free = [eip for eip in draft.pools.get(name, ()) if is_free(draft, eip)]
    free.sort(key=lambda eip: (eip.owner is not None and not draft.in_scope(eip.owner), *_unused(eip)))
    for of_need, of_eip in _ROWS:
        shelves = _shelves(free, of_eip)
        needs = [need for need in needs if not _take(draft, need, shelves.get(of_need(need)))]
    for need in needs:
        if not need.wish.overflow:
            draft.skip(need.pod, *why_none(draft, name))
    return [need for need in needs if need.wish.overflow]


def is_free(draft: BindDraft, eip: Eip) -> bool:
    """Whether a Pod may have this EIP of a pool."""
    if why_not_free(eip) or eip.allocation_id in draft.chosen:
        return False
    if eip.owner is None:
        return not (eip.bound or eip.tagged)
    lent = draft.owned(eip) and eip.owner.role is not Role.GIVEN
    return lent and not held_elsewhere(eip) and (draft.gone(eip) or _was_found_unused(draft, eip))


def why_not_free(eip: Eip) -> str:
    """What keeps an EIP of a pool from being bound, whoever had it; "" for nothing."""
    managed = "managed by another cloud service" if eip.service_managed else ""
    return eip.untouchable or managed or ownership.crowded(eip.tags, Role.POOLED)


def _was_found_unused(draft: BindDraft, eip: Eip) -> bool:
    """Whether an earlier run has proven its Pod gone, in a namespace that this one does not look at.

    Only its mark says so here: that Pod is asked for once more before the EIP is tagged for another one.
    """
    owner, world = draft.owner(eip), draft.world
    return world.complete and not draft.in_scope(owner) and not eip.bound and owner.orphan_since is not None


def why_none(draft: BindDraft, name: str) -> tuple[Code, str]:
    """Why a Pod gets no EIP of this pool, and who has those that are there."""
    eips = draft.pools.get(name, ())
    if not eips:
        return Code.POOL_UNKNOWN, f"pool {name} has no EIP in this account and region"
    holders = first_few(sorted(_holder(draft, eip) for eip in eips), 3)
    return Code.POOL_FULL, f"none of the {len(eips)} EIPs of pool {name} is free: {holders}"


def _holder(draft: BindDraft, eip: Eip) -> str:
    if pod := draft.lent.get(eip.allocation_id):
        return f"{eip.address} goes to {pod}"
    if eip.owner is not None and draft.in_scope(eip.owner):
        return f"{eip.address} is used by {eip.owner.key}"
    if eip.owner is not None:
        return f"{eip.address} was lent to {eip.owner.key}, whose namespace was not read"
    return f"{eip.address} {_obstacle(eip)}"


def _obstacle(eip: Eip) -> str:
    if crowded := ownership.crowded(eip.tags, Role.POOLED):
        return crowded
    return f"is {why_not_free(eip) or f'bound to {eip.instance_id}'}"


def _name_of(eip: Eip) -> Key:
    owner = eip.owner
    return (owner.namespace, owner.kind, owner.pod) if owner else NOBODY


def _workload_of(eip: Eip) -> Key:
    return (eip.owner.namespace, eip.owner.workload) if eip.owner else NOBODY


_ROWS: tuple[tuple[Callable[[Need], Key], Callable[[Eip], Key]], ...] = (
    (lambda need: (need.current.allocation_id,) if need.current else NOBODY, lambda eip: (eip.allocation_id,)),
    (lambda need: (need.pod.namespace, workload_of(need.pod).partition(".")[0], need.pod.name), _name_of),
    (lambda need: (need.pod.namespace, workload_of(need.pod)), _workload_of),
    (lambda _need: (), lambda _eip: ()),
)
"""The table: what a Need looks for, and where an EIP is found."""


def _unused(eip: Eip) -> tuple[bool, str, tuple[bool, datetime, str]]:
    """Sorts by how long it has been unused, the longest first."""
    since = eip.owner.orphan_since if eip.owner else None
    return (eip.owner is not None, since.isoformat() if since else "~", oldest_first(eip))


def _shelves(eips: Iterable[Eip], key: Callable[[Eip], Key]) -> dict[Key, deque[Eip]]:
    found: defaultdict[Key, deque[Eip]] = defaultdict(deque)
    for eip in eips:
        found[key(eip)].append(eip)
    return found


def _take(draft: BindDraft, need: Need, shelf: deque[Eip] | None) -> bool:
    """Give the Pod the first of these that no Pod of this plan has; False if there is none."""
    while shelf:
        eip = shelf.popleft()
        if eip.allocation_id not in draft.chosen:
            draft.lent[eip.allocation_id] = need.pod.key
            hand_over(draft, need, eip, f"lent by pool {need.wish.pool}")
            return True
    return False
