"""What is said: money that is paid, what guards hold back, and Pods that can't be served, seen from outside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.faults.stage import AUTO, named

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.stage import Stage

REFUSED, PARTIAL, TRY_LATER = 5, 4, 75
PRICE = 2.26
NO = {"do": "error", "api": "AssociateEipAddress", "times": 0, "status": 400, "code": "InvalidParameter"}


def test_what_was_bought_and_not_bound_is_on_the_pods_rows_with_its_error(stage: Stage) -> None:
    """In the table, the JSON, the sum, the check and the plan below: all tell one amount."""
    for name in ("a", "b", "c"):
        stage.add_pod(name, AUTO)
    assert stage.bind(fault=NO).code == PARTIAL
    status = stage.eipctl("status", "-A", "-o", "json").data
    own = {row.allocation_id for row in stage.own()}
    assert {row["allocation_id"] for row in status["pods"]} == own
    assert status["summary"]["unbound"] == len(own) == 3
    assert status["cost"]["per_month"] == pytest.approx(3 * PRICE, abs=0.02)
    for row in status["pods"]:
        (unbound,) = row["unbound"]
        assert "InvalidParameter" in unbound["error"]
        assert (row["state"], row["cost_per_month"]) == ("Pending", PRICE)
    table = stage.eipctl("status", "-A")
    assert all(name in table.out for name in own)
    assert "3 paid for and not bound; USD 6.79 a month" in table.out
    assert "bought" in table.out
    (finding,) = stage.eipctl("check", "--code", "EIP608", "-o", "json").data["findings"]
    assert "USD 6.79 a month" in finding["title"]
    assert stage.eipctl("bind", "-A", "--dry-run", "-o", "json").data["cost"]["per_month_before"] == 6.79
    stage.clean_run()
    assert stage.eipctl("status", "-A", "-o", "json").data["summary"]["unbound"] == 0


def test_a_guard_hides_nothing_of_the_plan(stage: Stage, tmp_path: Path) -> None:
    """Count and price in the plan, the list with -v, in the JSON and in the saved plan; exit 5 as before."""
    for name in ("a", "b"):
        stage.add_pod(name, AUTO)
    plan = ("bind", "-A", "--dry-run", "--max-allocate", "1")
    shown = stage.eipctl(*plan)
    assert shown.code == REFUSED
    assert "held back by max-allocate: 2 allocations, USD +4.53 a month" in shown.out
    assert "pod/default/a" not in shown.out
    assert stage.eipctl(*plan, "-v").out.count("  allocate ") == 2
    saved = tmp_path / "plan.json"
    data = stage.eipctl(*plan, "-o", "json", "--out", str(saved)).data
    (held,) = data["held_back"]
    assert (held["guards"], held["counts"]["allocate"], held["per_month_change"]) == (["max-allocate"], 2, 4.53)
    assert {action["object"] for action in held["actions"]} == {"pod/default/a", "pod/default/b"}
    assert json.loads(saved.read_text())["held_back"] == data["held_back"]
    assert data["actions"] == []
    done = stage.eipctl("bind", "-A", "--yes", "--max-allocate", "1")
    assert (done.code, stage.own()) == (REFUSED, [])
    assert "held back by max-allocate: 2 allocations" in done.out


def test_other_limits_hide_nothing_either(stage: Stage) -> None:
    """Quota, forbidden ids and releases: each names what waits for it."""
    stage.add_pod("gone", AUTO)
    stage.clean_run()
    stage.delete_pod("gone")
    stage.clean_run()
    allocation_id = stage.cloud.add_eip(name="precious")
    stage.add_pod("named", named(allocation_id))
    stage.add_pod("web", {**AUTO, "k8s.aliyun.com/eip-bandwidth": "9"})
    run = stage.eipctl(
        *("bind", "-A", "--dry-run", "-o", "json", "--prune", "--grace", "0s"),
        *("--max-release", "0", "--eip-quota", "2", "--no-instance-id"),
    )
    held = {tuple(one["guards"]): one for one in run.data["held_back"]}
    assert set(held) == {("max-release",), ("eip-quota",), ("instance-id",)}
    assert held["max-release",]["per_month_change"] == -PRICE
    assert {action["object"] for action in held["instance-id",]["actions"]} == {"pod/default/named"}
    released = stage.eipctl("release", "--orphans", "-A", "--dry-run", "--max-release", "0", "-o", "json")
    assert released.data["held_back"][0]["counts"] == {"release": 1}


def events(stage: Stage) -> list[tuple[str, str, int]]:
    """Pod, message and count of each Event that says why a Pod can't be served."""
    found = [event for event in stage.objects.list("events", "default") if event["reason"] == "EIPRefused"]
    return sorted((event["involvedObject"]["name"], event["message"], event["count"]) for event in found)


BROKEN = {**AUTO, "k8s.aliyun.com/eip-bandwidth": "5M"}


def test_cron_hears_once_for_all_pods_of_one_reason_that_they_cannot_be_served(stage: Stage) -> None:
    """With the number and one of them, exit 0; the well Pod is served and nothing else is said."""
    for number in range(9):
        stage.add_pod(f"broken-{number}", BROKEN)
    stage.add_pod("lost", named("eip-none"))
    stage.add_pod("well", AUTO)
    for _ in range(2):
        run = stage.eipctl("bind", "-A", "--yes", "-q")
        assert (run.code, run.out) == (0, "")
        first, second = sorted(run.err.splitlines())
        assert first.startswith("warning[EIP408]: 9 Pods can't have an EIP (such as pod/default/broken-")
        assert "5M" in first
        assert second.startswith("warning[EIP502]: 1 Pod can't have an EIP (pod/default/lost): there is no EIP")
    assert stage.bound_to("well")


def test_an_event_says_it_on_the_pod_once(stage: Stage) -> None:
    """An unchanged problem writes nothing more, a dry run nothing at all, and another problem is another Event."""
    stage.add_pod("broken", BROKEN)
    stage.eipctl("bind", "-A", "--dry-run")
    assert events(stage) == []
    stage.clean_run()
    (first,) = events(stage)
    assert (first[0], first[2]) == ("broken", 1)
    stage.nothing_left_to_do()
    assert events(stage) == [first]
    stage.objects.patch_metadata("pods", "default", "broken", {"k8s.aliyun.com/eip-bandwidth": "6M"})
    stage.clean_run()
    assert [message for _, message, _ in events(stage)] == [first[1], first[1].replace("5M", "6M")]


def test_without_the_right_to_see_events_none_is_written(stage: Stage) -> None:
    """Nobody knows then whether it is there already."""
    stage.add_pod("broken", BROKEN)
    fault = {"do": "error", "service": "kube", "api": "list", "object": "events.*", "status": 403, "times": 0}
    run = stage.bind(fault={**fault, "code": "Forbidden"})
    assert (run.code, events(stage)) == (0, [])


def test_one_cause_of_many_failures_is_one_paragraph_of_mail(stage: Stage) -> None:
    """With the number and a few of the Pods; all of them without -q and in the JSON."""
    for number in range(8):
        stage.add_pod(f"web-{number}", AUTO)
    quiet = stage.eipctl("bind", "-A", "--yes", "-q", fault=NO)
    assert quiet.code == PARTIAL
    assert quiet.out.splitlines() == ["bind: 8 allocate done; 8 failed, 8 skipped"]
    (error,) = quiet.err.splitlines()
    assert "(8 times: pod/default/web-" in error
    assert "and 5 more)" in error
    assert "(request ID " in error
    told = stage.eipctl("bind", "-A", "--yes", fault=NO)
    assert all(f"pod/default/web-{number}" in told.out for number in range(8))
    assert len(json.loads(stage.bind(fault=NO).out)["errors"]) == 8


def test_a_run_without_work_says_why(stage: Stage) -> None:
    """Nothing asks here, or what asks has its EIP: neither is a bare "nothing to do"."""
    nothing = stage.eipctl("bind", "-n", "elsewhere", "--dry-run").out
    assert "note: no Pod in namespace elsewhere asks for an EIP; annotate a workload: eipctl annotate" in nothing
    assert "note: no Pod in any namespace asks for an EIP" in stage.eipctl("bind", "-A", "--dry-run").out
    stage.add_pod("web", AUTO)
    stage.clean_run()
    assert "note: the Pod has its EIP" in stage.eipctl("bind", "-A", "--dry-run").out


def test_a_failed_purchase_is_in_the_row_of_its_pod(stage: Stage) -> None:
    """Nobody has to look for the Event: the reason has the error of the last attempt, until the Pod has its EIP."""
    stage.add_pod("web", AUTO)
    refusal = {"do": "error", "api": "AllocateEipAddress", "times": 0, "status": 400, "code": "InvalidParameter"}
    assert stage.bind(fault=refusal).code == 1
    (row,) = stage.eipctl("status", "-o", "json").data["pods"]
    assert row["state"] == "Pending"
    assert "; last attempt: " in row["reason"]
    assert "InvalidParameter" in row["reason"]
    stage.clean_run()
    assert stage.eipctl("status", "-o", "json").data["pods"][0]["reason"] == ""


def test_status_ends_with_what_to_do_next(stage: Stage) -> None:
    """A command that helps the Pods shown, in their scope; on stderr, as awk reads the table; none when all is well."""
    stage.add_pod("web", AUTO)
    assert stage.eipctl("status", "-A").err.splitlines()[-1] == "do: eipctl bind -A"
    assert stage.eipctl("status", "-n", "default").err.splitlines()[-1] == "do: eipctl bind -n default"
    stage.clean_run()
    assert "do: " not in stage.eipctl("status", "-A").err
    stage.add_pod("broken", {**AUTO, "k8s.aliyun.com/eip-bandwidth": "5M"})
    assert stage.eipctl("status", "-A").err.splitlines()[-1] == "do: eipctl status pod/broken -n default"
