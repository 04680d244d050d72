"""The one command that helps a Pod that is not Bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.domain import ownership

if TYPE_CHECKING:
    from eipctl.domain.facts import Pod

_RESTARTED = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
"""Kinds that kubectl rollout restart takes."""


def recreate(pod: Pod) -> str:
    """Let a new Pod come in its place: by a rollout where its workload has one."""
    kind, name = ownership.controller_of(pod.owner, pod.labels) or ("Pod", pod.name)
    if kind in _RESTARTED:
        return f"kubectl -n {pod.namespace} rollout restart {kind.lower()}/{name}"
    return f"kubectl -n {pod.namespace} delete pod {pod.name}"
