"""Seconds until Pods have their EIP: bind --watch, a loop of bind, and Terway's own EIP mode, side by side.

python -m tests.bench.watch                    1 and 20 Pods, a reused IP, a rolling update; a loop runs bind every 60 s
python -m tests.bench.watch few                1 and 20 Pods by the watch alone
python -m tests.bench.watch crowd [N [SPEED]]  500 Pods at once, against what the API quota allows at best
python -m tests.bench.watch idle [N [RESYNCS]] 10,000 settled Pods: calls, CPU and memory while nothing changes

The sandbox takes 1 s to associate and to unassociate, as the cloud does. Seconds count from the moment at which a Pod
has its IP until its EIP is InUse and its address is recorded on the Pod; for Terway, which binds before the Pod has its
IP, from its creation.

Whether the cloud associates two EIPs of one ENI at a time is not documented. Where it does not, the last of N Pods at
an ENI waits N times as long, whoever binds: that is shown as the best possible. So 20 Pods are measured on three nodes,
on a node each, and on three nodes of a cloud that does (switch eni_conflicts off). A crowd's sandbox is SPEED times as
fast as the cloud, and the time that eipctl itself takes counts for SPEED times as much.
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
from functools import partial
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

    from tests.bench.measured import Fleet

EVERY = 60.0
CROWD_SPEED = 1.0
ASSOCIATED = 1.0
"""Seconds that an association takes in the sandbox."""
RESYNC = 300.0
"""Seconds between two full reads of a run that nobody tells otherwise."""
QUOTA, WINDOW = 120, 60.0
RESULT = "k8s.aliyun.com/allocated-eipAddress"
WATCH = ("bind", "-A", "--watch", "--yes", "-q", "--max-allocate", "1000000", "--resync", "1h", "--concurrency", "64")
SPREAD = """base: modern
+nodes:
"""
NODE = "  - {{name: n{0}, instance: i-bp1spread0000000{0:04}, ip: 10.0.1.{0}, vswitch: vsw-bp1sandbox00000000001}}\n"
"""One of twenty: a Pod of each is the only one at its ENI."""


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


def create(stage: Stage, name: str, count: int, *, spread: bool = False) -> None:
    """Pods at once; with `spread` each on a node of its own."""
    for number in range(count):
        spec = {"containers": [{"name": "main", "image": "nginx"}], "terminationGracePeriodSeconds": 0}
        if spread:
            spec["nodeName"] = f"n{number + 1}"
        metadata = {"name": f"{name}-{number}", "namespace": "default", "annotations": AUTO}
        stage.objects.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})


def waits(
    stage: Stage, name: str, count: int, *, created: bool = False, spread: bool = False, longest: float = 900.0
) -> list[float]:
    """Seconds that each Pod waited; from its creation if `created`."""
    began: dict[str, float] = {}
    found: dict[str, float] = {}
    start = time.monotonic()
    create(stage, name, count, spread=spread)
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


def few(stage: Stage, who: str, *, spread: bool = False, serial: bool = True) -> None:
    """1 and 20 Pods, beside what the cloud allows at best."""
    for count in (1, 20):
        found = shown(waits(stage, f"few{count}", count, spread=spread))
        tell(f"{who:32} {count:3} Pods: {found}; at best {at_best(stage, f'few{count}', count, serial=serial)}")


def at_best(stage: Stage, name: str, count: int, *, serial: bool) -> str:
    """How long the Pods would wait for nothing but their associations; `serial` if an ENI takes one at a time."""
    enis = Counter(row.instance_id for number in range(count) for row in stage.bound_to(f"{name}-{number}"))
    places = [place if serial else 1 for size in enis.values() for place in range(1, size + 1)]
    return shown(sorted(place * ASSOCIATED for place in places)) + f" ({max(enis.values())} at one ENI)"


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


@contextmanager
def stage_of(scenario: str, **switches: Any) -> Iterator[Stage]:
    """A new sandbox at the speed of the cloud."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(Path(folder), scenario=scenario, speed=1.0, quota=1000) as sandbox,
    ):
        sandbox.cloud.set_switches(associate_seconds=ASSOCIATED, **switches)
        yield Stage(sandbox)


def watched(*, more: bool) -> None:
    """`bind --watch` where Pods share ENIs, where each has one, and where an ENI takes many at a time."""
    who = "bind --watch"
    with stage_of("modern") as stage, watching(stage.sandbox.env()) as process:
        settled(stage, process)
        few(stage, who)
        if more:
            tell(f"{who:32} a reused IP led to the wrong Pod for {reused(stage):.2f} s")
            tell(f"{who:32} rolling update of 50 replicas: {rolling(stage):.0f} s")
    with tempfile.TemporaryDirectory() as folder:
        spread = Path(folder) / "spread.yaml"
        spread.write_text(SPREAD + "".join(NODE.format(number) for number in range(1, 21)), "utf-8")
        with stage_of(str(spread)) as stage, watching(stage.sandbox.env()) as process:
            settled(stage, process)
            few(stage, f"{who}, a node for each", spread=True)
    with stage_of("modern", eni_conflicts=False) as stage, watching(stage.sandbox.env()) as process:
        settled(stage, process)
        few(stage, f"{who}, many at an ENI", serial=False)


def side_by_side() -> None:
    """The same Pods bound by the watch, by a loop and by Terway."""
    watched(more=True)
    who = f"bind every {EVERY:g} s"
    with stage_of("modern") as stage, loop(stage.sandbox.env()):
        waits(stage, "first", 1)
        few(stage, who)
        tell(f"{who:32} rolling update of 50 replicas: {rolling(stage):.0f} s")
    with stage_of("legacy") as stage:
        run((*EIPCTL, "setup", "--yes", "--all-at-once", "-q"), stage.sandbox.env())
        for count in (1, 20):
            found = waits(stage, f"few{count}", count, created=True)
            tell(f"{'Terway, from creation':32} {count:3} Pods: {shown(found)}")


def limits(window: float) -> list[str]:
    """The documented limits, in a window as long as the sandbox's."""
    calls = {name: limit for name, (limit, _) in DOCUMENTED.items()}
    return [word for name, limit in calls.items() for word in ("--api-limit", f"{name}={limit}/{int(window)}")]


def crowd(count: int, speed: float) -> None:
    """Many Pods at once: the quota of AllocateEipAddress decides."""
    window = WINDOW / speed
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "sandbox"
        try:
            record = lifecycle.up(directory, seed="big", pods=count, speed=speed)
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
    ratio = f", {took / floor:.3f} times that" if floor else ""
    tell(f"{count} Pods at once, speed {speed:g}: {took:.1f} s from the start of the process{ratio}")
    tell(f"the quota allows {floor:.1f} s at best")


def idle(count: int, resyncs: int, seconds: float = 60.0) -> None:
    """Calls, CPU and memory of a run while nothing changes, and over so many full reads."""
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
            tell(f"{count:,} settled Pods, {seconds:g} s: {share:.2%} of a core, {memory:.0f} MiB")
            tell(f"cloud: {told(cloud)}; Kubernetes: {told(kube)}")
            over_resyncs(many, count, resyncs)
        finally:
            lifecycle.down(directory)


def over_resyncs(many: Fleet, pods: int, resyncs: int) -> None:
    """The same while everything is read again and again."""
    asked, pages = 0, -(-pods // 100)

    def was_read(times: int) -> bool:
        nonlocal asked
        asked += many.calls()[0]["DescribeEipAddresses"]
        return asked >= times * pages

    memory = []
    with watching(many.environ, "--resync", "1s") as process:
        until(partial(was_read, 1))
        before = _cpu(process.pid)
        for number in range(resyncs):
            until(partial(was_read, number + 2))
            memory.append(_memory(process.pid))
        each = (_cpu(process.pid) - before) / resyncs
    tell(f"a resync: {each:.2f} s of CPU, which is {each / RESYNC:.2%} of a core every {RESYNC:g} s")
    some = memory[:: max(1, resyncs // 12)]
    tell(f"MiB during {resyncs} resyncs ({resyncs * RESYNC / 3600:g} h): " + " ".join(f"{one:.0f}" for one in some))


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
    first, second = [*words[1:], "", ""][:2]
    if not words:
        side_by_side()
    elif words[0] == "few":
        watched(more=False)
    elif words[0] == "crowd":
        crowd(int(first or 500), float(second or CROWD_SPEED))
    elif words[0] == "idle":
        idle(int(first or 10_000), int(second or 12))
    else:
        sys.exit("usage: python -m tests.bench.watch [few | crowd [PODS [SPEED]] | idle [PODS [RESYNCS]]]")


if __name__ == "__main__":
    main()
