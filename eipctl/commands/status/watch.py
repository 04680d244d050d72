"""`eipctl status --watch`: a report whenever a Pod has changed, and now and then for what only the cloud knows."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, KubeError
from eipctl.commands.status.report import chosen, observe_allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eipctl.commands.status.report import StatusOptions
    from eipctl.engine.ports import WatchingReader
    from eipctl.engine.session import Session
    from eipctl.planners.status.report import StatusReport

REFRESH = 30.0
"""Seconds after which EIPs are read again although no Pod has changed."""
SETTLE = 0.5
"""Changes come in crowds."""
LISTEN = 0.1
_PASSES = (Code.KUBE_UNREACHABLE, Code.CLOUD_UNREACHABLE, Code.THROTTLED)


def reports(
    session: Session, options: StatusOptions, idle: Callable[[], None] = lambda: None
) -> Iterator[StatusReport]:
    """The first at once, the last one again while a failure that may pass hides what is new.

    Ends by --timeout, a signal, what `idle` raises, or the error of a watch that can't go on.
    """
    watch = session.watch_pods()
    last = chosen(observe_allowed(session, options), options)
    while True:
        yield last
        _await_change(session, watch, idle)
        watch.changed.clear()
        last = _again(session, options, last)


def _again(session: Session, options: StatusOptions, last: StatusReport) -> StatusReport:
    try:
        return chosen(observe_allowed(session, options), options)
    except Failed as error:
        if error.code not in _PASSES and not (isinstance(error, KubeError) and error.status >= 500):
            raise
        return replace(last, warnings=(f"not up to date: {error.message}; looked at again in {REFRESH:g} s",))


def _await_change(session: Session, watch: WatchingReader, idle: Callable[[], None]) -> None:
    until = time.monotonic() + REFRESH
    while not watch.changed.is_set() and time.monotonic() < until:
        session.stop.wait(LISTEN)
        idle()
    session.stop.wait(SETTLE)
    if watch.error is not None:
        raise watch.error
