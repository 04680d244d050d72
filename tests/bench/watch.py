"""Seconds until Pods have their EIP: bind --watch, a loop of bind, and Terway's own EIP mode, side by side.

python -m tests.bench.watch             1 and 20 Pods, a reused IP, a rolling update; a loop runs bind every 60 s
python -m tests.bench.watch crowd [N]   500 Pods at once, against what the API quota allows at best
python -m tests.bench.watch idle [N]    10,000 settled Pods: calls, CPU and memory while nothing changes

The sandbox takes 1 s to associate and to unassociate, as the cloud does. Seconds count from the moment at which a Pod
has its IP until its EIP is InUse and its address is recorded on the Pod; for Terway, which binds before the Pod has its
IP, from its creation.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eipctl.engine.pacing import DOCUMENTED
from eipctl.sandbox import lifecycle
from eipctl.sandbox.server import Sandbox
from tests.bench.measured import EIPCTL, FILL, fleet, run, tell, told
from tests.children import child
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

EVERY = 60.0
CROWD_SPEED = 4.0
QUOTA, WINDOW = 120, 60.0
RESULT = "k8s.aliyun.com/allocated-eipAddress"
WATCH = ("bind", "-A", "--watch", "--yes", "-q", "--max-allocate", "1000000", "--resync", "1h", "--concurrency", "64")


@contextmanager
def watching(environ: Mapping[str, str], *options: str) -> Iterator[subprocess.Popen[str]]:
    """`bind --watch` beside the block."""
    with child((*EIPCTL, *WATCH, *options), env={**os.environ, **environ}, stderr=subprocess.DEVNULL) as process:
        yield process


@contextmanager
def loop(environ: Mapping[str, str]) -> Iterator[None]:
    """`bind`, as cron runs it."""
    ended = threading.Event()

    def turn() -> None:
        while not ended.is_set():
            began = time.monotonic()
            run((*EIPCTL, "bind", "-A", "--yes", "-q", "--max-allocate", "1000000"), environ)
            ended.wait(EVERY - (time.monotonic() - began))

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def create(stage: Stage, name: str, count: int) -> None:
    """Pods at once."""
    spec = {"containers": [{"name": "main", "image": "nginx"}], "terminationGracePeriodSeconds": 0}
    for number in range(count):
        metadata = {"name": f"{name}-{number}", "namespace": "default", "annotations": AUTO}
        stage.objects.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})


def waits(stage: Stage, name: str, count: int, *, created: bool = False, longest: float = 900.0) -> list[float]:
    """Seconds that each Pod waited; from its creation if `created`."""
    began: dict[str, float] = {}
    found: dict[str, float] = {}
    start = time.monotonic()
    create(stage, name, count)
    while len(found) < count:
        now = time.monotonic()
        assert now - start < longest, f"{count - len(found)} of {count} Pods have no EIP after {longest:g} s"
        for pod in stage.objects.list("pods", "default"):
            own = pod["metadata"]["name"]
            if not own.startswith(f"{name}-") or own in found:
                continue
            if created or pod["status"].get("podIP"):
                began.setdefault(own, start if created else now)
            if own in began and pod["metadata"].get("annotations", {}).get(RESULT) and pod["status"].get("podIP"):
                found[own] = now - began[own]
        time.sleep(0.02)
    return sorted(found.values())


def shown(seconds: list[float]) -> str:
    """Median and maximum."""
    return f"median {statistics.median(seconds):5.2f} s, longest {seconds[-1]:5.2f} s"


def settled(stage: Stage, process: subprocess.Popen[str]) -> None:
    """Wait until a watching run has done its first work."""
    waits(stage, f"first{process.pid}", 1)


def few(stage: Stage, who: str) -> None:
    for count in (1, 20):
        found = shown(waits(stage, f"few{count}", count))
        enis = Counter(row.instance_id for row in stage.own() if row.instance_id)
        tell(f"{who:24} {count:3} Pods: {found} ({max(enis.values())} EIPs at one ENI, which takes one at a time)")


def reused(stage: Stage) -> float:
    """Seconds in which the EIP of a gone Pod leads to the next Pod at its IP."""
    before = stage.pod("few1-0")
    assert before is not None
    stage.delete_pod("few1-0")
    gone = time.monotonic()
    stage.reuse_ip(before, "next", {})
    stage.until(lambda: stage.bound_to("next") == [])
    return time.monotonic() - gone


def rolling(stage: Stage) -> float:
    """Seconds of a rolling update of 50 replicas whose readiness waits for the EIP."""
    labels = {"app": "roll"}
    gates = [{"conditionType": "k8s.aliyun.com/eip"}]
    spec: dict[str, Any] = {"containers": [{"name": "main", "image": "nginx"}], "terminationGracePeriodSeconds": 0}
    template = {"metadata": {"labels": labels, "annotations": AUTO}, "spec": {**spec, "readinessGates": gates}}
    body = {"replicas": 50, "selector": {"matchLabels": labels}, "template": template}
    metadata = {"name": "roll", "namespace": "default"}
    stage.objects.create(
        "deployments", {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": body}
    )
    until(lambda: _rolled(stage))
    found = stage.objects.get("deployments", "default", "roll")
    assert found is not None
    changed = {**template, "metadata": {**template["metadata"], "annotations": {**AUTO, "restarted": "now"}}}
    stage.objects.update("deployments", {**found, "spec": {**found["spec"], "template": changed}})
    began = time.monotonic()
    until(lambda: _rolled(stage))
    return time.monotonic() - began


def _rolled(stage: Stage) -> bool:
    found = stage.objects.get("deployments", "default", "roll")
    assert found is not None
    status = found.get("status") or {}
    current = status.get("observedGeneration") == found["metadata"]["generation"]
    return current and status.get("updatedReplicas") == status.get("readyReplicas") == status.get("replicas") == 50


def until(happened: Callable[[], bool], longest: float = 1800.0) -> None:
    ends = time.monotonic() + longest
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.1)


def side_by_side() -> None:
    """The same Pods on three sandboxes."""
    with tempfile.TemporaryDirectory() as folder:
        with Sandbox(Path(folder) / "a", scenario="modern", speed=1.0, quota=1000) as sandbox:
            stage = Stage(sandbox)
            with watching(sandbox.env()) as process:
                settled(stage, process)
                few(stage, "bind --watch")
                tell(f"{'bind --watch':24} a reused IP led to the wrong Pod for {reused(stage):.2f} s")
                tell(f"{'bind --watch':24} rolling update of 50 replicas: {rolling(stage):.0f} s")
        with Sandbox(Path(folder) / "b", scenario="modern", speed=1.0, quota=1000) as sandbox:
            stage = Stage(sandbox)
            with loop(sandbox.env()):
                waits(stage, "first", 1)
                few(stage, f"bind every {EVERY:g} s")
                tell(f"{f'bind every {EVERY:g} s':24} rolling update of 50 replicas: {rolling(stage):.0f} s")
        with Sandbox(Path(folder) / "c", scenario="legacy", speed=1.0, quota=1000) as sandbox:
            stage = Stage(sandbox)
            run((*EIPCTL, "setup", "--yes", "--all-at-once", "-q"), sandbox.env())
            for count in (1, 20):
                found = waits(stage, f"few{count}", count, created=True)
                tell(f"{'Terway, from creation':24} {count:3} Pods: {shown(found)}")


def limits(window: float) -> list[str]:
    """The documented limits, in a window as long as the sandbox's."""
    calls = {name: limit for name, (limit, _) in DOCUMENTED.items()}
    return [word for name, limit in calls.items() for word in ("--api-limit", f"{name}={limit}/{int(window)}")]


def crowd(count: int) -> None:
    """Many Pods at once: the quota of AllocateEipAddress decides."""
    window = WINDOW / CROWD_SPEED
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "sandbox"
        try:
            record = lifecycle.up(directory, seed="big", pods=count, speed=CROWD_SPEED)
            from eipctl.sandbox import files
            from eipctl.sandbox.client import Client

            client, environ = Client(record, seconds=120.0), files.environment(directory.absolute(), record)
            client.clear_calls()
            began = time.monotonic()
            with watching(environ, *limits(window)):
                done = 0
                while done < count:
                    time.sleep(0.2)
                    calls = client.calls()
                    done = sum(call["api"] == "patch" and call["object"].startswith("pods") for call in calls)
            took = time.monotonic() - began
        finally:
            lifecycle.down(directory)
    floor = (-(-count // QUOTA) - 1) * window
    tell(f"{count} Pods at once: {took:.1f} s from the start of the process; the quota allows {floor:.1f} s at best")


def idle(count: int, seconds: float = 60.0) -> None:
    """Calls, CPU and memory of a run while nothing changes."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "sandbox"
        try:
            many = fleet(directory, count)
            run((*EIPCTL, *FILL), many.environ)
            many.calls()
            with watching(many.environ) as process:
                until(lambda: _renewed(many.client.calls()) > 1)
                many.calls()
                before = _cpu(process.pid)
                time.sleep(seconds)
                cloud, kube = many.calls()
                share, memory = (_cpu(process.pid) - before) / seconds, _memory(process.pid)
        finally:
            lifecycle.down(directory)
    tell(f"{count:,} settled Pods, {seconds:g} s: {share:.2%} of a core, {memory:.0f} MiB")
    tell(f"cloud: {told(cloud)}; Kubernetes: {told(kube)}")


def _renewed(calls: list[dict[str, Any]]) -> int:
    return sum(call["api"] == "patch" and call["object"].startswith("leases") for call in calls)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines() if "VmRSS" in line)
    return int(line.split()[1]) / 1024


def main() -> None:
    """As the words say."""
    words = sys.argv[1:]
    if not words:
        side_by_side()
    elif words[0] == "crowd":
        crowd(int(words[1]) if len(words) > 1 else 500)
    elif words[0] == "idle":
        idle(int(words[1]) if len(words) > 1 else 10_000)
    else:
        sys.exit("usage: python -m tests.bench.watch [crowd [PODS] | idle [PODS]]")


if __name__ == "__main__":
    main()
