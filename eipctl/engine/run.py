"""Carrying out what a command prepared: writers, the Lease where one is due, signals, and the engine."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from eipctl.engine.execute import Report, Result, execute

if TYPE_CHECKING:
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session


def carry_out(
    session: Session,
    prepared: Prepared,
    *,
    report: Report = lambda _step: None,
    concurrency: int = 16,
    lock_timeout: float = 0.0,
) -> Result:
    """Do what the plan says. TryLater when another run holds the Lease for longer than `lock_timeout` seconds."""
    with session.stop.on_signals(), session.lock().held(lock_timeout) if prepared.exclusive else nullcontext():
        handlers = prepared.handlers(session.writers())
        return execute(prepared.plan, handlers, stop=session.stop, concurrency=concurrency, report=report)
