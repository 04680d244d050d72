"""What a bind plan costs: money per month, calls and time at the API quota."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.domain import ownership
from eipctl.domain.actions.eips import Allocate, Recover, Release
from eipctl.domain.cost import DEFAULT_QUOTA, FREE_ASSOCIATIONS, no_price
from eipctl.domain.guards import Scale
from eipctl.domain.plan import Verb
from eipctl.engine.call_time import API_OF, seconds_left

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eipctl.domain.action_data import EipCostData
    from eipctl.domain.cost import Rates
    from eipctl.domain.facts import ClusterId, Eip
    from eipctl.domain.plan import Action, Plan
    from eipctl.engine.session import Session
    from eipctl.planners.bind.world import World

MANY_RELEASES = 20


@dataclass(frozen=True, slots=True)
class Money:
    """Price per month of own EIPs before and after the plan, and how many own EIPs each namespace has."""

    before: float
    after: float
    owned: int
    namespaces: Counter[str]
    rates: Rates
    unpriced: tuple[str, ...] = ()
    """Allocation IDs of own EIPs, and Pods that get a new one, whose price is not known: they are in no sum."""

    def scale(self, owned: int) -> Scale:
        """What guards judge the plan by; `owned` EIPs count."""
        return Scale(owned, self.namespaces, self.after, self.rates.currency, self.unpriced)

    def as_data(self) -> EipCostData:
        """The envelope's `cost`."""
        return {
            "currency": self.rates.currency,
            "per_month_before": round(self.before, 2),
            "per_month_after": round(self.after, 2),
            "prices_as_of": self.rates.as_of,
            "unpriced": list(self.unpriced),
        }

    @classmethod
    def of(cls, world: World, plan: Plan, rates: Rates) -> Money:
        """Of a plan for this world."""
        own = _own(world.eips, world.cluster)
        prices = _prices(own, rates)
        before = sum(prices.values())
        after = before + _change(plan.actions, prices, rates)
        owners = (eip.owner for eip in own)
        namespaces = Counter(owner.namespace for owner in owners if owner)
        return cls(before, after, len(own), namespaces, rates, _unpriced(own, plan.actions, rates))


def with_prices(world: World, plan: Plan, rates: Rates) -> Plan:
    """The plan with what it would cost or save to carry out what is held back."""
    prices = _prices(_own(world.eips, world.cluster), rates) if plan.held else {}
    priced = (
        replace(held, per_month=_change(held.actions, prices, rates), currency=rates.currency) for held in plan.held
    )
    return replace(plan, held=tuple(priced))


def _unpriced(own: list[Eip], actions: Iterable[Action], rates: Rates) -> tuple[str, ...]:
    new = [action for action in actions if isinstance(action, Allocate | Recover)]
    names = [eip.allocation_id for eip in own if not rates.know(eip)]
    return (*sorted(names), *sorted(action.object for action in new if not rates.know(action.spec)))


def _prices(own: list[Eip], rates: Rates) -> dict[str, float]:
    return {eip.allocation_id: rates.per_month(eip) for eip in own}


def _change(actions: Iterable[Action], prices: Mapping[str, float], rates: Rates) -> float:
    """By how much a month own EIPs cost more, or less, after these Actions; `prices` by allocation id."""
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
    cost = f"{session.rates.amount(money.before)} a month now, {money.after:,.2f} after ({session.rates.told})"
    calls = sum(counts.values())
    calls_told = (f"{calls:,} write call{'' if calls == 1 else 's'}, {pace}",) if calls else ()
    unpriced = no_price(money.unpriced)
    told = (*calls_told, f"all EIPs of eipctl in this cluster, without traffic: {cost}")
    told += _fees(plan, quota, session.rates)
    return (*told, unpriced) if unpriced else told


def _fees(plan: Plan, quota: int | None, rates: Rates) -> tuple[str, ...]:
    """What binding itself may cost, and that buying often is noticed."""
    binds, buys = plan.count(Verb.ASSOCIATE), plan.count(Verb.ALLOCATE)
    told = []
    if quota is None and buys:
        told.append("the account's EIP quota is unknown; --eip-quota N checks the plan against it")
    free = FREE_ASSOCIATIONS * (quota or DEFAULT_QUOTA)
    if binds > free:
        fee = (binds - free) * (rates.association or 0.0)
        price = "no price is known for the others" if rates.association is None else rates.amount(fee)
        told.append(f"{binds} bindings a day, of which {free} are free: {price}")
    if buys and plan.count(Verb.RELEASE) >= MANY_RELEASES:
        told.append("Alibaba Cloud blocks accounts that buy and release EIPs often (for 7 days); --reuse buys fewer")
    return tuple(told)
