"""`eipctl release`."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli import complete
from eipctl.cli.command_line import with_kind
from eipctl.cli.connection import AllNamespaces, Changing, ClusterId, Namespaces
from eipctl.cli.flow import change
from eipctl.cli.options import takes
from eipctl.domain.limits import MAX_RELEASE

if TYPE_CHECKING:
    from eipctl.commands.release import UndoOptions

POD_KINDS = ("pod", "pods", "po")
LIFTS = ("never", "max-release", "share")


@takes(Changing)
def release(
    options: Changing,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="POD|EIP",
            help="pod/NAME, pod/NAMESPACE/NAME, an allocation ID or an IP address.",
            autocompletion=complete.pods,
        ),
    ] = None,
    namespaces: Namespaces = None,
    all_namespaces: AllNamespaces = False,
    orphans: Annotated[
        bool, typer.Option("--orphans", help="Release orphaned EIPs that no release strategy keeps.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Release every EIP that eipctl owns, including those of running Pods.")
    ] = False,
    undo: Annotated[
        bool,
        typer.Option(
            "--undo",
            help="Recover a released EIP within 7 days, and bind it to pod/NAME if given.",
        ),
    ] = False,
    max_release: Annotated[int, typer.Option("--max-release", min=0, help="Guard: releases per run.")] = MAX_RELEASE,
    force: Annotated[
        list[str] | None,
        typer.Option(
            "--force",
            metavar="GUARD",
            help="Override a guard: max-release, share, or never (EIPs with strategy Never).",
        ),
    ] = None,
    cluster_id: ClusterId = None,
) -> None:
    """
    \b
    eipctl release pod/web-0             # the EIP of this Pod
    eipctl release eip-bp1abc 47.1.2.3   # these two
    eipctl release --orphans -A          # every orphaned EIP
    eipctl release --undo eip-bp1abc     # recover it within 7 days
    """
    from eipctl.commands.release import ReleaseOptions, is_pod, prepare_release, prepare_undo
    from eipctl.domain.setting_values import EIP_ID

    chosen = tuple(with_kind(names) if names and names[0] in POD_KINDS else names or ())
    _usable(chosen, force, others=orphans or everything, undo=undo)
    for name in chosen:
        if not (is_pod(name) or EIP_ID.fullmatch(name) or _is_address(name)):
            raise UsageError(
                Code.USAGE,
                f"{name!r} is not a Pod, an allocation ID or an IP address",
                hint="write pod/NAME, eip-bp1abc or 47.1.2.3",
            )
        if is_pod(name) and name.count("/") == 1 and (all_namespaces or len(set(namespaces or ())) > 1):
            hint = f"write pod/NAMESPACE{name[name.index('/') :]}, or give one -n"
            raise UsageError(Code.USAGE, f"{name} needs its namespace", hint=hint)
    if undo:
        change("release", options, prepare_undo, _undo(options, chosen, namespaces, cluster_id))
        return
    asked = ReleaseOptions(
        names=chosen,
        namespaces=options.namespaces_of(namespaces, every=all_namespaces),
        orphans=orphans,
        everything=everything,
        max_release=max_release,
        cluster_id=cluster_id,
        force=tuple(force or ()),
    )
    change("release", options, prepare_release, asked)


EXAMPLE = "eipctl release --undo eip-bp1abc pod/web-0"


def _undo(
    options: Changing, chosen: tuple[str, ...], namespaces: list[str] | None, cluster_id: str | None
) -> UndoOptions:
    from eipctl.commands.release import UndoOptions, is_pod

    wanted = [name for name in chosen if not is_pod(name)]
    pods = [name.partition("/")[2] for name in chosen if is_pod(name)]
    if len(wanted) != 1 or len(pods) > 1:
        raise UsageError(Code.USAGE, "--undo takes one EIP and at most one Pod to bind it to", hint=EXAMPLE)
    here = options.namespaces_of(namespaces) or ()
    if len(here) > 1:
        raise UsageError(Code.USAGE, "--undo gives an EIP to one Pod, so it takes one -n", hint=EXAMPLE)
    return UndoOptions(wanted=wanted[0], pod="".join(pods), namespace=here[0], cluster_id=cluster_id)


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _usable(names: tuple[str, ...], force: list[str] | None, *, others: bool, undo: bool) -> None:
    for name in force or ():
        if name not in LIFTS:
            raise UsageError(Code.USAGE, f"there is no guard {name!r}", hint=f"guards are {', '.join(LIFTS)}")
    if undo and others:
        raise UsageError(Code.USAGE, "--undo recovers one EIP; --orphans and --all release EIPs", hint=EXAMPLE)
    if not names and not others:
        raise UsageError(
            Code.USAGE, "nothing to release was named", hint="name Pods or EIPs, or give --orphans or --all"
        )
