"""What a small run costs: `status -A` on a few Pods, beside a Typer program with two commands plus both SDKs' imports.

    python -m tests.bench.small

CPU of processes of their own, in turns.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from eipctl.sandbox import lifecycle
from tests.bench.measured import EIPCTL, FILL, fleet, run, side_by_side, tell

PODS = 3
ROUNDS = 15
TYPER = """
import typer
app = typer.Typer()
@app.command()
def one(name: str = "x"):
    print(name)
@app.command()
def two(name: str = "x"):
    print(name)
app(["--help"])
"""
SDKS = "import kubernetes, aliyunsdkcore.client"


def main() -> None:
    """Print the costs and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "sandbox"
        try:
            few = fleet(directory, PODS)
            run((*EIPCTL, *FILL), few.environ)
            programs = ((sys.executable, "-c", TYPER), (sys.executable, "-c", SDKS), (*EIPCTL, "status", "-A"))
            typer, sdks, status = side_by_side([partial(run, words, few.environ) for words in programs], ROUNDS)
        finally:
            lifecycle.down(directory)
    tell(f"{'two-command Typer --help':<32}{typer.cpu * 1000:7.0f} ms")
    tell(f"{'imports of both SDKs':<32}{sdks.cpu * 1000:7.0f} ms")
    ratio = status.cpu / (typer.cpu + sdks.cpu)
    tell(f"{f'status -A on {PODS} Pods':<32}{status.cpu * 1000:7.0f} ms  {ratio:.2f} of the two")


if __name__ == "__main__":
    main()
