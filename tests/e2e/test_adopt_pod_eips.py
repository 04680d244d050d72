"""adopt --from ack-extend: the EIPs of a controller that was uninstalled, taken over without unbinding one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eipctl.commands.pod_eips import PodEipOptions, prepare_pod_eips
from eipctl.domain.plan import StepState
from eipctl.engine.run import carry_out
from eipctl.sandbox.cloud.cloud import ROOT
from tests.e2e.user import User
from tests.faults.stage import Stage, named

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REFUSED, USAGE, SIGKILLED = 5, 2, -9
ADOPT = ("adopt", "--from", "ack-extend")
REMOVE = (*ADOPT, "--podeips", "remove")
PODEIPS = "podeips.alibabacloud.com"
FINALIZER = "podeip-controller.alibabacloud.com/finalizer"
STATIC, GONE, KEPT = "eip-static", "eip-gone", "eip-kept"


@pytest.fixture
def stage(modern: User) -> Stage:
    """web-0 has an EIP that the controller bought, `named` one that it names; a Pod of each kind is gone."""
    modern.sandbox.reset("ack-extend")
    stage = Stage(modern.sandbox)
    stage.delete_pod("web-1")
    own = stage.cloud.add_eip(name=STATIC)
    pod = stage.add_pod("named", named(own))
    stage.bind_by_hand(own, pod["status"]["podIP"])
    record(stage, "named", own, "Static")
    record(stage, "gone", stage.cloud.add_eip(name=GONE), "Auto")
    record(stage, "kept", stage.cloud.add_eip(name=KEPT), "Auto", "Never")
    return stage


def record(stage: Stage, name: str, allocation_id: str, kind: str, strategy: str = "Follow") -> None:
    """A PodEIP as the controller writes it."""
    (row,) = [row for row in stage.cloud.eips() if row.allocation_id == allocation_id]
    stage.objects.create(
        PODEIPS,
        {
            "apiVersion": "alibabacloud.com/v1beta1",
            "kind": "PodEIP",
            "metadata": {"namespace": "default", "name": name, "finalizers": [FINALIZER]},
            "spec": {"allocationID": allocation_id, "allocationType": {"type": kind, "releaseStrategy": strategy}},
            "status": {
                "networkInterfaceID": row.instance_id,
                "privateIPAddress": row.private_ip,
                "eipAddress": row.address,
            },
        },
    )


def uninstall(stage: Stage) -> None:
    """The Deployment goes, and its Pods with it; the CRD and the objects stay."""
    stage.objects.delete("deployments", "kube-system", "ack-extend-network-controller", now=True)
    stage.until(lambda: not any("ack-extend" in str(pod["spec"]) for pod in stage.objects.list("pods", "kube-system")))


def objects(stage: Stage) -> set[str]:
    return {found["metadata"]["name"] for found in stage.objects.list(PODEIPS, "default")}


def tags(stage: Stage, name: str) -> dict[str, str]:
    (row,) = [row for row in stage.cloud.eips() if row.name == name]
    return dict(row.tags)


def roles(stage: Stage) -> dict[str, str]:
    return {dict(row.tags)["eipctl-pod"]: dict(row.tags)["eipctl-role"] for row in stage.own()}


def places(stage: Stage) -> list[tuple[str, str, str, str]]:
    return sorted((row.address, row.status, row.instance_id, row.private_ip) for row in stage.cloud.eips())


def states(stage: Stage) -> dict[str, tuple[str, str | None]]:
    data: dict[str, Any] = stage.eipctl("status", "-A", "-o", "json").data
    return {pod["name"]: (pod["state"], pod["managed_by"]) for pod in data["pods"]}


TAKEN = {"p-web-0": "allocated", "p-named": "given", "p-gone": "allocated"}


def test_a_controller_that_works_keeps_its_eips(stage: Stage) -> None:
    """Refused while its Deployment is there, and nothing is written; adopt without --from names the way."""
    run = stage.run(*REMOVE)
    assert (run.code, stage.own(), len(objects(stage))) == (REFUSED, [], 4)
    assert [error["code"] for error in stage.errors(run)] == ["EIP313"]
    assert "adopt --from ack-extend" in stage.errors(stage.run("adopt"))[0]["hint"]


def test_without_the_controller_its_eips_become_eipctls(stage: Stage) -> None:
    """Nothing is unbound; bind, status, release and --prune treat each EIP as what it is from then on."""
    uninstall(stage)
    before = places(stage)
    run = stage.run(*REMOVE)
    assert run.code == 0, run.out
    assert (roles(stage), places(stage), objects(stage)) == (TAKEN, before, {"kept"})
    assert [skipped["object"] for skipped in run.data["skipped"]] == ["podeip/default/kept"]
    assert tags(stage, KEPT) == {}
    stage.objects.update(PODEIPS, without_finalizers(stage, "kept"))
    stage.objects.delete(PODEIPS, "default", "kept", now=True)
    stage.clean_run()
    assert places(stage) == before
    stage.nothing_left_to_do()
    assert states(stage) == {"web-0": ("Bound", "eipctl"), "named": ("Bound", "eipctl")}
    stage.clean_run("--prune", "--grace", "0s")
    stage.clean_run("--prune", "--grace", "0s")
    assert GONE not in {row.name for row in stage.cloud.eips()}
    assert stage.run("release", "pod/web-0", "pod/named").code == 0
    assert {row.name: row.status for row in stage.cloud.eips()} == {STATIC: "Available", KEPT: "Available"}


def without_finalizers(stage: Stage, name: str) -> dict[str, Any]:
    found = stage.objects.get(PODEIPS, "default", name)
    assert found is not None
    return {**found, "metadata": {key: value for key, value in found["metadata"].items() if key != "finalizers"}}


def test_objects_stay_unless_their_removal_is_asked_for(stage: Stage) -> None:
    """The note says that bind waits for it, and bind does; asked for later, they go, and only once."""
    uninstall(stage)
    run = stage.run(*ADOPT)
    assert (run.code, len(objects(stage)), roles(stage)) == (0, 4, TAKEN)
    assert any("--podeips remove" in note for note in run.data["notes"])
    assert {action["object"] for action in stage.clean_run().data["actions"]} == {"pod/default/gone"}
    assert states(stage) == {"web-0": ("Bound", "eipctl"), "named": ("Bound", "eipctl")}
    stage.sandbox.calls.clear()
    assert (stage.run(*ADOPT).code, stage.writes()) == (0, [])
    assert stage.run(*REMOVE).code == 0
    assert objects(stage) == {"kept"}
    stage.sandbox.calls.clear()
    assert (stage.run(*REMOVE).code, stage.writes()) == (0, [])


def test_removal_belongs_to_ack_extend(stage: Stage) -> None:
    """Terway makes no PodEIP."""
    assert stage.run("adopt", "--podeips", "remove").code == USAGE


CALLS = (
    {"api": "TagResources"},
    {"service": "kube", "api": "patch", "object": "podeips.*"},
    {"service": "kube", "api": "delete", "object": "podeips.*"},
)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS, ids=["tag", "finalizer", "delete"])
def test_it_can_be_killed_at_every_step(stage: Stage, call: dict[str, str], when: str) -> None:
    """Killed before and after each kind of change; the next run finishes, and no binding was touched."""
    uninstall(stage)
    before = places(stage)
    killed = stage.eipctl(*REMOVE, "--yes", fault={"do": "kill", "when": when, **call})
    assert killed.code == SIGKILLED
    assert places(stage) == before
    run = stage.run(*REMOVE)
    assert run.code == 0, run.out
    assert (roles(stage), places(stage), objects(stage)) == (TAKEN, before, {"kept"})


def test_an_eip_that_can_not_be_tagged_keeps_its_object(stage: Stage) -> None:
    """The object is the only record of whose the EIP is; the others are taken over."""
    uninstall(stage)
    (bad,) = [row.allocation_id for row in stage.cloud.eips() if row.name == STATIC]
    refusal = {"do": "error", "api": "TagResources", "object": bad, "times": 0}
    refusal |= {"status": 400, "code": "Forbidden.FinancialLocked", "message": "Overdue."}
    run = stage.eipctl(*REMOVE, "--yes", "-o", "json", fault=refusal)
    assert [error["object"] for error in stage.errors(run)] == [bad]
    assert (set(roles(stage)), objects(stage)) == ({"p-web-0", "p-gone"}, {"named", "kept"})


def reinstall(stage: Stage) -> None:
    meta = {"name": "ack-extend-network-controller", "namespace": "kube-system"}
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": "x"}}}
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "x", "image": "x"}]}}
    stage.objects.create("deployments", {"metadata": meta, "spec": {**spec, "template": template}})


def name_another(stage: Stage) -> None:
    found = stage.objects.get(PODEIPS, "default", "web-0")
    assert found is not None
    stage.objects.update(PODEIPS, {**found, "spec": {**found["spec"], "allocationID": "eip-another"}})


def take_the_tags_off(stage: Stage) -> None:
    (row,) = stage.bound_to("web-0")
    keys = {f"TagKey.{number}": key for number, (key, _) in enumerate(row.tags, start=1)}
    call = {"ResourceType": "EIP", "ResourceId.1": row.allocation_id, **keys}
    stage.cloud.call(ROOT, "vpc", "UnTagResources", call)


@pytest.mark.parametrize("happens", [reinstall, name_another, take_the_tags_off])
def test_an_object_is_looked_at_once_more_before_it_goes(stage: Stage, happens: Callable[[Stage], None]) -> None:
    """After the plan the controller comes back, the object names another EIP, or its EIP is eipctl's no more."""
    uninstall(stage)
    assert stage.run(*ADOPT).code == 0
    session = User(stage.sandbox).session()
    prepared = prepare_pod_eips(session, PodEipOptions(remove=True))
    happens(stage)
    stage.sandbox.calls.clear()
    result = carry_out(session, prepared)
    assert {step.action.object: step.state for step in result.steps}["podeip/default/web-0"] is StepState.FAILED
    assert "web-0" in objects(stage)
    kept = stage.objects.get(PODEIPS, "default", "web-0")
    assert kept is not None
    assert kept["metadata"]["finalizers"] == [FINALIZER]


def test_another_finalizer_is_not_eipctls_to_take_off(stage: Stage) -> None:
    """The object is deleted and waits for whoever set it; a second run leaves it so."""
    uninstall(stage)
    found = stage.objects.get(PODEIPS, "default", "web-0")
    assert found is not None
    both = {**found["metadata"], "finalizers": [FINALIZER, "example.com/backup"]}
    stage.objects.update(PODEIPS, {**found, "metadata": both})
    for _ in range(2):
        assert stage.run(*REMOVE).code == 0
        left = stage.objects.get(PODEIPS, "default", "web-0")
        assert left is not None
        assert left["metadata"]["finalizers"] == ["example.com/backup"]
        assert left["metadata"]["deletionTimestamp"]


def test_in_another_account_no_object_looks_useless(stage: Stage) -> None:
    """There no EIP exists: that is told as what it is, and every object stays."""
    uninstall(stage)
    run = stage.run(*REMOVE, "--region", "cn-beijing")
    assert (run.code, len(objects(stage))) == (USAGE, 4)


def test_a_saved_plan_is_carried_out(stage: Stage, tmp_path: Path) -> None:
    """The file says from whom, and that objects go."""
    uninstall(stage)
    file = tmp_path / "plan.json"
    assert stage.eipctl(*REMOVE, "--out", str(file)).code == 0
    assert len(objects(stage)) == 4
    run = stage.run("apply", str(file))
    assert run.code == 0, run.out
    assert (roles(stage), objects(stage)) == (TAKEN, {"kept"})
