"""The status that a kubelet writes for a Pod."""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING

from eipctl.sandbox.world.meta import Obj, condition, is_true, set_condition

if TYPE_CHECKING:
    from eipctl.sandbox.world.context import Context


ENDED = ("Succeeded", "Failed")


def node_ip(node: Obj) -> str:
    """Its InternalIP."""
    addresses = (node.get("status") or {}).get("addresses") or ()
    return next((address["address"] for address in addresses if address["type"] == "InternalIP"), "")


def creating(ctx: Context, pod: Obj, node: Obj) -> None:
    """Accepted by the node: ContainerCreating."""
    at = ctx.clock.timestamp()

    _write(ctx, pod, lambda status: _create(pod, node, status, at))


def _create(pod: Obj, node: Obj, status: Obj, at: str) -> None:
    status.update(phase="Pending", hostIP=node_ip(node), hostIPs=[{"ip": node_ip(node)}], startTime=at)
    status["qosClass"] = "BestEffort"
    set_condition(status, "PodScheduled", "True", at)
    _not_ready(status, at)
    waiting = {"waiting": {"reason": "ContainerCreating"}}
    status["containerStatuses"] = [_container(pod, spec, waiting) for spec in pod["spec"]["containers"]]


def running(ctx: Context, pod: Obj, ip: str, restarts: int) -> None:
    """All containers run."""
    at = ctx.clock.timestamp()

    _write(ctx, pod, lambda status: _run(pod, status, ip, restarts, at))


def _run(pod: Obj, status: Obj, ip: str, restarts: int, at: str) -> None:
    status.update(phase="Running", podIP=ip, podIPs=[{"ip": ip}])
    set_condition(status, "Initialized", "True", at)
    set_condition(status, "ContainersReady", "True", at)
    state = {"running": {"startedAt": at}}
    status["containerStatuses"] = [
        _container(pod, spec, state, restarts=restarts) for spec in pod["spec"]["containers"]
    ]
    _inits(pod, status, at)
    _ready(pod, status, at)


def of_running(pod: Obj, node: Obj, ip: str, at: str) -> Obj:
    """The status of a Pod that was accepted and started at that moment."""
    status: Obj = {}
    _create(pod, node, status, at)
    _run(pod, status, ip, 0, at)
    return status


def waiting(ctx: Context, pod: Obj, ip: str, reason: str, message: str, *, only: str = "", restarts: int = 0) -> None:
    """A container (`only`, else all of them) waits and doesn't run: CrashLoopBackOff, ErrImagePull."""
    at = ctx.clock.timestamp()

    def edit(status: Obj) -> None:
        status.update(podIP=ip, podIPs=[{"ip": ip}], phase="Running" if only else "Pending")
        set_condition(status, "Initialized", "True", at)
        _inits(pod, status, at)
        _not_ready(status, at)
        wait = {"waiting": {"reason": reason, "message": message}}
        status["containerStatuses"] = [
            _container(pod, spec, {"running": {"startedAt": at}})
            if only and spec["name"] != only
            else _container(pod, spec, wait, restarts=restarts)
            for spec in pod["spec"]["containers"]
        ]

    _write(ctx, pod, edit)


def succeeded(ctx: Context, pod: Obj) -> None:
    """All containers have ended well."""
    at = ctx.clock.timestamp()

    def edit(status: Obj) -> None:
        status["phase"] = "Succeeded"
        for kind in ("Ready", "ContainersReady"):
            set_condition(status, kind, "False", at, reason="PodCompleted")
        ended = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": at, "finishedAt": at}}
        status["containerStatuses"] = [_container(pod, spec, ended) for spec in pod["spec"]["containers"]]

    _write(ctx, pod, edit)


def gates_moved(pod: Obj) -> bool:
    """Whether Ready no longer says what the readiness gates say."""
    if not pod["spec"].get("readinessGates"):
        return False
    return is_true(pod, "ContainersReady") and is_true(pod, "Ready") != _gates_open(pod)


def refresh_ready(ctx: Context, pod: Obj) -> None:
    """Make Ready follow the readiness gates."""
    at = ctx.clock.timestamp()
    _write(ctx, pod, lambda status: _ready(pod, status, at))


def _gates_open(pod: Obj) -> bool:
    return all(is_true(pod, gate["conditionType"]) for gate in pod["spec"].get("readinessGates") or ())


def _ready(pod: Obj, status: Obj, at: str) -> None:
    closed = [
        gate["conditionType"]
        for gate in pod["spec"].get("readinessGates") or ()
        if (condition({"status": status}, gate["conditionType"]) or {}).get("status") != "True"
    ]
    if closed:
        names = ", ".join(f'"{name}"' for name in closed)
        set_condition(
            status,
            "Ready",
            "False",
            at,
            reason="ReadinessGatesNotReady",
            message=f"the status of pod readiness gate {names} is not True",
        )
    else:
        set_condition(status, "Ready", "True", at)


def _not_ready(status: Obj, at: str) -> None:
    for kind in ("Ready", "ContainersReady"):
        set_condition(status, kind, "False", at, reason="ContainersNotReady")


def _inits(pod: Obj, status: Obj, at: str) -> None:
    inits = pod["spec"].get("initContainers")
    if inits:
        ended = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": at, "finishedAt": at}}
        status["initContainerStatuses"] = [{**_container(pod, spec, ended), "ready": True} for spec in inits]


def _container(pod: Obj, spec: Obj, state: Obj, *, restarts: int = 0) -> Obj:
    runs = "running" in state
    made = {
        "name": spec["name"],
        "image": spec.get("image", ""),
        "imageID": "",
        "ready": runs,
        "started": runs,
        "restartCount": restarts,
        "state": state,
        "lastState": {},
    }
    if runs:
        identity = f"{pod['metadata']['uid']}/{spec['name']}/{restarts}"
        made["containerID"] = "containerd://" + hashlib.sha256(identity.encode()).hexdigest()
        made["imageID"] = "sha256:" + hashlib.sha256(made["image"].encode()).hexdigest()
    return made


def _write(ctx: Context, pod: Obj, edit: object) -> None:
    assert callable(edit)

    def change(current: Obj) -> None:
        status = copy.deepcopy(current.get("status") or {})
        if status.get("phase") in ENDED:
            return  # nothing brings a Pod back to life
        edit(status)
        current["status"] = status

    ctx.change("pods", pod, change, status=True)
