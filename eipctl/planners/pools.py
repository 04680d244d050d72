"""Plan what `pool add` and `pool remove` do, and show what the pools of a cluster hold.

add: the EIP                                          then
----------------------------------------------------  --------------------------------------------------------------
is in the pool already                                nothing
is in another pool, or lent to another cluster        refused; left out where a filter chose it
was bought by eipctl, or is given to a Pod            the same
can't be changed (locked, managed by a service)       the same
else                                                  tagged; one that somebody has bound is free once it is unbound

remove: the EIP                                       then
----------------------------------------------------  --------------------------------------------------------------
has a Pod                                             the consent is taken back; it leaves with the Pod
was never used, or its Pod is gone and it is unbound  all tags of eipctl are taken off
is bound for a Pod that is gone                       the consent is taken back; the next bind unbinds and untags it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Failed, Refused
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Lend, Withdraw
from eipctl.domain.ownership import Role
from eipctl.domain.plan import Lane, Plan, Skip, Stage
from eipctl.domain.pools import POOL, pool_in
from eipctl.planners.bind.draft import BindDraft, ref
from eipctl.planners.bind.pools import is_free
from eipctl.planners.bind.world import Knobs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.cost import Rates
    from eipctl.domain.facts import Eip
    from eipctl.domain.plan import Action
    from eipctl.planners.bind.world import World
    from eipctl.planners.status.data import PoolData, PooledEipData


@dataclass(frozen=True, slots=True, kw_only=True)
class EipChoice:
    """Which EIPs are meant: allocation ids or addresses, or those with all of these tags."""

    names: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()


def plan_lend(world: World, name: str, choice: EipChoice) -> Plan:
    """The first table. Failed for an EIP that is not there; Refused for a named one that can't be lent."""
    pool = pool_in(world.cluster, name)
    actions: list[Action] = []
    skips: list[Skip] = []
    notes: list[str] = []
    for eip in _meant(world, choice):
        if eip.pool == pool:
            continue
        if why := _not_lendable(eip):
            if not choice.tags:
                raise Refused(
                    Code.EIP_ELSEWHERE,
                    f"{eip.allocation_id} {why}, so it can't be lent to pool {name}",
                    hint="see: eipctl pool list",
                    obj=eip.allocation_id,
                )
            skips.append(Skip(eip.allocation_id, Code.EIP_ELSEWHERE, why))
            continue
        if eip.bound:
            notes.append(f"{eip.allocation_id} is bound to {eip.instance_id}: it is free once its owner unbinds it")
        actions.append(Lend(**ref(None, None, eip), tags=(pool.tag,), reason=f"lent to pool {name}"))
    return _plan("pool add", "lend", actions, skips, notes)


def plan_withdraw(world: World, name: str, choice: EipChoice) -> Plan:
    """The second table. Failed for an EIP that is not there, or not in this pool."""
    draft = BindDraft(world, Knobs())
    actions: list[Action] = []
    skips: list[Skip] = []
    notes: list[str] = []
    for eip in _meant(world, choice):
        if eip.pool is None or eip.pool != pool_in(world.cluster, name):
            if not choice.tags:
                raise Failed(
                    Code.EIP_NOT_FOUND,
                    f"{eip.allocation_id} is not in pool {name} of this cluster",
                    hint="see: eipctl pool list",
                    obj=eip.allocation_id,
                )
            continue
        free = not eip.bound and (eip.owner is None or is_free(draft, eip))
        keys = (POOL, *ownership.own_keys(eip)) if free else (POOL,)
        if not free and eip.owner is not None:
            notes.append(f"{eip.allocation_id} stays with Pod {eip.owner.key} until that Pod is gone")
        reason = f"its owner takes it back from pool {name}"
        actions.append(Withdraw(**ref(eip.owner, None, eip), pool=eip.pool.tag[1], keys=keys, reason=reason))
    return _plan("pool remove", "take back", actions, skips, notes)


def _plan(command: str, title: str, actions: list[Action], skips: list[Skip], notes: list[str]) -> Plan:
    stages = (Stage(title, tuple(Lane((action,)) for action in actions)),) if actions else ()
    return Plan(command, stages, tuple(skips), tuple(notes))


def _meant(world: World, choice: EipChoice) -> list[Eip]:
    if choice.tags:
        wanted = dict(choice.tags)
        return sorted(
            (eip for eip in world.eips if wanted.items() <= eip.tags.items()), key=lambda eip: eip.allocation_id
        )
    known = {name: eip for eip in world.eips for name in (eip.address, eip.allocation_id)}
    missing = next((name for name in choice.names if name not in known), None)
    if missing is not None:
        message = f"this account has no EIP {missing} in this region"
        raise Failed(Code.EIP_NOT_FOUND, message, hint="look it up in the console, or give --region", obj=missing)
    return list({known[name].allocation_id: known[name] for name in choice.names}.values())


def _not_lendable(eip: Eip) -> str:
    """Why its owner's word does not make it a pool's; "" if it does."""
    if eip.pool is not None:
        return f"is in pool {eip.pool.name} of cluster {eip.pool.ack_id}"
    if eip.owner is not None:
        bought = eip.owner.role is Role.ALLOCATED
        return f"was bought by eipctl for Pod {eip.owner.key}" if bought else f"is given to Pod {eip.owner.key}"
    if eip.tagged or POOL in eip.tags:
        return "has tags of eipctl that can't be understood"
    if eip.untouchable:
        return f"is {eip.untouchable}"
    return "is managed by another cloud service" if eip.service_managed else ""


STATES = ("used", "free", "leaving", "unavailable")


@dataclass(frozen=True, slots=True)
class PooledEip:
    """One EIP of a pool; `state` is ``free``, ``used``, ``leaving`` (its Pod is gone) or ``unavailable``."""

    eip: Eip
    state: str
    pod: str = ""
    reason: str = ""
    since: str = ""

    def as_data(self) -> PooledEipData:
        """The row of the envelope."""
        return {
            "allocation_id": self.eip.allocation_id,
            "eip_address": self.eip.address,
            "state": self.state,
            "pod": self.pod or None,
            "reason": self.reason,
            "unused_since": self.since or None,
        }


@dataclass(frozen=True, slots=True)
class PoolReport:
    """One pool with its EIPs, and who waits for one."""

    name: str
    eips: tuple[PooledEip, ...]
    waiting: tuple[str, ...]
    per_month: float

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """By pool and state, every state named; ``waiting`` counts Pods."""
        found = {(self.name, state): self.count(state) for state in STATES}
        return {**found, (self.name, "waiting"): len(self.waiting)}

    def count(self, state: str) -> int:
        """How many of its EIPs are in this state."""
        return sum(each.state == state for each in self.eips)

    def as_data(self) -> PoolData:
        """The element of the envelope's `pools`."""
        return {
            "name": self.name,
            "size": len(self.eips),
            "used": self.count("used"),
            "free": self.count("free"),
            "waiting": list(self.waiting),
            "cost_per_month": round(self.per_month, 2),
            "eips": [each.as_data() for each in self.eips],
        }


def pools_of(world: World, plan: Plan, rates: Rates) -> tuple[PoolReport, ...]:
    """The pools of this cluster, and those that Pods ask for and that have no EIP; `plan` is what bind would do."""
    if not any(eip.pool for eip in world.eips) and not any(getattr(pod.wish, "pool", "") for pod in world.pods):
        return ()
    draft = BindDraft(world, Knobs())
    full = {skip.object for skip in plan.skips if skip.code in (Code.POOL_FULL, Code.POOL_UNKNOWN)}
    asked: dict[str, list[str]] = {}
    for pod in draft.selected:
        name = getattr(pod.wish, "pool", "")
        if name and f"pod/{pod.key}" in full:
            asked.setdefault(name, []).append(pod.key)
    return tuple(
        PoolReport(
            name,
            tuple(_shown(draft, eip) for eip in draft.pools.get(name, ())),
            tuple(asked.get(name, ())),
            sum(rates.per_month(eip) for eip in draft.pools.get(name, ())),
        )
        for name in sorted({*draft.pools, *asked})
    )


def _shown(draft: BindDraft, eip: Eip) -> PooledEip:
    owner = eip.owner
    since = owner.orphan_since.isoformat() if owner and owner.orphan_since else ""
    if is_free(draft, eip):
        if eip.bound:
            return PooledEip(eip, "leaving", owner.key if owner else "", "its Pod is gone; the next bind unbinds it")
        return PooledEip(eip, "free", owner.key if owner else "", "the last Pod that had it" if owner else "", since)
    if eip.untouchable:
        return PooledEip(eip, "unavailable", "", eip.untouchable)
    if owner is None or ownership.held_elsewhere(eip):
        return PooledEip(eip, "unavailable", "", f"bound to {eip.instance_id}, not by eipctl")
    if not draft.owned(eip) or owner.role is not Role.POOLED:
        return PooledEip(eip, "unavailable", owner.key, f"tagged for cluster {owner.cluster} as {owner.role.value}")
    return PooledEip(eip, "used", owner.key)


def unknown_pool(name: str, known: Iterable[str]) -> EipctlError:
    """The error for a pool that has no EIP and that no Pod asks for."""
    there = ", ".join(known) or "none"
    return Failed(
        Code.POOL_UNKNOWN,
        f"this cluster has no pool {name}",
        hint=f"pools: {there}; eipctl pool add {name} EIP… makes it",
        obj=name,
    )
