"""bind --watch: what changes is seen to at once, and whatever happens to it, a run that watches goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.watching import LEASE, cloud_calls, holder, is_served, leads, watching
from tests.faults.stage import AUTO, named

if TYPE_CHECKING:
    from tests.faults.stage import Stage

TRY_LATER, SIGTERM, USAGE = 75, 143, 2
POOL = "k8s.aliyun.com/eip-public-ip-address-pool-id"
PRUNE = ("--prune", "--grace", "0s")


def test_a_pod_is_served_as_soon_as_it_has_its_ip_and_its_eip_released_when_it_is_gone(stage: Stage) -> None:
    """Nobody runs anything in between."""
    with watching(stage, *PRUNE) as run:
        stage.add_pod("web", AUTO, gate=True)
        stage.until(lambda: is_served(stage, "web"))
        stage.until(lambda: stage.condition("web") == "True")
        stage.holds_promises("web")
        stage.delete_pod("web")
        stage.until(lambda: stage.cloud.eips() == [])
        assert run.end() == SIGTERM
    assert holder(stage) == ""


def test_grace_ends_by_a_timer(stage: Stage) -> None:
    """An orphan is released when its grace is over, although nothing happens then."""
    with watching(stage, "--prune", "--grace", "3s", "--resync", "1h"):
        stage.add_pod("web", AUTO)
        stage.until(lambda: is_served(stage, "web"))
        stage.delete_pod("web")
        stage.until(lambda: any(dict(row.tags).get("eipctl-orphan-since") for row in stage.own()))
        stage.until(lambda: stage.cloud.eips() == [])


def test_a_reused_ip_loses_the_eip_of_the_pod_before_it(stage: Stage) -> None:
    """B4: the new Pod asks for nothing, and so nothing leads to it."""
    with watching(stage, "--resync", "1h"):
        pod = stage.add_pod("old", AUTO)
        stage.until(lambda: is_served(stage, "old"))
        stage.delete_pod("old")
        stage.reuse_ip(pod, "new", {})
        stage.until(lambda: [row.status for row in stage.own()] == ["Available"])
        assert stage.bound_to("new") == []


def test_an_annotation_that_comes_and_goes_on_a_living_pod_is_followed(stage: Stage) -> None:
    """Nothing restarts."""
    with watching(stage, "--resync", "1h", *PRUNE):
        stage.add_pod("web", {})
        stage.objects.patch_metadata("pods", "default", "web", {**AUTO})
        stage.until(lambda: is_served(stage, "web"))
        stage.objects.patch_metadata("pods", "default", "web", dict.fromkeys(AUTO))
        stage.until(lambda: stage.cloud.eips() == [])


def test_what_a_person_did_in_the_cloud_is_put_right_at_the_next_resync(stage: Stage) -> None:
    """No watch tells of it."""
    with watching(stage, "--resync", "2s"):
        stage.add_pod("web", AUTO)
        stage.until(lambda: is_served(stage, "web"))
        (row,) = stage.own()
        stage.unbind_by_hand(row)
        stage.until(lambda: is_served(stage, "web"))
        stage.holds_promises("web")


def test_between_two_resyncs_a_settled_cluster_costs_no_call(stage: Stage) -> None:
    """B5: until the Lease has been renewed twice, neither API hears anything else from it."""
    stage.add_pod("web", AUTO)
    with watching(stage, *PRUNE):
        stage.until(lambda: is_served(stage, "web"))
        stage.until(lambda: not _renewals(stage))
        stage.until(lambda: _renewals(stage) > 0)
        stage.sandbox.calls.clear()
        stage.until(lambda: _renewals(stage) > 0)
        calls = [(call["api"], call["object"]) for call in stage.sandbox.calls.listing()]
        assert {name.split("/")[0] for api, name in calls if api not in ("watch",)} == {"leases"}, calls


def _renewals(stage: Stage) -> int:
    calls = stage.sandbox.calls.listing()
    return sum(call["api"] == "patch" and call["object"].startswith("leases") for call in calls)


def test_another_run_stands_by_and_takes_over(stage: Stage) -> None:
    """When the leader is ended and when it is killed; a cron bind leaves with 75 meanwhile."""
    with watching(stage) as one:
        stage.until(lambda: leads(stage, one))
        assert stage.bind().code == TRY_LATER or stage.bind().data["actions"] == []
        with watching(stage) as two:
            assert one.end() == SIGTERM
            stage.until(lambda: leads(stage, two))
            stage.add_pod("web", AUTO)
            stage.until(lambda: is_served(stage, "web"))
            with watching(stage) as three:
                two.kill()
                stage.until(lambda: leads(stage, three))
                stage.add_pod("game", AUTO)
                stage.until(lambda: is_served(stage, "game"))
    stage.holds_promises("web", "game")


def test_a_leader_that_has_lost_its_lease_writes_nothing_and_stands_by(stage: Stage) -> None:
    """Until the other one ends; then it leads again, in the same process."""
    with watching(stage) as run:
        stage.until(lambda: leads(stage, run))
        _take_lease(stage, "elsewhere/1/1/1")
        stage.until(lambda: "EIP903" in run.said or (not leads(stage, run) and _seen_loss(stage)))
        stage.sandbox.calls.clear()
        stage.add_pod("web", AUTO)
        _take_lease(stage, "")
        stage.until(lambda: leads(stage, run))
        stage.until(lambda: is_served(stage, "web"))


def _take_lease(stage: Stage, who: str) -> None:
    with stage.sandbox.store.transaction():
        lease = stage.objects.get(*LEASE)
        assert lease is not None
        stage.objects.update("leases", {**lease, "spec": {**lease["spec"], "holderIdentity": who}})


def _seen_loss(stage: Stage) -> bool:
    """Whether it has asked who holds the Lease: a leader only writes it."""
    calls = stage.sandbox.calls.listing()
    return any(call["api"] == "get" and call["object"].startswith("leases") for call in calls[-5:])


def test_a_pod_that_cant_be_served_costs_few_calls_and_delays_nobody(stage: Stage) -> None:
    """It waits longer after each attempt, and is served at once when it asks for something else."""
    stage.add_pod("odd", {**AUTO, POOL: "pippool-nobody"})
    with watching(stage, "--resync", "1h"):
        stage.until(lambda: len(cloud_calls(stage, "AllocateEipAddress")) >= 3)
        stage.add_pod("web", AUTO)
        stage.until(lambda: is_served(stage, "web"))
        assert len(cloud_calls(stage, "AllocateEipAddress")) < 8
        stage.objects.patch_metadata("pods", "default", "odd", {POOL: None})
        stage.until(lambda: is_served(stage, "odd"))
    stage.holds_promises("web", "odd")


def test_a_named_eip_goes_to_the_next_pod_that_names_it(stage: Stage) -> None:
    """As when a Deployment with one EIP by its id is recreated: the second Pod waits, and no resync is needed."""
    lent = stage.cloud.add_eip(name="lent")
    with watching(stage, "--resync", "1h"):
        stage.add_pod("first", named(lent))
        stage.until(lambda: is_served(stage, "first"))
        stage.add_pod("second", named(lent))
        stage.delete_pod("first")
        stage.until(lambda: is_served(stage, "second"))


def test_a_tripped_guard_holds_back_its_kind_only_for_an_hour(stage: Stage) -> None:
    """Three allocations in an hour, not in a plan: the fourth Pod gets the EIP that is unbound from a gone one."""
    with watching(stage, "--max-allocate", "3", "--reuse", "--resync", "1h") as run:
        for number in range(3):
            stage.add_pod(f"web-{number}", AUTO)
            stage.until(lambda: is_served(stage, f"web-{number}"))  # noqa: B023 - it is awaited here
        stage.add_pod("web-3", AUTO)
        stage.until(lambda: "guard max-allocate" in run.said)
        stage.delete_pod("web-0")
        stage.until(lambda: is_served(stage, "web-3"))
        assert len(cloud_calls(stage, "AllocateEipAddress")) == 3


def test_options_that_need_an_end_or_an_answer_are_refused(stage: Stage) -> None:
    """--watch has no plan to show, and nobody to ask."""
    for words in (("--dry-run",), ("--out", "x"), ("--exit-code", "--dry-run")):
        assert stage.eipctl("bind", "-A", "--watch", "--yes", *words).code == USAGE
    assert stage.eipctl("bind", "-A", "--watch").code == USAGE


def test_a_wrong_account_ends_a_run_that_has_never_worked(stage: Stage) -> None:
    """Exit 2 at once, as without --watch."""
    stage.add_pod("web", AUTO)
    with watching(stage, "--region", "cn-beijing") as run:
        assert run.process.wait(30) == USAGE
    assert stage.cloud.eips() == []


def test_an_eip_that_is_not_unbound_keeps_no_other_pod_waiting(stage: Stage) -> None:
    """B10: both are due in the same round, and the cloud takes longer for one than anybody would wait."""
    stage.add_pod("gone", AUTO, "cn-hangzhou.10.0.0.11")
    stage.clean_run()
    stage.cloud.set_switches(unassociate_seconds=1e6)
    stage.delete_pod("gone")
    stage.add_pod("web", AUTO, "cn-hangzhou.10.0.0.12")
    with watching(stage, "--resync", "1h"):
        stage.until(lambda: is_served(stage, "web"))
        stage.until(lambda: any(row.status == "Unassociating" for row in stage.own()))
