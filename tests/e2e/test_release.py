"""release as a process of its own: what a person lets go, and gets back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.faults.stage import AUTO, named

if TYPE_CHECKING:
    from tests.faults.stage import Stage

FAILED, USAGE, REFUSED = 1, 2, 5
RESULT = "k8s.aliyun.com/allocated-eipAddress"
NEVER = {**AUTO, "k8s.aliyun.com/pod-eip-release-strategy": "Never"}


def test_a_living_pods_eip_is_let_go_when_a_person_says_so(stage: Stage) -> None:
    """The EIP is unbound and released, the Pod tells no address any more; the next bind gives it another one."""
    stage.add_pod("web", AUTO)
    stage.clean_run()
    (row,) = stage.own()
    run = stage.run("release", "pod/web")
    assert run.code == 0, run.err
    assert [action["eip_address"] for action in run.data["actions"] if action["verb"] == "release"] == [row.address]
    pod = stage.pod("web")
    assert pod is not None
    assert (stage.own(), RESULT in pod["metadata"]["annotations"]) == ([], False)
    stage.clean_run()
    stage.holds_promises("web")


def test_what_status_lists_of_all_namespaces_is_let_go(stage: Stage) -> None:
    """`eipctl status -A -o name | xargs eipctl release`."""
    stage.add_pod("web", AUTO)
    stage.clean_run()
    (row,) = stage.own()
    names = stage.eipctl("status", "-A", "-o", "name").out.split()
    assert names == ["pod/default/web"]
    run = stage.run("release", *names, "-n", "kube-system")
    assert [action["eip_address"] for action in run.data["actions"] if action["verb"] == "release"] == [row.address]
    assert stage.run("release", "--undo", row.allocation_id, *names, "-n", "kube-system").code == 0
    stage.clean_run()
    assert [own.address for own in stage.bound_to("web")] == [row.address]


def test_the_id_and_address_of_each_released_eip_are_printed(stage: Stage) -> None:
    """They are what brings it back."""
    stage.add_pod("web", AUTO)
    stage.clean_run()
    (row,) = stage.own()
    told = stage.eipctl("release", row.address, "--yes", "-o", "jsonl")
    lines = [json.loads(line) for line in told.out.splitlines()]
    (release,) = (line for line in lines if line["event"] == "step" and line["verb"] == "release")
    assert (release["allocation_id"], release["eip_address"]) == (row.allocation_id, row.address)


def test_a_release_is_undone(stage: Stage) -> None:
    """The address comes back as the Pod's own, and the next bind binds it."""
    stage.add_pod("web", AUTO)
    stage.clean_run()
    (row,) = stage.own()
    stage.run("release", row.allocation_id)
    assert stage.run("release", "--undo", row.allocation_id, "pod/web").code == 0
    stage.clean_run()
    assert [own.address for own in stage.bound_to("web")] == [row.address]
    stage.nothing_left_to_do()


def test_an_undone_release_without_a_pod_is_an_orphan(stage: Stage) -> None:
    """It is own and marked, so that it is reused or pruned and never forgotten."""
    stage.add_pod("web", AUTO)
    stage.clean_run()
    (row,) = stage.own()
    stage.delete_pod("web")
    stage.run("release", row.allocation_id)
    assert stage.run("release", "--undo", row.address).code == 0
    assert [own.address for own in stage.own()] == [row.address]
    stage.clean_run("--prune", "--grace", "0s")
    assert stage.own() == []


def test_what_somebody_else_has_by_now_does_not_come_back(stage: Stage) -> None:
    """An id that the account never had: a sentence, exit 1."""
    run = stage.run("release", "--undo", "eip-neverhad1")
    assert (run.code, stage.errors(run)[0]["code"]) == (FAILED, "EIP502")


def test_orphans_are_let_go_without_grace_and_what_is_kept_stays(stage: Stage) -> None:
    """--orphans: those whose Pod is gone; Never is kept until --force never."""
    stage.add_pod("alive", AUTO)
    stage.add_pod("gone", AUTO)
    stage.deploy("db", 1, NEVER, kind="StatefulSet")
    stage.clean_run()
    stage.delete_pod("gone")
    stage.scale("db", 0, kind="StatefulSet")
    run = stage.run("release", "--orphans", "-A")
    assert (run.code, run.data["counts"]["release"]) == (0, 1)
    assert {dict(row.tags)["eipctl-pod"] for row in stage.own()} == {"p-alive", "p-db-0"}
    run = stage.run("release", "--all", "-A")
    assert [skip["code"] for skip in run.data["skipped"]] == ["EIP606"]
    assert {dict(row.tags)["eipctl-pod"] for row in stage.own()} == {"p-db-0"}
    assert stage.run("release", "--all", "-A", "--force", "never").code == 0
    assert stage.own() == []


def test_a_given_eip_goes_back_to_its_owner(stage: Stage) -> None:
    """Unbound and untagged, never released."""
    allocation_id = stage.cloud.add_eip(name="precious")
    stage.add_pod("web", named(allocation_id))
    stage.clean_run()
    run = stage.run("release", "pod/web")
    assert (run.code, run.data["counts"]["release"]) == (0, 0)
    (row,) = stage.cloud.eips()
    assert (row.allocation_id, row.status, dict(row.tags)) == (allocation_id, "Available", {})


def test_what_is_not_own_is_refused(stage: Stage) -> None:
    """A hand-made EIP is not eipctl's to release: exit 5; one that is not there: exit 1; a Pod without: exit 1."""
    allocation_id = stage.cloud.add_eip(name="by-hand")
    stage.add_pod("web", {})
    codes = [stage.run("release", name).code for name in (allocation_id, "47.0.0.9", "pod/web")]
    assert codes == [REFUSED, FAILED, FAILED]
    assert [row.allocation_id for row in stage.cloud.eips()] == [allocation_id]


@pytest.mark.parametrize(
    "words",
    [(), ("--undo",), ("--undo", "eip-1", "eip-2"), ("--undo", "eip-1", "--all"), ("pod/web", "--force", "everything")],
)
def test_a_command_line_that_says_too_little_or_too_much(stage: Stage, words: tuple[str, ...]) -> None:
    """Nothing named, two EIPs to undo, an unknown guard: exit 2 with a hint."""
    run = stage.run("release", *words)
    assert (run.code, bool(stage.errors(run)[0]["hint"])) == (USAGE, True)
