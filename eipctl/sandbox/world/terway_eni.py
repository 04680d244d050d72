"""Terway's IPs: shared ENIs with ten addresses each, made as they are needed, and ENIs that are one Pod's alone."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING

from eipctl.sandbox.world.rows import Address, Daemon, NodeRow
from eipctl.sandbox.world.terway import instance_of

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.rows import EniRow
    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.meta import Obj

ADDRESSES = 10
_RESERVED = 100
"""Host numbers up to here are left to the nodes themselves."""


class NoAddress(Exception):
    """The node can't have another IP."""


def take(ctx: Context, node: Obj, daemon: Daemon) -> Address:
    """An IP for a Pod: the one that has been free longest, else the first of a new ENI."""
    with ctx.store.transaction():
        row = _row(ctx, node)
        if not row.free:
            row = _attach(ctx, row, daemon)
        address, *rest = row.free
        since = {ip: at for ip, at in row.idle_since.items() if ip != address.ip}
        ctx.rows.nodes.put(row.name, replace(row, free=tuple(rest), idle_since=since))
        return address


def take_own(ctx: Context, node: Obj, daemon: Daemon) -> Address:
    """The primary IP of a new ENI, a member of the node's trunk if it has one."""
    with ctx.store.transaction():
        row = _row(ctx, node)
        eni_id, (ip,) = _make(ctx, row, daemon, 1, "Member" if daemon.trunk else "Secondary")
        ctx.rows.nodes.put(row.name, row)
        return Address(eni_id, ip)


def give_back(ctx: Context, node: str, address: Address) -> None:
    """Put an IP at the end of the pool; an ENI that was one Pod's alone is deleted."""
    with ctx.store.transaction():
        row = ctx.rows.nodes.get(node)
        if row is not None and address.eni_id in row.enis:
            since = {**row.idle_since, address.ip: ctx.clock.now()}
            ctx.rows.nodes.put(node, replace(row, free=(*row.free, address), idle_since=since))
        elif row is not None:
            ctx.cloud.delete_eni(address.eni_id)


def remove_node(ctx: Context, name: str) -> None:
    """The instance is gone, and all ENIs with it."""
    with ctx.store.transaction():
        row = ctx.rows.nodes.get(name)
        if row is None:
            return
        for eni in ctx.cloud.state.enis.values():
            if eni.instance_id == row.instance_id:
                ctx.cloud.delete_eni(eni.eni_id)
        ctx.rows.nodes.delete(name)


def _row(ctx: Context, node: Obj) -> NodeRow:
    name = node["metadata"]["name"]
    return ctx.rows.nodes.get(name) or NodeRow(name, instance_of(node))


def _attach(ctx: Context, row: NodeRow, daemon: Daemon) -> NodeRow:
    """Give the node one more shared ENI."""
    eni_id, ips = _make(ctx, row, daemon, ADDRESSES, "Secondary")
    fresh = tuple(Address(eni_id, ip) for ip in ips)
    return replace(row, enis=(*row.enis, eni_id), free=(*row.free, *fresh))


def _make(ctx: Context, row: NodeRow, daemon: Daemon, addresses: int, kind: str) -> tuple[str, list[str]]:
    """(id, IPs) of a new ENI, in the vSwitch of the node's primary one."""
    primary = _primary(ctx, row)
    eni_id = ctx.cloud.state.new_id("eni-bp1")
    ips = _addresses(ctx, primary.vswitch_id, addresses)
    ctx.cloud.add_eni(
        eni_id,
        vpc_id=primary.vpc_id,
        vswitch_id=primary.vswitch_id,
        instance_id=row.instance_id,
        primary_ip=ips[0],
        secondary_ips=tuple(ips[1:]),
        type=kind,
        tags=dict(daemon.tags),
    )
    return eni_id, ips


def _primary(ctx: Context, row: NodeRow) -> EniRow:
    for eni in ctx.cloud.state.enis.values():
        if eni.instance_id == row.instance_id and eni.type == "Primary":
            return eni
    raise NoAddress(f"instance {row.instance_id or '(unknown)'} has no primary ENI")


def _addresses(ctx: Context, vswitch_id: str, count: int) -> list[str]:
    vswitch = ctx.cloud.state.vswitches[vswitch_id]
    network = ipaddress.ip_network(vswitch.cidr)
    first = (ctx.rows.hosts.get(vswitch_id) or _RESERVED) + 1
    if first + count >= network.num_addresses - 4:
        raise NoAddress(f"InvalidVSwitchId.IpNotEnough: vSwitch {vswitch_id} has no free addresses")
    ctx.rows.hosts.put(vswitch_id, first + count - 1)
    return [str(network[number]) for number in range(first, first + count)]
