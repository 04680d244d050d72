"""`eipctl adopt`."""

from __future__ import annotations

from eipctl.cli.connection import Changing, ClusterId
from eipctl.cli.flow import change
from eipctl.cli.options import takes
from eipctl.cli.setup import AllAtOnce, MaxUnavailable, RestartTimeout


@takes(Changing)
def adopt(
    options: Changing,
    max_unavailable: MaxUnavailable = "1",
    all_at_once: AllAtOnce = False,
    restart_timeout: RestartTimeout = 300.0,
    cluster_id: ClusterId = None,
) -> None:
    """
    Each EIP is checked against its Pod and tagged. Then Terway's flag is removed and Terway is restarted, so it forgets
    its EIPs and releases none. Nothing is unbound. After an interruption, run it again to continue.

    \b
    eipctl adopt                     take over the EIPs, turn Terway's EIP mode off
    eipctl bind -A --prune --yes     run from cron from then on
    """
    from eipctl.commands.adopt import AdoptOptions, prepare_adopt

    wanted = AdoptOptions(
        max_unavailable=max_unavailable,
        all_at_once=all_at_once,
        restart_timeout=restart_timeout,
        cluster_id=cluster_id,
    )
    change("adopt", options, prepare_adopt, wanted)
