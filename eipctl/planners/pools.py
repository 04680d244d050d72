"""Plan what `pool add` and `pool remove` do, and show what the pools of a cluster hold.

add: the EIP                                          then
----------------------------------------------------  --------------------------------------------------------------
is in the pool already                                nothing
is in another pool, or lent to another cluster        refused; left out where a filter chose it
is given to a Pod                                     the same
is still used by a Pod of the pool that it was in     the same
can't be changed (locked, managed by a service)       the same
has no room for eipctl's tags                         the same
was bought by eipctl for a Pod                        tagged; it stays with that Pod, and is the pool's after it
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
from eipctl.domain.facts import EipStatus
from eipctl.domain.ownership import Role
from eipctl.domain.plan import Lane, Plan, Skip, Stage
from eipctl.domain.pools import POOL, pool_in
from eipctl.domain.setting_values import OWN_TAG_PREFIX
from eipctl.planners.bind.draft import BindDraft, ref
from eipctl.planners.bind.pools import is_free, why_not_free
from eipctl.planners.bind.world import Knobs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.cost import Rates
    from eipctl.domain.facts import Eip
    from eipctl.domain.ownership import Owner
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
    meant = _meant(world, choice)
    notes = [] if meant else [f"no EIP of this region has {_filter(choice)}"]
    for eip in meant:
        if eip.pool == pool:
            continue
        if (why := _not_lendable(world, eip)) is not None:
            reason, hint = why
            if not choice.tags:
                message = f"{eip.allocation_id} {reason}, so it can't be lent to pool {name}"
                raise Refused(Code.EIP_ELSEWHERE, message, hint=hint, obj=eip.allocation_id)
            skips.append(Skip(eip.allocation_id, Code.EIP_ELSEWHERE, reason))
            continue
        if eip.owner is not None:
            after = f"once Pod {eip.owner.key} no longer has it; eipctl never releases it"
            notes.append(f"{eip.allocation_id} is the pool's {after}")
        elif eip.bound:
            notes.append(f"{eip.allocation_id} is bound to {eip.instance_id}: it is free once its owner unbinds it")
        actions.append(Lend(**ref(eip.owner, None, eip), tags=(pool.tag,), reason=f"lent to pool {name}"))
    return _plan("pool add", "lend", actions, skips, notes)


def plan_withdraw(world: World, name: str, choice: EipChoice) -> Plan:
    """The second table. Failed for an EIP that is not there, or not in this pool."""
    draft = BindDraft(world, Knobs())
    actions: list[Action] = []
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
            notes.append(_stays(draft, eip))
        reason = f"its owner takes it back from pool {name}"
        actions.append(Withdraw(**ref(eip.owner, None, eip), pool=eip.pool.tag[1], keys=keys, reason=reason))
    if not actions and choice.tags:
        notes.append(f"no EIP of pool {name} has {_filter(choice)}")
    return _plan("pool remove", "take back", actions, [], notes)


def _stays(draft: BindDraft, eip: Eip) -> str:
    """What becomes of an EIP that is taken back and not free."""
    owner = draft.owner(eip)
    if draft.owned(eip) and draft.gone(eip) and not ownership.held_elsewhere(eip):
        return f"Pod {owner.key} is gone: the next bind unbinds {eip.allocation_id} and removes eipctl's tags"
    return f"{eip.allocation_id} stays with Pod {owner.key} until that Pod is gone"


def _filter(choice: EipChoice) -> str:
    return " and ".join(f"tag {key}={value}" for key, value in choice.tags)


def _plan(command: str, title: str, actions: list[Action], skips: list[Skip], notes: list[str]) -> Plan:
    stages = (Stage(title, tuple(Lane((action,)) for action in actions)),) if actions else ()
    return Plan(command, stages, tuple(skips), tuple(notes))


def _meant(world: World, choice: EipChoice) -> list[Eip]:
    if choice.tags:
        found = (eip for eip in world.eips if set(choice.tags) <= set(eip.tags.items()))
        return sorted(found, key=lambda eip: eip.allocation_id)
    known = {name: eip for eip in world.eips for name in (eip.address, eip.allocation_id)}
    missing = next((name for name in choice.names if name not in known), None)
    if missing is not None:
        message = f"this account has no EIP {missing} in this region"
        raise Failed(Code.EIP_NOT_FOUND, message, hint="look it up in the console, or give --region", obj=missing)
    return list({known[name].allocation_id: known[name] for name in choice.names}.values())


def _not_lendable(world: World, eip: Eip) -> tuple[str, str] | None:
    """Why its owner's word does not make it a pool's, and what helps; None if it does."""
    here = (eip.pool and eip.pool.is_of(world.cluster)) or ownership.belongs_to(eip.owner, world.cluster)
    if not here and (eip.pool is not None or eip.owner is not None):
        whose = eip.pool.ack_id if eip.pool else eip.owner.cluster if eip.owner else ""
        what = f"is in pool {eip.pool.name} of cluster {whose}" if eip.pool else f"is tagged for cluster {whose}"
        return what, f"take it back from that cluster; if that cluster no longer exists: {_by_hand(eip)}"
    if eip.pool is not None:
        return f"is in pool {eip.pool.name}", f"eipctl pool remove {eip.pool.name} {eip.allocation_id}"
    if eip.owner is not None and eip.owner.role is not Role.ALLOCATED:
        return _of_pod(eip.owner)
    if eip.owner is None and (eip.tagged or POOL in eip.tags):
        return "has tags of eipctl that can't be understood", f"if no eipctl uses it: {_by_hand(eip)}"
    why = eip.untouchable and f"is {eip.untouchable}"
    why = why or ("is managed by another cloud service" if eip.service_managed else "")
    why = why or (
        "is being released" if eip.status is EipStatus.RELEASING else ownership.crowded(eip.tags, Role.POOLED)
    )
    return (why, "lend another EIP, or see the EIP console") if why else None


def _of_pod(owner: Owner) -> tuple[str, str]:
    if owner.role is Role.GIVEN:
        hint = "let the Pod ask for the pool instead of the EIP, then run eipctl bind"
        return f"is given to Pod {owner.key}, which names it", hint
    return f"is still used by Pod {owner.key}, which keeps it until it is gone", "run the command again after that"


def _by_hand(eip: Eip) -> str:
    keys = sorted(key for key in eip.tags if key.startswith(OWN_TAG_PREFIX))
    return f"remove the tags {', '.join(keys)} of {eip.allocation_id} in the EIP console"


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
    pod = owner.key if owner else ""
    since = owner.orphan_since.isoformat() if owner and owner.orphan_since else ""
    if is_free(draft, eip):
        if eip.bound:
            return PooledEip(eip, "leaving", pod, "its Pod is gone; the next bind unbinds it")
        return PooledEip(eip, "free", pod, "the last Pod that had it" if owner else "", since)
    if owner is None or ownership.held_elsewhere(eip):
        why = f"bound to {eip.instance_id}, not by eipctl" if eip.bound else why_not_free(eip)
        return PooledEip(eip, "unavailable", pod, why)
    if not draft.owned(eip) or owner.role is Role.GIVEN:
        return PooledEip(eip, "unavailable", pod, f"tagged for cluster {owner.cluster} as {owner.role.value}")
    if draft.living(owner) is None and draft.in_scope(owner):
        return PooledEip(eip, "unavailable", pod, why_not_free(eip))
    return PooledEip(eip, "used", pod, why_not_free(eip))


def unknown_pool(name: str, known: Iterable[str]) -> EipctlError:
    """The error for a pool that has no EIP and that no Pod asks for."""
    there = ", ".join(known) or "none"
    return Failed(
        Code.POOL_UNKNOWN,
        f"this cluster has no pool {name}",
        hint=f"pools: {there}; eipctl pool add {name} EIP… makes it",
        obj=name,
    )
