"""`bind --watch --listen`: /metrics, /healthz and /readyz of a watching run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from eipctl.engine.watching import WatchRole
from eipctl.output.listen import PageText
from eipctl.output.watch_metrics import WatchMetrics

if TYPE_CHECKING:
    from eipctl.engine.session import Session
    from eipctl.engine.watching import WatchState
    from eipctl.output.listen import Pages

ALIVE = 60.0
"""Seconds after which a run that shows no sign of life is to be started again."""


class WatchPages:
    """A listener of a watching run, and the pages that show it."""

    def __init__(self, session: Session) -> None:
        self._began = time.monotonic()
        self._state: WatchState | None = None
        self._metrics = WatchMetrics(session)

    @property
    def pages(self) -> Pages:
        """By path."""
        return {"/metrics": self._page_of_metrics, "/healthz": self._healthz, "/readyz": self._readyz}

    def publish(self, state: WatchState) -> None:
        """Keep what is new."""
        self._state = state
        self._metrics.publish(state)

    def _page_of_metrics(self) -> PageText:
        from prometheus_client import CONTENT_TYPE_LATEST

        return PageText(self._metrics.text(), kind=CONTENT_TYPE_LATEST)

    def _healthz(self) -> PageText:
        state = self._state
        signs = (state.heartbeat, state.round_ended or self._began) if state else (self._began,)
        quiet = time.monotonic() - max(signs)
        if quiet > ALIVE:
            return PageText(f"no sign of life for {quiet:.0f} s\n", 503)
        return PageText("ok\n")

    def _readyz(self) -> PageText:
        state = self._state
        if state is None:
            return PageText("starting\n", 503)
        if state.role is WatchRole.STANDBY:
            return PageText(f"ok: standby{f', {state.holder} leads' if state.holder else ''}\n")
        return PageText("ok: leader\n") if state.synced else PageText("leader, but not all has been read yet\n", 503)
