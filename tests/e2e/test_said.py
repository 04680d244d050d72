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
