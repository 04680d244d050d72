"""What bind and prune do in accounts and clusters that are not what they seem."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.rows import EipRow
    from tests.e2e.user import User

USAGE, REFUSED = 2, 5
PRUNE = ("--prune", "--grace", "0s")


@pytest.fixture
def stage(modern: User) -> Stage:
    """A modern cluster with one Pod that has its EIP."""
    stage = Stage(modern.sandbox)
    stage.add_pod("web", AUTO)
    stage.clean_run()
    return stage


def retag(stage: Stage, row: EipRow, **changes: str) -> None:
    """The EIP as another cluster would have tagged it."""
    tags = dict(row.tags) | {"eipctl-" + name.replace("_", "-"): value for name, value in changes.items()}
    with stage.sandbox.store.transaction():
        stage.cloud.state.eips.put(row.allocation_id, replace(row, tags=tuple(sorted(tags.items()))))


def test_a_copied_cluster_is_stopped(stage: Stage) -> None:
    """EIPs with this cluster's tags are bound in another VPC: this may be the copy, so nothing is taken from the other.

    The copy still gets EIPs for its own Pods: a new EIP harms nobody.
    """
    (row,) = stage.own()
    stage.cloud.add_vswitch("vsw-other", "vpc-other", "10.99.0.0/16")
    stage.cloud.add_instance("i-other", "vpc-other")
    stage.cloud.add_eni(
        "eni-other",
        vpc_id="vpc-other",
        vswitch_id="vsw-other",
        instance_id="i-other",
        primary_ip="10.99.0.5",
        secondary_ips=("10.99.0.6", "10.99.0.7"),
    )
    moved = stage.add_pod("moved", AUTO)
    for uid, ip in (("u-of-the-original-only", "10.99.0.6"), ("u-" + moved["metadata"]["uid"], "10.99.0.7")):
        stage.bind_by_hand(stage.cloud.add_eip(tags=dict(row.tags) | {"eipctl-pod-uid": uid}), ip)
    stage.add_pod("new", AUTO)
    run = stage.bind(*PRUNE)
    assert (run.code, [error["code"] for error in stage.errors(run)]) == (REFUSED, ["EIP107"])
    assert [row.status for row in stage.cloud.eips()] == ["InUse"] * 4
    assert (run.data["counts"]["allocate"], run.data["counts"]["release"]) == (1, 0)
    assert [skip["object"] for skip in run.data["skipped"]] == ["pod/default/moved"]


def test_a_copied_cluster_that_asks_for_nothing_is_stopped(stage: Stage) -> None:
    """Also where no Pod of the copy has a place yet, the ENIs of the EIPs tell that they are in another VPC."""
    (row,) = stage.own()
    stage.cloud.add_eni(
        "eni-other", vpc_id="vpc-other", vswitch_id="vsw-other", instance_id="i-other", primary_ip="10.99.0.5"
    )
    gone = dict(row.tags) | {"eipctl-pod-uid": "u-of-the-original-only"}
    stage.bind_by_hand(stage.cloud.add_eip(tags=gone), "10.99.0.5")
    stage.add_pod("plain", {})
    stage.delete_pod("web")
    run = stage.bind(*PRUNE)
    assert (run.code, [error["code"] for error in stage.errors(run)]) == (REFUSED, ["EIP107"])
    assert [row.status for row in stage.cloud.eips()] == ["InUse"] * 2


def test_a_restored_backup_keeps_its_addresses(stage: Stage) -> None:
    """After an etcd restore the Pods are there with UIDs of before: each EIP is this Pod's again where it is."""
    before = stage.pod("web")
    assert before is not None
    (row,) = stage.own()
    stage.delete_pod("web")
    stage.reuse_ip(before, "web", AUTO)
    run = stage.clean_run(*PRUNE)
    assert (run.data["counts"]["unassociate"], run.data["counts"]["release"]) == (0, 0)
    assert [bound.address for bound in stage.bound_to("web")] == [row.address]
    stage.nothing_left_to_do(*PRUNE)


def test_a_cluster_made_anew_under_the_same_id_starts_from_nothing(stage: Stage) -> None:
    """The UID of kube-system differs: the old cluster's EIPs are recognised as another one's and never touched."""
    (row,) = stage.own()
    retag(stage, row, cluster_uid="u-of-the-old-cluster")
    stage.delete_pod("web")
    stage.add_pod("next", AUTO)
    stage.clean_run(*PRUNE)
    assert {left.allocation_id for left in stage.cloud.eips()} > {row.allocation_id}
    assert {left.allocation_id: left for left in stage.cloud.eips()}[row.allocation_id].status == "InUse"
    run = stage.run("release", row.allocation_id)
    assert run.code == REFUSED


def test_an_eip_of_another_cluster_at_a_pods_address_is_a_conflict(stage: Stage) -> None:
    """It is told, and neither taken nor doubled."""
    (row,) = stage.own()
    retag(stage, row, cluster="c-other", cluster_uid="u-other")
    run = stage.clean_run(*PRUNE)
    assert [skip["code"] for skip in run.data["skipped"]] == ["EIP504"]
    assert [left.allocation_id for left in stage.cloud.eips()] == [row.allocation_id]


def test_a_wrong_region_buys_nothing_and_takes_nothing(stage: Stage) -> None:
    """The cluster's nodes have no ENI there: exit 2."""
    stage.add_pod("new", AUTO)
    run = stage.bind(*PRUNE, "--region", "cn-shanghai")
    assert (run.code, [error["code"] for error in stage.errors(run)]) == (USAGE, ["EIP209"])
    assert len(stage.cloud.eips()) == 1


def test_another_cluster_id_is_another_owner(stage: Stage) -> None:
    """--cluster-id decides whose an EIP is, for status as for bind."""
    (row,) = stage.own()
    stage.delete_pod("web")
    ours, theirs = (
        json.loads(stage.eipctl("status", "-A", "-o", "json", *words).out)["data"]["orphans"]
        for words in ((), ("--cluster-id", "c-other"))
    )
    assert ([orphan["allocation_id"] for orphan in ours], theirs) == ([row.allocation_id], [])
