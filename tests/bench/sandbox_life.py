"""How long the sandbox takes to start and to begin anew, beside what no Python program can do faster.

python -m tests.bench.sandbox_life [PODS]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from eipctl.sandbox import lifecycle
from eipctl.sandbox.server import Sandbox
from tests.bench.pod_list import ROUNDS, best, tell

if TYPE_CHECKING:
    from collections.abc import Callable

MODULES = "import http.server, sqlite3, ssl, yaml, msgspec, cryptography.x509"


def python(code: str) -> Callable[[], object]:
    """An interpreter that runs it."""
    return lambda: subprocess.run([sys.executable, "-c", code], check=True)


def start(folder: Path) -> None:
    """A new sandbox, and one that goes on where it was, beside a bare interpreter."""
    floor = best(python("pass"))
    tell("a bare interpreter", floor, floor)
    tell("one that imports what the sandbox builds on", best(python(MODULES)), floor)
    new: list[float] = []
    again: list[float] = []
    for number in range(ROUNDS):
        directory = folder / str(number)
        for seconds in (new, again):
            started = time.perf_counter()
            lifecycle.up(directory)
            seconds.append(time.perf_counter() - started)
            lifecycle.down(directory)
    tell("sandbox up, in a new folder", min(new), floor)
    tell("sandbox up, where one was", min(again), floor)


def begin_anew(folder: Path, pods: int) -> None:
    """A reset, by how much has changed, beside building the scenario."""
    started = time.perf_counter()
    sandbox = Sandbox(folder / "big", scenario="big", pods=pods)
    floor = time.perf_counter() - started
    tell(f"building {pods} Pods", floor, floor)
    for changed in (0, 100, pods):
        found = []
        for number in range(ROUNDS):
            with sandbox.store.transaction():
                for pod in sandbox.objects.list("pods", "default")[:changed]:
                    sandbox.objects.patch_metadata("pods", "default", pod["metadata"]["name"], {"a": str(number)})
            started = time.perf_counter()
            sandbox.reset()
            found.append(time.perf_counter() - started)
        tell(f"reset after changes of {changed} Pods", min(found), floor)
    sandbox.stop()


def main() -> None:
    """Print the lines."""
    with tempfile.TemporaryDirectory() as folder:
        start(Path(folder))
        begin_anew(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)


if __name__ == "__main__":
    main()
