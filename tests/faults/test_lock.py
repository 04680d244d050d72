"""B8: two runs at once do no harm, and a dead run's Lease holds nobody up."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.faults.stage import AUTO

if TYPE_CHECKING:
    from tests.faults.stage import Run, Stage

TRY_LATER, SIGKILLED = 75, -9
LEASE = ("leases", "kube-system", "eipctl")


def held_elsewhere(stage: Stage, renewed: str = "") -> None:
    """A Lease of a run on another host, renewed just now."""
    spec: dict[str, Any] = {
        "holderIdentity": "other-host/0badcafe/77/123",
        "renewTime": renewed or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "leaseDurationSeconds": 30,
    }
    metadata = {"name": "eipctl", "namespace": "kube-system"}
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}
    stage.objects.create("leases", lease)


def test_a_lease_that_another_host_holds_is_respected(stage: Stage) -> None:
    """Exit 75 at once, naming the holder; nothing is written."""
    stage.add_pod("web", AUTO)
    held_elsewhere(stage)
    stage.sandbox.calls.clear()
    run = stage.bind()
    assert (run.code, stage.writes()) == (TRY_LATER, [])
    assert "other-host/0badcafe/77/123" in run.out


def test_a_dry_run_needs_no_lease(stage: Stage) -> None:
    """It changes nothing, so it may look at any time."""
    stage.add_pod("web", AUTO)
    held_elsewhere(stage)
    assert stage.bind("--dry-run").code == 0


def test_the_lease_of_a_killed_run_on_this_host_is_taken_over_at_once(stage: Stage) -> None:
    """Its process is proven dead, so nobody waits the 30 s for it to run out."""
    stage.add_pod("web", AUTO)
    assert stage.bind(fault={"do": "kill", "when": "after", "api": "AllocateEipAddress"}).code == SIGKILLED
    lease = stage.objects.get(*LEASE)
    assert lease is not None
    assert lease["spec"]["holderIdentity"]
    stage.clean_run()
    stage.holds_promises("web")


def test_the_lease_is_given_back(stage: Stage) -> None:
    """The next run, on any host, need not wait."""
    stage.add_pod("web", AUTO)
    stage.clean_run()
    lease = stage.objects.get(*LEASE)
    assert lease is not None
    assert lease["spec"]["holderIdentity"] == ""


def test_two_runs_at_once_bind_each_pod_once(stage: Stage) -> None:
    """One works, the other leaves with 75 or finds nothing to do; each Pod has one EIP."""
    for number in range(4):
        stage.add_pod(f"web-{number}", AUTO)
    runs: list[Run] = []
    threads = [threading.Thread(target=lambda: runs.append(stage.bind())) for _ in range(2)]
    for thread in threads:
        thread.start()
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert {run.code for run in runs} <= {0, TRY_LATER}
    assert 0 in {run.code for run in runs}
    stage.holds_promises(*(f"web-{number}" for number in range(4)))
    stage.nothing_left_to_do("--prune", "--grace", "0s")


def test_a_run_that_waits_for_the_lock_finds_nothing_left_to_do_harm_with(stage: Stage) -> None:
    """Its plan is old by then: every Action looks again, and none buys a second EIP."""
    stage.add_pod("web", AUTO)
    slow = {"do": "latency", "api": "AllocateEipAddress", "seconds": 2.0}
    runs: list[Run] = []
    first = threading.Thread(target=lambda: runs.append(stage.bind(fault=slow)))
    first.start()
    stage.until(lambda: (stage.objects.get(*LEASE) or {}).get("spec", {}).get("holderIdentity", "") != "")
    second = stage.start_bind("--lock-timeout", "30s")
    first.join()
    assert (runs[0].code, second().code) == (0, 0)
    stage.holds_promises("web")
    assert len(stage.cloud.eips()) == 1
