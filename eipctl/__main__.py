"""``python -m eipctl`` and the console script."""

from __future__ import annotations

import gc
import sys

SELDOM = 100_000
"""New objects after which cycles are looked for: of facts there are as many, they have none, and each look costs."""


def main() -> int:
    """Run the command line; the exit code."""
    gc.set_threshold(100_000)  # A command keeps what it builds to its end: looking for garbage is wasted time.
    from eipctl.cli.app import run

    gc.set_threshold(SELDOM)
    return run(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
