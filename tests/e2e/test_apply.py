"""--out and apply as processes of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.stage import AUTO, Run, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.user import User

USAGE, PENDING, REFUSED, SIGKILLED = 2, 3, 5, -9


@pytest.fixture
def plan(stage: Stage, tmp_path: Path) -> Path:
    """The saved plan for two Pods that ask."""
    for name in ("web", "api"):
        stage.add_pod(name, AUTO)
    path = tmp_path / "plan.json"
    stage.clean_run("--out", str(path))
    return path


def codes(stage: Stage, run: Run) -> list[str]:
    return [error["code"] for error in stage.errors(run)]


def test_saving_a_plan_changes_nothing(stage: Stage, tmp_path: Path) -> None:
    """No writer is built; --exit-code tells that something is pending; the file is its owner's alone."""
    stage.add_pod("web", AUTO)
    stage.sandbox.calls.clear()
    path = tmp_path / "plan.json"
    run = stage.bind("--out", str(path), "--exit-code")
    assert (run.code, run.data["dry_run"], stage.writes()) == (PENDING, True, [])
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_saved_plan_names_its_target_and_holds_no_secret(stage: Stage, plan: Path) -> None:
    """Cluster, account and region are in it, the AccessKey's secret and the Kubernetes token are not."""
    content = json.loads(plan.read_text())
    environ = stage.sandbox.env()
    assert content["schema"] == "eipctl.plan/v1"
    assert content["target"]["cluster"] == stage.sandbox.cluster_id
    assert {"account", "region", "context"} <= content["target"].keys()
    assert environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] not in plan.read_text()
    assert [action["verb"] for action in content["actions"]] == ["allocate", "associate", "annotate"] * 2


def test_a_saved_plan_is_carried_out_once(stage: Stage, plan: Path) -> None:
    """Applied, both Pods are served; applied again, nothing is left to do."""
    run = stage.run("apply", str(plan))
    assert (run.code, run.data["counts"]["associate"]) == (0, 2)
    stage.holds_promises("web", "api")
    stage.sandbox.calls.clear()
    again = stage.run("apply", str(plan))
    assert (again.code, again.data["actions"], stage.writes()) == (0, [], [])


def test_only_what_was_saved_is_done(stage: Stage, plan: Path) -> None:
    """A Pod that came later is left out, and that is said."""
    stage.add_pod("later", AUTO)
    run = stage.run("apply", str(plan))
    assert (run.code, run.data["counts"]["allocate"]) == (0, 2)
    assert stage.bound_to("later") == []
    stage.holds_promises("web", "api")


def test_a_plan_whose_pod_is_gone_is_refused(stage: Stage, plan: Path) -> None:
    """Exit 5, the Pod is named, and nothing at all is done."""
    stage.delete_pod("web")
    run = stage.run("apply", str(plan))
    assert (run.code, codes(stage, run), stage.own()) == (REFUSED, ["EIP912"], [])
    assert "pod/default/web" in stage.errors(run)[0]["message"]


def test_a_plan_whose_pod_asks_for_something_else_is_refused(stage: Stage, plan: Path) -> None:
    """Another bandwidth is another purchase."""
    stage.objects.patch_metadata("pods", "default", "web", {"k8s.aliyun.com/eip-bandwidth": "50"})
    run = stage.run("apply", str(plan))
    assert (run.code, codes(stage, run), stage.own()) == (REFUSED, ["EIP912"], [])


def test_an_apply_that_was_killed_goes_on(stage: Stage, plan: Path) -> None:
    """Killed after the first purchase: the same plan finishes it, with no EIP too many."""
    kill = {"do": "kill", "when": "after", "api": "AllocateEipAddress"}
    run = stage.eipctl("apply", str(plan), "--yes", "-o", "json", fault=kill)
    assert (run.code, len(stage.own())) == (SIGKILLED, 1)
    run = stage.run("apply", str(plan))
    assert run.code == 0, run.out
    stage.holds_promises("web", "api")


def test_a_plan_of_another_cluster_is_refused(stage: Stage, plan: Path) -> None:
    """The saved cluster is not this one: exit 5 before anything else is compared."""
    content = json.loads(plan.read_text())
    content["target"]["cluster"] = "c-other"
    plan.write_text(json.dumps(content))
    run = stage.run("apply", str(plan))
    assert (run.code, codes(stage, run)) == (REFUSED, ["EIP912"])
    assert "c-other" in stage.errors(run)[0]["message"]


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "eipctl.plan/v9"},
        {"command": "explode"},
        {"options": {"grace": "soon"}},
        {"actions": 7},
        {"target": None},
    ],
    ids=str,
)
def test_a_file_that_is_no_plan_is_refused(stage: Stage, plan: Path, change: dict[str, Any]) -> None:
    """A sentence, a hint, exit 2."""
    plan.write_text(json.dumps(json.loads(plan.read_text()) | change))
    run = stage.run("apply", str(plan))
    assert (run.code, codes(stage, run)) == (USAGE, ["EIP911"])


def test_a_file_that_is_not_there(stage: Stage, tmp_path: Path) -> None:
    """Neither to read nor to write: exit 2, and nothing was planned in vain."""
    assert stage.run("apply", str(tmp_path / "none.json")).code == USAGE
    assert stage.bind("--out", str(tmp_path / "none" / "plan.json")).code == USAGE


def test_setup_annotate_and_teardown_can_be_saved(legacy: User, tmp_path: Path) -> None:
    """Each is applied from its file, and a second time there is nothing left to do."""
    stage = Stage(legacy.sandbox)
    stage.deploy("web", 1, {})
    for number, words in enumerate((("setup",), ("annotate", "deployment/web", "--eip"), ("teardown",))):
        path = str(tmp_path / f"{number}.json")
        if words == ("teardown",):
            stage.run("annotate", "deployment/web", "--remove")
            stage.until(lambda: stage.cloud.eips() == [])
        for ended in (stage.run(*words, "--out", path), stage.run("apply", path)):
            assert ended.code == 0, ended.out
        assert stage.run("apply", path).data["actions"] == [], words
