"""`eipctl pool`: EIPs that people own, lent to workloads of many Pods."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli.connection import Changing, ClusterId, Connected
from eipctl.cli.flow import change, open_session
from eipctl.cli.help_groups import Tree
from eipctl.cli.options import spelled, takes
from eipctl.domain.setting_values import POOL_NAME
from eipctl.output.answer import CommandAnswer

pool = Tree(
    help="""
    \b
    eipctl pool add partners eip-bp1abc eip-bp1def
    eipctl pool list
    eipctl pool show partners
    """
)

a_pool = spelled(POOL_NAME.pattern, "pool name: up to 40 lower-case letters, digits and hyphens")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The pool.", callback=a_pool)]
Eips = Annotated[
    list[str] | None,
    typer.Argument(metavar="EIP", help="Allocation IDs or addresses."),
]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        metavar="TAG=VALUE",
        help="All EIPs of the region with this tag; repeatable, all must match.",
        callback=spelled(r"[^=]+=.*", "TAG=VALUE"),
    ),
]


@pool.command("add")
@takes(Changing)
def add(
    options: Changing, name: Name, eips: Eips = None, filters: Filters = None, cluster_id: ClusterId = None
) -> None:
    """Lend EIPs that you own to Pods of this cluster. eipctl binds and unbinds them and never releases one.

    \b
    eipctl pool add partners eip-bp1abc eip-bp1def
    eipctl pool add partners --filter team=shop --dry-run
    eipctl annotate deployment/web --pool-of-eips partners
    """
    from eipctl.commands.pool import LendOptions, prepare_lend

    chosen = _chosen("add", eips, filters)
    change("pool add", options, prepare_lend, LendOptions(pool=name, cluster_id=cluster_id, **chosen))


@pool.command("remove")
@takes(Changing)
def remove(
    options: Changing, name: Name, eips: Eips = None, filters: Filters = None, cluster_id: ClusterId = None
) -> None:
    """Take EIPs back. A Pod that has one keeps it until the Pod is gone; no other Pod gets it.

    \b
    eipctl pool remove partners eip-bp1abc
    """
    from eipctl.commands.pool import WithdrawOptions, prepare_withdraw

    chosen = _chosen("remove", eips, filters)
    change("pool remove", options, prepare_withdraw, WithdrawOptions(pool=name, cluster_id=cluster_id, **chosen))


@pool.command("list")
@takes(Connected)
def list_(options: Connected, cluster_id: ClusterId = None) -> None:
    """Show the pools of this cluster and how much of each is used.

    Also shows how many Pods wait, and what the EIPs cost.

    \b
    eipctl pool list
    eipctl pool list -o json
    """
    _answer(options, None, cluster_id)


@pool.command("show")
@takes(Connected)
def show(
    options: Connected,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The pool.", callback=a_pool)],
    cluster_id: ClusterId = None,
) -> None:
    """Show the EIPs of one pool, which Pod has which, and who waits.

    \b
    eipctl pool show partners
    """
    _answer(options, name, cluster_id)


def _answer(options: Connected, name: str | None, cluster_id: str | None) -> None:
    from eipctl.commands.pool import observe_pools

    found = observe_pools(open_session(options), name, cluster_id)
    if not options.output.for_people:
        command = "pool list" if name is None else "pool show"
        options.answer(CommandAnswer(command=command, data=found.as_data(), rows="pools"))
        return
    from eipctl.output.console import plain
    from eipctl.output.pools_text import pools_text

    headers = not options.no_headers
    if not found.pools:
        options.console.say(plain("this cluster has no pool; eipctl pool add makes one"))
        return
    options.console.answer(pools_text(found.pools, found.currency, whole=name is not None, headers=headers))
    for text in found.warnings:
        options.console.warn(text)


def _chosen(word: str, eips: list[str] | None, filters: list[str] | None) -> dict[str, Any]:
    if bool(eips) == bool(filters):
        problem = "both EIPs and --filter are given" if eips else "no EIP is named"
        example = f"eipctl pool {word} NAME eip-bp1abc, or eipctl pool {word} NAME --filter team=shop"
        raise UsageError(Code.USAGE, problem, hint=example)
    pairs = (text.partition("=") for text in filters or ())
    return {"names": tuple(eips or ()), "tags": tuple((key, value) for key, _, value in pairs)}
