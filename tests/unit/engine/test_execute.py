"""Carrying out plans: order, side-by-side lanes, failures, and runs that are stopped."""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, ExitCode, Failed, Reaction
from eipctl.base.stop import Stop
from eipctl.domain.plan import Action, Lane, Plan, Stage, Step, StepState, Verb
from eipctl.engine.execute import LaneMemory, Result, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Do(Action):
    verb: ClassVar[Verb] = Verb.ALLOCATE
    name: str
    reason: str = "because"

    @property
    def object(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish(Do):
    verb: ClassVar[Verb] = Verb.ASSOCIATE


@dataclass(frozen=True, slots=True, kw_only=True)
class At(Do):
    """One that works on a private IP."""

    verb: ClassVar[Verb] = Verb.ASSOCIATE
    eni: str = "eni"
    ip: str = "10.0.0.1"

    @property
    def place(self) -> tuple[str, str]:
        return self.eni, self.ip


@dataclass(frozen=True, slots=True, kw_only=True)
class Free(Do):
    """Frees what later Actions need."""

    verb: ClassVar[Verb] = Verb.UNASSOCIATE
    eip: str

    @property
    def frees(self) -> str:
        return self.eip


@dataclass(frozen=True, slots=True, kw_only=True)
class Use(Do):
    """Can do nothing with what is not free."""

    verb: ClassVar[Verb] = Verb.RELEASE
    eip: str

    @property
    def needs(self) -> str:
        return self.eip


class Beside(Do):
    takes_turn: ClassVar[bool] = False


def run(plan: Plan, work: Callable[[Any, LaneMemory], Mapping[str, str]], stop: Stop | None = None) -> Result:
    kinds: tuple[type[Action], ...] = (Do, Free, Use, Finish, Beside, At, Order)
    return execute(plan, dict.fromkeys(kinds, work), stop=stop or Stop())


def stage(*lanes: Lane, width: int | None = None, stop_on_failure: bool = False) -> Stage:
    return Stage("stage", lanes, width, stop_on_failure)


def states(result: Result) -> list[tuple[str, str]]:
    return [(step.action.object, step.state.value) for step in result.steps]


def fails_on(*names: str) -> Callable[[Do, LaneMemory], Mapping[str, str]]:
    def work(action: Do, _memory: LaneMemory) -> Mapping[str, str]:
        if action.name in names:
            raise Failed(Code.CLOUD_ERROR, f"{action.name} failed")
        return {}

    return work


def test_what_one_action_learns_the_next_of_its_lane_knows() -> None:
    """And other lanes don't."""
    seen: dict[str, LaneMemory] = {}

    def work(action: Do, memory: LaneMemory) -> Mapping[str, str]:
        seen[action.name] = dict(memory)
        return {"allocation_id": f"eip-{action.name}"}

    lanes = (Lane((Do(name="a"), Finish(name="b"))), Lane((Do(name="c"),)))
    result = run(Plan("p", (stage(*lanes),)), work)
    assert (seen["b"], seen["c"]) == ({"allocation_id": "eip-a"}, {})
    assert result.steps[0].as_data()["allocation_id"] == "eip-a"
    assert result.exit is ExitCode.OK


def test_a_failure_skips_the_rest_of_its_lane_only() -> None:
    """The run is partial."""
    plan = Plan("p", (stage(Lane((Do(name="a"), Finish(name="b"))), Lane((Do(name="c"),))),))
    result = run(plan, fails_on("a"))
    assert states(result) == [("a", "failed"), ("b", "skipped"), ("c", "done")]
    assert result.exit is ExitCode.PARTIAL


def test_a_run_in_which_nothing_was_done_has_failed() -> None:
    """Exit code 1, not 4."""
    assert run(Plan("p", (stage(Lane((Do(name="a"),))),)), fails_on("a")).exit is ExitCode.FAILED


def test_a_stage_that_stops_on_failure_keeps_later_stages_from_starting() -> None:
    """A canary that fails is alone."""
    stages = (stage(Lane((Do(name="canary"),)), stop_on_failure=True), stage(Lane((Do(name="rest"),))))
    assert states(run(Plan("p", stages), fails_on("canary"))) == [("canary", "failed"), ("rest", "skipped")]


def test_an_error_that_no_further_call_gets_past_is_told_once() -> None:
    """Quota: the verb is barred, other verbs go on, the exit code is 75."""

    def work(action: Do, _memory: LaneMemory) -> Mapping[str, str]:
        if isinstance(action, Finish):
            return {}
        raise CloudError(
            Code.EIP_QUOTA,
            "the EIP quota is used up",
            api="AllocateEipAddress",
            cloud_code="QuotaExceeded.Eip",
            reaction=Reaction.STOP,
        )

    lanes = [Lane((Do(name=f"a{number}"),)) for number in range(5)] + [Lane((Finish(name="other"),))]
    result = run(Plan("p", (stage(*lanes, width=1),)), work)
    assert [step.state for step in result.steps] == [StepState.FAILED] + [StepState.SKIPPED] * 4 + [StepState.DONE]
    assert [error.code for error in result.errors] == [Code.EIP_QUOTA]
    assert result.exit is ExitCode.TRY_LATER


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Do):
    """One that asks for something by name."""

    wants: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        return self.wants


@pytest.mark.parametrize(
    ("refused", "done"),
    [
        ({"rg-a"}, ["plain", "rg-b", "plain again"]),
        ({"rg-a", "rg-b"}, ["plain", "plain again"]),
        ({"rg-a", ""}, []),
    ],
)
def test_a_missing_right_for_what_is_named_ends_only_what_names_the_same(refused: set[str], done: list[str]) -> None:
    """Each named resource is tried once; only a plain call that is refused too ends the kind."""
    tried: list[str] = []

    def work(action: Do, _memory: LaneMemory) -> Mapping[str, str]:
        tried.append(action.name)
        if "".join(action.named) in refused:
            raise CloudError(
                Code.CLOUD_FORBIDDEN,
                "may not",
                api="AllocateEipAddress",
                cloud_code="Forbidden",
                reaction=Reaction.STOP_ALIKE,
                http_status=403,
            )
        return {}

    orders = [("rg-a", "rg-a"), ("rg-a again", "rg-a"), ("plain", ""), ("rg-b", "rg-b"), ("plain again", "")]
    lanes = [Lane((Order(name=name, wants=(wants,) if wants else ()),)) for name, wants in orders]
    result = run(Plan("p", (stage(*lanes, width=1),)), work)
    assert [name for name, state in states(result) if state == "done"] == done
    assert "rg-a again" not in tried
    assert "plain again" not in tried or "" not in refused


def test_a_signal_stops_between_actions() -> None:
    """B9: what has begun ends, nothing more begins, exit code 143."""
    stop = Stop()

    def work(action: Do, _memory: LaneMemory) -> Mapping[str, str]:
        if action.name == "a":
            stop.interrupt(signal.SIGTERM)
        return {}

    result = run(
        Plan("p", (stage(Lane((Do(name="a"), Finish(name="b"))), Lane((Do(name="c"),)), width=1),)), work, stop
    )
    assert states(result) == [("a", "done"), ("b", "skipped"), ("c", "skipped")]
    assert {step.error for step in result.steps[1:]} == {
        "stopped by a signal between two calls; nothing is half-written"
    }
    assert result.exit is ExitCode.SIGTERM


def test_a_timeout_that_has_passed_starts_nothing() -> None:
    """Exit code 124."""
    result = run(Plan("p", (stage(Lane((Do(name="a"),))),)), fails_on(), Stop(timeout=0.0))
    assert (states(result), result.exit) == ([("a", "skipped")], ExitCode.TIMED_OUT)


def test_two_actions_never_work_on_one_private_ip_at_a_time() -> None:
    """Those of different ENIs do: this ends only if both ENIs are worked on at a time."""
    inside: dict[str, int] = {}
    together = threading.Barrier(2, timeout=20)
    overlaps: list[str] = []

    def work(action: At, _memory: LaneMemory) -> Mapping[str, str]:
        inside[action.eni] = inside.get(action.eni, 0) + 1
        if inside[action.eni] > 1:
            overlaps.append(action.name)
        together.wait()
        inside[action.eni] -= 1
        return {}

    lanes = [Lane((At(name=f"{eni}{number}", eni=eni, ip="10.0.0.1"),)) for number in range(3) for eni in "xy"]
    result = run(Plan("p", (stage(*lanes),)), work)
    assert overlaps == []
    assert {step.state for step in result.steps} == {StepState.DONE}


def test_an_action_that_works_on_no_private_ip_does_not_wait_for_a_turn() -> None:
    """An EIP is allocated while the IP is busy with another one: this ends only if both are under way at a time."""
    together = threading.Barrier(2, timeout=20)

    def work(action: Do, _memory: LaneMemory) -> Mapping[str, str]:
        if action.name in {"associate-1", "allocate-2"}:
            together.wait()
        return {}

    first, second = (At(name="associate-1"),), (Do(name="allocate-2"), At(name="associate-2"))
    result = run(Plan("p", (stage(Lane(first), Lane(second)),)), work)
    assert {step.state for step in result.steps} == {StepState.DONE}


def test_a_crowded_eni_keeps_no_other_waiting() -> None:
    """Lanes that wait for their turn hold few workers: those at the ENI end only when the one elsewhere has begun."""
    elsewhere = threading.Event()

    def work(action: At, _memory: LaneMemory) -> Mapping[str, str]:
        if action.eni == "crowded":
            assert elsewhere.wait(20), "nobody came to the other ENI"
        else:
            elsewhere.set()
        return {}

    crowd = [Lane((At(name=f"pod-{number}", eni="crowded", ip=f"10.0.0.{number}"),)) for number in range(20)]
    result = run(Plan("p", (stage(*crowd, Lane((At(name="alone", eni="other"),))),)), work)
    assert {step.state for step in result.steps} == {StepState.DONE}


def test_steps_are_told_in_the_order_of_the_plan() -> None:
    """Whatever was begun first."""
    lanes = [Lane((At(name=name, eni=name[0], ip=name),)) for name in ("x1", "x2", "x3", "y1", "y2", "z1")]
    result = run(Plan("p", (stage(*lanes, width=1),)), fails_on())
    assert [name for name, _ in states(result)] == ["x1", "x2", "x3", "y1", "y2", "z1"]


def test_a_bug_in_one_lane_does_not_lose_what_the_others_did() -> None:
    """It is reported as an internal error."""

    def work(action: Do, _memory: LaneMemory) -> Mapping[str, str]:
        if action.name == "a":
            raise KeyError("oops")
        return {}

    result = run(Plan("p", (stage(Lane((Do(name="a"),)), Lane((Do(name="b"),))),)), work)
    assert states(result) == [("a", "failed"), ("b", "done")]
    assert [error.code for error in result.errors] == [Code.INTERNAL]


def test_every_step_is_reported_as_it_ends() -> None:
    """Progress sees what the Result says."""
    heard: list[Step] = []
    plan = Plan("p", (stage(Lane((Do(name="a"), Finish(name="b")))),))
    result = execute(plan, {Do: fails_on("a"), Finish: fails_on()}, stop=Stop(), report=heard.append)
    assert tuple(heard) == result.steps


@pytest.mark.parametrize("reaction", [Reaction.FAIL, Reaction.STOP_ALIKE])
def test_what_could_not_be_freed_is_left_alone_for_the_same_reason(reaction: Reaction) -> None:
    """One cause is one error: what needs it later is skipped, also where freeing it was."""

    def work(action: Do, _memory: LaneMemory) -> Mapping[str, str]:
        if action.name == "free a":
            raise CloudError(Code.CLOUD_ERROR, "refused", api="Unassociate", cloud_code="No", reaction=reaction)
        return {}

    freeing = stage(*(Lane((Free(name=f"free {eip}", eip=eip),)) for eip in "ab"), width=1)
    using = stage(*(Lane((Use(name=f"use {eip}", eip=eip),)) for eip in "abc"))
    result = run(Plan("bind", (freeing, using)), work)
    second = "done" if reaction is Reaction.FAIL else "skipped"
    assert [error.message for error in result.errors] == ["refused"]
    assert states(result) == [
        ("free a", "failed"),
        ("free b", second),
        ("use a", "skipped"),
        ("use b", second),
        ("use c", "done"),
    ]
