"""Who runs `bind`, when it last did, and whether two do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain.findings import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from eipctl.domain.binders import Binder, LastRun

CRON_JOB, DEPLOYMENT = "CronJob", "Deployment"
RECENT = timedelta(hours=1)
"""Since a run of somebody outside the cluster: one by cron comes more often."""


def binders(found: Sequence[Binder], last: LastRun | None, now: datetime) -> Iterator[Finding]:
    """`now` is by the API server's clock, as the Lease is; nothing if `bind` has never run."""
    active = [binder for binder in found if binder.active]
    held = last is not None and bool(last.holder) and now - last.renewed <= timedelta(seconds=last.seconds)
    holder = last if held else None
    if not found:
        yield from _outside(last, holder, now)
    elif not active:
        yield _idle(found[0])
    for binder in active:
        yield _deployment(binder, last, holder, now) if binder.kind == DEPLOYMENT else _cron_job(binder, now)
    yield from _several(active, holder)


def _outside(last: LastRun | None, holder: LastRun | None, now: datetime) -> Iterator[Finding]:
    if last is None:
        return
    title = f"a run on {holder.host} is in progress" if holder else f"the last run ended {_ago(now - last.renewed)} ago"
    level = Level.OK if now - last.renewed <= RECENT else Level.INFO
    yield Finding(Code.BINDER, level, title, "neither a Deployment nor a CronJob of the cluster runs bind")


def _idle(binder: Binder) -> Finding:
    where = f"kubectl -n {binder.namespace}"
    if binder.kind == CRON_JOB:
        why, fix = "suspended", f"""{where} patch cronjob {binder.name} -p '{{"spec":{{"suspend":false}}}}'"""
    else:
        why, fix = "scaled to 0", f"{where} scale deployment {binder.name} --replicas=2"
    detail = "new Pods get no EIP"
    return Finding(Code.BINDER, Level.WARNING, f"{binder.title}, which runs bind, is {why}", detail, fix, binder.object)


def _deployment(binder: Binder, last: LastRun | None, holder: LastRun | None, now: datetime) -> Finding:
    if holder is None:
        since = f"; the last run ended {_ago(now - last.renewed)} ago" if last else ""
        detail = f"{binder.ready} of its Pods are ready{since}; see: kubectl -n {binder.namespace} logs "
        title = f"no Pod of {binder.title} runs bind"
        return Finding(Code.BINDER, Level.WARNING, title, f"{detail}deployment/{binder.name}", object=binder.object)
    if not binder.made(holder.host):
        title = f"{binder.title} waits for the run on {holder.host}"
        return Finding(Code.BINDER, Level.OK, title, object=binder.object)
    title = f"{binder.title} runs bind: {holder.host} renewed its Lease {_ago(now - holder.renewed)} ago"
    return Finding(Code.BINDER, Level.OK, title, object=binder.object)


def _cron_job(binder: Binder, now: datetime) -> Finding:
    success = f"{_ago(now - binder.succeeded)} ago" if binder.succeeded else ""
    if binder.failed:
        detail = f"it last succeeded {success}" if success else "none has succeeded"
        detail += f"; see: kubectl -n {binder.namespace} get jobs,pods"
        title = f"the last Job of {binder.title}, which runs bind, failed"
        return Finding(Code.BINDER, Level.WARNING, title, detail, object=binder.object)
    title = f"{binder.title} runs bind" + (f": it last succeeded {success}" if success else "")
    return Finding(Code.BINDER, Level.OK, title, object=binder.object)


def _several(active: Sequence[Binder], holder: LastRun | None) -> Iterator[Finding]:
    if len(active) > 1:
        jobs = [binder for binder in active if binder.kind == CRON_JOB]
        spare = jobs[-1] if jobs else active[-1]
        title = f"{len(active)} workloads run bind: {', '.join(binder.title for binder in active)}"
        fix = f"kubectl -n {spare.namespace} delete {spare.kind.lower()} {spare.name}"
        detail = "they do no harm to each other, but a Job that waits for the Lease in vain fails"
        yield Finding(Code.BINDERS, Level.WARNING, title, detail, fix, spare.object)
    elif active and holder and not active[0].made(holder.host):
        title = f"a run on {holder.host} is in progress beside {active[0].title}"
        detail = "they do no harm to each other; if it is not a person's run, keep one of the two"
        yield Finding(Code.BINDERS, Level.INFO, title, detail, object=active[0].object)


def _ago(age: timedelta) -> str:
    """``4 s``, ``12 min``, ``3 h``, ``2 days``; a clock that is a little ahead makes nothing negative."""
    seconds = max(0.0, age.total_seconds())
    for unit, size, most in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if seconds < most:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"
