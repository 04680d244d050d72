"""A warmed process that forks one eipctl after the other: a real process to kill, without the second it takes to start.

    python -m tests.faults.forge      reads "fork" and "go" from stdin

"fork" is answered with the number of a child that has stopped itself, "go" lets it run and tells how it ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.faults.lab import HOLDER, PRUNE, reconcile, session_in

if TYPE_CHECKING:
    from collections.abc import Mapping

KILLED = -signal.SIGKILL


class Forge:
    """The other end: used by the tests."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forge"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environ},
        )

    def fork(self) -> int:
        """A child that has not begun yet; its process number."""
        return self._ask("fork")

    def go(self) -> int:
        """Let it reconcile; its exit code, the negative signal number if it was killed."""
        return self._ask("go")

    def _ask(self, word: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def main() -> None:
    """Fork and let go, as asked."""
    child = 0
    for line in sys.stdin:
        if line.strip() == "fork":
            child = os.fork()
            if not child:
                os.kill(os.getpid(), signal.SIGSTOP)
                os._exit(bool(reconcile(session_in(os.environ, lambda: None, HOLDER), PRUNE)))
            os.waitpid(child, os.WUNTRACED)
            answer = child
        else:
            os.kill(child, signal.SIGCONT)
            _, status = os.waitpid(child, 0)
            answer = os.waitstatus_to_exitcode(status)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
