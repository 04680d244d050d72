"""The allow-list story: a team lends its EIPs, and the Pods of a Deployment leave by exactly those."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.commands.move import MoveOptions, prepare_move
from eipctl.engine.run import carry_out
from eipctl.sandbox.cloud.cloud import ROOT
from tests.e2e.user import User
from tests.faults.stage import AUTO, Stage, named

if TYPE_CHECKING:
    from pathlib import Path

    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session
    from eipctl.sandbox.cloud.rows import EipRow

ASKS = {"eipctl.io/pool": "partners"}
FAILED, REFUSED = 1, 5
SIGKILLED = -9
PRUNE = ("--prune", "--grace", "0s")


@pytest.fixture
def stage(modern: User) -> Stage:
    """A modern cluster whose account has three EIPs of a team."""
    for number in range(3):
        modern.cloud.add_eip(name=f"partner-{number}", tags={"team": "shop"})
    return Stage(modern.sandbox)


def team(stage: Stage) -> dict[str, dict[str, str]]:
    """The team's EIPs: id to tags."""
    return {row.allocation_id: dict(row.tags) for row in stage.cloud.eips() if ("team", "shop") in row.tags}


def lend(stage: Stage, *ids: str) -> None:
    """`pool add`; all of the team's where none is named."""
    words = ids or ("--filter", "team=shop")
    run = stage.run("pool", "add", "partners", *words)
    assert run.code == 0, run.out + run.err


def shown(stage: Stage) -> dict[str, Any]:
    """The one pool, as `pool show` answers."""
    run = stage.eipctl("pool", "show", "partners", "-o", "json")
    assert run.code == 0, run.out + run.err
    (pool,) = run.data["pools"]
    return dict(pool)


def addresses_of(stage: Stage, app: str) -> set[str]:
    """By which addresses its Pods can be reached now."""
    return {row.address for name in stage.pods_of(app) for row in stage.bound_to(name)}


def test_a_cluster_without_pools_says_so(stage: Stage) -> None:
    """Instead of the titles of an empty table, and beside the answer, which stays empty."""
    run = stage.eipctl("pool", "list")
    assert (run.code, run.out) == (0, "")
    assert run.err == "this cluster has no pool; eipctl pool add makes one\n"


def test_the_story_of_a_pod_names_its_pool(stage: Stage) -> None:
    """As a pool, not as an EIP."""
    lend(stage)
    stage.add_pod("web", ASKS)
    stage.clean_run()
    assert "asks for    an EIP of pool partners\n" in stage.eipctl("status", "pod/web").out


def test_a_deployment_keeps_the_addresses_of_its_pool_over_a_rollout(stage: Stage) -> None:
    """Exactly the three lent addresses, before and after; nothing is allocated, renamed or released."""
    names = {row.allocation_id: row.name for row in stage.cloud.eips()}
    lend(stage)
    stage.deploy("web", 3, ASKS)
    stage.clean_run()
    lent = {row.address for row in stage.cloud.eips()}
    assert addresses_of(stage, "web") == lent
    stage.nothing_left_to_do()
    stage.roll_out("web")
    stage.clean_run("--prune", "--grace", "0s")
    assert addresses_of(stage, "web") == lent
    assert {row.allocation_id: row.name for row in stage.cloud.eips()} == names
    assert (shown(stage)["used"], shown(stage)["free"]) == (3, 0)


def test_a_stateful_pod_gets_the_address_back_that_it_had(stage: Stage) -> None:
    """Not the one that has been unused the longest."""
    lend(stage)
    stage.deploy("db", 2, ASKS, kind="StatefulSet")
    stage.clean_run()
    before = {name: stage.bound_to(name)[0].address for name in ("db-0", "db-1")}
    for name in ("db-1", "db-0"):
        stage.replace_pod(name)
    stage.clean_run()
    assert {name: stage.bound_to(name)[0].address for name in ("db-0", "db-1")} == before


def test_a_full_pool_is_pending_and_says_who_has_what(stage: Stage) -> None:
    """The fourth Pod waits with a code of its own, and gets the first EIP that becomes free."""
    lend(stage)
    stage.deploy("web", 4, ASKS)
    stage.clean_run()
    pool = shown(stage)
    assert (pool["size"], pool["used"], len(pool["waiting"])) == (3, 3, 1)
    status = json.loads(stage.eipctl("status", "-A", "-o", "json").out)["data"]["pods"]
    (waits,) = [row for row in status if row["state"] == "Pending"]
    assert (waits["code"], waits["wanted"]) == ("EIP530", "pool/partners")
    assert "default/web-" in waits["reason"]
    stage.scale("web", 3)
    stage.clean_run()
    assert len(addresses_of(stage, "web")) == 3
    assert shown(stage)["waiting"] == []


def test_removing_an_eip_takes_it_from_no_living_pod(stage: Stage) -> None:
    """It stays with its Pod, goes to no other one, and has no tag of eipctl left once that Pod is gone."""
    (first, *_) = team(stage)
    lend(stage, first)
    stage.add_pod("web", ASKS)
    stage.clean_run()
    assert stage.run("pool", "remove", "partners", first).code == 0
    stage.nothing_left_to_do()
    assert [row.allocation_id for row in stage.bound_to("web")] == [first]
    stage.delete_pod("web")
    stage.add_pod("next", ASKS)
    stage.clean_run("--prune", "--grace", "0s")
    assert team(stage)[first] == {"team": "shop"}
    assert stage.bound_to("next") == []


def test_an_unused_eip_is_taken_back_with_all_its_tags(stage: Stage) -> None:
    """Also those of the last Pod that had it."""
    lend(stage)
    stage.add_pod("web", ASKS)
    stage.clean_run()
    stage.delete_pod("web")
    stage.clean_run()
    assert stage.run("pool", "remove", "partners", "--filter", "team=shop").code == 0
    assert list(team(stage).values()) == [{"team": "shop"}] * 3


@pytest.mark.parametrize("what", ["given", "another pool", "unknown"])
def test_what_can_not_be_lent_is_refused_before_anything_is_written(stage: Stage, what: str) -> None:
    """One that a Pod names, one of another pool, and one that is not there."""
    first, second, *_ = team(stage)
    if what == "given":
        stage.add_pod("web", named(second))
        stage.clean_run()
    elif what == "another pool":
        assert stage.run("pool", "add", "others", second).code == 0
    else:
        second = "eip-none"
    before = {row.allocation_id: row.tags for row in stage.cloud.eips()}
    run = stage.run("pool", "add", "partners", first, second)
    assert run.code == (FAILED if what == "unknown" else REFUSED), run.out
    assert {row.allocation_id: row.tags for row in stage.cloud.eips()} == before


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("api", ["TagResources", "AssociateEipAddress"])
def test_a_kill_leaves_no_eip_of_a_pool_on_two_pods_or_nobody(stage: Stage, when: str, api: str) -> None:
    """The next run finishes the work with the same EIP."""
    lend(stage)
    stage.add_pod("web", ASKS)
    assert stage.bind(fault={"do": "kill", "when": when, "api": api, "service": "cloud"}).code == SIGKILLED
    stage.clean_run()
    stage.holds_promises("web")
    stage.nothing_left_to_do("--prune", "--grace", "0s")


def test_consent_that_is_taken_back_meanwhile_stops_the_binding(stage: Stage, tmp_path: Path) -> None:
    """A saved plan does not bind an EIP whose pool's tag is gone by the time it is applied."""
    (first, *_) = team(stage)
    lend(stage, first)
    stage.add_pod("web", ASKS)
    plan = tmp_path / "plan.json"
    assert stage.eipctl("bind", "-A", "--out", str(plan)).code == 0
    assert stage.run("pool", "remove", "partners", first).code == 0
    assert stage.run("apply", str(plan)).code == REFUSED
    assert stage.bound_to("web") == []


def test_annotate_asks_for_a_pool(stage: Stage) -> None:
    """The key is eipctl's own, on the Pod template."""
    lend(stage)
    stage.deploy("web", 2, {})
    run = stage.run("annotate", "deployment/web", "--pool-of-eips", "partners")
    assert run.code == 0, run.out
    stage.until(
        lambda: all(
            "eipctl.io/pool" in (stage.pod(n) or {})["metadata"].get("annotations", {}) for n in stage.pods_of("web")
        )
    )
    stage.until(lambda: len(stage.pods_of("web")) == 2)
    stage.clean_run()
    assert len(addresses_of(stage, "web")) == 2


def test_an_address_moves_from_one_pod_to_another_and_the_next_bind_agrees(stage: Stage) -> None:
    """Both Pods tell the truth; the first one, which still asks, gets another EIP by the next run."""
    stage.add_pod("blue", AUTO, gate=True)
    stage.clean_run()
    (before,) = stage.bound_to("blue")
    stage.add_pod("green", AUTO, gate=True)
    run = stage.run("move", "pod/blue", "pod/green")
    assert run.code == 0, run.out + run.err
    assert [row.address for row in stage.bound_to("green")] == [before.address]
    assert (stage.bound_to("blue"), stage.condition("blue"), stage.condition("green")) == ([], "False", "True")
    stage.clean_run()
    stage.holds_promises("blue", "green")
    assert [row.address for row in stage.bound_to("green")] == [before.address]
    stage.nothing_left_to_do()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("api", ["UnassociateEipAddress", "TagResources", "AssociateEipAddress"])
def test_a_move_that_is_killed_leaves_the_address_with_one_of_the_two(stage: Stage, when: str, api: str) -> None:
    """The next bind serves both Pods; the address is one of theirs."""
    stage.add_pod("blue", AUTO)
    stage.clean_run()
    (before,) = stage.bound_to("blue")
    stage.add_pod("green", AUTO)
    fault = {"do": "kill", "when": when, "api": api, "service": "cloud"}
    assert stage.eipctl("move", "pod/blue", "pod/green", "--yes", fault=fault).code == SIGKILLED
    stage.clean_run("--prune", "--grace", "0s")
    stage.holds_promises("blue", "green")
    assert before.address in {row.address for row in stage.own()}


def test_lending_can_be_planned_and_applied_later(stage: Stage, tmp_path: Path) -> None:
    """A saved plan of `pool add`, and of `pool remove`, is carried out as it was shown."""
    plan = tmp_path / "plan.json"
    for words, lent in ((("add",), 3), (("remove",), 0)):
        assert stage.eipctl("pool", *words, "partners", "--filter", "team=shop", "--out", str(plan)).code == 0
        run = stage.run("apply", str(plan))
        assert run.code == 0, run.out + run.err
        assert sum("eipctl-pool" in tags for tags in team(stage).values()) == lent


def test_an_allow_listed_eip_that_eipctl_bought_becomes_the_pools(stage: Stage) -> None:
    """Lent while its Pod has it; the Deployment then asks for the pool and keeps the very addresses, for good."""
    stage.deploy("web", 2, AUTO)
    stage.clean_run()
    bought = {row.address: row.allocation_id for row in stage.own()}
    lend(stage, *bought.values())
    stage.nothing_left_to_do(*PRUNE)
    run = stage.run("annotate", "deployment/web", "--remove")
    assert run.code == 0, run.out
    assert stage.run("annotate", "deployment/web", "--pool-of-eips", "partners").code == 0
    stage.until(lambda: all("eipctl.io/pool" in annotations_of(stage, name) for name in stage.pods_of("web")))
    stage.until(lambda: len(stage.pods_of("web")) == 2)
    for _ in range(2):
        stage.clean_run(*PRUNE)
    assert addresses_of(stage, "web") == set(bought)
    stage.deploy("other", 1, AUTO)
    stage.scale("web", 0)
    stage.clean_run(*PRUNE)
    stage.clean_run(*PRUNE)
    assert set(bought) <= {row.address for row in stage.cloud.eips()}
    assert addresses_of(stage, "other").isdisjoint(bought)


def annotations_of(stage: Stage, name: str) -> dict[str, str]:
    return dict((stage.pod(name) or {}).get("metadata", {}).get("annotations", {}))


def test_an_eip_with_too_many_tags_keeps_no_pod_from_another_one(stage: Stage) -> None:
    """Its owner has lent it in the console: eipctl could never tag it, and says so instead of trying for ever."""
    tags = {f"tag-{number}": "x" for number in range(15)}
    full = stage.cloud.add_eip(name="full", tags={**tags, **stage.consent("partners")})
    stage.add_pod("web", ASKS)
    assert stage.clean_run().data["actions"] == []
    refused = stage.run("pool", "add", "others", stage.cloud.add_eip(name="fuller", tags=tags))
    assert refused.code == REFUSED
    assert "15 tags" in json.loads(refused.out)["errors"][0]["message"]
    lend(stage)
    stage.clean_run()
    assert [row.allocation_id != full for row in stage.bound_to("web")] == [True]
    states = {each["allocation_id"]: each["state"] for each in shown(stage)["eips"]}
    assert states[full] == "unavailable"


def test_a_run_of_one_namespace_gets_what_a_pod_of_another_one_has_left(stage: Stage) -> None:
    """Each team runs bind for its own namespace; the pool is for both."""
    (first, *_) = team(stage)
    lend(stage, first)
    stage.add_pod("one", ASKS)
    stage.clean_run()
    stage.objects.create("namespaces", {"metadata": {"name": "other"}})
    two = {"metadata": {"name": "two", "namespace": "other", "annotations": ASKS}}
    stage.objects.create("pods", {**two, "spec": {"containers": [{"name": "main", "image": "nginx"}]}})
    stage.until(lambda: (stage.objects.get("pods", "other", "two") or {}).get("status", {}).get("phase") == "Running")
    waits = stage.run("bind", "-n", "other")
    assert (waits.code, [skip["code"] for skip in waits.data["skipped"]]) == (0, ["EIP530"])
    stage.delete_pod("one")
    assert stage.run("bind", "-n", "default").code == 0
    served = stage.run("bind", "-n", "other")
    assert (served.code, [row.allocation_id for row in stage.own()]) == (0, [first])
    assert dict(stage.own()[0].tags)["eipctl-namespace"] == "n-other"


def planned_move(stage: Stage) -> tuple[Session, Prepared, EipRow]:
    """From blue, which has the EIP, to green; planned, and not carried out yet."""
    stage.add_pod("blue", AUTO)
    stage.clean_run()
    (before,) = stage.bound_to("blue")
    stage.add_pod("green", AUTO)
    session = User(stage.sandbox).session()
    prepared = prepare_move(session, MoveOptions(source="default/blue", target="default/green"))
    return session, prepared, before


def test_a_move_to_a_pod_that_has_gone_meanwhile_takes_nothing(stage: Stage) -> None:
    """The plan was shown and confirmed; then the second Pod goes. The first one keeps its address."""
    session, prepared, before = planned_move(stage)
    stage.delete_pod("green")
    stage.sandbox.calls.clear()
    result = carry_out(session, prepared)
    assert [error.code for error in result.errors] == [Code.POD_CHANGED]
    assert stage.writes() == []
    assert [row.address for row in stage.bound_to("blue")] == [before.address]


def test_a_move_goes_on_when_the_first_pod_dies_in_the_middle(stage: Stage) -> None:
    """Which is what a fail-over is for: a Pod that is gone records no address any more, and that is no error."""
    session, prepared, before = planned_move(stage)
    stage.delete_pod("blue")
    result = carry_out(session, prepared)
    assert result.errors == ()
    assert [row.address for row in stage.bound_to("green")] == [before.address]
    stage.holds_promises("green")


def test_two_pods_exchange_their_addresses(stage: Stage) -> None:
    """Both tell the truth afterwards, and the next bind has nothing to do."""
    lend(stage)
    for name in ("blue", "green"):
        stage.add_pod(name, ASKS, gate=True)
    stage.clean_run()
    before = {name: stage.bound_to(name)[0].address for name in ("blue", "green")}
    refused = stage.run("move", "pod/blue", "pod/green")
    assert (refused.code, "--replace" in json.loads(refused.out)["errors"][0]["hint"]) == (REFUSED, True)
    run = stage.run("move", "pod/blue", "pod/green", "--replace")
    assert run.code == 0, run.out + run.err
    after = {name: stage.bound_to(name)[0].address for name in ("blue", "green")}
    assert after == {"blue": before["green"], "green": before["blue"]}
    assert [stage.condition(name) for name in before] == ["True", "True"]
    stage.nothing_left_to_do(*PRUNE)


def test_two_clusters_of_one_account_may_have_pools_of_the_same_name(stage: Stage) -> None:
    """Each sees, lends and takes back its own EIPs; what the other one has is refused with what helps."""
    first, second, third = team(stage)
    lend(stage, first)
    tag = {"eipctl-pool": "p-partners.c-other.0c26d539-3508-4b7e-aff4-36074adc7737"}
    call = {
        "ResourceType": "EIP",
        "ResourceId.1": second,
        "Tag.1.Key": "eipctl-pool",
        "Tag.1.Value": tag["eipctl-pool"],
    }
    stage.cloud.call(ROOT, "vpc", "TagResources", call)
    for name in ("one", "two"):
        stage.add_pod(name, ASKS)
    stage.clean_run()
    assert [len(stage.bound_to(name)) for name in ("one", "two")] == [1, 0]
    assert [each["allocation_id"] for each in shown(stage)["eips"]] == [first]
    refused = stage.run("pool", "add", "partners", second)
    assert refused.code == REFUSED
    assert "remove the tags eipctl-pool" in json.loads(refused.out)["errors"][0]["hint"]
    assert stage.run("pool", "remove", "partners", second).code == FAILED
    assert stage.run("pool", "add", "partners", "--filter", "team=shop").code == 0
    assert stage.run("pool", "remove", "partners", "--filter", "team=shop").code == 0
    assert team(stage)[second]["eipctl-pool"] == tag["eipctl-pool"]
    assert "eipctl-pool" not in team(stage)[third]
