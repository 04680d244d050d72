"""What a kubelet asks the CNI for, and what the node's Terway answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eipctl.sandbox.world import terway, terway_eip, terway_eni
from eipctl.sandbox.world.meta import Obj, annotations_of
from eipctl.sandbox.world.rows import Address, Daemon, PodRow, Stage

if TYPE_CHECKING:
    from eipctl.sandbox.world.context import Context

START_SECONDS = 1.0
RETRY_SECONDS = 5.0
POLL_SECONDS = 1.0


def add(ctx: Context, pod: Obj, node: Obj, row: PodRow) -> PodRow:
    """CNI ADD: an IP, and an EIP if the Pod asks for one and this Terway gives EIPs; tried again until it works."""
    daemon = ctx.rows.daemons.get(row.node)
    if daemon is None:
        return _again(ctx, pod, row, "dial unix /var/run/eni/eni.socket: connect: connection refused")
    own = terway.gives_own_eni(daemon, pod, node)
    row = replace(row, sticky=terway.keeps(daemon, pod), run=daemon.run)
    try:
        address = _kept(ctx, row) or (terway_eni.take_own if own else terway_eni.take)(ctx, node, daemon)
    except terway_eni.NoAddress as error:
        return _again(ctx, pod, row, str(error))
    # In mode ENIMultiIP a Pod with an ENI of its own never comes to the EIP's turn (Terway v1.6.4 daemon/daemon.go).
    passed_over = own and daemon.mode == "ENIMultiIP"
    wish = terway_eip.wish_of(annotations_of(pod)) if daemon.manages_eips and not passed_over else None
    row = replace(row, eni_id=address.eni_id, ip=address.ip, own_eni=own)
    if wish is None:
        return replace(row, stage=Stage.STARTING, due=ctx.clock.after(START_SECONDS))
    return _allocate(ctx, pod, row, daemon, wish)


def _allocate(ctx: Context, pod: Obj, row: PodRow, daemon: Daemon, wish: terway_eip.Wish) -> PodRow:
    vpc_id = ctx.cloud.state.enis[row.eni_id].vpc_id
    try:
        record = terway_eip.allocate(ctx, daemon, wish, _address(row), vpc_id)
    except terway_eip.Failed as error:
        return _again(ctx, pod, row, str(error))
    except terway.Killed:
        crash(ctx, row.node, daemon)
        return _broken(ctx, pod, row)
    except terway_eip.Again:
        return _give_up(ctx, row, terway_eip.SETTLE_SECONDS)
    return replace(row, stage=Stage.EIP, eip=record, due=ctx.clock.after(terway_eip.SETTLE_SECONDS))


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
    record = row.eip
    assert record is not None
    if daemon is None or daemon.run != row.run:
        return _broken(ctx, pod, row)
    try:
        if not terway_eip.settled(ctx, daemon, record, _address(row)):
            return replace(row, due=ctx.clock.after(POLL_SECONDS))
    except terway_eip.Failed as error:
        return _again(ctx, pod, row, str(error))
    except terway.Killed:
        crash(ctx, row.node, daemon)
        return _broken(ctx, pod, row)
    ctx.annotate("pods", pod, terway_eip.RESULT, record.address)
    known = replace(record, pod=f"{row.namespace}/{row.name}", eni_id=row.eni_id, ip=row.ip)
    ctx.rows.database.put(f"{row.node}/{row.uid}", known)
    return replace(row, stage=Stage.STARTING, eip=None, due=ctx.clock.after(START_SECONDS))


def delete(ctx: Context, row: PodRow) -> PodRow:
    """CNI DEL: the IP goes back to the pool first, then the EIP; it is tried again until Terway answers."""
    daemon = ctx.rows.daemons.get(row.node)
    if row.host_network or not row.eni_id:
        return replace(row, stage=Stage.STOPPED, due=0.0)
    if daemon is None:
        return replace(row, due=ctx.clock.after(RETRY_SECONDS))
    try:
        return _release(ctx, row, daemon) if row.stage is Stage.RELEASING else _unbind(ctx, row, daemon)
    except terway.Killed:
        crash(ctx, row.node, daemon)
        return replace(row, due=ctx.clock.after(RETRY_SECONDS))


def _unbind(ctx: Context, row: PodRow, daemon: Daemon) -> PodRow:
    """A Terway that manages no EIPs forgets the one it has; the others begin to let it go."""
    key, address = f"{row.node}/{row.uid}", _address(row)
    record = ctx.rows.database.get(key) or row.eip
    if record is not None and row.sticky and daemon.manages_eips:
        return replace(row, stage=Stage.STOPPED, eip=None, due=0.0)
    progress = terway_eip.Progress.DONE
    if record is not None and daemon.manages_eips:
        progress = terway_eip.unassociate(ctx, daemon, record, address)
    if progress is terway_eip.Progress.BUSY:
        return replace(row, due=ctx.clock.after(POLL_SECONDS))
    terway_eni.give_back(ctx, row.node, address)
    ctx.rows.database.delete(key)
    if progress is terway_eip.Progress.RELEASE:
        after = ctx.clock.after(terway_eip.SETTLE_SECONDS)
        return replace(row, stage=Stage.RELEASING, eip=record, run=daemon.run, due=after)
    return replace(row, stage=Stage.STOPPED, eip=None, due=0.0)


def _release(ctx: Context, row: PodRow, daemon: Daemon) -> PodRow:
    assert row.eip is not None
    # The record is gone already: a Terway that has been started anew knows of nothing to release.
    if daemon.run != row.run or terway_eip.release(ctx, daemon, row.eip):
        return replace(row, stage=Stage.STOPPED, eip=None, due=0.0)
    return replace(row, due=ctx.clock.after(POLL_SECONDS))


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
    message = (
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox: "
        f"cni cmd: error received from AllocIP call: rpc error: code = Unknown desc = {why}"
    )
    about = {"kind": "Pod", **pod}
    ctx.events.record(about, "FailedCreatePodSandBox", message, source="kubelet", warning=True)
    return _give_up(ctx, row, RETRY_SECONDS)
