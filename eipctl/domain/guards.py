"""Guards: limits on what one run may do. A tripped guard holds back its own kind of Action only; the rest goes on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused, TryLater
from eipctl.domain.actions.eips import Allocate, BindAction, Release, Unassociate
from eipctl.domain.cost import LIST_CURRENCY, amount, no_price
from eipctl.domain.plan import HeldBack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eipctl.domain.limits import Limits
    from eipctl.domain.plan import Action, Lane, Plan

SHARE = 0.30
SHARE_FROM = 10
"""At least so many owned EIPs before the share counts."""
QUOTA = "eip-quota"
"""What holds allocations back that the account's quota has no room for; --force can't lift it."""
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """How much there is already: EIPs owned, per namespace, and their price per month after the plan.

    `unpriced` are EIPs and Pods whose price is not known.
    """

    owned: int
    owned_per_namespace: Counter[str]
    cost_after: float
    currency: str = LIST_CURRENCY
    unpriced: tuple[str, ...] = ()


def guard(plan: Plan, limits: Limits, scale: Scale) -> tuple[Plan, tuple[Refused, ...]]:
    """The plan with what guards hold back apart, and one error per tripped guard."""
    tripped = [
        (name, kind, found)
        for name, kind, found in _judgements(plan, limits, scale)
        if found is not None and name not in limits.lifted
    ]
    reasons = {name: found for name, _, found in tripped}

    def held(lane: Lane) -> Names:
        return tuple(name for name, kind, _ in tripped if any(map(kind, lane.actions)))

    errors = (
        Refused(Code.GUARD, f"guard {name}: {found}", hint=f"check the plan, then add --force {name}")
        for name, found in reasons.items()
    )
    return hold_back(plan, held, reasons), tuple(errors)


def hold_back(plan: Plan, held: Callable[[Lane], Names], reasons: Mapping[str, str]) -> Plan:
    """The plan with the lanes apart that `held` names guards for: a lane makes sense only as a whole."""
    apart: dict[Names, list[Action]] = {}
    stages = []
    for stage in plan.stages:
        kept = []
        for lane in stage.lanes:
            names = held(lane)
            if names:
                apart.setdefault(names, []).extend(lane.actions)
            else:
                kept.append(lane)
        stages.append(replace(stage, lanes=tuple(kept)))
    found = (HeldBack(names, "; ".join(reasons[name] for name in names), tuple(of)) for names, of in apart.items())
    return replace(plan, stages=tuple(stage for stage in stages if stage.lanes), held=(*plan.held, *found))


def fit_quota(plan: Plan, quota: int | None, there: int) -> tuple[Plan, tuple[TryLater, ...]]:
    """The plan with no more allocations than the account's quota leaves room for; `there` counts all its EIPs."""
    room = max(0, quota - there) if quota is not None else None
    buying = [lane for stage in plan.stages for lane in stage.lanes if any(map(_allocates, lane.actions))]
    if room is None or len(buying) <= room:
        return plan, ()
    over = {id(lane) for lane in buying[room:]}
    message = f"the EIP quota of {quota} leaves room for {room} of {len(buying)} allocations"
    hint = "release unneeded EIPs (`eipctl status`), or raise the quota in Quota Center"
    fitting = hold_back(plan, lambda lane: (QUOTA,) if id(lane) in over else (), {QUOTA: message})
    return fitting, (TryLater(Code.EIP_QUOTA, message, hint=hint),)


def _judgements(plan: Plan, limits: Limits, scale: Scale) -> list[tuple[str, Callable[[Action], bool], str | None]]:
    allocations = [action for action in plan.actions if isinstance(action, Allocate)]
    releases = sum(isinstance(action, Release) for action in plan.actions)
    cut = len({action.allocation_id for action in plan.actions if isinstance(action, BindAction) and _cuts(action)})
    return [
        ("max-allocate", _allocates, _above(len(allocations), limits.max_allocate, "allocations")),
        ("max-per-namespace", _allocates, _crowded(allocations, limits.max_per_namespace, scale)),
        ("budget", _allocates, _too_dear(limits.budget, scale) if allocations else None),
        ("max-release", _releases, _above(releases, limits.max_release, "releases")),
        ("share", _cuts, _too_many(cut, scale.owned)),
    ]


def _allocates(action: Action) -> bool:
    return isinstance(action, Allocate)


def _releases(action: Action) -> bool:
    return isinstance(action, Release)


def _cuts(action: Action) -> bool:
    return isinstance(action, Release) or (isinstance(action, Unassociate) and action.living)


def _above(count: int, most: int | None, what: str) -> str | None:
    return f"{count} {what} planned, at most {most} allowed in one run" if most is not None and count > most else None


def _crowded(allocations: list[Allocate], most: int | None, scale: Scale) -> str | None:
    if most is None:
        return None
    after = scale.owned_per_namespace + Counter(action.namespace for action in allocations)
    over = sorted(namespace for namespace, count in after.items() if count > most)
    return f"namespace {', '.join(over)} would have more than {most} EIPs" if over else None


def _too_dear(budget: float | None, scale: Scale) -> str | None:
    if budget is None:
        return None
    if scale.cost_after > budget:
        cost = amount(scale.cost_after, scale.currency)
        return f"the EIPs would cost {cost} a month, the budget is {budget:,.2f}"
    unknown = no_price(scale.unpriced)
    return f"{unknown}, so a budget of {amount(budget, scale.currency)} can't be checked" if unknown else None


def _too_many(cut: int, owned: int) -> str | None:
    if owned < SHARE_FROM or cut <= SHARE * owned:
        return None
    return f"{cut} of {owned} owned EIPs would be taken from living Pods or released, more than {SHARE:.0%}"
