"""--metrics-file: Prometheus learns how each run went, however it ended."""

from __future__ import annotations

import signal
import stat
import time
from typing import TYPE_CHECKING

import pytest

from eipctl.cli.app import run
from tests.faults.stage import AUTO, named
from tests.faults.test_lock import held_elsewhere

if TYPE_CHECKING:
    from tests.e2e.lab import Lab

CLUSTER = "c7c3f2a1d8e94b6a9f0b5d2e4c6a8b013"
IDENTITY = "namespaces/kube-system"
"""What each run looks at first."""


def test_bind_tells_what_it_left_as_status_then_sees_it(lab: Lab) -> None:
    """Pods by state, actions, calls and money; the two commands tell the same figures."""
    lab.stage.add_pod("web", AUTO)
    lab.stage.add_pod("wrong", named("eip-none"))
    assert lab.run("status", "-A") == 0
    assert lab.pods(pending=1, conflict=1)
    assert lab.bind() == 0
    assert lab.pods(bound=1, conflict=1)
    assert lab.all("eipctl_run_actions")["done", "allocate"] == 1
    assert lab.all("eipctl_run_api_calls")["AllocateEipAddress", "OK"] == 1
    money = lab.money("cost")
    assert lab.run("status", "-A") == 0
    assert lab.pods(bound=1, conflict=1)
    assert lab.money("cost") == money > 0


def test_an_orphan_is_counted_until_it_is_released(lab: Lab) -> None:
    """By namespace, with what it costs."""
    lab.stage.add_pod("web", AUTO)
    lab.bind()
    lab.stage.delete_pod("web")
    assert lab.bind() == 0
    assert lab.all("eipctl_orphans") == {("default",): 1}
    assert lab.money("orphans_cost") > 0
    assert lab.run("status", "-A") == 0
    assert lab.all("eipctl_orphans") == {("default",): 1}
    assert lab.bind("--prune", "--grace", "0s") == 0
    assert sum(lab.all("eipctl_orphans").values()) == lab.money("cost") == 0


def test_rows_that_are_not_shown_are_counted_too(lab: Lab) -> None:
    """A choice among the rows makes no Pod and no orphan go away."""
    lab.stage.add_pod("web", AUTO)
    lab.stage.add_pod("gone", AUTO)
    lab.bind()
    lab.stage.delete_pod("gone")
    for choice in (["--state", "Pending"], ["--orphans"]):
        assert lab.run("status", "-A", *choice) == 0
        assert lab.pods(bound=1)
        assert lab.all("eipctl_orphans") == {("default",): 1}
        assert lab.money("cost") == pytest.approx(4.53)


def test_orphans_and_money_are_left_out_where_not_all_was_read(lab: Lab) -> None:
    """The next complete run tells them; 0 would say that there are none."""
    lab.stage.add_pod("web", AUTO)
    lab.bind()
    for _ in range(100):
        lab.stage.cloud.add_eip()
    lab.stage.sandbox.faults.add({"do": "shift", "api": "DescribeEipAddresses", "times": 0})
    assert lab.bind() == 5
    assert lab.run("status", "-A", "--exit-code") == 3
    for words in (["bind", "--yes"], ["status"]):
        lab.run(*words, "-A")
        assert lab.all("eipctl_pods")
        assert lab.all("eipctl_orphans") == lab.all("eipctl_cost_per_month") == {}
    lab.stage.sandbox.faults.clear()
    assert lab.bind() == 0
    assert lab.all("eipctl_orphans") == {("default",): 0}


def test_drift_is_counted_until_bind_has_mended_it(lab: Lab) -> None:
    """A Pod that no longer asks is Drifted as long as it has its EIP; one that asks, until it tells its address."""
    for name in ("web", "gone"):
        lab.stage.add_pod(name, AUTO)
    lab.bind()
    lab.annotate("web", AUTO)
    lab.annotate("gone", {})
    assert lab.run("status", "-A") == 0
    assert lab.pods(drifted=2)
    assert lab.bind() == 0
    assert lab.pods(bound=1)


def test_a_failed_run_keeps_when_the_last_one_succeeded(lab: Lab) -> None:
    """It tells its own exit code, its failed actions and codes, and the cluster that it did not come to know."""
    lab.stage.add_pod("web", AUTO)
    before = time.time()
    assert lab.bind("--dry-run") == 0
    assert lab.one("last_success_timestamp_seconds") == 0
    assert lab.bind() == 0
    success = lab.one("last_success_timestamp_seconds")
    assert before - 1 <= success <= time.time()
    lab.stage.add_pod("late", AUTO)
    lab.stage.deny("vpc:AllocateEipAddress")
    assert lab.bind() == 1
    assert lab.all("eipctl_run_actions")["failed", "allocate"] == 1
    assert lab.pods(pending=1, bound=1)
    assert lab.run("bind", "-A", "--yes", "--context", "nowhere") == 2
    assert (lab.one("run_exit_code"), lab.one("last_success_timestamp_seconds")) == (2, success)
    assert lab.one("last_run_timestamp_seconds") > success
    text = lab.path.read_text()
    assert f'cluster="{CLUSTER}"' in text
    assert not [value for name, value in lab.stage.sandbox.env().items() if "ACCESS_KEY" in name and value in text]


def test_the_success_of_another_command_is_not_its_own(lab: Lab) -> None:
    """One that has never succeeded says so, whatever else wrote the file before."""
    assert lab.run("status") == 0
    lab.stage.deny("vpc:DescribeEipAddresses")
    assert lab.bind() == 1
    assert lab.one("last_success_timestamp_seconds") == 0


def test_throttling_is_told(lab: Lab) -> None:
    """In all, and by API and code."""
    lab.stage.sandbox.faults.add({"do": "throttle", "service": "cloud", "api": "DescribeEipAddresses"})
    assert lab.run("status") == 0
    assert lab.one("run_throttled_calls") == 1
    assert lab.all("eipctl_run_api_calls")["DescribeEipAddresses", "Throttling.User"] == 1


def test_a_run_that_finds_another_at_work_tells_it(lab: Lab) -> None:
    """Exit 75 with what it saw before."""
    lab.stage.add_pod("web", AUTO)
    held_elsewhere(lab.stage)
    assert lab.bind() == 75
    assert lab.one("run_exit_code") == 75
    assert lab.pods(pending=1)


def test_check_tells_its_findings_by_code(lab: Lab) -> None:
    """With --exit-code too: a check that found something has succeeded."""
    lab.stage.deny("vpc:DescribeEipAddresses")
    assert lab.run("check", "--exit-code") == 3
    assert lab.all("eipctl_findings")["EIP203", "error"] == 1
    assert lab.one("last_success_timestamp_seconds") > 0


def test_a_wrong_command_line_is_no_run(lab: Lab) -> None:
    """Nothing is written of it."""
    assert lab.run("bind", "-A", "--prune", "-l", "app=web", "--yes") == 2
    assert lab.run("bind", "--no-such-option") == 2
    assert not lab.path.exists()


def test_what_was_in_the_file_before_does_not_matter(lab: Lab) -> None:
    """It is replaced as a whole, readable by all, and no draft stays; a page of somebody else tells nothing."""
    lab.path.write_bytes(b"\xff\xfe not { ours")
    lab.path.chmod(0o600)
    assert lab.run("status", "--context", "nowhere") == 2
    assert lab.one("last_success_timestamp_seconds") == 0
    assert stat.S_IMODE(lab.path.stat().st_mode) == 0o644
    assert [path.name for path in lab.path.parent.glob(".*")] == []


@pytest.mark.parametrize("name", ["missing/eipctl.prom", "folder"])
def test_nothing_is_done_that_could_not_be_told(lab: Lab, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that can't be written is found before the first call."""
    (lab.path.parent / "folder").mkdir()
    lab.stage.sandbox.calls.clear()
    assert run(["bind", "-A", "--yes", "--metrics-file", str(lab.path.parent / name)]) == 2
    assert "EIP913" in capsys.readouterr().err
    assert lab.stage.sandbox.calls.listing() == []


@pytest.mark.parametrize("told", [True, False])
def test_sigterm_ends_a_run_that_still_looks(lab: Lab, *, told: bool) -> None:
    """Exit 143 at once, with an answer, before any plan is there; with the file or without."""
    lab.stage.sandbox.faults.add({"do": "latency", "service": "cloud", "api": "DescribeEipAddresses", "seconds": 5})
    ended = lab.stage.start_bind(*(["--metrics-file", str(lab.path)] if told else []))
    # Not just any call: a watch that an earlier test has left goes on beside this one.
    lab.stage.until(lambda: any(call["object"] == IDENTITY for call in lab.stage.sandbox.calls.listing()))
    lab.stage.last.send_signal(signal.SIGTERM)
    run = ended()
    assert (run.code, lab.stage.errors(run)[0]["code"]) == (143, "EIP902"), run.out + run.err
    assert not told or lab.one("run_exit_code") == 143


def test_what_was_done_before_a_signal_is_told(lab: Lab) -> None:
    """SIGTERM while it works: exit 143, with the actions that were done and those that were not."""
    for name in ("a", "b"):
        lab.stage.add_pod(name, AUTO)
    lab.stage.sandbox.faults.add({"do": "latency", "service": "cloud", "api": "AllocateEipAddress", "seconds": 0.5})
    ended = lab.stage.start_bind("--concurrency", "1", "--metrics-file", str(lab.path))
    lab.stage.until(lambda: lab.stage.objects.get("leases", "kube-system", "eipctl") is not None)
    lab.stage.last.send_signal(signal.SIGTERM)
    assert ended().code == 143
    actions = lab.all("eipctl_run_actions")
    assert actions["skipped", "allocate"] + actions["done", "allocate"] == 2
    assert lab.one("run_exit_code") == 143
    assert sum(lab.all("eipctl_pods").values()) == 2


def test_a_group_tells_of_its_subcommand_only(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable holds for both, and one run is told."""
    monkeypatch.setenv("EIPCTL_METRICS_FILE", str(lab.path))
    assert run(["setup", "restart", "--yes"]) == 5
    assert 'eipctl_run_exit_code{cluster="",command="setup restart"} 5.0' in lab.path.read_text()
    assert lab.one("last_success_timestamp_seconds") == 0
