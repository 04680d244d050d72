"""Whose turn it is at an ENI, and how many calls may be under way at one: learned from the cloud.

Alibaba Cloud refuses an operation on a target that is busy with another one (TaskConflict). For which targets is not
documented: it was seen for NAT gateways (terraform-provider-alicloud #2577), and Terway is prepared for it. So a second
call for an ENI is tried while one is under way. While such calls are accepted, more are made; a refusal shows how many
are too many, for all ENIs and for a while.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = 2
QUIET = 600.0
"""Seconds after a refusal in which no more calls than were accepted then are tried."""


class Turns:
    """Of one run, shared by all plans that it carries out side by side. Safe to share between threads."""

    def __init__(self, quiet: float = QUIET) -> None:
        self._quiet = quiet
        self._changed = threading.Condition()
        self._accepted: dict[str, dict[str, bool]] = {}
        """ENI to the private IPs that are being worked on, and whether the cloud has accepted a call for each."""
        self._most = FIRST
        self._refused_at = float("-inf")

    @property
    def most(self) -> int:
        """How many may work at one ENI."""
        return self._most

    @contextmanager
    def at(self, eni_id: str, private_ip: str) -> Iterator[None]:
        """Wait until there is room at the ENI and nobody works on the private IP; it is taken while the block lasts."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_free(eni_id, private_ip))
            self._accepted.setdefault(eni_id, {})[private_ip] = False
        try:
            yield
        finally:
            with self._changed:
                here = self._accepted[eni_id]
                del here[private_ip]
                if not here:
                    del self._accepted[eni_id]
                self._changed.notify_all()

    def _is_free(self, eni_id: str, private_ip: str) -> bool:
        here = self._accepted.get(eni_id, {})
        return private_ip not in here and len(here) < self._most

    def accepted(self, eni_id: str, private_ip: str) -> None:
        """The cloud has accepted a call for a private IP whose turn it is."""
        with self._changed:
            self._accepted[eni_id][private_ip] = True
            if self._under_way(eni_id) >= self._most and time.monotonic() - self._refused_at >= self._quiet:
                self._most *= 2
                self._changed.notify_all()

    def refused(self, eni_id: str) -> None:
        """The cloud has refused a call because the ENI is busy."""
        with self._changed:
            self._most = min(self._most, max(1, self._under_way(eni_id)))
            self._refused_at = time.monotonic()

    def _under_way(self, eni_id: str) -> int:
        return sum(self._accepted[eni_id].values())
