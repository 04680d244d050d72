"""Every call of one reconcile, spoilt in every way: then at most three clean runs must finish the work.

The engine runs in this process, through the real SDKs and over real HTTP; where it is to be killed it is a process of
its own, and the sandbox sends SIGKILL. A slice runs with the suite; all of it, with the table API x fault, by

    EIPCTL_FAULTS=all pytest tests/faults/test_matrix.py -n 2
"""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.server import Sandbox
from tests import forked
from tests.faults.cells import CALLS, FAULTS, KUBE, LAG, SHIFTED, SWITCHES, Case, Told, cases, published, rule_of
from tests.faults.lab import MAIN, Lab
from tests.faults.worlds import WORLDS, broken, crowd

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL = list(cases())
SLICE = ALL if os.environ.get("EIPCTL_FAULTS") == "all" else ALL[::127]


class Bench:
    """The lab of this process, in the world that the last case began with."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._world = ""

    def begin(self, world: str, switches: dict[str, Any]) -> None:
        """The world as it was made, with other switches."""
        if self._world != world:
            self.lab.sandbox.reset("modern")
            WORLDS[world](self.lab)
            self.lab.settle()
            self.lab.remember()
            self._world = world
        self.lab.restore()
        self.lab.sandbox.cloud.set_switches(**switches)

    def spoil(self, case: Case) -> bool:
        """A run with the fault; whether the fault was met."""
        faults = self.lab.sandbox.faults
        if case.fault in LAG:
            self.lab.sandbox.cloud.set_switches(**LAG[case.fault])
            self.lab.run()
            self.lab.sandbox.cloud.set_switches(**dict.fromkeys(LAG[case.fault], 0))
            return True
        if case.rule["do"] == "kill":
            running = forked.start((), {**os.environ, **self.lab.sandbox.env()}, held=True, main=MAIN)
            faults.add({**case.rule, "pid": running.pid})
            running.send_signal(signal.SIGCONT)
            assert running.ended().code == -signal.SIGKILL
        else:
            if case.fault == SHIFTED:
                crowd(self.lab)
            faults.add(case.rule)
            self.lab.run()
        met = any(entry["matched"] for entry in faults.listing())
        faults.clear()
        return met


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One sandbox for all cases of this process."""
    with Sandbox(tmp_path_factory.mktemp("matrix") / "sandbox", scenario="modern", speed=1000.0) as sandbox:
        yield Bench(Lab(sandbox))


@pytest.mark.parametrize("case", SLICE, ids=[case.id for case in SLICE])
def test_a_spoilt_call_harms_nothing(bench: Bench, case: Case, record_property: Any) -> None:
    """B1 to B7: after at most three clean runs all is as promised, whatever the spoilt run made of it."""
    record_property("cell", (case.call.world, case.call.title, case.fault))
    bench.begin(case.call.world, SWITCHES[case.switch])
    assert bench.spoil(case), f"{case.call.title} was not called: the cell of {case.fault} is empty"
    bench.lab.complete(most=3)
    assert list(broken(bench.lab)) == []


ALL_TOLD = list(published())
TOLD = ALL_TOLD if os.environ.get("EIPCTL_FAULTS") == "all" else ALL_TOLD[::149]
PASSES = {"retry", "throttle", "reread"}
"""Classes of refusals that no run ends for when they come once."""
OF_ONE = {"this-object", "this-parameter", "gone", "unknown-outcome"}
"""Classes of refusals that cost one object at most."""
DEPENDENT = {"UnassociateEipAddress": 3}
"""An EIP that stays bound can be neither released nor bound elsewhere, and the next Pod at the address waits for it."""


@pytest.mark.parametrize("told", TOLD, ids=[told.id for told in TOLD])
def test_each_published_code_costs_what_its_class_says(bench: Bench, told: Told, record_property: Any) -> None:
    """Nothing where it passes by itself, one object where it is about one; and clean runs finish the work (B10)."""
    record_property("cell", (told.call.world, told.call.title, told.about))
    bench.begin(told.call.world, SWITCHES[told.switch])
    faults = bench.lab.sandbox.faults
    faults.add(told.rule)
    errors = bench.lab.run()
    assert any(entry["matched"] for entry in faults.listing()), f"{told.call.title} was not called"
    faults.clear()
    if told.about in PASSES:
        assert [error.message for error in errors] == []
    elif told.about in OF_ONE:
        assert len(errors) <= DEPENDENT.get(told.call.api, 1), [error.message for error in errors]
    else:
        assert errors
    bench.lab.complete(most=3)
    assert list(broken(bench.lab)) == []


def test_each_published_code_of_each_changing_call_is_tried_under_each_switch() -> None:
    """No class and no call is left out."""
    assert {told.switch for told in ALL_TOLD} == set(SWITCHES)
    assert {told.call for told in ALL_TOLD} == {call for call in CALLS if call.service == "cloud" and not call.reads}


@pytest.mark.parametrize("world", WORLDS)
def test_every_call_that_bind_makes_is_in_the_table(bench: Bench, world: str) -> None:
    """A call that is added to the engine must be added to the table, and what the table lists must be made."""
    bench.begin(world, {})
    assert bench.lab.run() == []
    made = [(call["service"], call["api"], call["object"]) for call in bench.lab.sandbox.calls.listing()]
    assert broken(bench.lab) == []
    for call in CALLS:
        if call.world == world:
            patterns = (call.service, call.api, call.object)
            assert any(all(map(re.fullmatch, patterns, one)) for one in made), f"{call.title} is not called"
    for one in made:
        rows = [(call.service, call.api, call.object) for call in CALLS]
        assert any(all(map(re.fullmatch, row, one)) for row in rows), f"{one} is in no row"


def test_the_table_has_no_empty_cell() -> None:
    """Each API x fault is tried under every switch, or says why it can't happen."""
    for call in CALLS:
        for fault in FAULTS:
            rule = rule_of(call, fault)
            tried = {case.switch for case in ALL if (case.call, case.fault) == (call, fault)}
            assert tried == set(SWITCHES) or (isinstance(rule, str) and rule), f"{call.title} x {fault}"
    assert all(isinstance(rule_of(call, fault), dict) for call in CALLS for fault in KUBE if call.service == "kube")
