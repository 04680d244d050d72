"""`eipctl adopt`."""

from __future__ import annotations

from eipctl.cli.flow import change
from eipctl.cli.options import Changing, ClusterId, takes
from eipctl.cli.setup import AllAtOnce, MaxUnavailable, RestartTimeout


@takes(Changing)
def adopt(
    options: Changing,
    max_unavailable: MaxUnavailable = "1",
    all_at_once: AllAtOnce = False,
    restart_timeout: RestartTimeout = 300.0,
    cluster_id: ClusterId = None,
) -> None:
    """Take over the EIPs that Terway bound, so that Terway can be upgraded past v1.7.0 without losing an address.

    Each EIP is checked against its Pod and tagged, then Terway's flag goes and Terway is restarted: it forgets its EIPs
    and releases none. Nothing is unbound. Run it again after an interruption: it goes on.

    \b
    eipctl adopt                     take over, switch Terway's EIP mode off
    eipctl bind -A --prune --yes     from then on, from cron
    """
    from eipctl.commands.adopt import AdoptOptions, prepare_adopt

    wanted = AdoptOptions(
        max_unavailable=max_unavailable,
        all_at_once=all_at_once,
        restart_timeout=restart_timeout,
        cluster_id=cluster_id,
    )
    change("adopt", options, prepare_adopt, wanted)
