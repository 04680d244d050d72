"""`bind --watch` in processes of its own while other things happen, until nothing is left to do."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Interrupted
from eipctl.base.stop import Stop
from eipctl.commands.watch.watcher import Watcher, WatchOptions
from tests import forked
from tests.faults.lab import PRUNE, session_in
from tests.sandboxed import until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eipctl.engine.watching import WatchState
    from tests.faults.lab import Lab
    from tests.forked import Running

MAIN = "tests.faults.watched:main"
ENDED, KILLED = 128 + signal.SIGTERM, -signal.SIGKILL
RENEW_EVERY = 0.2
"""Seconds after which a watching run renews its Lease."""
PODS: dict[str, Any] = {"service": "kube", "api": "event", "object": "pods"}
"""The events of the watch of all Pods, for fault rules."""
LISTENS: list[dict[str, Any]] = [
    {"do": "repeat"},
    {"do": "late"},
    {"do": "behind"},
    {"do": "latency", "seconds": 0.3},
    {"do": "reset"},
    {"do": "truncate"},
    {"do": "garble"},
    {"do": "error", "status": 410, "code": "Expired"},
    {"do": "error", "status": 500, "code": "InternalError"},
]
"""What may happen to an event without its being lost."""
OFTEN, NEVER = 0.5, 3600.0
"""Seconds between two full reads: what people do in the cloud is noticed by these only."""


@dataclass(frozen=True)
class Watches:
    """How many watching runs there are, how often each reads everything, and at which call the first one is killed."""

    runs: int = 1
    resync: float = OFTEN
    grace: float = 0.0
    killed: dict[str, Any] | None = None
    """A fault rule without its `do`."""
    audit_log: str | None = None


def watch(lab: Lab, watches: Watches, deeds: Sequence[Callable[[], object]]) -> int:
    """Watching runs from their start to SIGTERM; `deeds` happen one after the other while one of them leads.

    One that is killed is begun again, as Kubernetes or systemd does. They are ended when a single run would find
    nothing to do, and none may have a defect to report. How many were killed.
    """
    watching = _Watching(lab, watches)
    try:
        watching.begin()
        for deed in deeds:
            deed()
            watching.keep()
        pass_by(lab)
        until(watching.calm, "all that a single run would do")
    finally:
        watching.end()
    return watching.killed


def pass_by(lab: Lab) -> None:
    """A Pod that asks for nothing comes and goes: whatever was held back until the next event is delivered."""
    objects, name = lab.sandbox.objects, "passer-by"
    spec = {"containers": [{"name": "main", "image": "nginx"}], "terminationGracePeriodSeconds": 0}
    metadata = {"name": name, "namespace": "default"}
    objects.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    lab.settle()
    objects.delete("pods", "default", name)
    lab.settle()


class _Watching:
    """The processes."""

    def __init__(self, lab: Lab, watches: Watches) -> None:
        self._lab, self._watches = lab, watches
        self._alive: list[Running] = []
        self.killed = 0

    def begin(self) -> None:
        """The first one leads and listens before the others begin."""
        run = self._start(held=True)
        if self._watches.killed is not None:
            self._lab.sandbox.faults.add({**self._watches.killed, "do": "kill", "pid": run.pid})
        run.send_signal(signal.SIGCONT)
        until(self._listens, "the lead of a watching run")

    def keep(self) -> None:
        """As many as there are to be."""
        for run in [run for run in self._alive if run.over()]:
            self._alive.remove(run)
            self._see(run)
        while len(self._alive) < self._watches.runs:
            self._start()

    def calm(self) -> bool:
        """Whether a single run would find nothing to do."""
        self.keep()
        with suppress(EipctlError):  # a fault that is left struck this look
            return not self._lab.planned(replace(PRUNE, grace=self._watches.grace))
        return False

    def end(self) -> None:
        """With SIGTERM."""
        self._lab.sandbox.faults.clear()
        for run in self._alive:
            with suppress(ProcessLookupError):
                run.send_signal(signal.SIGTERM)
        for run in self._alive:
            self._see(run, ENDED)

    def _start(self, *, held: bool = False) -> Running:
        told = {"resync": self._watches.resync, "grace": self._watches.grace, "audit_log": self._watches.audit_log}
        environ = {**os.environ, **self._lab.sandbox.env()}
        run = forked.start([json.dumps(told)], environ, held=held, main=MAIN)
        self._alive.append(run)
        return run

    def _see(self, run: Running, *codes: int) -> None:
        ended = run.ended()
        assert ended.code in (KILLED, *codes), f"a watching run ended with {ended.code}: {ended.err}"
        self.killed += ended.code == KILLED

    def _listens(self) -> bool:
        self.keep()
        calls = self._lab.sandbox.calls.listing()
        return any((call["api"], call["object"], call["status"]) == ("watch", "pods", 200) for call in calls)


class _Witness:
    """Keeps what a watching run reports of its own defects."""

    def __init__(self) -> None:
        self.defects: list[str] = []

    def publish(self, state: WatchState) -> None:
        """Of each state."""
        self.defects += [error.message for error in state.errors if error.code is Code.INTERNAL]
        self.defects += [step.error for step in state.steps if step.code == Code.INTERNAL.value]


def main() -> int:
    """One watching run; what it is to do are JSON fields of Watches in the first argument."""
    told = json.loads(sys.argv[1])
    session, witness = session_in(os.environ, lambda: None, "", renew_every=RENEW_EVERY), _Witness()
    bind = replace(PRUNE, grace=told.pop("grace"))
    with suppress(Interrupted), Stop.on_signals(session.stop):
        Watcher(session, WatchOptions(bind=bind, concurrency=4, **told), [witness]).run()
    assert not witness.defects, witness.defects
    return ENDED
