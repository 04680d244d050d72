"""`eipctl teardown`."""

from __future__ import annotations

from eipctl.cli.flow import change
from eipctl.cli.options import Changing, takes
from eipctl.cli.setup import AllAtOnce, MaxUnavailable, RestartTimeout


@takes(Changing)
def teardown(
    options: Changing,
    max_unavailable: MaxUnavailable = "1",
    all_at_once: AllAtOnce = False,
    restart_timeout: RestartTimeout = 300.0,
) -> None:
    """Take back what setup did, and nothing else.

    Refused (exit 5) while Terway still holds EIPs for Pods of this cluster: with its flag off it would leak them.

    \b
    eipctl teardown --dry-run                what would be taken back
    eipctl teardown --yes
    """
    from eipctl.commands.teardown import TeardownOptions, prepare_teardown

    wanted = TeardownOptions(
        max_unavailable=max_unavailable,
        all_at_once=all_at_once,
        restart_timeout=restart_timeout,
    )
    change("teardown", options, prepare_teardown, wanted)
