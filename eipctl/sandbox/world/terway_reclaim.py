"""Newer Terways give idle IPs back to the vSwitch (v1.17.5 pkg/eni, eni_conf key idle_ip_reclaim_after).

An IP that no Pod uses is unassigned from its ENI, whether an EIP is bound to it or not: Terway does not look.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eipctl.sandbox.cloud.cloud import CloudRefusal
from eipctl.sandbox.world.terway import Killed, call

if TYPE_CHECKING:
    from eipctl.sandbox.world.agenda import Agenda
    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.rows import Address, Daemon, NodeRow


def sync(ctx: Context, agenda: Agenda) -> None:
    """Unassign what has been idle for too long, on every node whose Terway does so."""
    for name, daemon in ctx.rows.daemons.items():
        row = ctx.rows.nodes.get(name)
        if daemon.reclaim_seconds and row is not None:
            seconds = daemon.reclaim_seconds / ctx.clock.speed
            idle = [one for one in row.free if _over(agenda, row, one, seconds)]
            if idle:
                _reclaim(ctx, daemon, row, idle)


def _over(agenda: Agenda, row: NodeRow, address: Address, seconds: float) -> bool:
    since = row.idle_since.get(address.ip)
    return since is not None and agenda.come(since + seconds)


def _reclaim(ctx: Context, daemon: Daemon, row: NodeRow, idle: list[Address]) -> None:
    with ctx.store.transaction():
        gone = {address.ip for address in idle if _unassigned(ctx, daemon, address)}
        kept = tuple(one for one in row.free if one.ip not in gone)
        since = {ip: at for ip, at in row.idle_since.items() if ip not in {address.ip for address in idle}}
        ctx.rows.nodes.put(row.name, replace(row, free=kept, idle_since=since))


def _unassigned(ctx: Context, daemon: Daemon, address: Address) -> bool:
    """Whether the IP is gone; an ENI's primary one stays, and so does one that the cloud won't take."""
    if ctx.cloud.state.enis[address.eni_id].primary_ip == address.ip:
        return False
    wanted = {"NetworkInterfaceId": address.eni_id, "PrivateIpAddress.1": address.ip}
    try:
        call(ctx, daemon, "ecs", "UnassignPrivateIpAddresses", wanted)
    except (CloudRefusal, Killed):
        return False
    return True
