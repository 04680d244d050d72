"""Jobs: Pods that run to their end."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from eipctl.sandbox.world.meta import (
    Obj,
    condition,
    controlled_by,
    leaving,
    name_of,
    phase_of,
    pod_from,
    set_condition,
    uid_of,
)

if TYPE_CHECKING:
    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.view import View


def sync(ctx: Context, view: View) -> None:
    """One step of every Job; every Pod of a Job succeeds."""
    for job in ctx.objects.list("jobs"):
        if not leaving(job) and condition(job, "Complete") is None and not job["spec"].get("suspend"):
            _sync(ctx, job, view.pods_of(job))


def _sync(ctx: Context, job: Obj, pods: list[Obj]) -> None:
    done = [pod for pod in pods if phase_of(pod) == "Succeeded"]
    running = [pod for pod in pods if phase_of(pod) in ("Pending", "Running") and not leaving(pod)]
    parallel = job["spec"].get("parallelism", 1)
    completions = job["spec"].get("completions", parallel)
    for _ in range(min(parallel - len(running), completions - len(done) - len(running))):
        _create(ctx, job)
    status = copy.deepcopy(job.get("status") or {})
    at = ctx.clock.timestamp()
    if len(done) >= completions:
        set_condition(status, "Complete", "True", at, reason="CompletionsReached")
    ctx.set_status(
        "jobs",
        job,
        startTime=status.get("startTime", at),
        active=len(running) or None,
        succeeded=len(done) or None,
        conditions=status.get("conditions"),
        completionTime=at if len(done) >= completions else None,
    )


def _create(ctx: Context, job: Obj) -> None:
    namespace, name = name_of(job)
    labels = {
        "batch.kubernetes.io/job-name": name,
        "job-name": name,
        "batch.kubernetes.io/controller-uid": uid_of(job),
        "controller-uid": uid_of(job),
    }
    pod = pod_from(job["spec"]["template"], controlled_by(job, "batch/v1", "Job"), namespace, labels)
    pod["metadata"]["generateName"] = f"{name}-"
    ctx.objects.create("pods", pod)
