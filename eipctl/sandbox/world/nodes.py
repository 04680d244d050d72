"""Nodes that are gone, and what goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.sandbox.world import terway_eni

if TYPE_CHECKING:
    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.view import View


def sync(ctx: Context, view: View) -> None:
    """A removed node takes its ENIs, its Terway and its Terway's database with it."""
    for name in {*ctx.rows.nodes.keys(), *ctx.rows.daemons.keys()} - view.nodes.keys():
        with ctx.store.transaction():
            terway_eni.remove_node(ctx, name)
            ctx.rows.daemons.delete(name)
            for key, _ in ctx.rows.database.items():
                if key.startswith(f"{name}/"):
                    ctx.rows.database.delete(key)
