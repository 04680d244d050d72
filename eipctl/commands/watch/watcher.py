"""`eipctl bind --watch`: the reconcile of `bind` whenever something changes, for as long as the process runs.

    standby ──Lease──► leader: read everything ──► wait ──► settle ──► plan ──► carry out beside other rounds ──┐
       ▲                                            ▲                                                           │
       └──────────── Lease lost, log full ──────────┴───────────────────────────────────────────────────────────┘

One thread plans and publishes; watches, rounds and full reads have threads of their own and wake it.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Interrupted, Refused, TimedOut, UsageError
from eipctl.commands.watch.backoff import BackOffs
from eipctl.commands.watch.changes import Changes
from eipctl.commands.watch.report import Reporter
from eipctl.commands.watch.rounds import Rounds
from eipctl.commands.watch.spending import Spending
from eipctl.commands.watch.term import Term
from eipctl.commands.watch.timers import Pause
from eipctl.engine.audit import ignoring_hangup, resume
from eipctl.engine.lock import HandedOver
from eipctl.engine.run import begin
from eipctl.engine.watching import WatchRole
from eipctl.observe.kept import Kept
from eipctl.observe.snapshot import FORBIDDEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from eipctl.commands.bind import BindOptions
    from eipctl.engine.session import Session
    from eipctl.engine.watching import Listener

LISTEN = 0.5
"""Seconds after which a signal is noticed at the latest."""
FOR_EVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """`resync` and `lock_timeout` in seconds."""

    bind: BindOptions
    resync: float = 300.0
    lock_timeout: float = FOR_EVER
    concurrency: int = 16
    audit_log: str | None = None


class Watcher:
    """A watching run: what it keeps over all its terms as the leader. :meth:`run` ends by raising."""

    def __init__(self, session: Session, options: WatchOptions, listeners: Sequence[Listener] = ()) -> None:
        self.session, self.options = session, options
        self.awake, self.dirty = threading.Event(), threading.Event()
        self.changes = Changes(self._changed)
        self.reporter = Reporter(listeners)
        self.backoffs, self.spending = BackOffs(), Spending()
        self.kept = Kept(session, self.changes.told)
        self.rounds = Rounds(self.kept, self.awake.set)
        self.pause = Pause(1.0, 30.0)
        self.trouble: EipctlError | None = None
        """Why nothing is done for now."""
        self.proven = False
        """Whether a round was ever planned: what fails after that is not for want of a right option."""
        self.announced: frozenset[tuple[str, str]] = frozenset()
        """UIDs of Pods with an Event that says why they can't be served."""

    def run(self) -> NoReturn:
        """Until a signal, --timeout, or an error that no later attempt can change."""
        stop = self.session.stop
        with stop.on_signals(), ignoring_hangup():
            while True:
                try:
                    self._lead()
                except (Interrupted, TimedOut):
                    raise
                except EipctlError as error:
                    if self.is_final(error):
                        raise
                    stop.lift()
                    self._fell_back(error)

    def is_final(self, error: EipctlError) -> bool:
        """Whether it is about how the run was started; once it has worked, everything may come back."""
        if isinstance(error, Interrupted | TimedOut):
            return True
        if isinstance(error, HandedOver):
            return False
        if error.code is Code.LOCK_HELD:
            return self.options.lock_timeout != FOR_EVER
        wrong = isinstance(error, UsageError | Refused) or error.code in FORBIDDEN
        return wrong and not self.proven

    def _lead(self) -> NoReturn:
        """One term as the leader, once it has the Lease."""
        options, self.rounds = self.options, Rounds(self.kept, self.awake.set)
        with begin(
            self.session,
            exclusive=True,
            hands_over=True,
            around=self.rounds.around,
            concurrency=options.concurrency,
            lock_timeout=options.lock_timeout,
            audit_log=options.audit_log,
            standing_by=self._standing_by,
        ) as run:
            self.reporter.set(role=WatchRole.LEADER, holder="")
            self.reporter.publish()
            with ThreadPoolExecutor(2, "watch") as aside:
                term = Term(self, run, aside)
                try:
                    term.lead()
                finally:
                    self.rounds.join()
                    term.take_news()
                    self.reporter.publish()

    def _standing_by(self, holder: str) -> None:
        if (WatchRole.STANDBY, holder) != (self.reporter.state.role, self.reporter.state.holder):
            self.reporter.set(role=WatchRole.STANDBY, synced=False, holder=holder)
            self.reporter.publish()
        self.reporter.beat()

    def _fell_back(self, error: EipctlError) -> None:
        """No leader any more, and not at work for a while."""
        self.trouble = error
        self.reporter.set(role=WatchRole.STANDBY, synced=False, errors=(error,), working=0)
        self.reporter.publish()
        self._rest()
        while isinstance(error, UsageError) and error.code is Code.AUDIT_LOG:
            try:
                resume(self.options.audit_log, error)
            except UsageError:
                self._rest()
            else:
                break

    def _rest(self) -> None:
        until = self.pause.next()
        while time.monotonic() < until:
            self.session.stop.wait(LISTEN)
            self.reporter.beat()

    def _changed(self, uid: str) -> None:
        """A change that matters was received."""
        if uid:
            self.backoffs.done(uid)
            self.rounds.missed(uid)
        self.dirty.set()
        self.awake.set()
