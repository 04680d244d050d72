"""The allow-list story: a team lends its EIPs, and the Pods of a Deployment leave by exactly those."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.user import User

ASKS = {"eipctl.io/pool": "partners"}
FAILED, REFUSED = 1, 5
SIGKILLED = -9


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


@pytest.mark.parametrize("what", ["bought", "another pool", "unknown"])
def test_what_can_not_be_lent_is_refused_before_anything_is_written(stage: Stage, what: str) -> None:
    """One that eipctl bought, one of another pool, and one that is not there."""
    first, second, *_ = team(stage)
    if what == "bought":
        stage.add_pod("web", AUTO)
        stage.clean_run()
        second = next(row.allocation_id for row in stage.own())
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
