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

from eipctl.domain.annotate_actions import AnnotateWorkload, AwaitPods
from eipctl.domain.annotations import Wanted, wanted
from eipctl.domain.codes import Code
from eipctl.domain.cost import CURRENCY, Rates
from eipctl.domain.findings import Level
from eipctl.domain.plan import Action, Lane, Plan, Stage
from eipctl.domain.workloads import in_place, pods_of, restarts, why_none_restarts
from eipctl.errors import Refused
from eipctl.planners.annotate.around import Surroundings, cluster_lints, is_late, terway_of, what_follows
from eipctl.planners.annotate.lints import (
    Lint,
    Target,
    fixed_lints,
    misplaced,
    misplaced_lints,
    own_lints,
    unquoted_lints,
)
from eipctl.planners.annotate.managers import conflict_lints, managed_lints
from eipctl.planners.annotate.settings import OURS, EipSettings, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from eipctl.domain.facts import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asks of `annotate`; `lifted` are the codes of lints that shall not refuse."""

    settings: EipSettings = field(default_factory=EipSettings)
    remove: bool = False
    fix: bool = False
    recreate: bool = False
    force_conflicts: bool = False
    lifted: frozenset[str] = frozenset()
    wait: bool = False
    """Whether to wait until the Pods have what the annotations ask for."""


@dataclass(frozen=True, slots=True)
class Annotated:
    """The plan, every lint that was found, and USD per month of the EIPs asked for, before and after."""

    plan: Plan
    lints: tuple[Lint, ...] = ()
    before: float = 0.0
    after: float = 0.0
    rates: Rates = field(default_factory=Rates)

    @property
    def cost(self) -> dict[str, str | float]:
        """The envelope's `cost`."""
        return {
            "currency": CURRENCY,
            "per_month_before": round(self.before, 2),
            "per_month_after": round(self.after, 2),
            "prices_as_of": self.rates.as_of,
        }


def plan_annotate(targets: Sequence[Target], wish: Wish, around: Surroundings) -> Annotated:
    """One Action per workload that changes. Refused on errors among the lints whose code is not lifted."""
    ordered = sorted(targets, key=lambda target: target.object)
    drafts = [_draft(target, wish, around) for target in ordered]
    changed = [draft for draft in drafts if draft.changes]
    found = [lint for draft in drafts for lint in _draft_lints(draft, wish)]
    if not wish.remove:
        found += cluster_lints([(draft.target, draft.after) for draft in changed], around)
    _refuse([lint for lint in found if lint.level is Level.ERROR and not _lifted(lint, wish)])
    stages = [_stage("annotate", [draft.action for draft in changed])] if changed else []
    waits = [wait for draft in drafts if wish.wait and (wait := draft.wait(removed=wish.remove))]
    stages += [_stage("wait for the Pods", waits)] if waits else []
    before = sum(draft.cost(draft.now, around.rates) for draft in drafts)
    after = sum(draft.cost(draft.now if draft.late else draft.after, around.rates) for draft in drafts)
    notes = [*_notes(drafts, wish), *map(_told, found)]
    if changed:
        notes += [*around.notes, *_money(before, after, around.rates)]
    return Annotated(Plan("annotate", tuple(stages), notes=tuple(notes)), tuple(found), before, after, around.rates)


@dataclass(frozen=True, slots=True)
class _Draft:
    target: Target
    action: AnnotateWorkload
    late: bool = False
    """Whether it is a Pod that nobody gives an EIP any more, or takes one from."""

    @property
    def changes(self) -> bool:
        action = self.action
        return bool(action.set or action.remove or action.own_remove or action.recreate)

    @property
    def now(self) -> Mapping[str, str]:
        return self.target.workload.annotations

    @property
    def after(self) -> dict[str, str]:
        kept = {key: value for key, value in self.now.items() if key not in self.action.remove}
        return {**kept, **dict(self.action.set)}

    def wait(self, *, removed: bool) -> AwaitPods | None:
        """None where the Pods have what they need, or will not come by themselves."""
        workload, action = self.target.workload, self.action
        comes = bool(action.restarts) or (bool(action.set or action.remove) and in_place(workload))
        if self.late or not (comes or self.target.behind):
            return None
        return AwaitPods(
            plural=action.plural,
            api_version=action.api_version,
            kind=workload.kind,
            namespace=workload.namespace,
            name=workload.name,
            removed=removed,
            reason=_until(workload, removed=removed),
        )

    def cost(self, annotations: Mapping[str, str], rates: Rates) -> float:
        """USD per month of what these annotations buy: no EIP that is named, and none for Pods that can't have one."""
        asked = wanted(annotations)
        if not isinstance(asked, Wanted) or asked.instance_id or self.target.workload.host_network:
            return 0.0
        return pods_of(self.target.workload, self.target.pods) * rates.per_month(asked.spec)


def _draft(target: Target, wish: Wish, around: Surroundings) -> _Draft:
    network = bool(around.actors) and terway_of(around.actors) is None
    action, follows = action_for(target, wish, network=network), what_follows(target, around, removing=wish.remove)
    told = replace(action, reason=f"nothing restarts; {follows}") if follows else action
    return _Draft(target, told, late=is_late(target, around))


def _until(workload: Workload, *, removed: bool) -> str:
    if not workload.template_path:
        return "until it has no EIP" if removed else "until it has its EIP"
    return "until no Pod of it has an EIP" if removed else "until each Pod of it has its EIP"


def _stage(title: str, actions: Sequence[Action]) -> Stage:
    return Stage(title, tuple(Lane((action,)) for action in actions))


def action_for(target: Target, wish: Wish, *, network: bool = False) -> AnnotateWorkload:
    """What has to change on one workload, if anything; `network`: whether all who act read that prefix too."""
    workload, now = target.workload, target.workload.annotations
    strays = misplaced(workload) if wish.fix else ()
    moved = {key: workload.own_annotations[key] for key in strays if key not in now}
    spelled = {key: value for key, value in target.unquoted if key in OURS}
    pairs = {} if wish.remove else {**spelled, **moved, **dict(wish.settings.pairs)}
    return _with_reason(
        target,
        AnnotateWorkload(
            api_version=workload.api_version,
            kind=workload.kind,
            plural=workload.plural,
            namespace=workload.namespace,
            name=workload.name,
            resource_version=workload.resource_version,
            set=tuple(
                (key, value)
                for key, value in pairs.items()
                if key in spelled or not said(now, key, value, network=network)
            ),
            remove=tuple(key for key in OURS if key in now) if wish.remove else (),
            template_path=workload.template_path,
            before=tuple(sorted((key, value) for key, value in now.items() if key in OURS)),
            own_remove=tuple((key, workload.own_annotations[key]) for key in strays),
            recreate=wish.recreate and not wish.remove and _would_wait(workload, {**now, **pairs}),
            reason="",
        ),
    )


def _would_wait(workload: Workload, after: Mapping[str, str]) -> bool:
    """Whether it is a Deployment whose new Pod would wait for the EIP by id that its old Pod keeps."""
    asked = wanted(after)
    return workload.kind == "Deployment" and workload.surges and isinstance(asked, Wanted) and bool(asked.instance_id)


def _with_reason(target: Target, action: AnnotateWorkload) -> AnnotateWorkload:
    if not (action.set or action.remove):
        return replace(action, reason="nothing restarts; the Pod template stays as it is")
    count = restarts(target.workload, target.pods)
    if count:
        return replace(action, restarts=count, reason=f"{count} {'Pod restarts' if count == 1 else 'Pods restart'}")
    return replace(action, reason=f"nothing restarts; {why_none_restarts(target.workload)}")


def _draft_lints(draft: _Draft, wish: Wish) -> Iterator[Lint]:
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


def _notes(drafts: Iterable[_Draft], wish: Wish) -> Iterator[str]:
    for draft in drafts:
        if not draft.changes:
            has = "these annotations already" if wish.settings.pairs else "nothing to change"
            yield f"{draft.target.object}: has {'none of them' if wish.remove else has}"


def _told(lint: Lint) -> str:
    if lint.level is Level.ERROR:
        return f"{lint.code} {lint.object}: {lint.problem} ({_flag(lint.code)})"
    return f"{lint.code} {lint.object}: {lint.problem}; {lint.instead}"


def _money(before: float, after: float, rates: Rates) -> Iterator[str]:
    if before or after:
        cost = f"{CURRENCY} {before:.2f} a month now, {after:.2f} after ({rates.told})"
        yield f"EIPs of these Pods without traffic: {cost}"


def _refuse(found: list[Lint]) -> None:
    if not found:
        return
    first, more = found[0], len(found) - 1
    message = "; ".join(f"{lint.object}: {lint.problem}" for lint in found[:5])
    rest = f"; and {more - 4} more" if more > 4 else ""
    flags = " ".join(sorted({_flag(lint.code) for lint in found}))
    hint = f"{first.instead}; or do it nevertheless with {flags}"
    raise Refused(first.code, message + rest, hint=hint, obj=first.object)


def _flag(code: Code) -> str:
    return "--force-conflicts" if code is Code.FIELD_MANAGER else f"--force {code.value}"
