"""What a kubelet asks the CNI for, and what the node's Terway answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eipctl.sandbox.world import terway, terway_eip, terway_eni
from eipctl.sandbox.world.meta import Obj, annotations_of
from eipctl.sandbox.world.rows import Address, Daemon, EipRecord, PodRow, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.world.context import Context

START_SECONDS = 1.0
RETRY_SECONDS = 5.0
CNI_SECONDS = 120.0
"""How long the CNI waits for Terway, which goes on. An ADD is tried again then; a second DEL finds nothing to do."""


def add(ctx: Context, pod: Obj, node: Obj, row: PodRow) -> PodRow:
    """CNI ADD: an IP, and an EIP if the Pod asks for one and this Terway gives EIPs; tried again until it works."""
    daemon = ctx.rows.daemons.get(row.node)
    if daemon is None:
        return _again(ctx, pod, row, "dial unix /var/run/eni/eni.socket: connect: connection refused")
    own = terway.gives_own_eni(daemon, pod, node)
    row = replace(row, sticky=terway.keeps(daemon, pod), run=daemon.run, ends=ctx.clock.after(CNI_SECONDS))
    try:
        address = _kept(ctx, row) or (terway_eni.take_own if own else terway_eni.take)(ctx, node, daemon)
    except terway_eni.NoAddress as error:
        return _again(ctx, pod, row, str(error))
    # In mode ENIMultiIP a Pod with an ENI of its own never comes to the EIP's turn (Terway v1.6.4 daemon/daemon.go).
    passed_over = own and daemon.mode == "ENIMultiIP"
    wish = None if passed_over or not daemon.manages_eips else _wish(pod, daemon)
    row = replace(row, eni_id=address.eni_id, ip=address.ip, own_eni=own)
    if wish is None:
        return _added(ctx, pod, row)
    return _worked(ctx, pod, row, daemon, lambda: _allocate(ctx, row, daemon, wish))


def _wish(pod: Obj, daemon: Daemon) -> terway_eip.Wish | None:
    return terway_eip.wish_of(annotations_of(pod), daemon.version)


def _allocate(ctx: Context, row: PodRow, daemon: Daemon, wish: terway_eip.Wish) -> PodRow:
    vpc_id = ctx.cloud.state.enis[row.eni_id].vpc_id
    record = terway_eip.allocate(ctx, daemon, wish, _address(row), vpc_id)
    return replace(row, stage=Stage.EIP, eip=record, due=ctx.clock.after(_rest(record)))


def _rest(record: EipRecord) -> float:
    """Until the next look at it."""
    return (terway_eip.pause(record) or 0.0) if record.tries else terway_eip.SETTLE_SECONDS


def _worked(ctx: Context, pod: Obj, row: PodRow, daemon: Daemon, work: Callable[[], PodRow]) -> PodRow:
    """A part of CNI ADD, or what becomes of the Pod when it fails."""
    try:
        return work()
    except terway_eip.Failed as error:
        return _again(ctx, pod, row, str(error))
    except terway_eip.RollBack as error:
        begun = replace(row, stage=Stage.ROLL_BACK, eip=error.record, why=str(error), due=0.0)
        return roll_back(ctx, pod, begun)
    except terway.Killed:
        crash(ctx, row.node, daemon)
        return _broken(ctx, pod, row)
    except terway_eip.Again:
        return _give_up(ctx, row, terway_eip.SETTLE_SECONDS)


def _kept(ctx: Context, row: PodRow) -> Address | None:
    """The address that this node's Terway keeps for a Pod of that name."""
    for key, record in ctx.rows.database.items():
        if row.sticky and key.startswith(f"{row.node}/") and record.pod == f"{row.namespace}/{row.name}":
            ctx.rows.database.delete(key)
            return Address(record.eni_id, record.ip)
    return None


def wait_for_eip(ctx: Context, pod: Obj, row: PodRow) -> PodRow:
    """The rest of CNI ADD: the EIP is InUse, the Pod is told, and only then the node's database has it."""
    daemon = ctx.rows.daemons.get(row.node)
    if daemon is None or daemon.run != row.run:
        return _broken(ctx, pod, row)
    return _worked(ctx, pod, row, daemon, lambda: _settle(ctx, pod, row, daemon))


def _settle(ctx: Context, pod: Obj, row: PodRow, daemon: Daemon) -> PodRow:
    assert row.eip is not None
    record = terway_eip.settle(ctx, daemon, row.eip, _address(row))
    if record.step:
        return replace(row, eip=record, due=ctx.clock.after(_rest(record)))
    current = ctx.objects.get("pods", row.namespace, row.name) or pod
    terway_eip.demand_untold(daemon, record, annotations_of(current))
    ctx.annotate("pods", pod, terway_eip.RESULT, record.address)
    known = replace(record, pod=f"{row.namespace}/{row.name}", eni_id=row.eni_id, ip=row.ip)
    ctx.rows.database.put(f"{row.node}/{row.uid}", known)
    late = RETRY_SECONDS if not row.ends else 0.0
    return replace(_added(ctx, pod, row), eip=None, due=ctx.clock.after(START_SECONDS + late))


def give_up_waiting(ctx: Context, pod: Obj, row: PodRow) -> PodRow:
    """The kubelet waits no longer; Terway goes on, and what it does counts for a later try."""
    _tell_failure(ctx, pod, "cni cmd: error received from AllocIP call: context deadline exceeded")
    return replace(row, ends=0.0)


def _added(ctx: Context, pod: Obj, row: PodRow) -> PodRow:
    took = CNI_SECONDS - (row.ends - ctx.clock.now()) if row.ends else CNI_SECONDS
    _terway_event(ctx, pod, "AllocIPSucceed", f"Alloc IP {row.ip}/16 took {max(took, 0.0):.3f}s", warning=False)
    return replace(row, stage=Stage.STARTING, due=ctx.clock.after(START_SECONDS))


def roll_back(ctx: Context, pod: Obj, row: PodRow) -> PodRow:
    """Terway lets go of what it has allocated, and only then CNI ADD fails."""
    daemon = ctx.rows.daemons.get(row.node)
    if daemon is None or daemon.run != row.run:
        return _broken(ctx, pod, row)
    try:
        row, over = _let_go(ctx, row, daemon)
    except terway.Killed:
        crash(ctx, row.node, daemon)
        return _broken(ctx, pod, row)
    return _again(ctx, pod, replace(row, why=""), row.why) if over else row


def _let_go(ctx: Context, row: PodRow, daemon: Daemon) -> tuple[PodRow, bool]:
    """As far as it goes without sleeping; whether that was the end."""
    while row.eip is not None:
        following = terway_eip.let_go(ctx, daemon, row.eip, _address(row))
        if following is None:
            break
        record, seconds = following
        row = replace(row, eip=record, due=ctx.clock.after(seconds))
        if seconds:
            return row, False
    return row, True


def delete(ctx: Context, row: PodRow) -> PodRow:
    """CNI DEL: the IP goes back to the pool first, then the EIP; it is tried again until Terway answers."""
    daemon = ctx.rows.daemons.get(row.node)
    if row.host_network or not row.eni_id:
        return _stopped(row)
    if daemon is None:
        return replace(row, due=ctx.clock.after(RETRY_SECONDS))
    if row.stage is not Stage.RELEASING:
        row = _forget(ctx, row, daemon)
    # Without a record a Terway that has been started anew knows of nothing to release.
    if row.stage is Stage.STOPPED or daemon.run != row.run:
        return _stopped(row)
    try:
        row, over = _let_go(ctx, row, daemon)
    except terway.Killed:
        crash(ctx, row.node, daemon)
        return replace(row, due=ctx.clock.after(RETRY_SECONDS))
    return _stopped(row) if over else row


def _forget(ctx: Context, row: PodRow, daemon: Daemon) -> PodRow:
    """The record goes before the EIP does; a Terway that manages no EIPs just forgets it."""
    key = f"{row.node}/{row.uid}"
    record = ctx.rows.database.get(key) or row.eip
    if record is not None and row.sticky and daemon.manages_eips:
        return _stopped(row)
    terway_eni.give_back(ctx, row.node, _address(row))
    ctx.rows.database.delete(key)
    if record is None or not daemon.manages_eips:
        return _stopped(row)
    return replace(row, stage=Stage.RELEASING, eip=record, run=daemon.run, due=0.0, ends=ctx.clock.after(CNI_SECONDS))


def _stopped(row: PodRow) -> PodRow:
    return replace(row, stage=Stage.STOPPED, eip=None, due=0.0)


def crash(ctx: Context, node: str, daemon: Daemon) -> None:
    """The daemon is gone until its container has been started again."""
    ctx.rows.daemons.delete(node)
    own = ctx.rows.pods.get(daemon.pod_uid)
    if own is not None:
        again = replace(own, stage=Stage.STARTING, restarts=own.restarts + 1, due=ctx.clock.after(START_SECONDS))
        ctx.rows.pods.put(own.uid, again)


def _broken(ctx: Context, pod: Obj, row: PodRow) -> PodRow:
    """The daemon that was at it is no more: its successor knows of no IP and no EIP for the Pod."""
    return _again(ctx, pod, row, "transport is closing")


def _address(row: PodRow) -> Address:
    return Address(row.eni_id, row.ip)


def _give_up(ctx: Context, row: PodRow, seconds: float) -> PodRow:
    if row.eni_id:
        terway_eni.give_back(ctx, row.node, _address(row))
    return replace(row, stage=Stage.NETWORK, eni_id="", ip="", own_eni=False, eip=None, due=ctx.clock.after(seconds))


def _again(ctx: Context, pod: Obj, row: PodRow, why: str) -> PodRow:
    told = f"cni cmd: error received from AllocIP call: rpc error: code = Unknown desc = {why}"
    if ctx.rows.daemons.get(row.node) is not None:
        _terway_event(ctx, pod, "AllocIPFailed", told, warning=True)
    _tell_failure(ctx, pod, told)
    return _give_up(ctx, row, RETRY_SECONDS)


def _tell_failure(ctx: Context, pod: Obj, why: str) -> None:
    message = (
        f"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox: {why}"
    )
    ctx.events.record({"kind": "Pod", **pod}, "FailedCreatePodSandBox", message, source="kubelet", warning=True)


def _terway_event(ctx: Context, pod: Obj, reason: str, message: str, *, warning: bool) -> None:
    """By way of the daemon, which writes what its CNI plugin says."""
    ctx.events.record({"kind": "Pod", **pod}, reason, message, source="terway-daemon", warning=warning)
