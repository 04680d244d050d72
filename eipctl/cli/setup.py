"""`eipctl setup`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli.command_line import told
from eipctl.cli.connection import Changing
from eipctl.cli.flow import change
from eipctl.cli.help_groups import Tree
from eipctl.cli.options import real_duration, takes


class Extra(StrEnum):
    """What --with takes."""

    BANDWIDTH_PACKAGE = "bandwidth-package"


Roles = Annotated[
    list[str] | None,
    typer.Option("--role", metavar="NAME", help="RAM role that Terway uses; repeatable (default: from eni_conf)."),
]
MaxUnavailable = Annotated[
    str,
    typer.Option(
        "--max-unavailable", metavar="N|N%", help="Terway Pods to restart at a time after the first: N or N%."
    ),
]
AllAtOnce = Annotated[
    bool, typer.Option("--all-at-once", help="Restart all Terway Pods at once, without testing the first.")
]
RestartTimeout = Annotated[
    float,
    typer.Option(
        "--restart-timeout",
        parser=real_duration,
        metavar="DURATION",
        help="How long to wait for each Terway Pod to become Ready.",
        show_default="5m",
    ),
]
EditPolicy = Annotated[
    str | None,
    typer.Option("--edit-policy", metavar="NAME", help="Add the actions to this custom policy instead of a new one."),
]
Extras = Annotated[
    list[Extra] | None,
    typer.Option("--with", metavar="bandwidth-package", help="Also grant the actions that bandwidth packages need."),
]
Rob = Annotated[bool, typer.Option("--allow-eip-rob", help="Also let Terway take a named EIP from its current holder.")]
TerwayVersion = Annotated[
    str,
    typer.Option(
        "--terway-version",
        metavar="VERSION",
        help="Terway's version, for images that are named by digest only.",
        show_default=False,
    ),
]
ForceRestart = Annotated[bool, typer.Option("--force-restart", help="Restart Terway even if no change requires it.")]

STEPS = ("ram", "eni-config", "restart")

setup = Tree(invoke_without_command=True, no_args_is_help=False)


def _run(
    options: Changing,
    steps: tuple[str, ...],
    *,
    role: list[str] | None = None,
    extras: list[Extra] | None = None,
    edit_policy: str | None = None,
    allow_eip_rob: bool = False,
    max_unavailable: str = "1",
    all_at_once: bool = False,
    force_restart: bool = False,
    restart_timeout: float = 300.0,
    terway_version: str = "",
) -> None:
    from eipctl.commands.setup import SetupOptions, prepare_setup

    wanted = SetupOptions(
        roles=tuple(dict.fromkeys(role or ())),
        extras=tuple(extra.value for extra in extras or ()),
        edit_policy=edit_policy,
        allow_eip_rob=allow_eip_rob,
        max_unavailable=max_unavailable,
        all_at_once=all_at_once,
        force_restart=force_restart,
        steps=frozenset(steps),
        restart_timeout=restart_timeout,
        terway_version=terway_version,
    )
    change("setup", options, prepare_setup, wanted)


@setup.callback()
@takes(Changing)
def everything(
    options: Changing,
    ctx: typer.Context,
    role: Roles = None,
    extras: Extras = None,
    edit_policy: EditPolicy = None,
    allow_eip_rob: Rob = False,
    max_unavailable: MaxUnavailable = "1",
    all_at_once: AllAtOnce = False,
    force_restart: ForceRestart = False,
    restart_timeout: RestartTimeout = 300.0,
    terway_version: TerwayVersion = "",
) -> None:
    """
    Each step is one of the subcommands; without a subcommand all three are one plan. For Terway 1.7 and later, which
    no longer has EIP support, use eipctl bind.

    \b
    eipctl setup                                 # show the plan, ask, and do it
    eipctl setup --max-unavailable 10% --yes     # a tenth of the nodes at a time after the first
    eipctl setup ram --with bandwidth-package    # only the RAM step, with two more actions
    """
    if ctx.invoked_subcommand is not None:
        _refuse_lost(ctx)
    else:
        _run(
            options,
            STEPS,
            role=role,
            extras=extras,
            edit_policy=edit_policy,
            allow_eip_rob=allow_eip_rob,
            max_unavailable=max_unavailable,
            all_at_once=all_at_once,
            force_restart=force_restart,
            restart_timeout=restart_timeout,
            terway_version=terway_version,
        )


def _refuse_lost(ctx: typer.Context) -> None:
    """Options before a subcommand are not the subcommand's, and would be lost without a word."""
    options = ", ".join(told(ctx).values())
    if options:
        raise UsageError(
            Code.USAGE,
            f"{options} before {ctx.invoked_subcommand} would be ignored",
            hint=f"put options after the subcommand: eipctl setup {ctx.invoked_subcommand} …",
        )


@setup.command("ram")
@takes(Changing)
def ram(
    options: Changing,
    role: Roles = None,
    extras: Extras = None,
    edit_policy: EditPolicy = None,
    terway_version: TerwayVersion = "",
) -> None:
    """Give the role that runs Terway the six EIP actions.

    \b
    eipctl setup ram                         # with a new policy attached to the role
    eipctl setup ram --edit-policy NAME      # as a new version of a policy already attached to the role
    """
    _run(options, ("ram",), role=role, extras=extras, edit_policy=edit_policy, terway_version=terway_version)


@setup.command("eni-config")
@takes(Changing)
def eni_config(options: Changing, allow_eip_rob: Rob = False, terway_version: TerwayVersion = "") -> None:
    """Switch Terway's EIP mode on in the ConfigMap eni-config.

    \b
    eipctl setup eni-config --dry-run        # the change as a diff
    """
    _run(options, ("eni-config",), allow_eip_rob=allow_eip_rob, terway_version=terway_version)


@setup.command("restart")
@takes(Changing)
def restart(
    options: Changing,
    max_unavailable: MaxUnavailable = "1",
    all_at_once: AllAtOnce = False,
    force_restart: ForceRestart = False,
    restart_timeout: RestartTimeout = 300.0,
    terway_version: TerwayVersion = "",
) -> None:
    """Restart Terway Pods that run with an older eni-config.

    One node goes first, as a canary.

    \b
    eipctl setup restart --max-unavailable 3 --yes
    """
    _run(
        options,
        ("restart",),
        max_unavailable=max_unavailable,
        all_at_once=all_at_once,
        force_restart=force_restart,
        restart_timeout=restart_timeout,
        terway_version=terway_version,
    )
