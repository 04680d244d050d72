"""`eipctl bind --watch` as a process of its own beside the tests."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.children import child

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.stage import Stage

LEASE = ("leases", "kube-system", "eipctl")
RESULT = "k8s.aliyun.com/allocated-eipAddress"


class Watching:
    """One process."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process, self._log = process, log

    @property
    def said(self) -> str:
        """All that it has written so far."""
        return self._log.read_text("utf-8")

    def end(self) -> int:
        """As Kubernetes and systemd end it; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        """Without a chance to give anything back."""
        self.process.kill()
        self.process.wait(30)


@contextmanager
def watching(stage: Stage, log: Path, *options: str, **environ: str) -> Iterator[Watching]:
    """`eipctl bind -A --watch --yes` for as long as the block lasts."""
    command = [sys.executable, "-m", "eipctl", "bind", "-A", "--watch", "--yes", *options]
    env = {**os.environ, **stage.sandbox.env(), "NO_COLOR": "1", **environ}
    with log.open("w") as out, child(command, env=env, stdout=out, stderr=out) as process:
        yield Watching(process, log)


def holder(stage: Stage) -> str:
    """Who has the Lease; "" for nobody."""
    lease: dict[str, Any] = stage.objects.get(*LEASE) or {}
    return str(lease.get("spec", {}).get("holderIdentity", ""))


def leads(stage: Stage, run: Watching) -> bool:
    """Whether this process has the Lease."""
    return f"/{run.process.pid}/" in holder(stage)


def is_served(stage: Stage, name: str) -> bool:
    """Whether a Pod has an EIP in use and tells its address."""
    pod, bound = stage.pod(name), stage.pod(name) and stage.bound_to(name)
    return bool(pod and bound and pod["metadata"]["annotations"].get(RESULT) == bound[0].address)


def cloud_calls(stage: Stage, api: str = "") -> list[str]:
    """The calls of the cloud so far."""
    calls = stage.sandbox.calls.listing()
    return [call["api"] for call in calls if call["service"] == "cloud" and api in ("", call["api"])]
