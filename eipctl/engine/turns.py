"""Whose turn it is at an ENI, and how many calls may be under way at one: learned from the cloud.

Alibaba Cloud refuses an operation on a target that is busy with another one (TaskConflict). For which targets is not
documented: it was seen for NAT gateways (terraform-provider-alicloud #2577), and Terway is prepared for it. So now and
then one call more than is known to be accepted is made, at one ENI: an acceptance counts for all ENIs, and after a
refusal, which costs that one call, none is tried for a while.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

QUIET = 600.0
"""Seconds after a refusal in which no more calls than are known to be accepted are made."""


class Turns:
    """Of one run, shared by all plans that it carries out side by side. Safe to share between threads."""

    def __init__(self, quiet: float = QUIET) -> None:
        self._quiet = quiet
        self._changed = threading.Condition()
        self._accepted: dict[str, dict[str, bool]] = {}
        """ENI to the private IPs that are being worked on, and whether the cloud has accepted a call for each."""
        self._known = 1
        """So many at one ENI are accepted."""
        self._trying: tuple[str, str] | None = None
        """Whose call is one more than that."""
        self._refused_at = float("-inf")

    @property
    def most(self) -> int:
        """How many may work at one ENI."""
        return self._known + self._tries

    @property
    def _tries(self) -> bool:
        return time.monotonic() - self._refused_at >= self._quiet

    @contextmanager
    def at(self, eni_id: str, private_ip: str) -> Iterator[None]:
        """Wait until there is room at the ENI and nobody works on the private IP; it is taken while the block lasts."""
        with self._changed:
            self._changed.wait_for(lambda: self._takes(eni_id, private_ip))
        try:
            yield
        finally:
            with self._changed:
                here = self._accepted[eni_id]
                del here[private_ip]
                if not here:
                    del self._accepted[eni_id]
                if self._trying == (eni_id, private_ip):
                    self._trying = None
                self._changed.notify_all()

    def _takes(self, eni_id: str, private_ip: str) -> bool:
        here = self._accepted.get(eni_id, {})
        if private_ip in here or len(here) > self._known:
            return False
        if len(here) == self._known:
            if self._trying or not self._tries:
                return False
            self._trying = (eni_id, private_ip)
        self._accepted.setdefault(eni_id, here)[private_ip] = False
        return True

    def accepted(self, eni_id: str, private_ip: str) -> None:
        """The cloud has accepted a call for a private IP whose turn it is."""
        with self._changed:
            self._accepted[eni_id][private_ip] = True
            self._known = max(self._known, self._under_way(eni_id))
            if self._trying == (eni_id, private_ip):
                self._trying = None
            self._changed.notify_all()

    def refused(self, eni_id: str) -> None:
        """The cloud has refused a call because the ENI is busy: return when that is over, as far as is known."""
        with self._changed:
            self._known = min(self._known, max(1, self._under_way(eni_id)))
            self._refused_at = time.monotonic()
            self._changed.wait_for(lambda: self._under_way(eni_id) < self._known)

    def _under_way(self, eni_id: str) -> int:
        return sum(self._accepted[eni_id].values())
