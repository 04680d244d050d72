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
TRY_LATER, SIGTERM, SIGKILLED = 75, 143, -9


@pytest.fixture
def partner(stage: Stage) -> str:
    """An EIP that a person owns."""
    return stage.cloud.add_eip(name="partner", tags={"team": "shop"})


def test_an_eip_that_is_lent_beside_watching_runs_serves_the_pod_that_waits_for_it(stage: Stage, partner: str) -> None:
    """The Lease goes to the command, not to the run that stands by; and nobody waits for the next resync."""
    stage.add_pod("web", ASKS)
    resync = ("--resync", "1h")
    with watching(stage, *resync) as one, watching(stage, *resync) as two:
        stage.until(lambda: leads(stage, one) or leads(stage, two))
        lent = stage.run("pool", "add", "partners", partner)
        assert lent.code == 0, lent.out + lent.err
        stage.until(lambda: is_served(stage, "web"))
        stage.until(lambda: leads(stage, one) or leads(stage, two))


def test_a_move_beside_a_watching_run_is_what_that_run_sees_from_then_on(stage: Stage) -> None:
    """What it had in memory is read anew: neither Pod is told the address that it had before."""
    for name in ("blue", "green"):
        stage.add_pod(name, AUTO)
    stage.clean_run()
    before = {name: stage.bound_to(name)[0].address for name in ("blue", "green")}
    with watching(stage, "--resync", "1h") as run:
        stage.until(lambda: leads(stage, run))
        moved = stage.run("move", "pod/blue", "pod/green", "--replace")
        assert moved.code == 0, moved.out + moved.err
        stage.add_pod("later", AUTO)
        stage.until(lambda: is_served(stage, "later"))
        assert run.end() == SIGTERM
    after = {name: stage.bound_to(name)[0].address for name in before}
    assert after == {"blue": before["green"], "green": before["blue"]}
    stage.holds_promises("blue", "green", "later")


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
        spec = {**lease["spec"], "holderIdentity": "elsewhere/1/1/1"}
        stage.objects.update("leases", {**lease, "spec": spec})
    refused = stage.run("pool", "add", "partners", partner)
    assert refused.code == TRY_LATER
    (error,) = json.loads(refused.out)["errors"]
    assert "--lock-timeout" not in error["hint"]
    assert holder(stage) == "elsewhere/1/1/1"
