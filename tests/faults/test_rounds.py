"""A run is a loop that the engine owns: what lives for a round, what for the run, and what for the session."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from eipctl.act.purchases import Purse
from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode, Failed, UsageError
from eipctl.commands.bind import prepare_bind
from eipctl.domain.plan import StepState
from eipctl.engine.run import begin, carry_out
from tests.faults.lab import PRUNE, Lab
from tests.faults.stage import AUTO

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session

WATCHED = 3
MANY = 5


@pytest.fixture
def lab(new_lab: Lab) -> Lab:
    """As new, with one Pod that waits for its EIP."""
    new_lab.stage.add_pod("web-0", AUTO)
    return new_lab


def lease_calls(lab: Lab) -> list[str]:
    return [call["api"] for call in lab.sandbox.calls.listing() if call["object"].startswith("leases")]


def growing(lab: Lab, session: Session) -> Callable[[], Prepared]:
    """Plans of a cluster in which each look finds one Pod more."""
    names = iter(f"web-{number}" for number in range(1, 10))

    def prepare() -> Prepared:
        lab.stage.add_pod(next(names), AUTO)
        return prepare_bind(session, PRUNE)

    return prepare


def planned(session: Session, rounds: int = MANY) -> Prepared:
    return replace(prepare_bind(session, PRUNE), rounds=rounds)


def test_a_watch_is_a_loop_around_a_run(lab: Lab) -> None:
    """Each round plans anew; the Lease is taken once, and given back once."""
    session = lab.session()
    lab.sandbox.calls.clear()
    with begin(session, exclusive=True) as run:
        for number in range(1, WATCHED + 1):
            assert run.carry_out(prepare_bind(session, PRUNE)).exit is ExitCode.OK
            lab.stage.add_pod(f"web-{number}", AUTO)
    lab.stage.holds_promises(*(f"web-{number}" for number in range(WATCHED)))
    assert lease_calls(lab) == ["get", "create", "patch"]


def test_what_a_run_has_learned_serves_its_later_rounds(lab: Lab) -> None:
    """That tags arrive is proven by the first purchase of a run, not of each round; the next run proves it anew."""
    session = lab.session()
    prepare = growing(lab, session)
    for _ in range(2):
        with begin(session, exclusive=True) as run:
            assert not run.writers.one(Purse, Purse).tags_proven
            assert run.carry_out(prepare()).exit is ExitCode.OK
            assert run.writers.one(Purse, Purse).tags_proven


def test_a_run_goes_on_while_others_add_work(lab: Lab) -> None:
    """It is planned anew until it has been done as often as the command says; all of it is one Result."""
    session = lab.session()
    result = carry_out(session, planned(session, rounds=3), again=growing(lab, session))
    lab.stage.holds_promises("web-0", "web-1", "web-2")
    allocated = [step.action.object for step in result.steps if step.action.verb == "allocate"]
    assert allocated == [f"pod/default/web-{number}" for number in range(3)]


def test_a_run_ends_when_nothing_is_left(lab: Lab) -> None:
    """Without a further round."""
    session, plans = lab.session(), []

    def again() -> Prepared:
        plans.append(planned(session))
        return plans[-1]

    assert carry_out(session, planned(session), again=again).exit is ExitCode.OK
    assert [plan.plan.empty for plan in plans] == [True]


def test_a_failure_ends_the_rounds(lab: Lab) -> None:
    """The next run goes on from what the cloud shows then."""
    session = lab.session()
    lab.sandbox.faults.add({"do": "error", "api": "AssociateEipAddress", "status": 403, "code": "Forbidden.RAM"})
    result = carry_out(session, planned(session), again=growing(lab, session))
    assert (result.exit, lab.stage.pod("web-1")) == (ExitCode.PARTIAL, None)


def test_what_was_done_is_told_when_it_can_not_be_planned_again(lab: Lab) -> None:
    """With the error beside it."""
    session = lab.session()

    def again() -> Prepared:
        raise Failed(Code.KUBE_UNREACHABLE, "the API server went away")

    result = carry_out(session, planned(session), again=again)
    assert [error.message for error in result.errors] == ["the API server went away"]
    assert {step.state for step in result.steps} == {StepState.DONE}
    assert result.exit is ExitCode.PARTIAL


def test_what_a_later_plan_holds_back_is_told(lab: Lab) -> None:
    """A guard that trips in the second round is as much a problem as in the first."""
    session = lab.session()

    def again() -> Prepared:
        lab.stage.add_pod("web-1", AUTO)
        return prepare_bind(session, replace(PRUNE, max_allocate=0))

    result = carry_out(session, planned(session), again=again)
    assert [error.code for error in result.errors] == [Code.GUARD]
    assert result.exit is ExitCode.REFUSED


def test_the_audit_log_has_one_run_and_its_plans(lab: Lab, tmp_path: Path) -> None:
    """Each line names the run and the plan that it is about."""
    session, log = lab.session(), tmp_path / "audit.jsonl"
    carry_out(session, planned(session, rounds=2), again=growing(lab, session), audit_log=str(log))
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert len({line["run"] for line in lines}) == 1
    begun = {line["plan"]: line["action"]["pod"] for line in lines if line["event"] == "begin"}
    assert sorted(begun.values()) == ["web-0", "web-1"]


def test_after_a_run_nobody_witnesses_calls(lab: Lab, tmp_path: Path) -> None:
    """Its audit log is closed: a call of the session afterwards is neither recorded in it nor kept from being made."""
    session, log = lab.session(), tmp_path / "audit.jsonl"
    carry_out(session, planned(session), audit_log=str(log))
    before = log.read_text()
    (own,) = lab.stage.own()
    session.writers().vpc.tag(own.allocation_id, (("team", "games"),))
    assert log.read_text() == before
    assert dict(lab.stage.own()[0].tags)["team"] == "games"


def test_a_run_that_can_not_be_recorded_changes_nothing(lab: Lab, tmp_path: Path) -> None:
    """And leaves no Lease behind."""
    session = lab.session()
    prepared = planned(session)
    lab.sandbox.calls.clear()
    with pytest.raises(UsageError, match="can't be written"):
        carry_out(session, prepared, audit_log=str(tmp_path / "no folder" / "audit.jsonl"))
    assert (lab.stage.own(), lease_calls(lab)) == ([], [])


def test_a_full_disk_is_told_once_and_nothing_more_is_begun(lab: Lab) -> None:
    """Not once for each Pod."""
    lab.stage.add_pod("web-1", AUTO)
    session = lab.session()
    result = carry_out(session, planned(session), audit_log="/dev/full")
    assert [error.code for error in result.errors] == [Code.AUDIT_LOG]
    assert (result.exit, {step.state for step in result.steps}) == (ExitCode.USAGE, {StepState.SKIPPED})
    assert lab.stage.own() == []
