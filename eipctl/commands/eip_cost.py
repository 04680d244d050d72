"""What a bind plan costs: money per month, calls and time at the API quota."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.domain import ownership
from eipctl.domain.actions.eips import Allocate, Recover, Release
from eipctl.domain.cost import CURRENCY, DEFAULT_QUOTA, FREE_ASSOCIATIONS
from eipctl.domain.plan import Verb
from eipctl.engine.call_time import API_OF, seconds_left

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eipctl.domain.cost import Rates
    from eipctl.domain.facts import ClusterId, Eip
    from eipctl.domain.plan import Action, Plan
    from eipctl.engine.session import Session
    from eipctl.planners.bind.world import World

MANY_RELEASES = 20


@dataclass(frozen=True, slots=True)
class Money:
    """USD per month of own EIPs before and after the plan, and how many own EIPs each namespace has."""

    before: float
    after: float
    owned: int
    namespaces: Counter[str]

    @classmethod
    def of(cls, world: World, plan: Plan, rates: Rates) -> Money:
        """Of a plan for this world."""
        own = _own(world.eips, world.cluster)
        prices = _prices(own, rates)
        before = sum(prices.values())
        after = before + _change(plan.actions, prices, rates)
        owners = (eip.owner for eip in own)
        return cls(before, after, len(own), Counter(owner.namespace for owner in owners if owner))


def with_prices(world: World, plan: Plan, rates: Rates) -> Plan:
    """The plan with what it would cost or save to carry out what is held back."""
    prices = _prices(_own(world.eips, world.cluster), rates) if plan.held else {}
    return replace(
        plan, held=tuple(replace(held, per_month=_change(held.actions, prices, rates)) for held in plan.held)
    )


def _prices(own: list[Eip], rates: Rates) -> dict[str, float]:
    return {eip.allocation_id: rates.per_month(eip) for eip in own}


def _change(actions: Iterable[Action], prices: Mapping[str, float], rates: Rates) -> float:
    """USD a month by which own EIPs cost more, or less, after these Actions; `prices` by allocation id."""
    change = 0.0
    for action in actions:
        if isinstance(action, Allocate | Recover):
            change += rates.per_month(action.spec)
        elif isinstance(action, Release):
            change -= prices.get(action.allocation_id, 0.0)
    return change


def _own(eips: tuple[Eip, ...], cluster: ClusterId) -> list[Eip]:
    """Own EIPs that eipctl pays for: allocated, not given."""
    owners = ((eip, eip.owner) for eip in eips)
    return [
        eip
        for eip, owner in owners
        if owner and owner.role is ownership.Role.ALLOCATED and ownership.belongs_to(owner, cluster)
    ]


def notes(session: Session, plan: Plan, money: Money, quota: int | None) -> tuple[str, ...]:
    """What a person should know before saying yes: calls, time at the API quota, money."""
    if plan.empty:
        return ()
    counts = {verb: plan.count(verb) for verb in API_OF}
    wait = seconds_left(session.pacer, counts)
    pace = f"at least {wait / 60:.0f} min at the API rate limit" if wait else "no rate-limit wait"
    cost = f"{CURRENCY} {money.before:.2f} a month now, {money.after:.2f} after ({session.rates.told})"
    calls_told = f"{sum(counts.values())} write calls, {pace}"
    return (calls_told, f"own EIPs without traffic: {cost}", *_fees(plan, quota, session.rates.association))


def _fees(plan: Plan, quota: int | None, association: float) -> tuple[str, ...]:
    """What binding itself may cost, and that buying often is noticed."""
    binds, buys = plan.count(Verb.ASSOCIATE), plan.count(Verb.ALLOCATE)
    told = []
    if quota is None and buys:
        told.append("the account's EIP quota is unknown; --eip-quota N checks the plan against it")
    free = FREE_ASSOCIATIONS * (quota or DEFAULT_QUOTA)
    if binds > free:
        fee = (binds - free) * association
        told.append(f"{binds} bindings a day, of which {free} are free: {CURRENCY} {fee:.2f}")
    if buys and plan.count(Verb.RELEASE) >= MANY_RELEASES:
        told.append("Alibaba Cloud blocks accounts that buy and release EIPs often (for 7 days); --reuse buys fewer")
    return tuple(told)
