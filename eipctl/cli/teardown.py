"""`eipctl teardown`."""

from __future__ import annotations

from eipctl.cli.connection import Changing
from eipctl.cli.flow import change
from eipctl.cli.options import takes
from eipctl.cli.setup import AllAtOnce, MaxUnavailable, RestartTimeout


@takes(Changing)
def teardown(
    options: Changing,
    max_unavailable: MaxUnavailable = "1",
    all_at_once: AllAtOnce = False,
    restart_timeout: RestartTimeout = 300.0,
) -> None:
    """
    Refused (exit 5) while Terway still holds EIPs for Pods of this cluster: turning its EIP mode off would leak them.

    \b
    eipctl teardown --dry-run                # show what would be removed
    eipctl teardown --yes
    """
    from eipctl.commands.teardown import TeardownOptions, prepare_teardown

    wanted = TeardownOptions(
        max_unavailable=max_unavailable,
        all_at_once=all_at_once,
        restart_timeout=restart_timeout,
    )
    change("teardown", options, prepare_teardown, wanted)
