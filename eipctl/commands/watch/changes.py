"""What the watches tell: which changes make a round worth while, and since when a Pod waits for its EIP."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.domain.facts import Eip, Pod


class Changes:
    """Told by the threads of watches; `wake` is called for each change that matters, with the Pod's UID."""

    def __init__(self, wake: Callable[[str], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}
        """Pod UID to when it was first seen with its IP and its wish."""
        self._owners: frozenset[str] = frozenset()
        self._ips: frozenset[str] = frozenset()
        self.heard = 0
        """All changes."""
        self.queued = 0
        """Those that no round has looked at."""

    def told(self, before: Pod | None, now: Pod | None) -> None:
        """A Pod has changed; None, None when anything may have."""
        pod = now or before
        with self._lock:
            self.heard += 1
            if pod is not None and not self._matters(before, pod):
                return
            self.queued += 1
            if pod is not None:
                self._note(before, now)
        self._wake(pod.uid if pod else "")

    def looked_at(self) -> None:
        """A round looks at everything that has changed until now."""
        with self._lock:
            self.queued = 0

    def bound(self, own: tuple[Eip, ...], pods: tuple[Pod, ...]) -> None:
        """Which Pods have own EIPs, and at which IPs: what happens to these matters whatever a Pod asks for."""
        owners = frozenset(eip.owner.pod_uid for eip in own if eip.owner)
        ips = {eip.private_ip for eip in own if eip.private_ip}
        ips |= {pod.ip for pod in pods if pod.ip and pod.uid in owners}
        there = {pod.uid for pod in pods}
        with self._lock:
            self._owners, self._ips = owners, frozenset(ips)
            self._since = {uid: at for uid, at in self._since.items() if uid in there}

    def waited(self, uid: str) -> float | None:
        """Seconds since the Pod was seen with its IP, once; None for one that was there before."""
        with self._lock:
            since = self._since.pop(uid, None)
        return None if since is None else time.monotonic() - since

    def _matters(self, before: Pod | None, pod: Pod) -> bool:
        asked = pod.wish is not None or (before is not None and before.wish is not None)
        return asked or bool(pod.recorded) or pod.uid in self._owners or pod.ip in self._ips

    def _note(self, before: Pod | None, now: Pod | None) -> None:
        if now is None or not now.ip or now.wish is None:
            return
        if before is None or before.ip != now.ip or before.wish is None:
            self._since[now.uid] = time.monotonic()
