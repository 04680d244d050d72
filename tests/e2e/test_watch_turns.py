"""A person's command beside `bind --watch`: it gets the Lease at once, and the watching run leads again after it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.watching import LEASE, holder, is_served, leads, watching
from tests.faults.stage import AUTO

if TYPE_CHECKING:
    from tests.faults.stage import Stage

ASKS = {"eipctl.io/pool": "partners"}
TRY_LATER, SIGKILLED = 75, -9


@pytest.fixture
def partner(stage: Stage) -> str:
    """An EIP that a person owns."""
    return stage.cloud.add_eip(name="partner", tags={"team": "shop"})


def test_an_eip_that_is_lent_beside_a_watching_run_serves_the_pod_that_waits_for_it(stage: Stage, partner: str) -> None:
    """The command is not refused, and nobody waits for the next resync."""
    with watching(stage, "--resync", "1h") as run:
        stage.add_pod("web", ASKS)
        stage.until(lambda: leads(stage, run))
        lent = stage.run("pool", "add", "partners", partner)
        assert lent.code == 0, lent.out + lent.err
        stage.until(lambda: is_served(stage, "web"))
        stage.until(lambda: leads(stage, run))
        assert run.end() == 143


def test_each_command_of_a_person_has_its_turn_beside_a_watching_run(stage: Stage, partner: str) -> None:
    """Lending, moving, taking back and releasing; what the run had in memory of it is read anew."""
    stage.add_pod("blue", AUTO)
    stage.clean_run()
    (before,) = stage.bound_to("blue")
    with watching(stage, "--resync", "1h") as run:
        stage.until(lambda: leads(stage, run))
        stage.add_pod("green", AUTO)
        stage.until(lambda: is_served(stage, "green"))
        for words in (
            ("pool", "add", "partners", partner),
            ("move", "pod/blue", "pod/green", "--replace"),
            ("pool", "remove", "partners", partner),
        ):
            done = stage.run(*words)
            assert done.code == 0, (words, done.out + done.err)
        stage.until(lambda: leads(stage, run))
        stage.until(lambda: is_served(stage, "blue") and is_served(stage, "green"))
        assert [row.allocation_id for row in stage.bound_to("green")] == [before.allocation_id]
    stage.holds_promises("blue", "green")


def test_nobody_else_takes_a_lease_that_is_handed_over(stage: Stage, partner: str) -> None:
    """A second watching run, which stands by, leaves it to the command that has asked for it."""
    with watching(stage) as one, watching(stage) as two:
        stage.until(lambda: leads(stage, one) or leads(stage, two))
        assert stage.run("pool", "add", "partners", partner).code == 0
        stage.add_pod("web", ASKS)
        stage.until(lambda: is_served(stage, "web"))
        assert leads(stage, one) != leads(stage, two)


def test_a_command_that_is_killed_while_it_asks_holds_nobody_up(stage: Stage, partner: str) -> None:
    """The watching run gives the Lease back, finds the asker dead, and leads again."""
    with watching(stage, "--resync", "1h") as run:
        stage.until(lambda: leads(stage, run))
        fault = {"do": "kill", "when": "after", "service": "kube", "api": "patch", "object": "leases.*"}
        killed = stage.eipctl("pool", "add", "partners", partner, "--yes", fault=fault)
        assert killed.code == SIGKILLED
        stage.add_pod("web", AUTO)
        stage.until(lambda: is_served(stage, "web"))
        stage.until(lambda: leads(stage, run))


def test_a_single_run_is_neither_asked_nor_waited_for(stage: Stage, partner: str) -> None:
    """A command leaves at once with 75, and says when to run it again."""
    stage.add_pod("web", AUTO)
    stage.clean_run()
    with stage.sandbox.store.transaction():
        lease = stage.objects.get(*LEASE)
        assert lease is not None
        spec = {**lease["spec"], "holderIdentity": "elsewhere/1/1/1", "renewTime": "2999-01-01T00:00:00.000000Z"}
        stage.objects.update("leases", {**lease, "spec": spec})
    refused = stage.run("pool", "add", "partners", partner)
    assert refused.code == TRY_LATER
    (error,) = json.loads(refused.out)["errors"]
    assert "--lock-timeout" not in error["hint"]
    assert holder(stage) == "elsewhere/1/1/1"
