"""bind as a process of its own, on what Pods and people do between two runs."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from tests.answers import read_lines
from tests.faults.stage import AUTO, named

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.stage import Stage

BANDWIDTH = "k8s.aliyun.com/eip-bandwidth"
USAGE, REFUSED, TRY_LATER, TIMED_OUT, SIGTERM, SIGKILLED = 2, 5, 75, 124, 143, -9


def test_a_changed_bandwidth_is_corrected_on_the_living_pod(stage: Stage) -> None:
    """Neither Terway nor ack-extend-network-controller does (T20)."""
    stage.add_pod("web", {**AUTO, BANDWIDTH: "5"})
    stage.clean_run()
    stage.objects.patch_metadata("pods", "default", "web", {BANDWIDTH: "20"})
    assert stage.clean_run().data["counts"]["modify"] == 1
    (row,) = stage.bound_to("web")
    assert row.bandwidth == 20
    stage.nothing_left_to_do()


def test_an_eip_that_a_person_bound_is_never_released(stage: Stage) -> None:
    """Terway adopts it and releases it with the Pod (T9); bind leaves it as it is and says so."""
    pod = stage.add_pod("web", AUTO)
    allocation_id = stage.cloud.add_eip(name="by-hand")
    stage.bind_by_hand(allocation_id, pod["status"]["podIP"])
    run = stage.clean_run()
    assert (run.data["actions"], run.data["skipped"][0]["code"]) == ([], "EIP511")
    stage.delete_pod("web")
    stage.clean_run("--prune", "--grace", "0s")
    assert [row.allocation_id for row in stage.cloud.eips()] == [allocation_id]


@pytest.mark.own_cluster
def test_an_eip_released_by_hand_is_no_error(stage: Stage) -> None:
    """Between the plan and its execution a person releases the orphan (T7): it is gone, and that was the aim."""
    stage.add_pod("web", AUTO)
    stage.clean_run()
    stage.delete_pod("web")
    stage.clean_run()
    slow = {"do": "latency", "service": "kube", "api": "create", "object": "leases.*", "seconds": 1.0}
    stage.sandbox.faults.add({**slow, "api": "create|patch"})
    ended = stage.start_bind("--prune", "--grace", "0s")
    stage.until(lambda: any(rule["matched"] for rule in stage.sandbox.faults.listing()))
    stage.release_by_hand(stage.own()[0].allocation_id)
    assert ended().code == 0
    assert stage.cloud.eips() == []


def test_a_quota_that_is_used_up_is_told_once_and_the_rest_is_done(stage: Stage) -> None:
    """Exit 75; the EIPs that fit are bound."""
    stage.cloud.set_quota(2)
    for number in range(4):
        stage.add_pod(f"web-{number}", AUTO)
    run = stage.bind()
    assert run.code == TRY_LATER
    assert [error["code"] for error in stage.errors(run)] == ["EIP602"]
    assert len([row for row in stage.own() if row.status == "InUse"]) == 2


def test_a_guard_holds_back_its_own_kind_only(stage: Stage) -> None:
    """Nothing is bought, the gone Pod's EIP is unbound all the same, exit 5; --force lifts it."""
    stage.add_pod("old", AUTO)
    stage.clean_run()
    stage.delete_pod("old")
    stage.add_pod("web", AUTO)
    run = stage.bind("--max-allocate", "0")
    assert (run.code, run.data["counts"]["allocate"], run.data["counts"]["unassociate"]) == (REFUSED, 0, 1)
    stage.clean_run("--max-allocate", "0", "--force", "max-allocate", "--prune", "--grace", "0s")
    stage.holds_promises("web")


def test_a_wrong_account_buys_nothing(stage: Stage) -> None:
    """No node's ENI is in this region, so it is the wrong one: exit 2."""
    stage.add_pod("web", AUTO)
    run = stage.bind("--region", "cn-beijing")
    assert (run.code, stage.cloud.eips()) == (USAGE, [])


def test_an_untagged_allocation_is_impossible(stage: Stage) -> None:
    """B1: without the right to tag, nothing is bought at all."""
    stage.cloud.set_switches(allocate_needs_tag_right=True)
    stage.deny("vpc:TagResources")
    stage.add_pod("web", AUTO)
    run = stage.bind()
    assert run.code != 0
    assert stage.cloud.eips() == []
    assert "vpc:TagResources" in run.out


def test_a_timeout_stops_between_two_calls(stage: Stage) -> None:
    """B9: exit 124, and the next run finishes the work."""
    stage.add_pod("web", AUTO)
    run = stage.bind("--timeout", "3s", fault={"do": "latency", "api": "AllocateEipAddress", "seconds": 4.0})
    assert run.code == TIMED_OUT, run.out
    stage.clean_run()
    stage.holds_promises("web")


def test_sigterm_stops_between_two_calls(stage: Stage) -> None:
    """B9: exit 143, and the next run finishes the work."""
    stage.add_pod("web", AUTO)
    stage.sandbox.faults.add({"do": "latency", "api": "AllocateEipAddress", "seconds": 2.0})
    ended = stage.start_bind()
    stage.until(lambda: any(rule["matched"] for rule in stage.sandbox.faults.listing()))
    stage.last.send_signal(signal.SIGTERM)
    assert ended().code == SIGTERM
    stage.clean_run()
    stage.holds_promises("web")


@pytest.mark.own_cluster
def test_pods_that_swapped_ips_get_their_own_eips_back(stage: Stage) -> None:
    """After a reboot of their node, with the same UIDs; the deadlock of TKE's controller."""
    for name in ("a", "b"):
        stage.add_pod(name, AUTO)
    stage.clean_run()
    before = {name: stage.bound_to(name)[0].allocation_id for name in ("a", "b")}
    stage.swap_ips("a", "b")
    stage.clean_run()
    assert {name: stage.bound_to(name)[0].allocation_id for name in ("a", "b")} == before
    stage.nothing_left_to_do("--prune", "--grace", "0s")


def test_a_named_eip_follows_its_statefulset_pod(stage: Stage) -> None:
    """The next Pod that names it gets it, though the gone one had it bound (T11, T12: no deadlock, no 5 minutes)."""
    allocation_id = stage.cloud.add_eip()
    stage.add_pod("db-0", named(allocation_id))
    stage.clean_run()
    stage.delete_pod("db-0")
    stage.add_pod("db-0", named(allocation_id))
    stage.clean_run()
    assert [row.allocation_id for row in stage.bound_to("db-0")] == [allocation_id]
    stage.nothing_left_to_do("--prune", "--grace", "0s")


def events(stage: Stage, name: str) -> list[tuple[str, str, int]]:
    """(type, reason, count) of eipctl's Events about a Pod."""
    found = [item for item in stage.objects.list("events", "default") if item["involvedObject"]["name"] == name]
    return sorted(
        (item["type"], item["reason"], item["count"]) for item in found if item["source"]["component"] == "eipctl"
    )


def test_a_pod_with_the_readiness_gate_is_ready_once_its_eip_is_bound(stage: Stage) -> None:
    """B6: and if somebody changes the condition, the next run mends it."""
    stage.add_pod("web", AUTO, gate=True)
    stage.clean_run()
    assert stage.condition("web") == "True"
    stage.spoil_condition("web")
    assert stage.clean_run().data["counts"]["annotate"] == 1
    assert stage.condition("web") == "True"
    stage.nothing_left_to_do()


def test_a_bound_eip_is_told_by_an_event(stage: Stage) -> None:
    """B6: `kubectl describe pod` says it."""
    stage.add_pod("web", AUTO)
    stage.clean_run()
    assert events(stage, "web") == [("Normal", "EIPBound", 1)]


def test_a_failure_is_told_by_one_event_that_is_counted(stage: Stage) -> None:
    """The same failure again writes no second Event."""
    stage.cloud.set_quota(0)
    stage.add_pod("web", AUTO)
    for _ in range(2):
        assert stage.bind().code == TRY_LATER
    assert events(stage, "web") == [("Warning", "EIPFailed", 2)]


@pytest.mark.own_cluster
def test_without_the_right_to_write_events_pods_are_bound_all_the_same(stage: Stage) -> None:
    """Events are a courtesy, not a part of the work."""
    stage.add_pod("web", AUTO)
    run = stage.bind(
        fault={"do": "error", "service": "kube", "api": "create", "object": "events.*", "times": 0, "status": 403}
    )
    assert run.code == 0, run.out
    stage.holds_promises("web")


def test_the_audit_log_tells_each_change_before_and_after(stage: Stage, tmp_path: Path) -> None:
    """With the run, the plan's fingerprint and the cloud's request ids; only its owner can read it."""
    stage.add_pod("web", AUTO)
    path = tmp_path / "audit.jsonl"
    stage.clean_run("--audit-log", str(path))
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    told = [(line["event"], line.get("api") or line["action"]["verb"]) for line in lines]
    assert told == [
        ("begin", "allocate"),
        ("call", "AllocateEipAddress"),
        ("answer", "AllocateEipAddress"),
        ("end", "allocate"),
        ("begin", "associate"),
        ("call", "AssociateEipAddress"),
        ("answer", "AssociateEipAddress"),
        ("call", "POST"),
        ("answer", "POST"),
        ("end", "associate"),
        ("begin", "annotate"),
        ("call", "PATCH"),
        ("answer", "PATCH"),
        ("end", "annotate"),
    ]
    calls = [(line["call"], line["target"]) for line in lines if line["event"] in ("call", "answer")]
    assert calls[::2] == calls[1::2]
    assert calls[-1] == (4, "/api/v1/namespaces/default/pods/web/status")
    assert len({(line["run"], line["plan"]) for line in lines}) == 1
    assert all(line["request_id"] for line in lines if line["event"] == "answer" and line["service"] == "cloud")
    assert path.stat().st_mode & 0o077 == 0


def test_a_killed_run_leaves_the_line_of_what_it_was_about_to_do(stage: Stage, tmp_path: Path) -> None:
    """The log says what may have happened."""
    stage.add_pod("web", AUTO)
    path = tmp_path / "audit.jsonl"
    kill = {"do": "kill", "when": "after", "api": "AllocateEipAddress"}
    assert stage.bind("--audit-log", str(path), fault=kill).code == SIGKILLED
    begin, call = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert (begin["event"], begin["action"]["verb"]) == ("begin", "allocate")
    assert (call["event"], call["api"]) == ("call", "AllocateEipAddress")


def test_without_its_audit_log_nothing_is_changed(stage: Stage, tmp_path: Path) -> None:
    """A folder that is not there: exit 2 before any change."""
    stage.add_pod("web", AUTO)
    stage.sandbox.calls.clear()
    run = stage.bind("--audit-log", str(tmp_path / "none" / "audit.jsonl"))
    assert (run.code, stage.writes()) == (USAGE, [])


def test_a_pod_that_asks_again_gets_another_eip(stage: Stage) -> None:
    """The cloud remembers the token of the first purchase and answers with the EIP that was released since."""
    stage.add_pod("web", AUTO)
    stage.clean_run()
    stage.objects.patch_metadata("pods", "default", "web", {"k8s.aliyun.com/pod-with-eip": None})
    stage.clean_run("--prune", "--grace", "0s")
    stage.clean_run("--prune", "--grace", "0s")
    assert stage.own() == []
    stage.objects.patch_metadata("pods", "default", "web", {**AUTO})
    stage.clean_run()
    stage.holds_promises("web")


def test_a_rollout_needs_no_larger_quota(stage: Stage) -> None:
    """With a quota of N + 1, N Pods are replaced: each new one takes over, and nothing more is bought."""
    stage.cloud.set_quota(4)
    stage.deploy("web", 3, AUTO)
    stage.clean_run()
    before = {row.address for row in stage.own()}
    stage.roll_out("web")
    run = stage.clean_run("--prune", "--grace", "0s")
    assert (run.data["counts"]["allocate"], run.data["counts"]["release"]) == (0, 0)
    assert {row.address for row in stage.own()} == before
    stage.holds_promises(*stage.pods_of("web"))
    stage.nothing_left_to_do("--prune", "--grace", "0s")


def test_a_stateful_pod_keeps_its_address_over_restarts(stage: Stage) -> None:
    """Never: db-0 is gone for a while, prune runs, db-0 comes back elsewhere with the same public address."""
    never = {**AUTO, "k8s.aliyun.com/pod-eip-release-strategy": "Never"}
    stage.deploy("db", 1, never, kind="StatefulSet")
    stage.clean_run()
    (address,) = (row.address for row in stage.own())
    stage.scale("db", 0, kind="StatefulSet")
    stage.clean_run("--prune", "--grace", "0s")
    stage.scale("db", 1, kind="StatefulSet")
    stage.clean_run("--prune", "--grace", "0s")
    assert [row.address for row in stage.bound_to("db-0")] == [address]
    stage.nothing_left_to_do("--prune", "--grace", "0s")


def test_a_bandwidth_package_is_joined_and_left(stage: Stage) -> None:
    """The Pod's EIP is inside the package before it is bound, and out of it before it is released."""
    stage.cloud.add_bandwidth_package("cbwp-1")
    stage.add_pod("web", {**AUTO, "k8s.aliyun.com/eip-common-bandwidth-package-id": "cbwp-1"})
    stage.clean_run()
    assert [row.bandwidth_package_id for row in stage.bound_to("web")] == ["cbwp-1"]
    stage.nothing_left_to_do()
    stage.delete_pod("web")
    stage.clean_run()
    stage.clean_run("--prune", "--grace", "0s")
    assert stage.own() == []


def test_events_tell_each_step_as_it_ends(stage: Stage) -> None:
    """-o jsonl: the plan, each step, the result; every line is an object."""
    stage.add_pod("web", AUTO)
    run = stage.clean_run("-o", "jsonl")
    lines = read_lines("events", run.out)
    assert [line["event"] for line in lines] == ["plan", "step", "step", "step", "result"]
    assert [line["verb"] for line in lines[1:4]] == [action["verb"] for action in lines[0]["actions"]]
    assert (lines[-1]["exit_code"], lines[-1]["data"]["counts"]["associate"]) == (0, 1)


def test_a_known_quota_is_not_run_into(stage: Stage) -> None:
    """--eip-quota: what does not fit is not tried, the rest is done, exit 75."""
    for number in range(3):
        stage.add_pod(f"web-{number}", AUTO)
    run = stage.bind("--eip-quota", "2")
    assert (run.code, run.data["counts"]["allocate"]) == (TRY_LATER, 2)
    assert [error["code"] for error in stage.errors(run)] == ["EIP602"]
    assert len(stage.own()) == 2


def test_pods_may_be_kept_from_naming_eips(stage: Stage) -> None:
    """--no-instance-id: exit 5 and nothing is given; --force instance-id lifts it."""
    allocation_id = stage.cloud.add_eip(name="precious")
    stage.add_pod("web", named(allocation_id))
    assert stage.bind("--no-instance-id").code == REFUSED
    assert stage.bound_to("web") == []
    stage.clean_run("--no-instance-id", "--force", "instance-id")
    assert [row.allocation_id for row in stage.bound_to("web")] == [allocation_id]
