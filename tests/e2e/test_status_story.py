"""status KIND/NAME: all that is known of one Pod, and one command that helps; several namespaces at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.cli.app import run
from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.commands.setup import SetupOptions, prepare_setup
from eipctl.sandbox.cloud.cloud import ROOT
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.user import User

BANDWIDTH = "k8s.aliyun.com/eip-bandwidth"


@pytest.fixture
def stage(modern: User, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A Pod with its EIP, one that waits, one that asks for nothing; eipctl in this process leads there."""
    for name, value in modern.sandbox.env().items():
        monkeypatch.setenv(name, value)
    stage = Stage(modern.sandbox)
    stage.add_pod("bound", AUTO)
    modern.done(lambda session: prepare_bind(session, BindOptions()))
    stage.add_pod("waits", AUTO)
    stage.add_pod("silent", {})
    return stage


def story(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """The only one, as data."""
    assert run(["status", *words, "-o", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["data"]["stories"]
    return dict(found)


def text(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert run(["status", *words]) == code
    return capsys.readouterr().out


def test_a_bound_pod_has_everything_in_its_story(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """What it asks for, who serves it, its EIP, where, the price, what happened; and nothing to do."""
    (row,) = stage.cloud.eips()
    found = story(capsys, "pod/bound")
    assert (found["state"], found["next"], found["served_by"]) == ("Bound", None, "eipctl")
    assert found["annotations"] == AUTO
    (eip,) = found["eips"]
    assert (eip["allocation_id"], eip["eip_address"], eip["how"]) == (row.allocation_id, row.address, "bound")
    assert (eip["instance_id"], found["eni_id"], found["cost_per_month"]) == (row.instance_id, row.instance_id, 2.26)
    assert [past["what"].partition(":")[0] for past in found["past"]] == ["EIPBound"]
    shown = text(capsys, "pod/bound")
    for part in ("pod/default/bound  ✓ Bound", row.allocation_id, row.address, row.instance_id, "USD 2.26", "EIPBound"):
        assert part in shown
    assert "  do  " not in shown


@pytest.mark.usefixtures("stage")
def test_why_a_pod_has_no_eip_is_answered_with_a_command_that_helps(capsys: pytest.CaptureFixture[str]) -> None:
    """One that waits for bind, and one that asks for nothing, of which status has no row; then both have one."""
    waits, silent = story(capsys, "po/waits"), story(capsys, "pod/silent")
    assert (waits["state"], waits["next"]) == ("Pending", "eipctl bind -n default")
    assert (silent["state"], silent["next"]) == ("NotAsking", "eipctl annotate pod/silent -n default --eip")
    for command in (silent["next"], waits["next"]):
        assert run([*command.split()[1:], "--yes", "-q"]) == 0
    capsys.readouterr()
    assert [story(capsys, name)["state"] for name in ("pod/waits", "pod/default/silent")] == ["Bound", "Bound"]


def test_a_gone_pod_has_a_story_while_its_eip_is_paid_for(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """With the EIP, the price and how to be rid of it; afterwards there is nothing to tell, exit 1."""
    stage.delete_pod("bound")
    found = story(capsys, "pod/bound")
    assert (found["state"], [eip["how"] for eip in found["eips"]], found["cost_per_month"]) == (
        "Deleted",
        ["left"],
        2.26,
    )
    assert run([*found["next"].split()[1:], "--yes", "-q"]) == 0
    stage.until(lambda: not stage.cloud.eips())
    assert run(["status", "pod/bound"]) == 1
    assert "there is no such Pod, and no EIP that it left" in capsys.readouterr().err


def test_a_pod_under_the_eip_of_a_gone_pod_is_told_so_and_mended(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    """Misplaced in status, story, check and sums; the command in the story ends it."""
    before = stage.pod("bound")
    assert before is not None
    stage.delete_pod("bound")
    stage.reuse_ip(before, "heir", {})
    found = story(capsys, "pod/heir")
    assert (found["state"], found["next"]) == ("Misplaced", "eipctl bind -n default")
    assert "which belongs to pod/default/bound (deleted)" in found["reason"]
    assert text(capsys).startswith("2 Pods: ✗ 1 misplaced, … 1 pending; 1 orphaned; ")
    assert run(["check", "--code", "EIP513"]) == 0
    assert "1 Pod reachable under the wrong EIP: default/heir" in capsys.readouterr().out
    assert run([*found["next"].split()[1:], "--yes", "-q"]) == 0
    capsys.readouterr()
    assert story(capsys, "pod/heir")["state"] == "NotAsking"


def test_a_pod_whose_eip_leads_elsewhere_is_told_where(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody has bound it to an ECS instance: no command of eipctl takes it from there."""
    (row,) = stage.cloud.eips()
    stage.cloud.call(ROOT, "vpc", "UnassociateEipAddress", {"AllocationId": row.allocation_id})
    stage.until(lambda: stage.cloud.eips()[0].status == "Available")
    target = {"InstanceType": "EcsInstance", "InstanceId": "i-bp1sandbox00000000001"}
    stage.cloud.call(ROOT, "vpc", "AssociateEipAddress", {"AllocationId": row.allocation_id, **target})
    stage.until(lambda: stage.cloud.eips()[0].status == "InUse")
    found = story(capsys, "pod/bound")
    assert (found["state"], found["next"]) == ("Misplaced", "eipctl explain EIP503")
    assert f"its EIP {row.allocation_id} is bound to i-bp1sandbox00000000001 instead" in found["reason"]


def test_pods_of_a_workload_with_one_cause_are_told_once(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """With the fix of the workload, which sets a right value and takes nothing away."""
    stage.deploy("wrong", 3, {**AUTO, BANDWIDTH: "5M"})
    shown = text(capsys, "deploy/wrong")
    assert shown.count("expected a whole number") == 1
    assert "2 more Pods: wrong-" in shown
    assert "do          eipctl annotate deployment/wrong -n default --bandwidth 5\n" in shown
    assert run(["annotate", "deployment/wrong", "--bandwidth", "5", "--yes", "-q"]) == 0
    mended = stage.objects.get("deployments", "default", "wrong")
    assert mended is not None
    assert mended["spec"]["template"]["metadata"]["annotations"] == {**AUTO, BANDWIDTH: "5"}


def test_the_audit_log_tells_what_runs_did(stage: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Of this Pod alone, in order, with the Events; a log that can't be read is a warning."""
    log = tmp_path / "audit.jsonl"
    assert run(["bind", "--yes", "-q", "--audit-log", str(log)]) == 0
    past = story(capsys, "pod/waits", "--audit-log", str(log))["past"]
    assert [each["what"].split()[0].rstrip(":") for each in past if each["source"] == "bind"] == [
        "allocate", "associate", "annotate",
    ]  # fmt: skip
    assert any(each["source"] == "event" for each in past)
    assert story(capsys, "pod/silent", "--audit-log", str(log))["past"] == []
    assert run(["status", "pod/waits", "--audit-log", str(tmp_path / "none")]) == 0
    assert "none can't be read" in capsys.readouterr().err
    assert stage.cloud.eips()


def test_an_early_pod_is_to_be_recreated(
    legacy: User, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Terway gives EIPs to new Pods only, and bind leaves it alone: a rollout of what the Pod belongs to helps."""
    for name, value in legacy.sandbox.env().items():
        monkeypatch.setenv(name, value)
    stage = Stage(legacy.sandbox)
    stage.deploy("early", 1, AUTO)
    stage.add_pod("single", AUTO)
    legacy.done(lambda session: prepare_setup(session, SetupOptions()))
    assert story(capsys, "deployment/early")["next"] == "kubectl -n default rollout restart deployment/early"
    assert story(capsys, "pod/single")["next"] == "kubectl -n default delete pod single"


def _placed(stage: Stage, namespace: str) -> bool:
    """Whether its Pod has an IP."""
    found = stage.objects.get("pods", namespace, f"{namespace}-0") or {}
    return bool(found.get("status", {}).get("podIP"))


@pytest.fixture
def two(stage: Stage) -> Stage:
    """A Pod that waits in each of two more namespaces."""
    for namespace in ("game", "shop"):
        stage.objects.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        spec = {"containers": [{"name": "main", "image": "nginx"}]}
        meta = {"name": f"{namespace}-0", "namespace": namespace, "annotations": AUTO}
        stage.objects.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})
        stage.until(lambda namespace=namespace: _placed(stage, namespace))  # type: ignore[misc] # no lambda default
    return stage


def test_several_namespaces_are_all_meant(two: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Never one of them without a word: by status, bind and release alike, and no other namespace."""
    both = ["-n", "game", "-n", "shop"]
    assert text(capsys, *both, "-o", "name").split() == ["pod/game/game-0", "pod/shop/shop-0"]
    assert run(["bind", *both, "--yes", "-q"]) == 0
    capsys.readouterr()
    states = {line.split(",")[1]: line.split(",")[2] for line in text(capsys, "-A", "-o", "csv").splitlines()}
    assert (states["game-0"], states["shop-0"], states["waits"]) == ("Bound", "Bound", "Pending")
    for namespace in ("game", "shop"):
        two.objects.delete("pods", namespace, f"{namespace}-0", now=True)
    two.delete_pod("bound")
    assert run(["release", "--orphans", *both, "--yes", "-q"]) == 0
    two.until(lambda: len(two.cloud.eips()) == 1)
    assert run(["release", "--undo", "eip-bp1abc", *both, "--yes"]) == 2


def test_totals_take_the_place_of_the_pods(two: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """By namespace or workload, the worst first."""
    before = two.pod("bound")
    assert before is not None
    two.delete_pod("bound")
    two.reuse_ip(before, "heir", {})
    rows = [line.split()[:3] for line in text(capsys, "-A", "--by", "namespace").split("\n\n")[1].splitlines()]
    assert rows == [["NAMESPACE", "PODS", "MISPLACED"], ["default", "2", "1"], ["game", "1", "0"], ["shop", "1", "0"]]
    assert text(capsys, "-A", "--by", "workload", "-o", "csv").splitlines()[1].startswith("default,Pod/heir,1,1,")
