"""A plan that was saved, and what of it is left to do in the world as it is now.

A saved plan is a promise: apply does nothing that is not in it. So the command plans anew with the options of then, and
each object that the saved plan names must come out as follows, or the whole plan is refused:

the new plan has for it                   then
----------------------------------------  -------------------------------------------------------------------
the Actions that were saved, or some      those are carried out (an earlier apply may have done the others)
an Action that was not saved              refused: the object has changed
none, and the object has what it needs    done already
none, but the saved plan binds an EIP     refused: the Pod is gone, or something else stands in the way
none, and is left alone for a new reason  refused, with the reason

What the new plan has for other objects is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from eipctl.domain.ownership import ORPHAN_SINCE
from eipctl.domain.plan import Action, Plan, Verb

SCHEMA = "eipctl.plan/v1"
_VOLATILE = frozenset({"reason", "resource_version", "record", "restore", "restarts"})
_LEARNED = frozenset({"allocation_id", "eip_address"})
_BINDS = frozenset({Verb.ALLOCATE.value, Verb.ASSOCIATE.value})


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """`target` and `options` as they were; `actions` as :meth:`Action.as_data` gives them, without secrets."""

    command: str
    target: Mapping[str, str]
    options: Mapping[str, Any]
    actions: tuple[Mapping[str, Any], ...]
    skipped: frozenset[str]
    """Objects that were left alone then."""


@dataclass(frozen=True, slots=True)
class Remainder:
    """What is left of a saved plan, what was left out of the new one, and why it must not be carried out."""

    plan: Plan
    left_out: int
    changed: tuple[str, ...]


def remainder(saved: SavedPlan, plan: Plan, settled: frozenset[str]) -> Remainder:
    """Compare; `settled` are the objects that have what they need."""
    then = _by_object(saved.actions)
    now = _by_object([action.as_data() for action in plan.actions])
    reasons = {skip.object: skip.reason for skip in plan.skips if skip.object not in saved.skipped}
    changed = []
    for name, actions in then.items():
        why = _changed(actions, now.get(name, []), reasons.get(name, ""), settled=name in settled)
        if why:
            changed.append(f"{name}: {why}")
    kept = _only(plan, frozenset(then))
    return Remainder(kept, sum(1 for _ in plan.actions) - sum(1 for _ in kept.actions), tuple(changed))


def _changed(then: list[Mapping[str, Any]], now: list[Mapping[str, Any]], reason: str, *, settled: bool) -> str:
    """Why an object is not what it was; "" if it is, or if what was saved has been done."""
    for action in now:
        if not any(_same(old, action) for old in then):
            return f"{action['verb']} is now also needed but not in the plan"
    if now or settled:
        return ""
    if any(action["verb"] in _BINDS for action in then):
        return reason or "it is gone, or needs no change any longer"
    return reason


def _same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    names = (old.keys() | new.keys()) - _VOLATILE
    return all(_equal(name, old.get(name), new.get(name)) for name in names)


def _equal(name: str, old: object, new: object) -> bool:
    if name in _LEARNED and not old:
        return True  # the saved plan was to buy it
    return _plain(old) == _plain(new)


def _plain(value: object) -> object:
    """As JSON gives it, without the moment at which an EIP was found to be an orphan."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_plain(item) for item in value]
        return [ORPHAN_SINCE] if items[:1] == [ORPHAN_SINCE] else items
    return value


def _by_object(actions: list[dict[str, Any]] | tuple[Mapping[str, Any], ...]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for action in actions:
        found.setdefault(action["object"], []).append(action)
    return found


def _only(plan: Plan, objects: frozenset[str]) -> Plan:
    """The lanes that are about these objects alone."""

    def named(actions: tuple[Action, ...]) -> bool:
        return all(action.object in objects for action in actions)

    stages = (replace(stage, lanes=tuple(lane for lane in stage.lanes if named(lane.actions))) for stage in plan.stages)
    return replace(plan, stages=tuple(stage for stage in stages if stage.lanes))
