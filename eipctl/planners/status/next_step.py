"""The one command that helps a Pod that is not Bound, or an EIP that its Pod has left."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.wish import Problem, Wanted
from eipctl.planners.annotate.lints import correction
from eipctl.planners.status.order import harm
from eipctl.planners.status.report import PodState, Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.facts import Pod
    from eipctl.planners.status.leftovers import OrphanRow
    from eipctl.planners.status.report import PodRow, StatusReport

_WELL = (PodState.BOUND, PodState.INELIGIBLE)
_RESTARTED = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
"""Kinds that kubectl rollout restart takes."""


def next_step(row: PodRow) -> str:
    """For a Pod as status shows it; "" when nothing is to be done."""
    match row.remedy:
        case Remedy.BIND:
            return f"eipctl bind -n {row.namespace}"
        case Remedy.RECREATE:
            return recreate(row.pod)
        case Remedy.NONE:
            return _by_a_person(row)
    assert_never(row.remedy)


def for_all(report: StatusReport) -> Iterator[str]:
    """For the Pods of a report together: what helps several, and what explains the worst that it does not help."""
    if any(row.remedy is Remedy.BIND for row in report.pods):
        chosen = report.namespaces
        yield f"eipctl bind {'-A' if chosen is None else ' '.join(f'-n {name}' for name in chosen)}"
    helpless = (row for row in report.pods if row.remedy is not Remedy.BIND and row.state not in _WELL)
    worst = min(helpless, key=lambda row: harm(row.state), default=None)
    if worst is not None:
        yield f"eipctl status pod/{worst.pod.name} -n {worst.namespace}"


def recreate(pod: Pod) -> str:
    """Let a new Pod come in its place: by a rollout where its workload has one."""
    kind, name = _maker(pod)
    if kind in _RESTARTED:
        return f"kubectl -n {pod.namespace} rollout restart {kind.lower()}/{name}"
    return f"kubectl -n {pod.namespace} delete pod {pod.name}"


def ask_for_one(pod: Pod) -> str:
    """For a Pod that asks for no EIP."""
    return _annotate(pod, "--eip")


def let_go(left: OrphanRow) -> str:
    """For an EIP whose Pod is gone."""
    if left.reason and not left.kept:
        return "eipctl explain EIP606"
    return f"eipctl release {left.eip.allocation_id}"


def _by_a_person(row: PodRow) -> str:
    if row.state is PodState.BOUND:
        return ""
    if row.state is PodState.UNKNOWN:
        return "eipctl check --for status"
    wish = row.pod.wish
    if isinstance(wish, Problem) and (options := correction(wish, row.pod.eip_annotations)):
        return _annotate(row.pod, options)
    if row.code is Code.POOL_FULL and isinstance(wish, Wanted):
        return f"eipctl pool show {wish.pool}"
    if row.code is Code.POOL_UNKNOWN:
        return "eipctl pool list"
    if row.code is not None:
        return f"eipctl explain {row.code.value}"
    return f"kubectl -n {row.namespace} describe pod {row.pod.name}"


def _annotate(pod: Pod, options: str) -> str:
    kind, name = _maker(pod)
    return f"eipctl annotate {kind.lower()}/{name} -n {pod.namespace} {options}"


def _maker(pod: Pod) -> tuple[str, str]:
    return ownership.controller_of(pod.owner, pod.labels) or ("Pod", pod.name)
