"""What a run costs that finds nothing to do, beside a bare client that fetches the same pages.

    python -m tests.bench.noop [PODS [FOLDER]]        10000 by default; a FOLDER keeps the fleet for the next time

Each is a process of its own, in turns: CPU is user and system, memory the largest resident set. First every Pod of the
fleet gets its EIP by a real `bind`, which takes minutes.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from eipctl.sandbox import lifecycle
from tests.bench.measured import EIPCTL, FILL, fleet, run, side_by_side, tell, told

if TYPE_CHECKING:
    from tests.bench.measured import Fleet

ROUNDS = 5
BARE = (sys.executable, "-m", "tests.bench.bare_client")
COMMANDS = (("bind", "-A", "--prune", "--yes"), ("status", "-A", "-o", "json"))
READS = ("Describe", "Get", "List", "get", "list")


def asked(settled: Fleet, command: tuple[str, ...]) -> str:
    """What one run of it asks of both APIs."""
    settled.calls()
    run((*EIPCTL, *command), settled.environ)
    cloud, kube = settled.calls()
    writes = sum(number for name, number in (cloud + kube).items() if not name.startswith(READS))
    totals = f"{cloud.total()} cloud calls, {kube.total()} of Kubernetes, {writes} writes"
    return f"{totals}\n    {told(cloud)}; {told(kube)}"


def measure(settled: Fleet) -> None:
    """Print the table."""
    commands = [partial(run, (*EIPCTL, *command), settled.environ) for command in COMMANDS]
    bare, *costs = side_by_side([partial(run, BARE, settled.environ), *commands], ROUNDS)
    tell(f"{'':<28}{'CPU s':>8}{'ratio':>8}{'MiB':>8}{'ratio':>8}")
    tell(f"{'bare client':<28}{bare.cpu:>8.2f}{1:>8.2f}{bare.memory:>8.0f}{1:>8.2f}")
    for command, cost in zip(COMMANDS, costs, strict=True):
        ratios = cost.cpu / bare.cpu, cost.memory / bare.memory
        tell(f"{' '.join(command):<28}{cost.cpu:>8.2f}{ratios[0]:>8.2f}{cost.memory:>8.0f}{ratios[1]:>8.2f}")
    for command in COMMANDS:
        tell(f"{' '.join(command)}: {asked(settled, command)}")


def main() -> None:
    """Fill a fleet, or take the filled one, and measure."""
    pods = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(temporary) / "sandbox"
        try:
            settled = fleet(folder, pods)
            run((*EIPCTL, *FILL), settled.environ)
            measure(settled)
        finally:
            lifecycle.down(folder)


if __name__ == "__main__":
    main()
