"""`bind --watch` in processes of its own while other things happen, until nothing is left to do."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from eipctl.base.errors import EipctlError
from tests.faults.forge import ENDED, KILLED, Task
from tests.faults.lab import PRUNE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.faults.forge import Forge
    from tests.faults.lab import Lab

PATIENCE = 30.0
"""Seconds within which watching runs must have done all that a single run would do."""
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


def watch(lab: Lab, forge: Forge, watches: Watches, deeds: Sequence[Callable[[], object]]) -> int:
    """Watching runs from their start to SIGTERM; `deeds` happen one after the other while one of them leads.

    One that is killed is begun again, as Kubernetes or systemd does. They are ended when a single run would find
    nothing to do, and none may have a defect to report. How many were killed.
    """
    watching = _Watching(lab, forge, watches)
    try:
        watching.begin()
        for deed in deeds:
            deed()
            watching.keep()
        pass_by(lab)
        watching.until(watching.calm, "they leave something to do")
    finally:
        codes = watching.end()
    assert set(codes) <= {ENDED, KILLED}, codes
    return watching.killed + codes.count(KILLED)


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

    def __init__(self, lab: Lab, forge: Forge, watches: Watches) -> None:
        self._lab, self._forge, self._watches = lab, forge, watches
        self._alive: list[int] = []
        self.killed = 0

    def begin(self) -> None:
        """The first one leads and listens before the others begin."""
        child = self._fork()
        if self._watches.killed is not None:
            self._lab.sandbox.faults.add({**self._watches.killed, "do": "kill", "pid": child})
        self._forge.go(child)
        self.until(self._listens, "it does not get to lead")
        self.keep()

    def keep(self) -> None:
        """As many as there are to be."""
        for child in list(self._alive):
            code = self._forge.poll(child)
            if code is not None:
                assert code == KILLED, f"a watching run ended by itself, with {code}"
                self._alive.remove(child)
                self.killed += 1
        while len(self._alive) < self._watches.runs:
            self._forge.go(self._fork())

    def until(self, happened: Callable[[], bool], otherwise: str) -> None:
        """Wait for it."""
        ends = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < ends, otherwise
            self.keep()
            time.sleep(0.02)

    def calm(self) -> bool:
        """Whether a single run would find nothing to do."""
        with suppress(EipctlError):  # a fault that is left struck this look
            return not self._lab.planned(replace(PRUNE, grace=self._watches.grace))
        return False

    def end(self) -> list[int]:
        """How each has ended, after SIGTERM."""
        self._lab.sandbox.faults.clear()
        for child in self._alive:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        return [self._forge.wait(child) for child in self._alive]

    def _fork(self) -> int:
        child = self._forge.fork(Task(self._watches.resync, self._watches.grace, self._watches.audit_log))
        self._alive.append(child)
        return child

    def _listens(self) -> bool:
        calls = self._lab.sandbox.calls.listing()
        return any((call["api"], call["object"], call["status"]) == ("watch", "pods", 200) for call in calls)
