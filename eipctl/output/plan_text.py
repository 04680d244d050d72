"""A plan as people read it before they say yes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from eipctl.base.text import cause_of, first_few
from eipctl.domain.actions.eips import Allocate, BindAction
from eipctl.domain.actions.terway import WriteEniConfig
from eipctl.domain.actions.workloads import AnnotateWorkload, EditManifest
from eipctl.domain.plan import Action, Plan, StepState, Verb
from eipctl.output.console import Line, Style, plain
from eipctl.output.pasted import aimed
from eipctl.output.plan_brief import MANY, brief_lines, is_brief

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.domain.plan import HeldBack, Skip, Stage, Step
    from eipctl.engine.execute import Result
    from eipctl.engine.prepared import Prepared

_DANGEROUS = (Verb.RELEASE, Verb.UNASSOCIATE, Verb.DELETE, Verb.DELETE_POLICY, Verb.DETACH_POLICY)
_MARKS = {StepState.DONE: "✓", StepState.FAILED: "✗", StepState.SKIPPED: "-", StepState.PLANNED: " "}
_STYLES = {StepState.DONE: Style.GOOD, StepState.FAILED: Style.BAD, StepState.SKIPPED: Style.QUIET}
_NOUNS = {Verb.ALLOCATE: "allocation", Verb.RELEASE: "release", Verb.UNASSOCIATE: "unassociation"}
"""What guards count; of a lane with one of them the other Actions only follow from it."""
_DIFF_STYLES = {"+": Style.GOOD, "-": Style.CAUTION}


def plan_lines(prepared: Prepared, *, verbose: bool = False, full: bool = False) -> list[Line]:
    """Target, what is done, what is left alone or held back (`verbose` lists it), notes, and the totals.

    A line for each Pod, or `full`: one for each action, stage by stage.
    """
    plan = prepared.plan
    lines: list[Line] = [((f"Plan of eipctl {plan.command}", Style.TITLE),)]
    width = max((len(name) for name, _ in prepared.target), default=0)
    lines += [((f"  {name:<{width}}  ", Style.QUIET), (value, Style.PLAIN)) for name, value in prepared.target]
    if is_brief(plan) and not full:
        lines += brief_lines(plan, prepared.workloads())
    else:
        lines += [line for stage in plan.stages for line in _stage_lines(stage)]
    if plan.skips:
        lines.append((("Left alone", Style.TITLE),))
        lines += _skip_lines(plan.skips, full=full)
    for held in plan.held:
        lines.append(held_line(held, hint="" if verbose else "; -v lists them"))
        lines += [_action_line(action) for action in held.actions if verbose]
    lines += [(("note: ", Style.QUIET), (note, Style.PLAIN)) for note in plan.notes]
    lines.append(((totals(plan), Style.TITLE),))
    return lines


def _skip_lines(skips: Sequence[Skip], *, full: bool) -> list[Line]:
    """Each, or when they are many each cause once."""
    causes: dict[tuple[str, str], list[Skip]] = {}
    for number, skip in enumerate(skips):
        own = str(number) if full or len(skips) <= MANY else cause_of(skip.reason)
        causes.setdefault((skip.code.value, own), []).append(skip)
    return [
        (
            (f"  {first_few([skip.object for skip in alike], 3)}  ", Style.PLAIN),
            (f"{code} {alike[0].reason}", Style.CAUTION),
        )
        for (code, _), alike in causes.items()
    ]


def _stage_lines(stage: Stage) -> list[Line]:
    lines: list[Line] = [((stage.title[:1].upper() + stage.title[1:], Style.TITLE),)]
    for lane in stage.lanes:
        for action in lane.actions:
            lines += [_action_line(action), *_diff_lines(action)]
    return lines


def _diff_lines(action: Action) -> list[Line]:
    if not isinstance(action, WriteEniConfig | AnnotateWorkload | EditManifest):
        return []
    return [((f"      {line}", _DIFF_STYLES.get(line[:1], Style.QUIET)),) for line in action.diff[2:]]


def _action_line(action: Action) -> Line:
    style = Style.CAUTION if action.verb in _DANGEROUS else Style.GOOD
    return (
        (f"  {action.verb.value:<12} ", style),
        (f"{action.object}{_what(action)}", Style.PLAIN),
        (f"  ({action.reason})", Style.QUIET),
    )


def _what(action: Action) -> str:
    """What else a person wants to see of an Action."""
    if isinstance(action, Allocate):
        return f"  {action.spec.bandwidth} Mbit/s {action.spec.internet_charge_type}"
    if isinstance(action, BindAction):
        shown = (action.allocation_id, action.eip_address, action.private_ip)
        return "".join(f"  {part}" for part in shown if part and part != action.object)
    parts = (getattr(action, name, "") for name in ("role", "node"))
    return "".join(f"  {part}" for part in parts if part)


def held_line(held: HeldBack, hint: str = "") -> Line:
    """``held back by max-allocate: 201 allocations, USD +455.00 a month``."""
    counts = Counter(action.verb for action in held.actions)
    verbs = [verb for verb in _NOUNS if counts[verb]] or list(counts)
    told = ", ".join(counted(counts[verb], _NOUNS.get(verb, f"{verb.value} action")) for verb in verbs)
    money = f", {held.currency} {held.per_month:+,.2f} a month" if held.per_month else ""
    return (
        (f"held back by {', '.join(held.guards)}: ", Style.CAUTION),
        (f"{told}{money}", Style.PLAIN),
        (f"  ({held.reason}{hint})", Style.QUIET),
    )


def counted(count: int, noun: str) -> str:
    """``1 Pod``, ``2,000 Pods``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def totals(plan: Plan) -> str:
    """``1 Pod, 1 EIP to buy; 3 actions: 1 allocate, 1 associate, 1 annotate``."""
    counts = Counter(action.verb.value for action in plan.actions)
    held = sum(len(held.actions) for held in plan.held)
    left = (f"; {len(plan.skips):,} left alone" if plan.skips else "") + (f"; {held:,} held back" if held else "")
    if not counts:
        return f"nothing to do{left}"
    steps = ", ".join(f"{count:,} {verb}" for verb, count in counts.items())
    return f"{_pods_and_eips(plan)}{counted(counts.total(), 'action')}: {steps}{left}"


def _pods_and_eips(plan: Plan) -> str:
    """``2 Pods, 1 EIP to buy, 1 to release; ``; "" for a plan that is not about EIPs of Pods."""
    if not is_brief(plan):
        return ""
    pods = len({action.object for action in plan.actions if action.object.startswith("pod/")})
    bought, released = plan.count(Verb.ALLOCATE), plan.count(Verb.RELEASE)
    told = [counted(pods, "Pod")] if pods else []
    told += [f"{counted(bought, 'EIP')} to buy"] if bought else []
    told += [f"{counted(released, 'EIP')} to release"] if released else []
    return f"{', '.join(told)}; " if told else ""


def step_line(step: Step) -> Line:
    """One Action that has ended."""
    error = f"  {step.error}" if step.error else ""
    learned = "".join(f"  {value}" for _, value in step.learned)
    return (
        (f"{_MARKS[step.state]} {step.action.verb.value:<12} ", _STYLES.get(step.state, Style.PLAIN)),
        (f"{step.action.object}{learned or _what(step.action)}{error}", Style.PLAIN),
    )


def result_lines(result: Result, *, brief: bool = False) -> list[Line]:
    """What was done, each Action that was not, and each EIP that was released: only its id brings it back.

    Many that were skipped for one reason, as at the end of --timeout, are counted instead. `brief` is the last line
    alone: the errors beside it name the causes.
    """
    done = Counter(step.action.verb.value for step in result.steps if step.state is StepState.DONE)
    skipped = Counter(step.error for step in result.steps if step.state is StepState.SKIPPED)
    many = {why: count for why, count in skipped.items() if count > MANY}
    served = _served(result.steps)
    told = (step for step in result.steps if step.state is not StepState.DONE or _is_telling(step))
    lines = [step_line(step) for step in told if not (step.state is StepState.SKIPPED and step.error in many)]
    lines += [((f"- {count} skipped  ", Style.QUIET), (why, Style.PLAIN)) for why, count in many.items()]
    summary = ", ".join(f"{count} {verb}" for verb, count in done.items()) or "nothing"
    left = f"{_count(result, StepState.FAILED)} failed, {_count(result, StepState.SKIPPED)} skipped"
    lines = [] if brief else served + lines
    lines += [held_line(held) for held in result.plan.held]
    lines.append(plain(f"{result.plan.command}: {summary} done; {left}"))
    return lines


def _served(steps: Sequence[Step]) -> list[Line]:
    """The Pods that were given an EIP, with its address: what a person came for."""
    known: dict[str, dict[str, str]] = {}
    bound: list[BindAction] = []
    for step in steps:
        if step.state is StepState.DONE and isinstance(step.action, BindAction):
            facts = {"allocation_id": step.action.allocation_id, "eip_address": step.action.eip_address}
            facts |= dict(step.learned)
            known.setdefault(step.action.uid, {}).update({name: value for name, value in facts.items() if value})
            bound += [step.action] if step.action.verb is Verb.ASSOCIATE else []
    lines: list[Line] = [
        (
            (f"{_MARKS[StepState.DONE]} ", Style.GOOD),
            (f"{action.object}  {known[action.uid].get('eip_address', '')}", Style.PLAIN),
            (f"  {known[action.uid].get('allocation_id', '')}", Style.QUIET),
        )
        for action in bound[:MANY]
    ]
    more = len(bound) - len(lines)
    return [*lines, ((aimed(f"  and {more:,} more; see: eipctl status -A"), Style.QUIET),)] if more else lines


def _is_telling(step: Step) -> bool:
    """Whether a person wants to see it although it was done: released, or not quite as asked for."""
    return step.action.verb is Verb.RELEASE or bool(dict(step.learned).get("note"))


def _count(result: Result, state: StepState) -> int:
    return sum(step.state is state for step in result.steps)
