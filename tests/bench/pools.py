"""Seconds that an address of a pool is away in a rolling update, and in a move.

python -m tests.bench.pools             bind --watch
python -m tests.bench.pools cron        bind every 60 s

Three Pods whose readiness waits for the EIP. An address is away while it is bound to no Pod. The sandbox takes 1 s to
associate and 1 s to unassociate, as the cloud does: nothing can be faster than 2 s.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.server import Sandbox
from tests.bench.measured import EIPCTL, run, tell
from tests.bench.watch import EVERY, loop, until, watching
from tests.faults.stage import AUTO, GATE, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

REPLICAS = 3
ASKS = {"eipctl.io/pool": "partners"}
LOOK = 0.02


class Away:
    """For how long each address was bound to nothing, since it was first bound."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._ended = stage, threading.Event()
        self._since: dict[str, float] = {}
        self.times: list[float] = []
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._ended.wait(LOOK):
            now = time.monotonic()
            for row in self._stage.cloud.eips():
                if row.status != "InUse":
                    self._since.setdefault(row.allocation_id, now)
                elif row.allocation_id in self._since:
                    self.times.append(now - self._since.pop(row.allocation_id))

    @contextmanager
    def watched(self) -> Iterator[None]:
        """During the block."""
        self._thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._thread.join()

    @property
    def told(self) -> str:
        """How often, and how long at most."""
        if not self.times:
            return "no address was away"
        return f"away {len(self.times)} times, longest {max(self.times):5.2f} s, in all {sum(self.times):6.2f} s"


def deploy(stage: Stage, surge: int) -> None:
    """A Deployment that asks for the pool, each Pod Ready once it has its EIP."""
    labels = {"app": "web"}
    pod: dict[str, Any] = {"containers": [{"name": "main", "image": "nginx"}], "terminationGracePeriodSeconds": 0}
    pod["readinessGates"] = [{"conditionType": GATE}]
    rolling = {"maxSurge": surge, "maxUnavailable": 1 - surge}
    spec = {
        "replicas": REPLICAS,
        "selector": {"matchLabels": labels},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling},
        "template": {"metadata": {"labels": labels, "annotations": ASKS}, "spec": pod},
    }
    metadata = {"name": "web", "namespace": "default"}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    stage.objects.create("deployments", body)
    until(lambda: rolled(stage))


def rolled(stage: Stage) -> bool:
    """Whether all Pods are of the newest template, and Ready."""
    found = stage.objects.get("deployments", "default", "web")
    assert found is not None
    status = found.get("status") or {}
    current = status.get("observedGeneration") == found["metadata"]["generation"]
    return (
        current and status.get("updatedReplicas") == status.get("readyReplicas") == status.get("replicas") == REPLICAS
    )


def roll_out(stage: Stage) -> float:
    """Replace all Pods; seconds until the last new one is Ready."""
    found = stage.objects.get("deployments", "default", "web")
    assert found is not None
    template = found["spec"]["template"]
    metadata = {**template["metadata"], "annotations": {**ASKS, "restarted": "now"}}
    began = time.monotonic()
    stage.objects.update(
        "deployments", {**found, "spec": {**found["spec"], "template": {**template, "metadata": metadata}}}
    )
    until(lambda: rolled(stage))
    return time.monotonic() - began


def rollout(who: str, surge: int, size: int, *, cron: bool) -> None:
    """One rolling update, and what it costs each address."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder), scenario="modern", speed=1.0) as sandbox:
        stage = Stage(sandbox)
        for number in range(size):
            sandbox.cloud.add_eip(name=f"partner-{number}", tags={"team": "shop"})
        run((*EIPCTL, "pool", "add", "partners", "--filter", "team=shop", "--yes", "-q"), sandbox.env())
        with loop(sandbox.env()) if cron else watching(sandbox.env()):
            deploy(stage, surge)
            away = Away(stage)
            with away.watched():
                took = roll_out(stage)
    tell(f"{who:16} maxSurge {surge}, {size} EIPs for {REPLICAS} Pods: {took:4.0f} s; {away.told}")


def move(*words: str) -> None:
    """From one Pod to another."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder), scenario="modern", speed=1.0) as sandbox:
        stage = Stage(sandbox)
        stage.add_pod("blue", AUTO)
        run((*EIPCTL, "bind", "-A", "--yes", "-q"), sandbox.env())
        stage.add_pod("green", AUTO)
        if words:
            run((*EIPCTL, "bind", "-A", "--yes", "-q"), sandbox.env())
        away = Away(stage)
        with away.watched():
            run((*EIPCTL, "move", "pod/blue", "pod/green", *words, "--yes", "-q"), sandbox.env())
            until(lambda: bool(stage.bound_to("green")))
            time.sleep(LOOK * 5)
    tell(f"{'move ' + ' '.join(words):16} {away.told}")


def main() -> None:
    """As the words say."""
    words = sys.argv[1:]
    if words not in ([], ["cron"]):
        sys.exit("usage: python -m tests.bench.pools [cron]")
    who = f"bind every {EVERY:g} s" if words else "bind --watch"
    for surge, size in ((0, REPLICAS), (1, REPLICAS + 1)):
        rollout(who, surge, size, cron=bool(words))
    if not words:
        move()
        move("--replace")


if __name__ == "__main__":
    main()
