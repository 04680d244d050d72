"""`eipctl adopt`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli.connection import Changing, ClusterId
from eipctl.cli.flow import change
from eipctl.cli.options import takes
from eipctl.cli.setup import AllAtOnce, MaxUnavailable, RestartTimeout


class Source(StrEnum):
    """What --from takes."""

    TERWAY = "terway"
    ACK_EXTEND = "ack-extend"


class Objects(StrEnum):
    """What --podeips takes."""

    KEEP = "keep"
    REMOVE = "remove"


@takes(Changing)
def adopt(
    options: Changing,
    source: Annotated[
        Source,
        typer.Option(
            "--from",
            metavar="terway|ack-extend",
            help="The controller that bound the EIPs; ack-extend-network-controller must be uninstalled.",
        ),
    ] = Source.TERWAY,
    podeips: Annotated[
        Objects,
        typer.Option(
            "--podeips",
            metavar="keep|remove",
            help="With --from ack-extend: keep the PodEIP objects, or delete those whose EIPs are taken over. bind "
            "serves no Pod while any exists.",
        ),
    ] = Objects.KEEP,
    max_unavailable: MaxUnavailable = "1",
    all_at_once: AllAtOnce = False,
    restart_timeout: RestartTimeout = 300.0,
    cluster_id: ClusterId = None,
) -> None:
    """
    Each EIP is checked against its Pod and tagged. Nothing is unbound. With Terway, its flag is removed and Terway is
    restarted, so that it forgets its EIPs and releases none. With ack-extend-network-controller, the PodEIP objects
    record which EIP belongs to which Pod. If a run is interrupted, run it again to continue.

    \b
    eipctl adopt                     # take over the EIPs, turn Terway's EIP mode off
    eipctl adopt --from ack-extend   # take over the EIPs, keep the PodEIP objects
    eipctl bind -A --prune --yes     # from then on, run this from cron
    """
    remove = podeips is Objects.REMOVE
    if source is Source.ACK_EXTEND:
        from eipctl.commands.pod_eips import PodEipOptions, prepare_pod_eips

        change("adopt", options, prepare_pod_eips, PodEipOptions(remove=remove, cluster_id=cluster_id))
    if remove:
        hint = "eipctl adopt --from ack-extend --podeips remove"
        raise UsageError(Code.USAGE, "--podeips remove needs --from ack-extend", hint=hint)
    from eipctl.commands.adopt import AdoptOptions, prepare_adopt

    wanted = AdoptOptions(
        max_unavailable=max_unavailable,
        all_at_once=all_at_once,
        restart_timeout=restart_timeout,
        cluster_id=cluster_id,
    )
    change("adopt", options, prepare_adopt, wanted)
