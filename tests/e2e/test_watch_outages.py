"""bind --watch outlives what passes: outages of either API, refused watches, a full disk, a killed leader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.server import Sandbox
from tests.e2e.watching import cloud_calls, is_served, leads, watching
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from pathlib import Path

LASTING = {"times": 0, "service": "cloud"}


def _spoilt(stage: Stage) -> int:
    return sum(rule["spoilt"] for rule in stage.sandbox.faults.listing())


@pytest.mark.parametrize(
    "fault",
    [
        {"do": "error", "status": 503, "code": "ServiceUnavailable"},
        {"do": "throttle"},
        {"do": "reset"},
        {"do": "error", "status": 403, "code": "InvalidAccessKeyId.Inactive"},
    ],
    ids=["503", "throttled", "reset", "key inactive"],
)
def test_an_outage_of_the_cloud_passes(stage: Stage, fault: dict[str, Any]) -> None:
    """Attempts get rarer; a Pod that came meanwhile is served when it is over, and one EIP is bought for it."""
    stage.add_pod("web", AUTO)
    with watching(stage, "--resync", "1h") as run:
        stage.until(lambda: is_served(stage, "web"))
        stage.sandbox.faults.add({**LASTING, **fault})
        stage.add_pod("game", AUTO)
        stage.until(lambda: _spoilt(stage) > 3)
        assert run.process.poll() is None, run.said
        stage.sandbox.faults.clear()
        stage.until(lambda: is_served(stage, "game"))
    stage.holds_promises("web", "game")


def test_an_expired_version_is_no_gap(stage: Stage) -> None:
    """410 in the middle of every watch, and what happened at that moment is seen all the same."""
    with watching(stage, "--resync", "1h"):
        stage.add_pod("web", AUTO)
        stage.until(lambda: is_served(stage, "web"))
        with stage.sandbox.store.transaction():
            stage.objects.patch_metadata("pods", "default", "web", dict.fromkeys(AUTO))
            stage.objects.changes.clear()
            stage.objects.oldest = stage.objects.version + 1
        stage.until(lambda: stage.bound_to("web") == [])


def test_watches_that_are_refused_are_begun_again(stage: Stage) -> None:
    """429, 500 and broken connections, for a while."""
    with watching(stage, "--resync", "1h"):
        stage.add_pod("web", AUTO)
        stage.until(lambda: is_served(stage, "web"))
        for rule in ({"do": "throttle"}, {"do": "error", "status": 500, "code": "InternalError"}, {"do": "reset"}):
            stage.sandbox.faults.add({**rule, "service": "kube", "api": "watch", "object": "pods.*", "times": 2})
        with stage.sandbox.store.transaction():
            stage.objects.changes.clear()
            stage.objects.oldest = stage.objects.version + 1
        stage.add_pod("game", AUTO)
        stage.until(lambda: is_served(stage, "game"))


def test_a_restart_of_both_apis_passes(tmp_path: Path) -> None:
    """As when a control plane is upgraded: the process goes on, and takes the Lease again."""
    with Sandbox(tmp_path / "sandbox", scenario="modern", speed=50.0) as sandbox:
        stage = Stage(sandbox)
        with watching(stage, "--resync", "1h") as run:
            stage.add_pod("web", AUTO)
            stage.until(lambda: is_served(stage, "web"))
            sandbox.stop()
            with Sandbox(tmp_path / "sandbox", scenario=None) as again:
                after = Stage(again)
                after.add_pod("game", AUTO)
                after.until(lambda: is_served(after, "game"))
                assert leads(after, run)
                after.holds_promises("web", "game")


def test_the_right_to_tag_that_is_missing_for_a_while_costs_no_money(stage: Stage) -> None:
    """Nothing is bought without it (B1), few calls are made, and nobody has to restart anything afterwards."""
    with watching(stage, "--resync", "1h"):
        stage.add_pod("web", AUTO)
        stage.until(lambda: is_served(stage, "web"))
        stage.cloud.set_switches(allocate_needs_tag_right=True)
        stage.deny("vpc:TagResources")
        before = len(cloud_calls(stage, "AllocateEipAddress"))
        stage.add_pod("game", AUTO)
        stage.until(lambda: len(cloud_calls(stage, "AllocateEipAddress")) >= before + 2)
        assert len(stage.cloud.eips()) == 1
        stage.cloud.set_switches(allocate_needs_tag_right=False)
        stage.until(lambda: is_served(stage, "game"))


def test_an_audit_log_that_takes_nothing_stops_every_change(stage: Stage, tmp_path: Path) -> None:
    """Nothing is done that can't be recorded; the process goes on, and serves once there is room."""
    log = tmp_path / "audit"
    log.symlink_to("/dev/full")
    with watching(stage, "--audit-log", str(log), "--resync", "1h") as run:
        stage.until(lambda: leads(stage, run))
        stage.add_pod("web", AUTO)
        stage.until(lambda: str(log) in run.said)
        assert (stage.writes(), run.process.poll()) == ([], None), run.said
        log.unlink()
        stage.until(lambda: is_served(stage, "web"))
    assert "allocate" in log.read_text("utf-8")
