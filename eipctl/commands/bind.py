"""`eipctl bind`: one reconcile, from observation to a guarded plan and its handlers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.act.eips import BindHandlers
from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.commands.eip_cost import Money, notes, with_prices
from eipctl.commands.eip_data import bind_data
from eipctl.domain.facts import EIP_REFUSED
from eipctl.domain.guards import fit_quota, guard, hold_back
from eipctl.domain.limits import INSTANCE_ID, MAX_ALLOCATE, MAX_RELEASE, Limits
from eipctl.domain.terway.image_version import told_version
from eipctl.engine.prepared import Prepared
from eipctl.observe.cluster import identify, scope, target
from eipctl.observe.snapshot import Snapshot
from eipctl.observe.world import events_in, last_failures, observe
from eipctl.planners.bind.outcome import aftermath
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.unserved import unserved
from eipctl.planners.bind.world import Knobs
from eipctl.planners.status.counts import census
from eipctl.planners.status.join import report

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.domain.counts import Census
    from eipctl.domain.limits import Spent
    from eipctl.domain.plan import Plan
    from eipctl.engine.execute import Result
    from eipctl.engine.session import Session
    from eipctl.planners.bind.plan import BindPlan
    from eipctl.planners.bind.unserved import Unserved
    from eipctl.planners.bind.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class BindOptions:
    """`namespaces` None are all; `grace` in seconds; `budget` a month, in the prices' currency; `force` guards."""

    namespaces: tuple[str, ...] | None = None
    selector: str = ""
    field_selector: str = ""
    prune: bool = False
    grace: float = 600.0
    max_allocate: int | None = MAX_ALLOCATE
    max_release: int | None = MAX_RELEASE
    max_per_namespace: int | None = None
    budget: float | None = None
    cluster_id: str | None = None
    reuse: bool = False
    stateful_kinds: tuple[str, ...] = ()
    instance_ids: bool = True
    eip_quota: int | None = None
    """How many EIPs the account may have in the region; None is not known."""
    force: tuple[str, ...] = ()
    terway_version: str = ""
    """Of a Terway whose image names none."""


def prepare_bind(session: Session, options: BindOptions) -> Prepared:
    """Observe, plan, guard."""
    session.terway_version = told_version(options.terway_version)
    look = Snapshot(session)
    return planned(look, options, lambda world: replace(world, failures=last_failures(look, world)))


def planned(
    look: Snapshot, options: BindOptions, narrowed: Callable[[World], World], spent: Spent | None = None
) -> Prepared:
    """The same from this look. What is planned is what `narrowed` makes of the World; Pods are counted in all of it.

    `spent` is what counts for the guards already, of a run that makes many plans.
    """
    session = look.session
    cluster = identify(look, options.cluster_id)
    everything, incomplete = observe(look, cluster, options.namespaces, options.selector, options.field_selector)
    world = narrowed(everything)
    draft = plan_bind(world, _knobs(options))
    money = Money.of(world, draft.plan, session.rates)
    limits = Limits(
        options.max_allocate,
        options.max_release,
        options.max_per_namespace,
        options.budget,
        frozenset(options.force),
        spent,
    )
    plan, tripped = guard(draft.plan, limits, money.scale(draft.owned))
    plan, full = fit_quota(plan, options.eip_quota, len(world.eips))
    plan = _with_forbidden_ids(world, plan, _knobs(options))
    money = Money.of(world, plan, session.rates)
    told = notes(session, plan, money, options.eip_quota) or _why_nothing(options, plan, draft)
    plan = replace(with_prices(world, plan, session.rates), notes=told)
    refused = unserved(world, plan)
    return Prepared(
        plan=plan,
        handlers=lambda writers: BindHandlers(session, writers, cluster).table(),
        data=lambda result: bind_data(
            session, world, plan, money, result, eligible=draft.eligible, satisfied=len(draft.satisfied)
        ),
        target=(*target(look, cluster), scope(options.namespaces)),
        settled=frozenset(f"pod/{key}" for key in draft.satisfied),
        problems=(*incomplete, *tripped, *full, *_forbidden_ids(plan)),
        exclusive=True,
        unserved=refused,
        workloads=world.workloads,
        unwritten=lambda: _unwritten(look, refused, options.namespaces),
        census=lambda result: _census(session, everything, replace(_knobs(options), prune=False), result),
    )


def _why_nothing(options: BindOptions, plan: Plan, draft: BindPlan) -> tuple[str, ...]:
    """Of a plan without an action, and without a reason beside a Pod."""
    if plan.skips or plan.held:
        return ()
    if draft.satisfied:
        pods = len(draft.satisfied)
        return ("the Pod has its EIP" if pods == 1 else f"{pods:,} Pods have their EIPs",)
    where = "in any namespace" if options.namespaces is None else f"in namespace {', '.join(options.namespaces)}"
    selected = " that the selector matches" if options.selector or options.field_selector else ""
    return (f"no Pod {where}{selected} asks for an EIP; annotate a workload: eipctl annotate KIND/NAME --eip",)


def _unwritten(
    look: Snapshot, refused: tuple[Unserved, ...], namespaces: tuple[str, ...] | None
) -> tuple[Unserved, ...]:
    """Those whose Pod has no Event with this reason yet; none when Events may not be read."""
    events = look.allowed(lambda: events_in(look, namespaces, EIP_REFUSED)) if refused else None
    if events is None:
        return ()
    known = {(event.uid, event.message) for event in events}
    return tuple(one for one in refused if (one.pod.uid, one.reason) not in known)


def _census(session: Session, world: World, knobs: Knobs, result: Result | None) -> Census:
    """As status counts, and as the run has left it."""
    after = aftermath(world, result.steps) if result else world
    return census(report(after, plan_bind(after, knobs).plan, session.rates))


def _knobs(options: BindOptions) -> Knobs:
    return Knobs(
        prune=options.prune,
        grace=options.grace,
        reuse=options.reuse,
        stateful_kinds=frozenset(options.stateful_kinds),
        instance_ids=options.instance_ids or INSTANCE_ID in options.force,
    )


def _with_forbidden_ids(world: World, plan: Plan, knobs: Knobs) -> Plan:
    """The plan with what would be done for the Pods that name an EIP where none may, held back."""
    pods = frozenset(_forbidden(plan))
    if not pods:
        return plan
    whole = plan_bind(world, replace(knobs, instance_ids=True)).plan
    reasons = {INSTANCE_ID: f"{len(pods)} Pods name an EIP"}
    held = hold_back(whole, lambda lane: (INSTANCE_ID,) if lane.actions[-1].object in pods else (), reasons).held
    return replace(plan, held=(*plan.held, *held))


def _forbidden(plan: Plan) -> list[str]:
    return [skip.object for skip in plan.skips if skip.code is Code.GUARD]


def _forbidden_ids(plan: Plan) -> tuple[Refused, ...]:
    """One refusal for all Pods that name an EIP where none may."""
    pods = _forbidden(plan)
    if not pods:
        return ()
    message = f"guard {INSTANCE_ID}: {len(pods)} Pods name an EIP, such as {pods[0]}"
    return (Refused(Code.GUARD, message, hint=f"remove the annotation, or add --force {INSTANCE_ID}"),)
