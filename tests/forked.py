"""eipctl as real processes without the start-up that each would cost: a warmed process forks one for each run.

    python -m tests.forked     takes from the socket that is its stdin

A message is the path of a JSON object (words, environ, cwd, out, err, held, main), and with it comes a pipe, into which
go the number of the process and, when it has ended, its exit code.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[1]
LONGEST_SECONDS = 120
"""A process that takes longer is ended by SIGALRM: a hang is a red test, not a stopped suite."""
LONGEST_MESSAGE = 4096
EIPCTL = "eipctl.__main__:main"

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
    """A process that was started."""

    def __init__(self, folder: tempfile.TemporaryDirectory[str], answers: int) -> None:
        self._kept, self._folder = folder, Path(folder.name)
        self._answers = os.fdopen(answers)
        self.pid = int(self._answers.readline())

    def send_signal(self, number: int) -> None:
        """ProcessLookupError when it is over; SIGCONT lets one that is held begin."""
        os.kill(self.pid, number)

    def err(self) -> str:
        """What stderr says so far."""
        return (self._folder / "err").read_text("utf-8")

    def over(self) -> bool:
        """Whether it has ended by itself."""
        try:
            self.send_signal(0)
        except ProcessLookupError:
            return True
        return False

    def ended(self) -> Ended:
        """Wait for the end."""
        with self._kept, self._answers:
            code = int(self._answers.readline())
            return Ended(code, (self._folder / "out").read_text("utf-8"), self.err())


def start(
    words: Sequence[str], environ: Mapping[str, str], cwd: Path = ROOT, *, held: bool = False, main: str = EIPCTL
) -> Running:
    """eipctl, or another `main`, without a terminal, in this environment and no other; `held` until it may go."""
    folder = tempfile.TemporaryDirectory(prefix="eipctl-run-")
    path = Path(folder.name)
    request = {"words": words, "environ": dict(environ), "cwd": str(cwd), "held": held, "main": main}
    streams = {stream: str(path / stream) for stream in ("out", "err")}
    (path / "err").touch()  # may be read before the process writes
    (path / "request").write_text(json.dumps(request | streams))
    answers, end = os.pipe()
    socket.send_fds(_parent(), [str(path / "request").encode()], [end])
    os.close(end)
    return Running(folder, answers)


def run(words: Sequence[str], environ: Mapping[str, str], cwd: Path = ROOT) -> Ended:
    """eipctl from its start to its end."""
    return start(words, environ, cwd).ended()


@cache
def _parent() -> socket.socket:
    """The socket of the warmed process, which ends when nobody holds it any more."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", "tests.forked"], stdin=theirs.fileno(), cwd=ROOT, start_new_session=True
        )
    return ours


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
    """The process itself: eipctl, as if it had been started just now."""
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(request["cwd"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, stream in ((1, "out"), (2, "err")):
        os.dup2(os.open(request[stream], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.argv = ["eipctl", *request["words"]]
    if request["held"]:
        os.kill(os.getpid(), signal.SIGSTOP)
    module, _, name = request["main"].partition(":")
    main = getattr(importlib.import_module(module), name)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    except KeyboardInterrupt:
        os._exit(128 + signal.SIGINT)  # It came before there was an eipctl.
    return int(main())


def look_after(request: dict[str, Any], answers: int) -> None:
    """Between the warmed process and one run: wait for the run, and say how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    child = os.fork()
    if not child:
        os.close(answers)
        code = 70
        with contextlib.suppress(SystemExit):
            code = become(request)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    def end(*_: object) -> None:
        for number in (signal.SIGALRM, signal.SIGCONT):
            os.kill(child, number)

    signal.signal(signal.SIGALRM, end)
    signal.alarm(LONGEST_SECONDS)
    if request["held"]:
        os.waitpid(child, os.WUNTRACED)
    with os.fdopen(answers, "w") as told, contextlib.suppress(BrokenPipeError):
        print(child, file=told, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=told, flush=True)
    os._exit(0)


def main() -> None:
    """Fork, as asked."""
    asked = socket.socket(fileno=os.dup(0))
    warm()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        path, (*answers,), *_ = socket.recv_fds(asked, LONGEST_MESSAGE, 1)
        if not path:
            return
        if not os.fork():
            asked.close()
            look_after(json.loads(Path(path.decode()).read_text()), answers[0])
        os.close(answers[0])


if __name__ == "__main__":
    main()
