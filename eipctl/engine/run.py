"""A run: plan, carry out, plan again, under one Lease, one audit log and one set of writers.

What lives how long:

    session    connections, readers, pacing of calls, the Stop
    run        Lease, signals, audit log, writers and what they have learned (that tags arrive, which EIPs are new)
    round      one Plan, its handlers, its progress
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from eipctl.base.errors import EipctlError, ExitCode, Interrupted, TimedOut, UsageError
from eipctl.engine.audit import Audit
from eipctl.engine.execute import Report, Result, execute
from eipctl.engine.prepared import Prepared
from eipctl.engine.turns import Turns

if TYPE_CHECKING:
    from eipctl.domain.plan import Step
    from eipctl.engine.session import Session

Around = Callable[[Prepared], AbstractContextManager[Report]]
"""What a round is shown by: entered before it begins, and told of each Step as it ends."""


class Run:
    """Made by :func:`begin`. Carries out as many plans as are made, one after the other or side by side."""

    def __init__(self, session: Session, audit: Audit, concurrency: int, around: Around) -> None:
        self._session, self.audit = session, audit
        self._concurrency, self._around = concurrency, around
        self.writers = session.writers()

    def carry_out(self, prepared: Prepared) -> Result:
        """One round."""
        about = self.audit.about(prepared.plan)
        with self._around(prepared) as report:

            def ended(step: Step) -> None:
                self.audit.end(step, about)
                report(step)

            return execute(
                prepared.plan,
                prepared.handlers(self.writers),
                stop=self._session.stop,
                concurrency=self._concurrency,
                report=ended,
                begin=partial(self.audit.begin, about=about),
                turns=self.writers.one(Turns, Turns),
            )

    def to_the_end(self, prepared: Prepared, again: Callable[[], Prepared]) -> Result:
        """This plan and the plans after it, until nothing is left or something fails; all as one Result."""
        result = self.carry_out(prepared)
        for _ in range(prepared.rounds - 1):
            if result.exit is not ExitCode.OK:
                break
            try:
                more = again()
            except EipctlError as error:
                return result.followed_by(Result(prepared.plan, (), (error,)))
            result = result.followed_by(Result(more.plan, (), more.problems))
            if more.plan.empty:
                break
            result = result.followed_by(self.carry_out(more))
        return result


@contextmanager
def _unseen(_prepared: Prepared) -> Iterator[Report]:
    yield lambda _step: None


@contextmanager
def begin(
    session: Session,
    *,
    exclusive: bool,
    around: Around = _unseen,
    hands_over: bool = False,
    concurrency: int = 16,
    lock_timeout: float | None = None,
    audit_log: str | None = None,
    standing_by: Callable[[str], None] = lambda _holder: None,
) -> Iterator[Run]:
    """A run, for as long as the block lasts: with the Lease if it is `exclusive`, stopped between calls by signals.

    TryLater when another run holds the Lease for longer than `lock_timeout` seconds (None: unless it hands the Lease
    over, as a run with `hands_over` does), UsageError when the audit log (a path, "-" for stderr) can't be written.
    `standing_by` is told who holds the Lease while it is waited for.
    """
    audit = Audit(audit_log, session.stop)

    def waiting(holder: str) -> None:
        audit.refresh()
        standing_by(holder)

    with (
        closing(audit),
        session.stop.on_signals(),
        session.lock(hands_over=hands_over).held(lock_timeout, waiting) if exclusive else nullcontext(),
        session.pacer.witnessed_by(audit),
    ):
        yield Run(session, audit, concurrency, around)


def announce(session: Session, prepared: Prepared, audit_log: str | None = None) -> tuple[EipctlError, ...]:
    """Write on each Pod that can't be served why, unless an Event says so already; what ends the run, if anything.

    The work does not depend on it: an Event that can't be written is left out, and so are those after it.
    """
    try:
        due = prepared.unwritten()
        if due:
            with begin(session, exclusive=False, audit_log=audit_log) as run:
                run.audit.about(prepared.plan)
                for one in due:
                    run.writers.kube.refusal(one.pod, one.reason)
    except (Interrupted, TimedOut, UsageError) as error:
        return (error,)
    except EipctlError:
        return ()
    return ()


def carry_out(
    session: Session,
    prepared: Prepared,
    *,
    again: Callable[[], Prepared] | None = None,
    around: Around = _unseen,
    concurrency: int = 16,
    lock_timeout: float | None = None,
    audit_log: str | None = None,
    standing_by: Callable[[str], None] = lambda _holder: None,
) -> Result:
    """A whole run of what has been prepared, and, as often as its `rounds` say, of what `again` prepares after it."""
    with begin(
        session,
        exclusive=prepared.exclusive,
        around=around,
        concurrency=concurrency,
        lock_timeout=lock_timeout,
        audit_log=audit_log,
        standing_by=standing_by,
    ) as run:
        return run.carry_out(prepared) if again is None else run.to_the_end(prepared, again)
