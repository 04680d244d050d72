"""One run at a time: a Lease in kube-system. It only saves work; harmlessness comes from re-reading before each harm.

As client-go has it: whether a holder still renews is seen by whether the record changes while it is watched, never by
comparing this host's clock with another's. What the first look finds is judged by the API server's clock, by which
every holder writes. The holder is ``host/boot id/PID namespace/pid/start time``: a run that died on this host is proven
dead and taken over at once.

A watching run holds the Lease for as long as it runs, and hands it over to whoever asks: a person's command must not
wait for the end of a Deployment. Between the two nobody else takes it.

    command    the Lease is held by a run that hands it over ──► ask ──► wait ──────────► take, work, give back
    holder     renew, see who asks ──► end all rounds between two calls ──► give back ──► stand by, lead again
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Failed, KubeError, OutcomeUnknown, TryLater
from eipctl.base.stop import since_boot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eipctl.base.stop import Stop
    from eipctl.kube.lease import Lease, Leases

NAMESPACE, NAME = "kube-system", "eipctl"
OBJECT, KIND = f"lease/{NAMESPACE}/{NAME}", f"lease {NAME}"
SECONDS = 30
RENEW_EVERY = 8.0
POLL = 1.0
MARGIN = 2.0
"""Seconds before the Lease ends at which its holder stops: a call that was just begun may still be on its way."""
HANDOVER = 40.0
"""Seconds that a command waits for a holder that hands over: until it renews, and has ended the calls under way."""
PROMISED = 15.0
"""Seconds during which a Lease that was handed over is left to the run that has asked for it."""
PATIENCE = 15.0
"""Seconds during which a Lease that nobody holds is tried for, whatever the API server answers."""
GIVING_BACK = 3.0
"""Seconds for giving it back: a server that hangs holds no run up, and the Lease runs out by itself."""
NOT_FOUND, CONFLICT = 404, 409


class HandedOver(TryLater):
    """Another run has asked for the Lease, and this one hands it over."""


class Lock:
    """Take it with :meth:`held`; while held it is renewed, and a run that can't renew it in time is stopped.

    `hands_over`: also a run is stopped, with HandedOver, when another one asks for the Lease.
    """

    def __init__(
        self,
        leases: Leases,
        stop: Stop,
        *,
        hands_over: bool = False,
        seconds: int = SECONDS,
        renew_every: float = RENEW_EVERY,
    ) -> None:
        self._leases, self._stop, self._hands_over = leases, stop, hands_over
        self._seconds, self._renew_every = seconds, renew_every
        self._me = f"{_host()}/{os.getpid()}/{_started(os.getpid())}"
        self._ended = threading.Event()

    @contextmanager
    def held(self, patience: float | None, standing_by: Callable[[str], None] = lambda _holder: None) -> Iterator[None]:
        """Hold the Lease during the block; TryLater if another run holds it for longer than `patience` seconds.

        None: ask a run that hands the Lease over for it, and wait for no other one.
        `standing_by` is told again and again who holds it ("" while that can't be read). Until `patience` is over, an
        API server that does not answer is waited for as well.
        """
        lease = self._take(patience, standing_by)
        renewer = threading.Thread(target=self._keep, args=(lease,), daemon=True, name="lease")
        renewer.start()
        try:
            yield
        finally:
            self._ended.set()
            renewer.join(GIVING_BACK)
            self._stop.good_until(None, self._lost())

    def _take(self, told: float | None, standing_by: Callable[[str], None]) -> Lease:
        began, seen = time.monotonic(), _Watched(self._leases)
        patience, asked = told or 0.0, False
        while True:
            try:
                lease, free = seen.look(self._me)
            except EipctlError as error:
                if not _passes(error) or time.monotonic() - began >= patience:
                    raise
                standing_by("")
                self._stop.wait(POLL)
                continue
            if free:
                started = since_boot()
                taken = self._write(lease)
                if isinstance(taken, EipctlError):
                    if time.monotonic() - began >= max(PATIENCE, patience):
                        raise taken
                else:
                    self._good(started)
                    return taken
            elif told is None and lease.hands_over and not asked:
                asked, patience = self._ask(lease), HANDOVER
            elif time.monotonic() - began >= max(patience, seen.needs):
                raise _busy(lease, asks=told is None)
            standing_by(lease.holder)
            self._stop.wait(POLL)

    def _ask(self, lease: Lease) -> bool:
        """Ask its holder for the Lease; False when that is to be tried again after another look."""
        try:
            self._leases.ask(lease, self._me)
        except EipctlError as error:
            if not _passes(error):
                raise
            return False
        return True

    def _write(self, lease: Lease, *, gone: bool = False) -> Lease | EipctlError:
        """The Lease as written, or what kept it from that and may pass: then it is to be read again.

        So is one that is not there, if it may be `gone`.
        """
        try:
            return self._leases.write(lease, self._me, self._seconds, hands_over=self._hands_over)
        except EipctlError as error:
            if not (_passes(error) or (gone and isinstance(error, KubeError) and error.status == NOT_FOUND)):
                raise
            return error

    def _keep(self, lease: Lease) -> None:
        """Renew until the block ends, then give back; whatever goes wrong here ends the run."""
        try:
            self._renew(lease)
        except EipctlError as error:
            self._end(error)
        except Exception as error:  # noqa: BLE001 - a renewer that is gone must not go unnoticed
            self._end(Failed(Code.INTERNAL, f"{type(error).__name__}: {error}"))

    def _end(self, error: EipctlError) -> None:
        """End the run, unless its block has ended: by then another run may hold the Lease."""
        if not self._ended.is_set():
            self._stop.forbid(self._lost(error))

    def _renew(self, lease: Lease) -> None:
        pause = self._renew_every
        while not self._ended.wait(pause) and not self._is_handed_over(lease):
            started = since_boot()
            try:
                written = self._write(lease, gone=True)
                if isinstance(written, EipctlError):
                    # A conflict may be our own write whose reply was lost: the record says whose it is. One that
                    # somebody has deleted is made anew, as client-go does.
                    pause, lease = min(POLL, self._renew_every), self._read_ours(lease)
                    continue
            except EipctlError:
                if not self._is_ending():
                    raise
                self._ended.wait()
                break
            pause, lease = self._renew_every, written
            self._good(started)
        self._give_back(lease)

    def _is_ending(self) -> bool:
        """Whether the run may make no further call: it ends within seconds, and holds the Lease until it has."""
        try:
            self._stop.check()
        except EipctlError:
            return True
        return False

    def _is_handed_over(self, lease: Lease) -> bool:
        """Whether another run has asked for it: then all work has ended when this returns."""
        if not self._hands_over or lease.asked_by in ("", self._me):
            return False
        message = f"the Lease is handed over to {lease.asked_by}, which has asked for it"
        self._stop.forbid(HandedOver(Code.LOCK_HELD, message, hint="this run goes on after it", obj=OBJECT))
        self._ended.wait()
        return True

    def _read_ours(self, lease: Lease) -> Lease:
        """The record as it is now; TryLater when it is another's. Unreadable, it is tried again with what is known."""
        try:
            now = self._leases.read()
        except EipctlError as error:
            if not _passes(error):
                raise
            return lease
        if now.resource_version and now.holder != self._me:
            raise self._lost()
        return now

    def _good(self, since: float) -> None:
        self._stop.good_until(since + self._seconds - MARGIN, self._lost())

    def _give_back(self, lease: Lease) -> None:
        try:
            self._leases.write(lease, "", self._seconds)
        except EipctlError:
            return  # it runs out by itself

    @staticmethod
    def _lost(cause: EipctlError | None = None) -> TryLater:
        why = f" ({cause.message})" if cause is not None and not isinstance(cause, TryLater) else ""
        return TryLater(
            Code.LOCK_HELD,
            f"the Lease could not be renewed in time{why}; another run may have started",
            hint="nothing is half-written; run the same command again",
            obj=OBJECT,
        )


class _Watched:
    """A Lease that is polled, to see whether its holder still renews it."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self._version: str | None = None
        self._changed = 0.0
        self.needs = 0.0
        """Seconds that it has to be watched for, because no clock tells how old the record is."""

    def look(self, me: str) -> tuple[Lease, bool]:
        """The current record, and whether no holder that may be alive has it."""
        lease = self._leases.read()
        first, lasting = self._version is None, lasting_of(lease)
        if lease.resource_version != self._version:
            self._version, self._changed = lease.resource_version, time.monotonic()
        if lease.holder in ("", me) or lease.renewed is None or _dead(lease.holder):
            return lease, not self._is_promised(lease, me)
        if first:
            age = (self._leases.now() - lease.renewed).total_seconds()
            self.needs = lasting + 2 * POLL if age < -MARGIN and lasting <= SECONDS else 0.0
            return lease, age > lasting
        return lease, time.monotonic() - self._changed > lasting

    def _is_promised(self, lease: Lease, me: str) -> bool:
        """Whether it was given back for a run that has asked for it, and that has had no time to take it yet."""
        if lease.holder or lease.renewed is None or lease.asked_by in ("", me) or _dead(lease.asked_by):
            return False
        return abs((self._leases.now() - lease.renewed).total_seconds()) < PROMISED


def lasting_of(lease: Lease) -> int:
    """Seconds for which it holds; SECONDS where somebody has written a number that can't be."""
    return lease.seconds if lease.seconds > 0 else SECONDS


def _busy(lease: Lease, *, asks: bool) -> TryLater:
    """Who holds it, and how long one has to wait: whoever writes more than SECONDS is a person."""
    wait = "run the same command again when it has ended" if asks else "wait for it with --lock-timeout 5m"
    hint = f"{wait}; the Lease of a dead run expires within {SECONDS} s"
    if lasting_of(lease) > SECONDS:
        hint = f"the Lease holds for {lease.seconds} s; if there is no such run: kubectl -n {NAMESPACE} delete {KIND}"
    message = f"another run is working on this cluster: {lease.holder or lease.asked_by}"
    return TryLater(Code.LOCK_HELD, message, hint=hint, obj=OBJECT)


def _passes(error: EipctlError) -> bool:
    """Whether the same write may succeed after another look: a conflict, a lost reply, a server that is busy."""
    if isinstance(error, KubeError):
        return error.status in (CONFLICT, 429) or error.status >= 500
    return isinstance(error, OutcomeUnknown) or error.code is Code.KUBE_UNREACHABLE


_ENDED = ("Z", "X")
"""States of proc(5): zombie, dead."""


def _host() -> str:
    """This host until its next boot, and the PID namespace: in another one the same number is another process."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()[:8]
        namespace = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        boot = namespace = "unknown"
    return f"{socket.gethostname()}/{boot}/{namespace}"


def _started(pid: int) -> str:
    """When a process began, in clock ticks since boot; "" when there is none of that number (or no /proc).

    One that was killed and that its parent, often a container's PID 1, has not asked about yet is gone as well.
    """
    try:
        state, *more = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return "" if state in _ENDED else more[18]
    except (OSError, ValueError, IndexError):
        return ""


def _dead(holder: str) -> bool:
    """Whether a holder of this very host and PID namespace is proven dead: no process has its number and start time."""
    host, _, rest = holder.rpartition("/")
    host, _, pid = host.rpartition("/")
    if host != _host() or "/unknown" in host or not pid.isdecimal() or not rest:
        return False
    return _started(int(pid)) != rest
