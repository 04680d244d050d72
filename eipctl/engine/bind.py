"""`eipctl bind`: one reconcile, from observation to a guarded plan and its handlers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.domain import ownership
from eipctl.domain.actions import Allocate, Release
from eipctl.domain.cost import CURRENCY, PRICES_AS_OF, per_month
from eipctl.domain.guards import MAX_ALLOCATE, MAX_RELEASE, Limits, Scale, guard
from eipctl.domain.plan import Plan, Step, StepState, Verb
from eipctl.engine.bind_handlers import BindHandlers
from eipctl.engine.cluster import identify, target
from eipctl.engine.observe import observe
from eipctl.engine.prepared import Prepared
from eipctl.planners.bind import BindPlan, plan_bind
from eipctl.planners.bind_world import Knobs

if TYPE_CHECKING:
    from eipctl.domain.facts import ClusterId, Eip
    from eipctl.engine.execute import Result
    from eipctl.engine.session import Session
    from eipctl.planners.bind_world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class BindOptions:
    """`namespace` None is all; `grace` in seconds; `budget` in USD per month; `force` are guard names."""

    namespace: str | None = None
    selector: str = ""
    field_selector: str = ""
    prune: bool = False
    grace: float = 600.0
    max_allocate: int | None = MAX_ALLOCATE
    max_release: int | None = MAX_RELEASE
    max_per_namespace: int | None = None
    budget: float | None = None
    cluster_id: str | None = None
    force: tuple[str, ...] = ()


def prepare_bind(session: Session, options: BindOptions) -> Prepared:
    """Observe, plan, guard."""
    cluster = identify(session, options.cluster_id)
    world, incomplete = observe(session, cluster, options.namespace, options.selector, options.field_selector)
    draft = plan_bind(world, Knobs(options.prune, options.grace))
    money = _Money.of(world, draft.plan, session.region)
    limits = Limits(
        options.max_allocate, options.max_release, options.max_per_namespace, options.budget, frozenset(options.force)
    )
    plan, tripped = guard(draft.plan, limits, Scale(draft.owned, money.namespaces, money.after))
    money = _Money.of(world, plan, session.region)
    plan = Plan(plan.command, plan.stages, plan.skips, _notes(plan, money, session))
    return Prepared(
        plan=plan,
        handlers=lambda writers: BindHandlers(session, writers, cluster).table(),
        data=lambda result: _data(session, world, draft, plan, money, result),
        target=target(session, cluster),
        problems=(*incomplete, *tripped),
        exclusive=True,
    )


@dataclass(frozen=True, slots=True)
class _Money:
    """USD per month of own EIPs before and after the plan, and how many own EIPs each namespace has."""

    before: float
    after: float
    namespaces: Counter[str]

    @classmethod
    def of(cls, world: World, plan: Plan, region: str) -> _Money:
        own = _own(world.eips, world.cluster)
        price = {eip.allocation_id: _price(eip, region) for eip in own}
        bought = sum(
            per_month(region, action.spec.internet_charge_type, action.spec.bandwidth)
            for action in plan.actions
            if isinstance(action, Allocate)
        )
        freed = sum(price.get(action.allocation_id, 0.0) for action in plan.actions if isinstance(action, Release))
        before = sum(price.values())
        owners = (ownership.owner_of(eip.tags) for eip in own)
        return cls(before, before + bought - freed, Counter(owner.namespace for owner in owners if owner))


def _own(eips: tuple[Eip, ...], cluster: ClusterId) -> list[Eip]:
    """Own EIPs that eipctl pays for: allocated, not given."""
    owners = ((eip, ownership.owner_of(eip.tags)) for eip in eips)
    return [
        eip
        for eip, owner in owners
        if owner and owner.role is ownership.Role.ALLOCATED and ownership.belongs_to(owner, cluster)
    ]


def _price(eip: Eip, region: str) -> float:
    return per_month(region, eip.internet_charge_type, eip.bandwidth, in_package=bool(eip.bandwidth_package_id))


def _notes(plan: Plan, money: _Money, session: Session) -> tuple[str, ...]:
    if plan.empty:
        return ()
    calls = {
        "AllocateEipAddress": plan.count(Verb.ALLOCATE),
        "AssociateEipAddress": plan.count(Verb.ASSOCIATE),
        "UnassociateEipAddress": plan.count(Verb.UNASSOCIATE),
        "ReleaseEipAddress": plan.count(Verb.RELEASE),
        "ModifyEipAddressAttribute": plan.count(Verb.MODIFY),
        "TagResources": plan.count(Verb.TAG),
        "UnTagResources": plan.count(Verb.UNTAG),
    }
    wait = max(_seconds_at_quota(session, api, count) for api, count in calls.items())
    quota = f"at the API quota at least {wait / 60:.0f} min" if wait else "within the API quota at once"
    cost = f"{CURRENCY} {money.before:.2f} a month now, {money.after:.2f} after (list prices of {PRICES_AS_OF})"
    return (f"{sum(calls.values())} changing cloud calls, {quota}", f"own EIPs without traffic: {cost}")


def _seconds_at_quota(session: Session, api: str, count: int) -> float:
    calls, seconds = session.pacer.limit(api) or (count + 1, 0.0)
    return (count - 1) // calls * seconds if count else 0.0


def _data(
    session: Session, world: World, draft: BindPlan, plan: Plan, money: _Money, result: Result | None
) -> dict[str, Any]:
    steps = result.steps if result else tuple(Step(action, StepState.PLANNED) for action in plan.actions)
    return {
        "dry_run": result is None,
        "complete": world.complete,
        "counts": _counts(world, draft, plan, steps),
        "actions": [step.as_data() for step in steps],
        "skipped": [{"object": skip.object, "code": skip.code.value, "reason": skip.reason} for skip in plan.skips],
        "api_calls": dict(sorted(session.pacer.calls.items())),
        "cost": {
            "currency": CURRENCY,
            "per_month_before": round(money.before, 2),
            "per_month_after": round(money.after, 2),
        },
    }


COUNTED = (
    Verb.ALLOCATE,
    Verb.ASSOCIATE,
    Verb.UNASSOCIATE,
    Verb.RELEASE,
    Verb.MODIFY,
    Verb.TAG,
    Verb.UNTAG,
    Verb.ANNOTATE,
)


def _counts(world: World, draft: BindPlan, plan: Plan, steps: tuple[Step, ...]) -> dict[str, int]:
    """Of a dry run what is planned, else what was done."""
    told = (StepState.PLANNED, StepState.DONE)
    done = Counter(step.action.verb for step in steps if step.state in told)
    return {
        "selected": len(world.selected),
        "eligible": draft.eligible,
        "satisfied": len(draft.satisfied),
        **{verb.value: done[verb] for verb in COUNTED},
        "skipped": len(plan.skips),
        "failed": sum(step.state is StepState.FAILED for step in steps),
    }
