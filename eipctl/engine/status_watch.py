"""`eipctl status --watch`: a report whenever a Pod has changed, and now and then for what only the cloud knows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from eipctl.engine.status import observe_allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eipctl.engine.ports import PodWatch
    from eipctl.engine.session import Session
    from eipctl.engine.status import StatusOptions
    from eipctl.planners.status import StatusReport

REFRESH = 30.0
"""Seconds after which EIPs are read again although no Pod has changed."""
SETTLE = 0.5
"""Changes come in crowds."""
LISTEN = 0.1


def reports(
    session: Session, options: StatusOptions, idle: Callable[[], None] = lambda: None
) -> Iterator[StatusReport]:
    """The first at once; ends by --timeout, a signal, what `idle` raises, or the error of a watch that can't go on."""
    watch = session.kube.watch_pods(options.scope, options.selector)
    while True:
        watch.changed.clear()
        yield observe_allowed(session, options)
        _await_change(session, watch, idle)


def _await_change(session: Session, watch: PodWatch, idle: Callable[[], None]) -> None:
    until = time.monotonic() + REFRESH
    while not watch.changed.is_set() and time.monotonic() < until:
        session.stop.wait(LISTEN)
        idle()
    session.stop.wait(SETTLE)
    if watch.error is not None:
        raise watch.error
