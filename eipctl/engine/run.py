"""Carrying out what a command prepared: writers, the Lease where one is due, signals, the audit log, and the engine."""

from __future__ import annotations

from contextlib import closing, nullcontext
from typing import TYPE_CHECKING

from eipctl.engine.audit import Audit
from eipctl.engine.execute import Report, Result, execute

if TYPE_CHECKING:
    from eipctl.domain.plan import Step
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session


def carry_out(
    session: Session,
    prepared: Prepared,
    *,
    report: Report = lambda _step: None,
    concurrency: int = 16,
    lock_timeout: float = 0.0,
    audit_log: str | None = None,
) -> Result:
    """Do what the plan says.

    TryLater when another run holds the Lease for longer than `lock_timeout` seconds, UsageError when the audit log
    (a path, "-" for stderr) can't be written.
    """
    with (
        closing(Audit(audit_log, prepared.plan, session.stop)) as audit,
        session.stop.on_signals(),
        session.lock().held(lock_timeout) if prepared.exclusive else nullcontext(),
    ):
        session.pacer.witness = audit

        def ended(step: Step) -> None:
            audit.end(step)
            report(step)

        handlers = prepared.handlers(session.writers())
        return execute(
            prepared.plan, handlers, stop=session.stop, concurrency=concurrency, report=ended, begin=audit.begin
        )
