"""A warmed process that forks one eipctl after the other: processes to kill, without the second each takes to start.

python -m tests.faults.forge      reads a JSON object a line from stdin, answers each with one of JSON

{"fork": {…}}    the number of a child that has stopped itself; what it is to do is the fields of Task
{"go": N}        let it run
{"poll": N}      its exit code, the negative signal number if it was killed; null while it runs
{"wait": N}      the same, at its end
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import Interrupted
from eipctl.base.stop import Stop
from eipctl.commands.watch.watcher import Watcher, WatchOptions
from tests.faults.lab import HOLDER, PRUNE, reconcile, session_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.engine.watching import WatchState

KILLED = -signal.SIGKILL
ENDED, BROKE = 128 + signal.SIGTERM, 1
RENEW_EVERY = 0.2
"""Seconds after which a watching run renews its Lease."""


@dataclass(frozen=True)
class Task:
    """What a child does: one reconcile, or a watching run, which reads everything every `resync` seconds."""

    resync: float | None = None
    grace: float = 0.0
    audit_log: str | None = None


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

    def fork(self, task: Task | None = None) -> int:
        """A child that has not begun yet; its process number."""
        return int(self._ask(fork=asdict(task or Task())))

    def go(self, child: int) -> None:
        """Let it run."""
        self._ask(go=child)

    def poll(self, child: int) -> int | None:
        """Its exit code, the negative signal number if it was killed; None while it runs."""
        code: int | None = self._ask(poll=child)
        return code

    def wait(self, child: int) -> int:
        """The same, at its end."""
        return int(self._ask(wait=child))

    def _ask(self, **words: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End it, and what it has started."""
        self._process.communicate()


class _Witness:
    """Keeps what a watching run reports of its own defects."""

    def __init__(self) -> None:
        self.defects: list[str] = []

    def publish(self, state: WatchState) -> None:
        """Of each state."""
        self.defects += [error.message for error in state.errors if error.code is Code.INTERNAL]
        self.defects += [step.error for step in state.steps if step.code == Code.INTERNAL.value]


def _watch(task: Task) -> int:
    session = session_in(os.environ, lambda: None, "", RENEW_EVERY)
    bind = replace(PRUNE, grace=task.grace)
    options = WatchOptions(bind=bind, resync=task.resync or 0.0, concurrency=4, audit_log=task.audit_log)
    witness = _Witness()
    with suppress(Interrupted), Stop.on_signals(session.stop):
        Watcher(session, options, [witness]).run()
    assert not witness.defects, witness.defects
    return ENDED


def _work(task: Task) -> int:
    if task.resync is not None:
        return _watch(task)
    return bool(reconcile(session_in(os.environ, lambda: None, HOLDER), PRUNE))


class _Children:
    """This end."""

    def __init__(self) -> None:
        self._ended: dict[int, int | None] = {}

    def fork(self, task: dict[str, Any]) -> int:
        child = os.fork()
        if not child:
            os.kill(os.getpid(), signal.SIGSTOP)
            code = BROKE
            try:
                code = _work(Task(**task))
            except BaseException:  # noqa: BLE001 - it is told, and the parent sees the code
                traceback.print_exc()
            finally:
                os._exit(code)
        os.waitpid(child, os.WUNTRACED)
        self._ended[child] = None
        return child

    def go(self, child: int) -> None:
        os.kill(child, signal.SIGCONT)

    def poll(self, child: int) -> int | None:
        return self._reaped(child, os.WNOHANG)

    def wait(self, child: int) -> int | None:
        return self._reaped(child, 0)

    def _reaped(self, child: int, how: int) -> int | None:
        if self._ended[child] is None:
            number, status = os.waitpid(child, how)
            if number:
                self._ended[child] = os.waitstatus_to_exitcode(status)
        return self._ended[child]

    def kill(self) -> None:
        """All that are left."""
        for child in [child for child in self._ended if self.poll(child) is None]:
            os.kill(child, signal.SIGKILL)
            self.wait(child)


def main() -> None:
    """Do as asked, until nobody asks any more."""
    children = _Children()
    for line in sys.stdin:
        ((word, what),) = json.loads(line).items()
        answer = getattr(children, word)(what)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    children.kill()


if __name__ == "__main__":
    main()
