"""A command as a process of its own on a sandbox: what it cost, and what it asked for."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.sandbox import files, lifecycle
from eipctl.sandbox.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

EIPCTL = (sys.executable, "-m", "eipctl")
FILL = ("bind", "-A", "--yes", "-q", "--concurrency", "16", "--max-allocate", "1000000", "--api-limit", "all=1000000/1")
PACED = (
    "AllocateEipAddress", "AssociateEipAddress", "DescribeEipAddresses", "DescribeNetworkInterfaces", "TagResources",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds (user and system) and the largest resident set in MiB of one process."""

    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Fleet:
    """A sandbox with many Pods and without rate limits."""

    client: Client
    environ: Mapping[str, str]

    def calls(self) -> tuple[Counter[str], Counter[str]]:
        """What was asked since the last time: APIs of the cloud, and verbs of Kubernetes, with their numbers."""
        calls = self.client.calls()
        self.client.clear_calls()
        cloud = Counter(call["api"] for call in calls if call["service"] == "cloud")
        return cloud, Counter(call["api"] for call in calls if call["service"] != "cloud")


def fleet(folder: Path, pods: int) -> Fleet:
    """Start it, or go on with the one that the folder has."""
    record = lifecycle.up(folder, seed="big", pods=pods, speed=50.0)
    client = Client(record, seconds=120.0)
    client.limit({"apis": {api: {"calls": 0} for api in PACED}})
    client.clear_calls()
    return Fleet(client, files.environment(folder.absolute(), record))


def run(words: Sequence[str], environ: Mapping[str, str] | None = None) -> Cost:
    """A process to its end; SystemExit when it fails."""
    with subprocess.Popen(words, env={**os.environ, **(environ or {})}, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def side_by_side(works: Sequence[Callable[[], Cost]], rounds: int) -> list[Cost]:
    """The middle cost of each, run in turns so that a busy machine is busy for all."""
    costs = [[work() for work in works] for _ in range(rounds)]
    return [
        Cost(statistics.median(cost.cpu for cost in each), statistics.median(cost.memory for cost in each))
        for each in zip(*costs, strict=True)
    ]


def tell(line: str) -> None:
    """One line of the answer."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def told(calls: Counter[str]) -> str:
    """``100 DescribeEipAddresses, 1 GetCallerIdentity``."""
    return ", ".join(f"{number} {name}" for name, number in sorted(calls.items())) or "none"
