"""What happens to a workload's Pods when its Pod template changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eipctl.domain.facts import Workload

_LATER = frozenset({"CronJob", "ReplicaSet", "ReplicationController"})
"""Kinds whose running Pods stay as they are: only later ones come from the new template."""


def restarts(workload: Workload, pods: int) -> int:
    """How many Pods restart; `pods` are those that a DaemonSet has, whose object names no number."""
    if not workload.template_path or workload.kind in _LATER:
        return 0
    return pods if workload.kind == "DaemonSet" else workload.replicas or 0


def template_is_fixed(workload: Workload) -> bool:
    """Whether the API server refuses any change of the template (a Job's is immutable)."""
    return workload.kind == "Job"


def at_most_one(workload: Workload) -> bool:
    """Whether it has no more than one Pod at a time."""
    if workload.kind in ("Pod", "CronJob"):
        return True
    return workload.kind != "DaemonSet" and workload.replicas in (0, 1)
