"""One run at a time: a Lease in kube-system. It only saves work; harmlessness comes from re-reading before each harm.

The holder is ``host/boot id/pid/start time``: a run that died on this host is proven dead and taken over at once, one
that died elsewhere when its Lease has run out.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, KubeError, OutcomeUnknown, TryLater

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.base.stop import Stop
    from eipctl.kube.lease import Lease, Leases

NAMESPACE, NAME = "kube-system", "eipctl"
SECONDS = 30
RENEW_EVERY = 8.0
POLL = 1.0


class Lock:
    """Take it with :meth:`held`; while held it is renewed, and a run that can't renew it in time is stopped."""

    def __init__(self, leases: Leases, stop: Stop) -> None:
        self._leases, self._stop = leases, stop
        self._me = f"{_host()}/{os.getpid()}/{_started(os.getpid())}"
        self._ended = threading.Event()

    @contextmanager
    def held(self, patience: float) -> Iterator[None]:
        """Hold the Lease during the block; TryLater if another run holds it for longer than `patience` seconds."""
        lease = self._take(time.monotonic() + patience)
        renewer = threading.Thread(target=self._renew, args=(lease,), daemon=True, name="lease")
        renewer.start()
        try:
            yield
        finally:
            self._ended.set()
            renewer.join()

    def _take(self, until: float) -> Lease:
        while True:
            lease = self._leases.read()
            if not self._is_held(lease):
                try:
                    return self._leases.write(lease, self._me, datetime.now(UTC), SECONDS)
                except KubeError as error:
                    if error.status != 409:
                        raise
                except OutcomeUnknown:
                    pass
            if time.monotonic() >= until:
                raise TryLater(
                    Code.LOCK_HELD,
                    f"another run works on this cluster: {lease.holder or 'it has just begun'}",
                    hint="wait for it with --lock-timeout 5m; the Lease of a dead run expires within 30 s",
                    obj=f"lease/{NAMESPACE}/{NAME}",
                )
            self._stop.wait(POLL)

    def _is_held(self, lease: Lease) -> bool:
        """By somebody else who may be alive."""
        if lease.holder in ("", self._me) or lease.renewed is None:
            return False
        if (datetime.now(UTC) - lease.renewed).total_seconds() > lease.seconds:
            return False
        return not _dead(lease.holder)

    def _renew(self, lease: Lease) -> None:
        """Renew until the block ends, then give back. The deadline is the one that others see."""
        deadline = time.monotonic() + SECONDS
        while not self._ended.wait(RENEW_EVERY):
            started = time.monotonic()
            try:
                lease = self._leases.write(lease, self._me, datetime.now(UTC), SECONDS)
                deadline = started + SECONDS
            except EipctlError as error:
                lost = isinstance(error, KubeError) and error.status == 409
                if lost or time.monotonic() + RENEW_EVERY >= deadline:
                    self._stop.forbid(self._lost())
                    return
        self._give_back(lease)

    def _give_back(self, lease: Lease) -> None:
        try:
            self._leases.write(lease, "", datetime.now(UTC), SECONDS)
        except EipctlError:
            return  # it runs out by itself

    def _lost(self) -> TryLater:
        return TryLater(
            Code.LOCK_HELD,
            "the Lease could not be renewed in time; another run may have begun",
            hint="nothing is half-written; run the same command again",
            obj=f"lease/{NAMESPACE}/{NAME}",
        )


_ENDED = ("Z", "X")
"""States of proc(5): zombie, dead."""


def _host() -> str:
    """This host, until its next boot: a Pod's name is its host name, and PIDs begin anew after a boot."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()[:8]
    except OSError:
        boot = "unknown"
    return f"{socket.gethostname()}/{boot}"


def _started(pid: int) -> str:
    """When a process began, in clock ticks since boot; "" when there is none of that number (or no /proc).

    One that was killed and that its parent, often a container's PID 1, has not asked about yet does nothing any more.
    """
    try:
        state, *more = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return "" if state in _ENDED else more[18]
    except (OSError, ValueError, IndexError):
        return ""


def _dead(holder: str) -> bool:
    """Whether a holder of this very host is proven dead: no process has its number and start time."""
    host, _, rest = holder.rpartition("/")
    host, _, pid = host.rpartition("/")
    if host != _host() or not pid.isdecimal() or not rest:
        return False
    return _started(int(pid)) != rest
