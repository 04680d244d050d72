"""What happens to a workload's Pods when its Pod template changes, and which Pods keep their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eipctl.domain.facts import Workload

STABLE_KINDS = frozenset({"StatefulSet"})
"""Kinds whose Pods come back under the same names."""

RESERVATION = "k8s.aliyun.com/pod-ip-reservation"
"""The annotation that says the same of any Pod (Terway's documentation)."""

_LATER = frozenset({"CronJob", "Job", "ReplicaSet", "ReplicationController"})
"""Kinds whose running Pods stay as they are: only later ones come from the new template."""

_IN_PLACE = frozenset({"InPlaceIfPossible", "InPlaceOnly"})
"""Strategies under which changed annotations come to the running Pods (OpenKruise)."""


def in_place(workload: Workload) -> bool:
    """Whether running Pods take changed annotations on without a restart; a Pod is its own template."""
    return not workload.template_path or (follows(workload) and workload.strategy in _IN_PLACE)


def follows(workload: Workload) -> bool:
    """Whether a change of the template reaches the running Pods without anybody's doing."""
    return not (workload.kind in _LATER or workload.strategy == "OnDelete" or workload.paused)


def restarts(workload: Workload, pods: int) -> int:
    """How many Pods restart; `pods` are those that a DaemonSet has, whose object names no number."""
    if in_place(workload) or not follows(workload):
        return 0
    count = pods if workload.kind == "DaemonSet" else workload.replicas or 0
    return max(0, count - workload.partition)


def why_none_restarts(workload: Workload) -> str:
    """What becomes of the Pods instead."""
    if not workload.template_path:
        return "eipctl bind does the rest"
    if workload.paused:
        return "it is paused: its Pods follow when it is resumed"
    if workload.strategy == "OnDelete":
        return "its Pods follow as somebody deletes them (OnDelete)"
    return "its Pods are changed in place" if in_place(workload) else "later Pods get it"


def pods_of(workload: Workload, pods: int) -> int:
    """How many Pods it has at a time, as far as anybody can know."""
    if not workload.template_path:
        return 1
    return pods if workload.kind == "DaemonSet" else workload.replicas or 0


def template_is_fixed(workload: Workload) -> bool:
    """Whether the API server refuses any change of the template (a Job's is immutable)."""
    return workload.kind == "Job"


def keeps_names(workload: Workload) -> bool:
    """Whether a Pod that comes back has the name of the one before it; of a bare Pod its owner decides."""
    return not workload.template_path or workload.kind in STABLE_KINDS


def at_most_one(workload: Workload) -> bool:
    """Whether it has no more than one Pod at a time."""
    return workload.kind == "Pod" or (workload.kind != "DaemonSet" and workload.replicas in (0, 1))
