"""Parts of a plan: what works on the same Pod, EIP or address stays together, and the rest need not wait for it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from eipctl.domain.actions.eips import Associate, BindAction

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from eipctl.domain.plan import Lane, Plan

SEVERAL = -1


def lanes_of(plan: Plan) -> Iterator[Lane]:
    """All of them, in order."""
    return (lane for stage in plan.stages for lane in stage.lanes)


def keys_of(lane: Lane) -> frozenset[str]:
    """Pods and EIPs that a lane works on: UIDs and allocation IDs."""
    actions = [action for action in lane.actions if isinstance(action, BindAction)]
    return frozenset(key for action in actions for key in (action.uid, action.allocation_id) if key)


def due_of(plan: Plan) -> frozenset[str]:
    """All that a plan works on."""
    return frozenset(key for lane in lanes_of(plan) for key in keys_of(lane))


def without(plan: Plan, keys: Collection[str]) -> Plan:
    """The plan without the lanes that work on any of these."""
    return _only(plan, lambda lane: keys_of(lane).isdisjoint(keys))


def independent(plan: Plan) -> tuple[Plan, ...]:
    """The plan in parts that may be carried out side by side.

    A stage waits for the one before it: that is right for what depends on it, as the next Pod at an address on the
    unbinding of the EIP of the one before. So one part has all that stands in several stages, and each other part what
    stands in one stage only.
    """
    groups = _Groups()
    for lane in lanes_of(plan):
        groups.join(lane)
    stages: defaultdict[str, set[int]] = defaultdict(set)
    for number, stage in enumerate(plan.stages):
        for lane in stage.lanes:
            stages[groups.of(lane)].add(number)

    def part(lane: Lane) -> int:
        found = stages[groups.of(lane)]
        return min(found) if len(found) == 1 else SEVERAL

    def numbered(number: int) -> Plan:
        return _only(plan, lambda lane: part(lane) == number)

    return tuple(map(numbered, sorted({part(lane) for lane in lanes_of(plan)})))


def _only(plan: Plan, keep: Callable[[Lane], bool]) -> Plan:
    stages = (replace(stage, lanes=tuple(filter(keep, stage.lanes))) for stage in plan.stages)
    return replace(plan, stages=tuple(stage for stage in stages if stage.lanes))


class _Groups:
    """Lanes that share a Pod, an EIP or an address, directly or by way of others."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def join(self, lane: Lane) -> None:
        """It joins all that it shares something with."""
        first, *others = _shared(lane)
        for other in others:
            self._parents[self._root(other)] = self._root(first)

    def of(self, lane: Lane) -> str:
        """The name of its group."""
        return self._root(_shared(lane)[0])

    def _root(self, key: str) -> str:
        while (parent := self._parents.get(key, key)) != key:
            key = parent
        return key


def _shared(lane: Lane) -> list[str]:
    """Pods, EIPs and addresses; a primary IP may be shown as nothing."""
    found = keys_of(lane)
    for action in lane.actions:
        if isinstance(action, BindAction) and action.eni_id:
            shown = (
                ("", action.private_ip) if isinstance(action, Associate) and action.primary else (action.private_ip,)
            )
            found |= {f"{action.eni_id} {ip}" for ip in shown}
    return sorted(found)
