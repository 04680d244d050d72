"""``python -m eipctl.sandbox``: the process behind ``eipctl sandbox up``."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from eipctl.sandbox.errors import SandboxError
from eipctl.sandbox.lifecycle import Options, serve

if TYPE_CHECKING:
    from eipctl.sandbox.files import Record


def main() -> int:
    """Serve until stopped; 1 when that can't begin, with the reason as the last line (a tab before the hint).

    Until it serves nothing is garbage, and looking for it would take a tenth of the time.
    """
    gc.disable()
    parser = argparse.ArgumentParser(prog="python -m eipctl.sandbox")
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed")
    parser.add_argument("--speed", type=float)
    parser.add_argument("--quota", type=int)
    parser.add_argument("--pods", type=int)
    parser.add_argument("--kubeconfig", type=Path)
    parser.add_argument("--ready-fd", type=int)
    given = parser.parse_args()
    options = Options(
        port=given.port,
        seed=given.seed,
        speed=given.speed,
        quota=given.quota,
        pods=given.pods,
        follow=given.kubeconfig,
    )

    def tell(_record: Record) -> None:
        gc.freeze()
        gc.enable()
        if given.ready_fd is not None:
            os.write(given.ready_fd, b"ready")
            os.close(given.ready_fd)

    try:
        serve(given.dir, options, tell)
    except SandboxError as error:
        sys.stderr.write(f"{error.message}\t{error.hint}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
