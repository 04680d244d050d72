"""adopt: from Terway's own EIPs to eipctl's care, through Terway's upgrade, without losing an address."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.stage import AUTO, Run, Stage, named

if TYPE_CHECKING:
    from tests.e2e.user import User

REFUSED, SIGKILLED = 5, -9
NEW_TERWAY = "registry/acs/terway:v1.13.0"
RESULT = "k8s.aliyun.com/allocated-eipAddress"


@pytest.fixture
def stage(legacy: User) -> Stage:
    """The documentation's cluster after setup: Terway has bound an EIP of its own and a named one."""
    stage = Stage(legacy.sandbox)
    assert stage.run("setup").code == 0
    stage.deploy("web", 1, AUTO)
    stage.add_pod("named", named(stage.cloud.add_eip(name="precious")))
    stage.until(lambda: [row.status for row in stage.cloud.eips()] == ["InUse"] * 2)
    stage.until(lambda: all(told(stage, name) for name in ("named", *stage.pods_of("web"))))
    return stage


def told(stage: Stage, name: str) -> str:
    """The address that a Pod tells."""
    pod = stage.pod(name)
    return str(pod["metadata"].get("annotations", {}).get(RESULT, "")) if pod else ""


def bindings(stage: Stage) -> dict[str, tuple[str, str]]:
    """Address to where it leads."""
    return {row.address: (row.instance_id, row.private_ip) for row in stage.cloud.eips() if row.status == "InUse"}


def roles(stage: Stage) -> dict[str, str]:
    return {dict(row.tags)["eipctl-pod"]: dict(row.tags)["eipctl-role"] for row in stage.own()}


def flag(stage: Stage) -> str | None:
    config = stage.objects.get("configmaps", "kube-system", "eni-config")
    assert config is not None
    found: str | None = json.loads(config["data"]["eni_conf"]).get("enable_eip_pool")
    return found


def upgrade_terway(stage: Stage) -> None:
    """The DaemonSet gets a version that knows no EIP, and every Pod of it is replaced."""
    with stage.sandbox.store.transaction():
        found = stage.objects.get("daemonsets", "kube-system", "terway-eniip")
        assert found is not None
        template = found["spec"]["template"]
        spec = {**template["spec"]}
        for part in ("initContainers", "containers"):
            spec[part] = [{**container, "image": NEW_TERWAY} for container in spec[part]]
        body = {**found, "spec": {**found["spec"], "template": {**template, "spec": spec}}}
        stage.objects.update("daemonsets", body)
    for pod in terway(stage):
        stage.objects.delete("pods", "kube-system", pod["metadata"]["name"])
    stage.until(lambda: len(new := [pod for pod in terway(stage) if runs(pod)]) > 0 and len(new) == len(terway(stage)))


def terway(stage: Stage) -> list[dict[str, Any]]:
    pods = stage.objects.list("pods", "kube-system")
    return [pod for pod in pods if pod["metadata"].get("labels", {}).get("app") == "terway-eniip"]


def runs(pod: dict[str, Any]) -> bool:
    images = {container["image"] for container in pod["spec"]["containers"]}
    return images == {NEW_TERWAY} and pod["status"].get("phase") == "Running"


def test_addresses_survive_terways_upgrade(stage: Stage) -> None:
    """Tagged, flag off, Terway upgraded, Pods deleted: each EIP stayed where it was, and then bind has them."""
    before = bindings(stage)
    run = stage.run("adopt")
    assert run.code == 0, run.out
    (web,) = stage.pods_of("web")
    assert roles(stage) == {"p-" + web: "allocated", "p-named": "given"}
    assert (bindings(stage), flag(stage)) == (before, None)
    upgrade_terway(stage)
    assert bindings(stage) == before
    stage.nothing_left_to_do("--prune", "--grace", "0s")
    stage.delete_pod("named")
    stage.roll_out("web")
    stage.clean_run("--prune", "--grace", "0s")
    assert set(bindings(stage)) == {told(stage, *stage.pods_of("web"))}
    assert {row.name: row.status for row in stage.cloud.eips()}["precious"] == "Available"
    stage.nothing_left_to_do("--prune", "--grace", "0s")


def test_adopting_twice_changes_nothing(stage: Stage) -> None:
    """The second run finds nothing to do; setup is refused, for eipctl and Terway would both act on the Pods."""
    assert stage.run("adopt").code == 0
    stage.sandbox.calls.clear()
    again = stage.run("adopt")
    assert (again.code, again.data["actions"], stage.writes()) == (0, [], [])
    assert stage.run("setup").code == REFUSED


def test_check_offers_no_setup_that_would_be_refused(stage: Stage) -> None:
    """Once eipctl owns EIPs here, neither the flag nor the role's rights are missed."""
    assert stage.run("adopt").code == 0
    assert stage.run("teardown").code == 0
    findings = json.loads(stage.eipctl("check", "-o", "json").out)["data"]["findings"]
    assert [one["title"] for one in findings if one["fix"].startswith("eipctl setup")] == []
    assert ("EIP305", "ok") in [(one["code"], one["level"]) for one in findings]


def test_a_flag_that_was_set_by_hand_goes_too(stage: Stage) -> None:
    """No record of setup: the key itself is taken out."""
    with stage.sandbox.store.transaction():
        config = stage.objects.get("configmaps", "kube-system", "eni-config")
        assert config is not None
        config["metadata"]["annotations"].pop("eipctl.io/eni-config")
        stage.objects.update("configmaps", config)
    assert stage.run("adopt").code == 0
    assert flag(stage) is None


def test_an_eip_that_a_person_bound_is_not_taken_over(stage: Stage) -> None:
    """Nothing says that Terway bound it: it is reported and left alone."""
    pod = stage.add_pod("by-hand", {})
    stage.bind_by_hand(stage.cloud.add_eip(name="by-hand"), pod["status"]["podIP"])
    assert stage.run("adopt").code == 0
    assert {row.name: dict(row.tags) for row in stage.cloud.eips()}["by-hand"] == {}


CALLS = (
    {"api": "TagResources"},
    {"service": "kube", "api": "patch", "object": "configmaps.*"},
    {"service": "kube", "api": "delete", "object": "pods.*"},
)


WHEN = ("before", "after") if os.environ.get("EIPCTL_FAULTS") == "all" else ("after",)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", CALLS, ids=["tag", "flag", "restart"])
def test_adopt_can_be_killed_at_every_step(stage: Stage, call: dict[str, str], when: str) -> None:
    """Killed before and after each kind of change; the next run finishes, and no binding was touched."""
    before = bindings(stage)
    killed = stage.eipctl("adopt", "--yes", fault={"do": "kill", "when": when, **call})
    assert killed.code == SIGKILLED
    run: Run = stage.run("adopt")
    assert run.code == 0, run.out
    assert (bindings(stage), flag(stage), len(roles(stage))) == (before, None, 2)
    stage.nothing_left_to_do("--prune", "--grace", "0s")


def test_an_eip_that_can_not_be_tagged_keeps_the_others_from_nothing(stage: Stage) -> None:
    """They are taken over in the same run; but Terway goes on, because it would forget the one that is not."""
    (bad,) = [row.allocation_id for row in stage.cloud.eips() if row.name == "precious"]
    refusal = {"do": "error", "api": "TagResources", "object": bad, "times": 0}
    refusal |= {"status": 400, "code": "Forbidden.FinancialLocked", "message": "Overdue."}
    run = stage.eipctl("adopt", "--yes", "-o", "json", fault=refusal)
    assert [error["object"] for error in stage.errors(run)] == [bad]
    assert set(roles(stage)) == {f"p-{name}" for name in stage.pods_of("web")}
    assert flag(stage) == "true"
    assert stage.run("adopt").code == 0
    assert len(roles(stage)) == 2
