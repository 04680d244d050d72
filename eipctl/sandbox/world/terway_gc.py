"""Terway's garbage collection, every five minutes on each node (Terway v1.6.4 daemon/daemon.go).

What the node's database holds for a Pod that is not on the node is let go in the second round that misses it. Pods are
known by namespace and name only, and the first EIP that can't be found ends the round.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eipctl.sandbox.world import cni, terway_eip
from eipctl.sandbox.world.meta import name_of
from eipctl.sandbox.world.rows import Daemon, EipRecord, PodRow, Stage
from eipctl.sandbox.world.terway import COLLECT_SECONDS, Killed

if TYPE_CHECKING:
    from eipctl.sandbox.world.agenda import Agenda
    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.view import View


def sync(ctx: Context, view: View, agenda: Agenda) -> None:
    """A round on every node whose time has come."""
    for node, daemon in ctx.rows.daemons.items():
        if daemon.manages_eips and agenda.come(daemon.collects_at):
            with ctx.store.transaction():
                ctx.rows.daemons.put(node, replace(daemon, collects_at=ctx.clock.after(COLLECT_SECONDS)))
                try:
                    _collect(ctx, view, node, daemon)
                except Killed:
                    cni.crash(ctx, node, daemon)


def _collect(ctx: Context, view: View, node: str, daemon: Daemon) -> None:
    here = {"/".join(name_of(pod)) for pod in view.pods if pod["spec"].get("nodeName") == node}
    for key, record in ctx.rows.database.items():
        if not key.startswith(f"{node}/"):
            continue
        missed = record.pod not in here
        if not (missed and record.doomed):
            ctx.rows.database.put(key, replace(record, doomed=missed))
        elif terway_eip.found(ctx, daemon, record):
            _let_go(ctx, node, key, record)
        else:
            return


def _let_go(ctx: Context, node: str, key: str, record: EipRecord) -> None:
    """As CNI DEL does it for a Pod that is not kept."""
    namespace, _, name = record.pod.partition("/")
    uid = key.partition("/")[2]
    if ctx.rows.pods.get(uid) is None:
        row = PodRow(namespace, name, uid, node, Stage.CNI_DEL, eni_id=record.eni_id, ip=record.ip, eip=record)
        ctx.rows.pods.put(uid, row)
