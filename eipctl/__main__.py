"""``python -m eipctl`` and the console script."""

from __future__ import annotations

import gc
import signal
import sys
from pathlib import PurePath

SELDOM = 100_000
"""New objects after which cycles are looked for: of facts there are as many, they have none, and each look costs."""


PLUGIN = "kubectl-eip"
"""What kubectl runs for ``kubectl eip``."""


def main() -> int:
    """Run the command line; the exit code. Ctrl-C ends it without a traceback, whatever it is doing."""
    try:
        gc.set_threshold(SELDOM)
        from eipctl.cli.app import run

        name = "kubectl eip" if PurePath(sys.argv[0]).name.startswith(PLUGIN) else "eipctl"
        code = run(sys.argv[1:], name)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.stderr.write("error: stopped by a signal\n")
        code = 128 + signal.SIGINT
    # What is left is the interpreter's own end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
