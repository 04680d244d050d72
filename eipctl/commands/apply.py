"""`--out` and `eipctl apply`: a plan in a file, carried out only while it still is what the world needs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import Refused, UsageError
from eipctl.base.text import first_few
from eipctl.commands import saved_options
from eipctl.commands.registry import RECIPES, command_of
from eipctl.domain.plan import Step, StepState
from eipctl.domain.saved_plan import SCHEMA, SavedPlan, remainder
from eipctl.engine.execute import Result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.plan import Plan
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session

COMPARED = ("cluster", "account", "region")
AGAIN = "save the plan again: the same command with --out FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """`text` is the content of the plan's file, `name` what to call it."""

    text: str
    name: str


def saved_text(prepared: Prepared, options: Any) -> str:
    """The content of a plan's file: for a person, for `jq`, and for apply."""
    plan = prepared.plan
    content = {
        "schema": SCHEMA,
        "command": command_of(options),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "target": dict(prepared.target),
        "options": asdict(options),
        "fingerprint": plan.fingerprint,
        "actions": [action.as_data() for action in plan.actions],
        "skipped": [skip.as_data() for skip in plan.skips],
        "held_back": [held.as_data() for held in plan.held],
        "notes": list(plan.notes),
    }
    return json.dumps(content, indent=2, ensure_ascii=False, default=_jsonable) + "\n"


def _jsonable(value: object) -> object:
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def prepare_apply(session: Session, options: ApplyOptions) -> Prepared:
    """Plan again and keep what was saved. Refused if the target or an object has changed."""
    import msgspec

    saved = _read(options)
    recipe = RECIPES.get(saved.command)
    if recipe is None:
        raise _unusable(options.name, f"it is of command {saved.command!r}, which this version doesn't know")
    try:
        wanted = msgspec.convert(dict(saved.options), recipe.type())
    except msgspec.ValidationError as error:
        raise _unusable(options.name, f"its options can't be used: {error}") from error
    if why := saved_options.problem(saved.command, wanted):
        raise _unusable(options.name, why)
    prepared = recipe.run(session, wanted)
    _same_target(saved, dict(prepared.target), options.name)
    left = remainder(saved, prepared.plan, prepared.settled)
    if left.changed:
        shown = first_few(left.changed, separator="; ")
        raise Refused(
            Code.STALE_PLAN,
            f"the cluster or the account has changed since {options.name} was saved: {shown}",
            hint=AGAIN,
        )
    told = saved_options.asked(wanted)
    return _restricted(prepared, left.plan, left.left_out, f"the plan was made with {'; '.join(told)}" if told else "")


def _restricted(prepared: Prepared, plan: Plan, left_out: int, told: str) -> Prepared:
    """The Prepared that carries out and reports `plan` only."""
    note = f"{left_out} more actions are now needed that are not in the saved plan" if left_out else ""
    plan = replace(plan, notes=(*plan.notes, *filter(None, (note, told))))

    def data(result: Result | None) -> Mapping[str, object]:
        shown = result or Result(plan, tuple(Step(action, StepState.PLANNED) for action in plan.actions), ())
        return {**prepared.data(shown), "dry_run": result is None, "command": plan.command}

    return replace(prepared, plan=plan, data=data, unserved=(), unwritten=tuple)


@dataclass(frozen=True, slots=True)
class _Head:
    """What every version of such a file has."""

    schema: str


@dataclass(frozen=True, slots=True)
class _Skipped:
    object: str


@dataclass(frozen=True, slots=True)
class _Content:
    """What this version writes and reads."""

    command: str
    target: dict[str, str]
    options: dict[str, Any]
    actions: list[dict[str, Any]]
    skipped: list[_Skipped]


def _read(options: ApplyOptions) -> SavedPlan:
    import msgspec

    try:
        schema = msgspec.json.decode(options.text, type=_Head).schema
        if schema != SCHEMA:
            raise _unusable(options.name, f"its schema is {schema!r}, expected {SCHEMA}")
        content = msgspec.json.decode(options.text, type=_Content)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _unusable(options.name, f"it is not a saved plan: {error}") from error
    for number, action in enumerate(content.actions):
        for name in ("object", "verb"):
            if not (action.get(name) and isinstance(action[name], str)):
                raise _unusable(options.name, f"it is not a saved plan: $.actions[{number}] has no {name}")
    return SavedPlan(
        command=content.command,
        target=content.target,
        options=content.options,
        actions=tuple(content.actions),
        skipped=frozenset(skip.object for skip in content.skipped),
    )


def _same_target(saved: SavedPlan, now: Mapping[str, str], name: str) -> None:
    for part in COMPARED:
        then = saved.target.get(part, "").partition(" ")[0]
        here = now.get(part, "").partition(" ")[0]
        if then != here:
            raise Refused(
                Code.STALE_PLAN,
                f"{name} is for {part} {then or 'unknown'}, but this is {here or 'unknown'}",
                hint="choose the context, profile and region of the saved plan, or plan again here",
            )


def _unusable(name: str, why: str) -> UsageError:
    return UsageError(Code.PLAN_FILE, f"the plan {name} can't be used: {why}", hint=AGAIN)
