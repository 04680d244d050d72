"""What a watching run is shown, served and counted by, as its options ask."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from eipctl.base.errors import internal
from eipctl.output.console import LogFormat, draws, plain
from eipctl.output.errors import tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eipctl.engine.session import Session
    from eipctl.engine.watching import Listener, WatchState
    from eipctl.output.console import Console
    from eipctl.output.events import Events
    from eipctl.output.listen import Address


class Audience:
    """Listeners that get the same states. One that fails is reported and dropped: the work does not depend on it."""

    def __init__(self, listeners: Sequence[Listener], console: Console) -> None:
        self._listeners, self._console = list(listeners), console

    def publish(self, state: WatchState) -> None:
        """Tell all of them."""
        for listener in list(self._listeners):
            try:
                listener.publish(state)
            except Exception as error:  # noqa: BLE001 - a listener must not raise; a bug in one is told as such
                self._listeners.remove(listener)
                tell(self._console, internal(error))


@contextmanager
def audience(
    session: Session, console: Console, address: Address | None, events: Events | None, *, screen: bool = True
) -> Iterator[Listener]:
    """The listeners of a watching run, while the block runs.

    On a terminal a screen (unless `screen` says that something else is written there), else a line for each change;
    `events` for scripts; the pages of `address`, which begin before the run does. UsageError if
    the address can't be used.
    """
    from eipctl.output.watch_log import WatchLog
    from eipctl.output.watch_view import WatchView

    listeners: list[Listener] = [events] if events else []
    with ExitStack() as stack:
        if address is not None:
            listeners.append(_served(session, console, address, stack))
        if screen and _has_screen(console, events):
            cluster = lambda: session.cluster.ack_id if session.cluster else ""  # noqa: E731
            listeners.append(stack.enter_context(WatchView(console, cluster)))
        else:
            listeners.append(WatchLog(console))
        yield Audience(listeners, console)


def _has_screen(console: Console, events: Events | None) -> bool:
    """Whether stderr is a screen, and nothing else is written to it."""
    other = console.verbose or console.quiet or (events is not None and draws(sys.stdout))
    return draws(sys.stderr) and console.log_format is LogFormat.TEXT and not other


def _served(session: Session, console: Console, address: Address, stack: ExitStack) -> Listener:
    from eipctl.output.listen import serving
    from eipctl.output.watch_pages import WatchPages

    pages = WatchPages(session)
    at = stack.enter_context(serving(address, pages.pages, lambda error: tell(console, internal(error))))
    console.log("info", plain(f"listening on http://{at} for /metrics, /healthz and /readyz"), address=str(at))
    return pages
