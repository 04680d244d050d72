"""What happens to a workload's Pods when its Pod template changes, and which Pods keep their names."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eipctl.domain.facts import Workload

STABLE_KINDS = frozenset({"StatefulSet"})
"""Kinds whose Pods come back under the same names."""

RESERVATION = "k8s.aliyun.com/pod-ip-reservation"
"""The annotation that says the same of any Pod (Terway's documentation)."""

_LATER = frozenset(
    {
        *("CronJob", "Job", "ReplicaSet", "ReplicationController", "PodTemplate", "AdvancedCronJob", "BroadcastJob"),
        *("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"),
        *("TaskRun", "Task", "ClusterTask", "PipelineRun", "Pipeline"),
        *("TFJob", "PyTorchJob", "MPIJob", "XGBoostJob", "PaddleJob", "JAXJob", "TrainJob", "JobSet"),
        *("RayCluster", "RayJob", "SparkApplication", "ScheduledSparkApplication", "ScaledJob"),
        *("VirtualMachine", "VirtualMachineInstance", "VirtualMachineInstanceReplicaSet", "VirtualMachinePool"),
        *("GameServer", "Sandbox", "SandboxSet", "SandboxTemplate"),
    }
)
"""Kinds whose running Pods stay as they are: only later ones come from the new template."""

_IN_PLACE = frozenset({"InPlaceIfPossible", "InPlaceOnly"})
"""Strategies under which changed annotations come to the running Pods (OpenKruise)."""


def in_place(workload: Workload) -> bool:
    """Whether running Pods take changed annotations on without a restart; a Pod is its own template."""
    return workload.is_pod or (follows(workload) and workload.strategy in _IN_PLACE)


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
    if workload.is_pod:
        return "eipctl bind gives the EIPs"
    if workload.kind == "Job" and workload.suspended:
        return "suspended: its Pods get the change when it is resumed"
    if workload.paused:
        return "paused: its Pods get the change when it is resumed"
    if workload.strategy == "OnDelete":
        return "its Pods get the change when they are deleted (OnDelete)"
    return "its Pods are updated in place" if in_place(workload) else "later Pods get the change"


def pods_of(workload: Workload, pods: int) -> int:
    """How many Pods it has at a time, as far as anybody can know."""
    if workload.is_pod:
        return 1
    return pods if workload.kind == "DaemonSet" else workload.replicas or 0


_DEFAULT_SURGE = "25%"
"""Of a Deployment, and of an Argo Rollout's canary."""


def surplus(workload: Workload, pods: int) -> int:
    """How many Pods more than `pods` it may have during a rolling update; a share is rounded up, as Kubernetes does."""
    if not workload.surges:
        return 0
    if workload.strategy == "BlueGreen":
        return pods
    told = str(int(workload.surge) if isinstance(workload.surge, int) else workload.surge or _DEFAULT_SURGE)
    number = re.fullmatch(r"([0-9]{1,9})(%?)", told)
    if number is None:
        return 1
    return math.ceil(pods * int(number[1]) / 100) if number[2] else int(number[1])


def reached(workload: Workload, pods: int) -> int:
    """How many of its Pods come from a changed template once its rollout, or the next start of Pods, is over."""
    if workload.paused or workload.strategy == "OnDelete":
        return 0
    return max(0, pods - workload.partition)


def template_is_fixed(workload: Workload) -> bool:
    """Whether the API server refuses a change of the template's annotations.

    A Job's is immutable, but while the Job is suspended and has no startTime yet (KEP-2926, Kubernetes 1.23).
    """
    return workload.kind == "Job" and (workload.started or not workload.suspended)


def keeps_names(workload: Workload) -> bool:
    """Whether a Pod that comes back has the name of the one before it; of a bare Pod its owner decides."""
    return workload.is_pod or workload.kind in STABLE_KINDS


def at_most_one(workload: Workload) -> bool:
    """Whether it has no more than one Pod at a time."""
    return workload.kind == "Pod" or (workload.kind != "DaemonSet" and workload.replicas in (0, 1))
