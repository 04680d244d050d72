"""What tests see of a sandbox: when it has got somewhere, and which calls changed something."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.server import Sandbox

READS = ("Describe", "List", "Get")
"""How the cloud's APIs begin that change nothing."""
CHANGING = frozenset({"create", "update", "patch", "delete"})


class Change(NamedTuple):
    """A call of the cloud or of Kubernetes, as the sandbox's log has it."""

    service: str
    api: str
    object: str
    status: int


def changes(sandbox: Sandbox) -> list[Change]:
    """The changing calls since the log was last cleared, in order; a Lease and a review are no change of anything."""
    calls = (Change(call["service"], call["api"], call["object"], call["status"]) for call in sandbox.calls.listing())
    return [call for call in calls if _changes(call)]


def _changes(call: Change) -> bool:
    if call.service == "cloud":
        return not call.api.startswith(READS)
    return call.api in CHANGING and not call.object.startswith("leases") and "reviews" not in call.object


def until(happened: Callable[[], bool], what: str = "it", seconds: float = 30.0) -> None:
    """Wait for the simulated world to get there; AssertionError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not happen in {seconds:g} s"
        time.sleep(0.02)
