"""The kubelets: what happens to a Pod from its binding to a node until nothing of it is left there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.sandbox.world import cni, pod_status, terway
from eipctl.sandbox.world.meta import Obj, controller_of, leaving, name_of, phase_of, uid_of
from eipctl.sandbox.world.rows import PodRow, Stage
from eipctl.sandbox.world.terway_config import Unusable

if TYPE_CHECKING:
    from eipctl.sandbox.world.agenda import Agenda
    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.view import View

START_SECONDS = 1.0
STOP_SECONDS = 2.0
"""At most; a shorter grace is kept."""
_CRASH_SECONDS, _MOST_CRASH_SECONDS = 10.0, 300.0
_GONE = (Stage.CNI_DEL, Stage.RELEASING, Stage.STOPPED)


@dataclass(frozen=True, slots=True)
class _Pass:
    ctx: Context
    view: View
    agenda: Agenda


def sync(ctx: Context, view: View, agenda: Agenda) -> None:
    """One look at every Pod that has a node, and at what deleted ones left behind."""
    run = _Pass(ctx, view, agenda)
    rows = ctx.rows.pods
    for pod in view.pods:
        name = pod["spec"].get("nodeName")
        node, row = view.nodes.get(name), rows.get(uid_of(pod))
        if not name or (node is not None and row is not None and _steady(pod, row)):
            continue
        with ctx.store.transaction():
            if node is None:
                ctx.delete("pods", pod, now=True)  # a Pod whose node does not exist is garbage
            else:
                _step(run, pod, node, row)
    for row in rows.values():
        if row.uid not in view.by_uid:
            with ctx.store.transaction():
                _sweep(run, row)


def _steady(pod: Obj, row: PodRow) -> bool:
    return row.stage is Stage.RUNNING and not (leaving(pod) or row.due or pod_status.gates_moved(pod))


def _step(run: _Pass, pod: Obj, node: Obj, row: PodRow | None) -> None:
    if row is None:
        if leaving(pod):
            _remove(run.ctx, pod)
        else:
            _admit(run.ctx, pod, node)
    elif leaving(pod):
        _stop(run, pod, row)
    else:
        _advance(run, pod, node, row)


def _put(ctx: Context, row: PodRow) -> None:
    ctx.rows.pods.put(row.uid, row)


def _admit(ctx: Context, pod: Obj, node: Obj) -> None:
    if ctx.objects.get("pods", *name_of(pod)) is None or phase_of(pod) in ("Succeeded", "Failed"):
        return
    namespace, name = name_of(pod)
    host = bool(pod["spec"].get("hostNetwork"))
    row = PodRow(namespace, name, uid_of(pod), pod["spec"]["nodeName"], Stage.NETWORK, host_network=host)
    if host:
        row = replace(row, stage=Stage.STARTING, ip=pod_status.node_ip(node), due=ctx.clock.after(START_SECONDS))
    pod_status.creating(ctx, pod, node)
    _put(ctx, row)


def _advance(run: _Pass, pod: Obj, node: Obj, row: PodRow) -> None:
    if row.stage in (Stage.EIP, Stage.ROLL_BACK) and row.ends and run.agenda.come(row.ends):
        row = cni.give_up_waiting(run.ctx, pod, row)
        _put(run.ctx, row)
    if not run.agenda.over(row.due):
        return
    if row.stage is Stage.NETWORK:
        _put(run.ctx, cni.add(run.ctx, pod, node, row))
    elif row.stage is Stage.EIP:
        _put(run.ctx, cni.wait_for_eip(run.ctx, pod, row))
    elif row.stage is Stage.ROLL_BACK:
        _put(run.ctx, cni.roll_back(run.ctx, pod, row))
    elif row.stage in (Stage.STARTING, Stage.CRASHED):
        _start(run.ctx, pod, node, row)
    elif row.due:
        pod_status.succeeded(run.ctx, pod)
        _put(run.ctx, replace(row, due=0.0))
    elif pod_status.gates_moved(pod):
        pod_status.refresh_ready(run.ctx, pod)


def _start(ctx: Context, pod: Obj, node: Obj, row: PodRow) -> None:
    bad = next((spec["image"] for spec in pod["spec"]["containers"] if _is_bad(spec.get("image", ""))), "")
    if bad:
        message = f'Failed to pull image "{bad}": not found'
        pod_status.waiting(ctx, pod, row.ip, "ErrImagePull", message)
        _tell(ctx, pod, "Failed", message, warning=True)
        _put(ctx, replace(row, stage=Stage.RUNNING, due=0.0))
        return
    if terway.is_terway(pod) and not _start_terway(ctx, pod, node, row):
        return
    pod_status.running(ctx, pod, row.ip, row.restarts)
    _tell(ctx, pod, "Started", "Started containers")
    ends = (controller_of(pod) or {}).get("kind") == "Job"
    _put(ctx, replace(row, stage=Stage.RUNNING, due=ctx.clock.after(START_SECONDS) if ends else 0.0))


def _is_bad(image: str) -> bool:
    return image.rpartition("/")[2].startswith("bad")


def _start_terway(ctx: Context, pod: Obj, node: Obj, row: PodRow) -> bool:
    """Whether the daemon runs now; if not, its container waits for the next try, ever longer."""
    try:
        ctx.rows.daemons.put(row.node, terway.start(ctx, pod, node, row.restarts))
    except Unusable as error:
        restarts = row.restarts + 1
        pause = min(_CRASH_SECONDS * 2 ** min(row.restarts, 8), _MOST_CRASH_SECONDS)
        told = f"back-off {pause:g}s restarting failed container=terway pod={row.name}: {error}"
        pod_status.waiting(ctx, pod, row.ip, "CrashLoopBackOff", told, only="terway", restarts=restarts)
        _tell(ctx, pod, "BackOff", "Back-off restarting failed container terway", warning=True)
        _put(ctx, replace(row, stage=Stage.CRASHED, restarts=restarts, due=ctx.clock.after(pause)))
        return False
    return True


def _stop(run: _Pass, pod: Obj, row: PodRow) -> None:
    ctx = run.ctx
    if row.stage is Stage.STOPPING:
        if run.agenda.over(row.due):
            row = replace(row, stage=Stage.CNI_DEL, due=0.0)
            _put(ctx, row)
    elif row.stage not in _GONE:
        _forget_daemon(ctx, row)
        grace = pod["metadata"].get("deletionGracePeriodSeconds") or 0
        _tell(ctx, pod, "Killing", "Stopping containers")
        row = replace(row, stage=Stage.STOPPING, due=ctx.clock.after(min(float(grace), STOP_SECONDS)))
        _put(ctx, row)
        run.agenda.over(row.due)
    row = _clean_up(run, row)
    if row.stage is Stage.STOPPED or (row.stage is Stage.RELEASING and run.agenda.over(row.ends)):
        _remove(ctx, pod)


def _clean_up(run: _Pass, row: PodRow) -> PodRow:
    """CNI DEL, once the containers have stopped."""
    if row.stage in (Stage.CNI_DEL, Stage.RELEASING) and run.agenda.over(row.due):
        row = cni.delete(run.ctx, row)
        _put(run.ctx, row)
        run.agenda.over(row.due)
    return row


def _sweep(run: _Pass, row: PodRow) -> None:
    """The Pod object is gone already: deleted without grace, or with its node."""
    if row.node not in run.view.nodes:
        run.ctx.rows.pods.delete(row.uid)
        return
    if row.stage not in _GONE:
        _forget_daemon(run.ctx, row)
        row = replace(row, stage=Stage.CNI_DEL, due=0.0)
    if _clean_up(run, row).stage is Stage.STOPPED:
        run.ctx.rows.pods.delete(row.uid)


def _forget_daemon(ctx: Context, row: PodRow) -> None:
    daemon = ctx.rows.daemons.get(row.node)
    if daemon is not None and daemon.pod_uid == row.uid:
        ctx.rows.daemons.delete(row.node)


def _remove(ctx: Context, pod: Obj) -> None:
    """Nothing of the Pod is left on the node: the API object goes, unless a finalizer holds it."""
    current = ctx.objects.get("pods", *name_of(pod))
    if current is not None and uid_of(current) == uid_of(pod) and not current["metadata"].get("finalizers"):
        ctx.objects.delete("pods", *name_of(pod), now=True)


def _tell(ctx: Context, pod: Obj, reason: str, message: str, *, warning: bool = False) -> None:
    ctx.events.record({"kind": "Pod", **pod}, reason, message, source="kubelet", warning=warning)
