"""What a plan does with EIPs, a line for each Pod: what it gives, then what it changes, then what it takes away.

Above MANY Pods those of a workload that get the same are folded; what costs more or takes something away never is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from eipctl.base.text import cause_of
from eipctl.domain.actions.eips import (
    Allocate,
    AnnotatePod,
    Associate,
    BindAction,
    JoinPackage,
    LeavePackage,
    Modify,
    Recover,
    Release,
    Unassociate,
)
from eipctl.output.console import Line, Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eipctl.domain.plan import Lane, Plan

MANY = 20
"""Pods that get a line each although they get the same."""
SHOWN = 2
"""Of those that are folded."""
GIVES, CHANGES, TAKES = "+", "~", "-"
_STYLES = {GIVES: Style.GOOD, CHANGES: Style.CAUTION, TAKES: Style.BAD}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line: what becomes of `object`, and why; `weighty` ones cost more, or take something away."""

    mark: str
    object: str
    text: str
    reason: str = ""
    namespace: str = ""
    workload: str = ""
    weighty: bool = False

    @property
    def line(self) -> Line:
        why = f"  ({self.reason})" if self.reason else ""
        return (
            (f"{self.mark} ", _STYLES[self.mark]),
            (f"{self.object}  {self.text}", Style.PLAIN),
            (why, Style.QUIET),
        )

    @property
    def kind(self) -> tuple[str, str, str, str]:
        """Equal for Pods that share a line."""
        return (self.namespace, self.workload, self.mark, cause_of(f"{self.text} {self.reason}"))


def is_brief(plan: Plan) -> bool:
    """Whether all it does is done with EIPs of Pods."""
    return not plan.empty and all(isinstance(action, BindAction) for action in plan.actions)


def brief_lines(plan: Plan, workloads: Mapping[str, str]) -> list[Line]:
    """`workloads` by Pod UID, where they are known."""
    entries = [entry for stage in plan.stages for lane in stage.lanes for entry in _entries(lane, workloads)]
    light = [entry for entry in entries if not entry.weighty]
    weighty = sorted((entry for entry in entries if entry.weighty), key=lambda entry: entry.mark == TAKES)
    if len({entry.object for entry in entries}) <= MANY:
        lines = [entry.line for entry in sorted(light, key=lambda entry: entry.mark != GIVES)]
    else:
        lines = _folded(light)
    return lines + [entry.line for entry in weighty]


def _folded(entries: Sequence[_Entry]) -> list[Line]:
    lines: list[Line] = []
    ordered = sorted(entries, key=lambda entry: (entry.namespace, entry.workload))
    for (namespace, workload), whole in groupby(ordered, key=lambda entry: (entry.namespace, entry.workload)):
        own = list(whole)
        pods = len({entry.object for entry in own})
        title = (namespace, workload, "1 Pod" if pods == 1 else f"{pods:,} Pods")
        lines.append((("  ".join(filter(None, title)), Style.TITLE),))
        alike: dict[tuple[str, ...], list[_Entry]] = {}
        for entry in own:
            alike.setdefault(entry.kind, []).append(entry)
        for group in alike.values():
            shown = group if len(group) <= SHOWN + 1 else group[:SHOWN]
            lines += [entry.line for entry in shown]
            if more := len(group) - len(shown):
                lines.append(
                    ((f"{group[0].mark} ", _STYLES[group[0].mark]), (f"{more:,} more like these", Style.QUIET))
                )
    return lines


def _entries(lane: Lane, workloads: Mapping[str, str]) -> Iterator[_Entry]:
    actions = [action for action in lane.actions if isinstance(action, BindAction)]
    bought = next((action for action in actions if isinstance(action, Allocate | Recover)), None)
    bound = next((action for action in actions if isinstance(action, Associate)), None)
    if bought is not None:
        yield _entry(GIVES, bought, _bought(bought, actions), workloads, "" if bound else bought.reason)
    elif bound is not None:
        yield _entry(GIVES, bound, _parts(_eip(bound), bound.private_ip), workloads, bound.reason)
    for action in actions:
        if isinstance(action, Unassociate | Release):
            yield _entry(TAKES, action, _taken(action), workloads, action.reason, weighty=True)
        elif isinstance(action, Modify | JoinPackage | LeavePackage) and not bought:
            yield _entry(CHANGES, action, _changed(action), workloads, action.reason, weighty=True)
    told = (Allocate, Recover, Associate, Unassociate, Release, Modify, JoinPackage, LeavePackage)
    if not any(isinstance(action, told) for action in actions):
        for action in actions:
            yield _entry(CHANGES, action, _noted(action), workloads, action.reason)


def _entry(
    mark: str, action: BindAction, text: str, workloads: Mapping[str, str], reason: str, *, weighty: bool = False
) -> _Entry:
    workload = workloads.get(action.uid, "")
    return _Entry(mark, action.object, text, reason, action.namespace, workload, weighty)


def _bought(action: Allocate | Recover, lane: Sequence[BindAction]) -> str:
    what = "new EIP" if isinstance(action, Allocate) else f"buy back {action.wanted}"
    charge = action.spec.internet_charge_type
    pace = f"{action.spec.bandwidth} Mbit/s{'' if charge == 'PayByTraffic' else f' {charge}'}"
    package = next((f"in {each.package_id}" for each in lane if isinstance(each, JoinPackage)), "")
    return _parts(what, pace, action.private_ip, package)


def _taken(action: Unassociate | Release) -> str:
    if isinstance(action, Release):
        return f"release {_eip(action)}"
    target = " ".join(filter(None, (action.eni_id, action.private_ip)))
    return f"unbind {_eip(action)} from {target}" + (f", to bind it to {action.moved_to}" if action.moved_to else "")


def _changed(action: Modify | JoinPackage | LeavePackage) -> str:
    if isinstance(action, Modify):
        return f"{_eip(action)}: {', '.join(f'{name} {value}' for name, value in action.changes)}"
    return f"{_eip(action)} {'into' if isinstance(action, JoinPackage) else 'out of'} {action.package_id}"


def _noted(action: BindAction) -> str:
    if isinstance(action, AnnotatePod):
        verb, where = ("remove", "from") if action.remove else ("record", "on")
        return f"{verb} {action.eip_address or 'the address'} {where} the Pod"
    return f"{action.verb.value} {_eip(action)}"


def _eip(action: BindAction) -> str:
    known = (action.allocation_id, action.eip_address)
    return " ".join(part for part in known if part and part != action.object) or "the EIP"


def _parts(*parts: str) -> str:
    return ", ".join(filter(None, parts))
