"""A warmed process that forks one eipctl after the other: real processes, without the start-up that each would cost.

    python -m tests.contract.forked      reads one JSON object a line from stdin: words, environ, cwd, out, err

Each line is answered with the child's process number, and when it has ended with its exit code.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LONGEST_SECONDS = 60
"""A child that takes longer is ended by SIGALRM: a hang is a red test, not a stopped suite."""

LOADED_LATE = (
    "aliyunsdkcore.request",
    "kubernetes.client",
    "kubernetes.config",
    "rich.console",
    "urllib3",
    "yaml",
)
NOT_LOADED = ("eipctl.__main__", "eipctl.sandbox", "eipctl.aliyun.vendor")


@dataclass(frozen=True)
class Ended:
    """How a run ended (a negative code: by a signal) and what it wrote."""

    code: int
    out: str
    err: str


class Running:
    """An eipctl that was started."""

    def __init__(self, answers: Any, directory: Path) -> None:
        self._answers, self._directory = answers, directory
        self.pid = int(answers.readline())

    def err(self) -> str:
        """What stderr says so far."""
        return (self._directory / "err").read_text("utf-8")

    def over(self) -> bool:
        """Whether it has ended by itself."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def ended(self) -> Ended:
        """Wait for the end."""
        code = int(self._answers.readline())
        return Ended(code, (self._directory / "out").read_text("utf-8"), self.err())


class Forked:
    """The other end: used by the tests. One run at a time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.contract.forked"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, words: tuple[str, ...], environ: Mapping[str, str], cwd: Path | None = None) -> Running:
        """eipctl without a terminal, in this environment and no other."""
        assert self._process.stdin is not None
        streams = {stream: str(self._directory / stream) for stream in ("out", "err")}
        request = {"words": words, "environ": dict(environ), "cwd": str(cwd or self._directory), **streams}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Running(self._process.stdout, self._directory)

    def run(self, words: tuple[str, ...], environ: Mapping[str, str], cwd: Path | None = None) -> Ended:
        """The same, to its end."""
        return self.start(words, environ, cwd).ended()

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def warm() -> None:
    """Load what commands load."""
    import eipctl

    for module in pkgutil.walk_packages(eipctl.__path__, "eipctl."):
        if not module.name.startswith(NOT_LOADED):
            importlib.import_module(module.name)
    for name in LOADED_LATE:
        importlib.import_module(name)
    dict(importlib.import_module("eipctl.cli.app").tree().commands)
    gc.freeze()


def become(request: dict[str, Any]) -> int:
    """The child: eipctl, as if it had been started just now."""
    from eipctl.__main__ import main as eipctl

    signal.alarm(LONGEST_SECONDS)
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(request["cwd"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, stream in ((1, "out"), (2, "err")):
        os.dup2(os.open(request[stream], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.argv = ["eipctl", *request["words"]]
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    except KeyboardInterrupt:
        os._exit(128 + signal.SIGINT)  # It came before there was an eipctl.
    return eipctl()


def main() -> None:
    """Fork, as asked."""
    answers = os.fdopen(os.dup(1), "w")
    requests = os.fdopen(os.dup(0), "r")
    os.set_inheritable(answers.fileno(), False)
    warm()
    for line in requests:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        child = os.fork()
        if not child:
            code = 70
            with contextlib.suppress(SystemExit):
                code = become(json.loads(line))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        print(child, file=answers, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


if __name__ == "__main__":
    main()
