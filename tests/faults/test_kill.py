"""bind is killed before and after each of its mutating calls; the next runs must finish the work and leak nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.stage import AUTO, named

if TYPE_CHECKING:
    from tests.faults.stage import Stage

SIGKILLED = -9
PRUNE = ("--prune", "--grace", "0s")


def kill(when: str, api: str, service: str = "cloud") -> dict[str, Any]:
    return {"do": "kill", "when": when, "api": api, "service": service}


AT = [
    (when, api, service)
    for when in ("before", "after")
    for api, service in (
        ("AllocateEipAddress", "cloud"),
        ("AssociateEipAddress", "cloud"),
        ("patch", "kube"),
    )
]


@pytest.mark.parametrize(("when", "api", "service"), AT)
def test_an_automatic_eip_survives_a_kill(stage: Stage, when: str, api: str, service: str) -> None:
    """B1, B3, B5: one EIP, on the right Pod, told; then nothing left to do."""
    stage.add_pod("web", AUTO)
    assert stage.bind(fault=kill(when, api, service)).code == SIGKILLED
    stage.clean_run()
    stage.holds_promises("web")
    stage.nothing_left_to_do(*PRUNE)


def test_the_tags_alone_are_enough_when_the_cloud_forgets_client_tokens(stage: Stage) -> None:
    """How long a ClientToken is remembered is documented nowhere; a killed run's EIP is found by its tags."""
    stage.cloud.set_switches(token_seconds=0.0)
    stage.add_pod("web", AUTO)
    assert stage.bind(fault=kill("after", "AllocateEipAddress")).code == SIGKILLED
    stage.clean_run()
    stage.holds_promises("web")
    assert len(stage.cloud.eips()) == 1


AT_GIVEN = [
    (when, api, service)
    for when in ("before", "after")
    for api, service in (
        ("TagResources", "cloud"),
        ("AssociateEipAddress", "cloud"),
        ("patch", "kube"),
    )
]


@pytest.mark.parametrize(("when", "api", "service"), AT_GIVEN)
def test_a_named_eip_survives_a_kill(stage: Stage, when: str, api: str, service: str) -> None:
    """B2: bound to the Pod that names it, with its name and bandwidth as its owner left them."""
    allocation_id = stage.cloud.add_eip(name="mine", bandwidth=7, tags={"team": "games"})
    stage.add_pod("web", named(allocation_id))
    assert stage.bind(fault=kill(when, api, service)).code == SIGKILLED
    stage.clean_run()
    stage.holds_promises("web")
    (row,) = stage.bound_to("web")
    assert (row.allocation_id, row.name, row.bandwidth, dict(row.tags)["team"]) == (allocation_id, "mine", 7, "games")
    stage.nothing_left_to_do(*PRUNE)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("api", ["UnassociateEipAddress", "ReleaseEipAddress"])
def test_a_release_survives_a_kill(stage: Stage, when: str, api: str) -> None:
    """B1: the EIP of a Pod that is gone is released by the next run with --prune, and only that one."""
    stage.add_pod("web", AUTO)
    stage.add_pod("stays", AUTO)
    stage.clean_run()
    stage.delete_pod("web")
    assert stage.bind(*PRUNE, fault=kill(when, api)).code == SIGKILLED
    stage.clean_run(*PRUNE)
    stage.holds_promises("stays")
    stage.nothing_left_to_do(*PRUNE)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("api", ["UnassociateEipAddress", "TagResources"])
def test_an_orphan_mark_survives_a_kill(stage: Stage, when: str, api: str) -> None:
    """B4, B7: without --prune a gone Pod's EIP is unbound and marked, and not released."""
    stage.add_pod("web", AUTO)
    stage.clean_run()
    stage.delete_pod("web")
    assert stage.bind(fault=kill(when, api)).code == SIGKILLED
    stage.clean_run()
    (row,) = stage.own()
    assert (row.status, "eipctl-orphan-since" in dict(row.tags)) == ("Available", True)
    stage.nothing_left_to_do()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("api", ["UnassociateEipAddress", "UnTagResources"])
def test_giving_a_named_eip_back_survives_a_kill(stage: Stage, when: str, api: str) -> None:
    """B2: unbound, without a tag of ours, never released."""
    allocation_id = stage.cloud.add_eip(name="mine", tags={"team": "games"})
    stage.add_pod("web", named(allocation_id))
    stage.clean_run()
    stage.delete_pod("web")
    assert stage.bind(*PRUNE, fault=kill(when, api)).code == SIGKILLED
    stage.clean_run(*PRUNE)
    (row,) = stage.cloud.eips()
    assert (row.allocation_id, row.status, dict(row.tags)) == (allocation_id, "Available", {"team": "games"})
    stage.nothing_left_to_do(*PRUNE)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("api", ["UnassociateEipAddress", "AllocateEipAddress", "AssociateEipAddress"])
def test_a_reused_ip_survives_a_kill(stage: Stage, when: str, api: str) -> None:
    """B4: the EIP of the Pod before never stays on the Pod that got its IP."""
    before = stage.add_pod("before", AUTO)
    stage.clean_run()
    stage.delete_pod("before")
    after = stage.reuse_ip(before, "after", AUTO)
    assert stage.bind(fault=kill(when, api)).code == SIGKILLED
    stage.clean_run(*PRUNE)
    assert after["status"]["podIP"] == before["status"]["podIP"]
    stage.holds_promises("after")
    stage.nothing_left_to_do(*PRUNE)
