"""How far a plan has come: rate, and the time left at the API quota."""

from __future__ import annotations

import io
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import pytest

from eipctl.base.stop import Stop
from eipctl.domain.plan import Action, Lane, Plan, Stage, Step, StepState, Verb
from eipctl.engine.call_time import seconds_left
from eipctl.engine.pacing import Pacer
from eipctl.output.console import Console, LogFormat
from eipctl.output.progress import Tally, progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Buy(Action):
    verb: ClassVar[Verb] = Verb.ALLOCATE
    name: str

    @property
    def object(self) -> str:
        return self.name


def plan(count: int) -> Plan:
    actions = [Buy(name=f"eip-{number}", reason="asked for") for number in range(count)]
    return Plan("bind", (Stage("buy", tuple(Lane((action,)) for action in actions)),))


def ended(state: StepState = StepState.DONE) -> Step:
    return Step(Buy(name="eip-0", reason="asked for"), state)


def left(limit: tuple[int, float], **counts: int) -> float:
    pacer = Pacer(Stop(), {"AllocateEipAddress": limit, "AssociateEipAddress": (10, 60.0)})
    return seconds_left(pacer, {Verb(verb): count for verb, count in counts.items()})


def test_the_quota_admits_a_window_at_once_and_then_one_after_the_other() -> None:
    """The last of n calls waits for (n - 1) // calls whole windows; the slowest kind counts, unpaced ones don't."""
    assert left((10, 60.0), allocate=10) == 0.0
    assert left((10, 60.0), allocate=11) == pytest.approx(60.0)
    assert left((10, 60.0), allocate=30, associate=31, restart=1000) == pytest.approx(180.0)
    assert left((10, 60.0)) == 0.0


def test_what_is_waited_for_is_told_instead_of_a_pace() -> None:
    """Nobody knows how long a rollout takes, but whose turn it is."""
    tally = Tally("annotate", Counter({Verb.WAIT: 1}), lambda _left: 600.0, awaits=lambda: "waiting for web-0")
    assert tally.text == "waiting for web-0"
    tally.count(Step(Buy(name="web", reason="asked for"), StepState.DONE))
    assert Tally("annotate", Counter(), lambda _left: 0.0, awaits=lambda: "waiting for web-0").text == ""


def test_calls_of_the_last_minute_count() -> None:
    """After a full window the next call waits until its first one is old enough."""
    pacer = Pacer(Stop(), {"AllocateEipAddress": (2, 60.0)})
    for _ in range(2):
        pacer.before("AllocateEipAddress")
    assert 59.0 < pacer.wait_for("AllocateEipAddress", 1) < 60.0
    assert 119.0 < pacer.wait_for("AllocateEipAddress", 3) < 120.0
    assert pacer.wait_for("AllocateEipAddress", 0) == pacer.wait_for("SomeOther", 5) == 0.0


def test_a_tally_tells_rate_and_time_left() -> None:
    """By the pace so far, unless the quota asks for more; nothing once all is done."""
    tally = Tally("bind", Counter({Verb.ALLOCATE: 4}), lambda _left: 0.0, begun=time.monotonic() - 10)
    assert tally.text == ""
    tally.count(ended())
    tally.count(ended(StepState.FAILED))
    assert (tally.done, tally.failed, tally.total) == (2, 1, 4)
    assert tally.text == "0.2 a second, 10 s left"
    tally.quota_left = lambda _left: 600.0
    assert tally.text == "0.2 a second, 10 min left at the API quota"
    tally.count(ended())
    tally.count(ended())
    assert tally.text == ""


def test_no_time_is_told_before_each_kind_of_step_has_been_seen() -> None:
    """A restart of a minute does not go by the pace of the writes before it; the quota tells what it tells."""
    tally = Tally("setup", Counter({Verb.ALLOCATE: 1, Verb.RESTART: 2}), lambda _left: 0.0, begun=time.monotonic() - 10)
    tally.count(ended())
    assert (tally.seconds_left, tally.text) == (None, "0.1 a second")
    tally.quota_left = lambda _left: 30.0
    assert tally.text == "0.1 a second, 30 s left at the API quota"


def test_with_v_each_step_is_told_with_its_level(capsys: pytest.CaptureFixture[str]) -> None:
    """A failed one is an error, for those who filter by it."""
    with progress(Console(verbose=1, log_format=LogFormat.JSON), plan(2), lambda _left: 0.0) as step:
        step(ended())
        step(ended(StepState.FAILED))
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(each["level"], each["state"]) for each in told] == [("info", "done"), ("error", "failed")]
    assert told[0]["message"] == f"allocate {told[0]['object']}: done"


@pytest.mark.parametrize("verbose", [0, 1])
@pytest.mark.parametrize("form", LogFormat)
def test_a_line_comes_also_while_one_step_takes_long(
    form: LogFormat, verbose: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal; as JSON with its figures. The thread is gone afterwards."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    quota_left = partial(seconds_left, Pacer(Stop(), {"AllocateEipAddress": (1, 60.0)}))
    with progress(Console(verbose=verbose, log_format=form), plan(3), quota_left, every=0.01) as step:
        step(ended())
        deadline = time.monotonic() + 10
        while "1 of 3 steps" not in stderr.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
    told = next(line for line in stderr.getvalue().splitlines() if "1 of 3 steps" in line)
    if form is LogFormat.JSON:
        facts = json.loads(told)
        assert (facts["done"], facts["total"], facts["failed"], facts["seconds_left"]) == (1, 3, 0, 60.0)
    else:
        assert told.startswith("bind: 1 of 3 steps, 0 failed; ")
        assert told.endswith("60 s left at the API quota")
