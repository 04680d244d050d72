"""Reads that are broken, and EIPs that are not ours: nothing is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.stage import AUTO

if TYPE_CHECKING:
    from tests.faults.stage import Stage

PRUNE = ("--prune", "--grace", "0s")
REFUSED = 5


def test_a_page_that_is_cut_once_is_read_again(stage: Stage) -> None:
    """A truncated body is no success: the read is repeated and the run goes on."""
    stage.add_pod("web", AUTO)
    run = stage.bind(fault={"do": "truncate", "api": "DescribeEipAddresses"})
    assert run.code == 0, run.err
    stage.holds_promises("web")


def test_a_page_that_stays_cut_lets_nothing_be_taken_away(stage: Stage) -> None:
    """B7: an EIP list that can't be read in full releases, unbinds and buys nothing."""
    stage.add_pod("web", AUTO)
    stage.add_pod("gone", AUTO)
    stage.clean_run()
    stage.delete_pod("gone")
    before = stage.cloud.eips()
    stage.sandbox.calls.clear()
    run = stage.bind(*PRUNE, "--timeout", "8s", fault={"do": "truncate", "api": "DescribeEipAddresses", "times": 0})
    assert run.code not in (0, 1), run.out
    assert stage.writes() == []
    assert stage.cloud.eips() == before


def test_a_pod_list_that_breaks_in_the_middle_lets_nothing_be_taken_away(stage: Stage) -> None:
    """B7: a Pod that was on the lost page is not gone."""
    stage.add_pod("web", AUTO)
    stage.clean_run()
    before = stage.cloud.eips()
    fault = {"do": "error", "service": "kube", "api": "list", "object": "pods.*", "times": 0, "status": 500}
    run = stage.bind(*PRUNE, "--timeout", "20s", fault=fault)
    assert run.code != 0
    assert stage.cloud.eips() == before


def test_a_second_cluster_in_the_account_is_left_alone(stage: Stage) -> None:
    """B2: its EIPs, bound or not, and those made by hand, are as they were, whatever is pruned here."""
    tags = {"eipctl-cluster": "c-other", "eipctl-cluster-uid": "u-other", "eipctl-namespace": "n-default"}
    theirs = tags | {"eipctl-pod": "p-web", "eipctl-pod-uid": "u-gone", "eipctl-role": "allocated"}
    stage.cloud.add_eip(tags=theirs)
    stage.cloud.add_eip(tags=theirs | {"eipctl-orphan-since": "t-20200101T000000Z"})
    stage.cloud.add_eip(name="by-hand")
    before = stage.cloud.eips()
    stage.add_pod("web", AUTO)
    stage.clean_run(*PRUNE)
    stage.delete_pod("web")
    stage.clean_run(*PRUNE)
    assert [row for row in stage.cloud.eips() if row.status != "Releasing"] == before
