"""Plan `annotate`: the annotations that ask for an EIP, put on Pod templates and Pods or taken off them.

Only keys whose value differs are written.

what is found                                         then
----------------------------------------------------  -------------------------------------------------------
nothing that differs, under a key that is read here   no Action; a note says so
an error among the lints                              Refused, all of the plan, unless --force names its code
a warning or an information                           a note
a key that somebody else declares                     an error, which --force-conflicts lifts
an id under RollingUpdate, with --recreate-strategy   the strategy changes in the same Action
keys on the object itself, with --fix                 moved to the template where it has none, in the same Action
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.base.text import first_few
from eipctl.domain.cost import Rates
from eipctl.domain.findings import Level
from eipctl.domain.plan import Action, Lane, Plan, Stage
from eipctl.domain.workloads.rollout import follows, in_place, why_none_restarts
from eipctl.planners.annotate.bill import bill_of
from eipctl.planners.annotate.draft import AnnotateDraft, Wish, draft_of
from eipctl.planners.annotate.lints import (
    Lint,
    Target,
    fixed_lints,
    misplaced_lints,
    own_lints,
    placed,
    unquoted_lints,
)
from eipctl.planners.annotate.managers import conflict_lints, managed_lints
from eipctl.planners.annotate.surroundings import Surroundings, cluster_lints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from eipctl.domain.action_data import CostData


@dataclass(frozen=True, slots=True)
class Annotated:
    """The plan, every lint that was found, and the price per month of the EIPs asked for, before and after."""

    plan: Plan
    lints: tuple[Lint, ...] = ()
    before: float = 0.0
    after: float = 0.0
    rates: Rates = field(default_factory=Rates)

    @property
    def cost(self) -> CostData:
        """The envelope's `cost`."""
        return {
            "currency": self.rates.currency,
            "per_month_before": round(self.before, 2),
            "per_month_after": round(self.after, 2),
            "prices_as_of": self.rates.as_of,
        }


def plan_annotate(targets: Sequence[Target], wish: Wish, around: Surroundings) -> Annotated:
    """One Action per workload that changes. Refused on errors among the lints whose code is not lifted."""
    ordered = sorted(targets, key=lambda target: (target.object, target.workload.place))
    drafts = [draft_of(target, wish, around) for target in ordered]
    changed = [draft for draft in drafts if draft.changes]
    found = [lint for draft in drafts for lint in _draft_lints(draft, wish)]
    if not wish.remove:
        found += cluster_lints([(draft.target, draft.after) for draft in changed], around)
    _refuse([lint for lint in found if lint.level is Level.ERROR and not _lifted(lint, wish)])
    stages = [_stage("annotate", [draft.action for draft in changed])] if changed else []
    waits = [wait for draft in drafts if wish.wait and (wait := draft.wait(removed=wish.remove))]
    stages += [_stage("wait for the Pods", waits)] if waits else []
    bills = [bill_of(draft, around) for draft in drafts]
    before, after = sum(bill.before for bill in bills), sum(bill.after for bill in bills)
    notes = [*_notes(drafts, wish), *map(_told, found)]
    if changed:
        notes += [*around.notes, *_money(before, after, around.rates)]
        notes += [note for draft, bill in zip(drafts, bills, strict=True) if draft.changes for note in bill.notes]
    return Annotated(Plan("annotate", tuple(stages), notes=tuple(notes)), tuple(found), before, after, around.rates)


def _stage(title: str, actions: Sequence[Action]) -> Stage:
    return Stage(title, tuple(Lane((action,)) for action in actions))


def _draft_lints(draft: AnnotateDraft, wish: Wish) -> Iterator[Lint]:
    return placed(draft.target, _own_lints(draft, wish))


def _own_lints(draft: AnnotateDraft, wish: Wish) -> Iterator[Lint]:
    if not wish.fix:
        yield from misplaced_lints(draft.target, removing=wish.remove)
    if not draft.changes:
        return
    yield from fixed_lints(draft.target)
    yield from unquoted_lints(draft.target, dict(draft.action.set))
    yield from conflict_lints(draft.target, draft.action)
    yield from managed_lints(draft.target)
    if not wish.remove:
        strategy = "Recreate" if draft.action.recreate else draft.target.workload.strategy
        workload = replace(draft.target.workload, strategy=strategy)
        yield from own_lints(replace(draft.target, workload=workload), draft.after)


def _lifted(lint: Lint, wish: Wish) -> bool:
    return lint.code.value in wish.lifted or (wish.force_conflicts and lint.code is Code.FIELD_MANAGER)


def _notes(drafts: Iterable[AnnotateDraft], wish: Wish) -> Iterator[str]:
    for draft in drafts:
        if not draft.changes:
            has = "these annotations already" if wish.settings.pairs else "nothing to change"
            yield f"{draft.target.label}: has {'none of them' if wish.remove else has}"
        if wish.wait and draft.wait(removed=wish.remove) is None and (why := _never(draft)):
            yield f"{draft.target.label}: --wait does not wait for its Pods: {why}"


def _never(draft: AnnotateDraft) -> str:
    """Why its Pods do not follow by themselves; "" where they have what they need."""
    workload = draft.target.workload
    if draft.late:
        return "nothing in this cluster gives a running Pod an EIP or removes it"
    return "" if follows(workload) or in_place(workload) else why_none_restarts(workload)


def _told(lint: Lint) -> str:
    if lint.level is Level.ERROR:
        return f"{lint.code} {lint.label}: {lint.problem} ({_flag(lint.code)})"
    return f"{lint.code} {lint.label}: {lint.problem}; {lint.instead}"


def _money(before: float, after: float, rates: Rates) -> Iterator[str]:
    if before or after:
        cost = f"{rates.amount(before)} a month now, {after:,.2f} after ({rates.told})"
        yield f"EIPs of these Pods without traffic: {cost}"


def _refuse(found: list[Lint]) -> None:
    if not found:
        return
    first = found[0]
    message = first_few([f"{lint.label}: {lint.problem}" for lint in found], separator="; ")
    flags = " ".join(sorted({_flag(lint.code) for lint in found}))
    final = next((lint for lint in found if not _can_be_lifted(lint.code)), None)
    hint = final.instead if final else f"{first.instead}; or override it with {flags}"
    raise Refused(first.code, message, hint=hint, obj=first.object)


def _can_be_lifted(code: Code) -> bool:
    """Whether the API server would take what the lint refuses."""
    return code is not Code.WORKLOAD_KIND


def _flag(code: Code) -> str:
    return "--force-conflicts" if code is Code.FIELD_MANAGER else f"--force {code.value}"
