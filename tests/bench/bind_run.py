"""What it costs to give many Pods their EIPs, at raised limits: cloud calls and CPU a Pod.

python -m tests.bench.bind_run [PODS]        2000 by default
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from eipctl.sandbox import lifecycle
from tests.bench.measured import EIPCTL, FILL, fleet, run, tell, told


def main() -> None:
    """Bind all Pods of a new fleet, once."""
    pods = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "sandbox"
        try:
            new = fleet(directory, pods)
            cost = run((*EIPCTL, *FILL), new.environ)
            cloud, kube = new.calls()
        finally:
            lifecycle.down(directory)
    tell(f"{pods:,} Pods: {cost.cpu * 1000 / pods:.2f} ms of CPU a Pod, {cost.memory:.0f} MiB")
    for service, found in (("cloud", cloud), ("Kubernetes", kube)):
        tell(f"{found.total() / pods:.3f} {service} calls a Pod ({told(found)})")


if __name__ == "__main__":
    main()
