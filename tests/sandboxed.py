"""What tests see of a sandbox: when it has got somewhere, and which calls changed something."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.cloud.cloud import Cloud
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


def add_account(cloud: Cloud, key: str, secret: str, *, network: str = "10.0.0.0/24", **facts: Any) -> None:
    """Root's AccessKey, a VPC, an instance with a primary ENI, and its eni-1 with two secondary IPs and these facts."""
    cloud.add_access_key(key, secret, user="root")
    cloud.add_vswitch("vsw-1", "vpc-1", network)
    cloud.add_instance("i-1", "vpc-1", role="worker")
    at: dict[str, Any] = {"vpc_id": "vpc-1", "vswitch_id": "vsw-1", "instance_id": "i-1"}
    cloud.add_eni("eni-0", primary_ip="10.0.0.1", type="Primary", **at)
    cloud.add_eni("eni-1", primary_ip="10.0.0.10", secondary_ips=("10.0.0.11", "10.0.0.12"), **at, **facts)


def until(happened: Callable[[], bool], what: str = "it", seconds: float = 30.0) -> None:
    """Wait for the simulated world to get there; AssertionError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not happen in {seconds:g} s"
        time.sleep(0.02)
