"""Whatever happens between runs, during them, and between two runs at once: the promises hold when it has calmed down.

The engine runs in this process against a sandbox, through the SDKs and over HTTP. A few histories run with the suite,
always the same ones; many more, each failure made as small as can be, by

    EIPCTL_EXAMPLES=1000 pytest tests/property/test_bind_runs.py
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from eipctl.base.codes import Code
from eipctl.commands.bind import BindOptions
from eipctl.sandbox.server import Sandbox
from tests.faults.gate import together
from tests.faults.lab import HOLDER, PRUNE, Lab
from tests.faults.people import DEEDS, IN_CLUSTER, WISHES, People
from tests.faults.watched import LISTENS, NEVER, OFTEN, PODS, Watches, watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

OPTIONS = {"keep": BindOptions(), "prune": PRUNE, "reuse": replace(PRUNE, reuse=True)}
SWITCHES: list[dict[str, Any]] = [
    {},
    {},
    {"unassociate_checks_binding": False, "eni_conflicts": False},
    {"token_seconds": 0.0},
    {"token_keeps_errors": True},
    {"hidden_describes": 3},
    {"stale_describes": 2},
    {"primary_ip_shown": True, "private_ip_required": False},
]
FAULTS: list[dict[str, Any]] = [
    {"do": "lose"},
    {"do": "reset"},
    {"do": "truncate"},
    {"do": "after", "status": 503, "code": "ServiceUnavailable"},
    {"do": "error", "status": 500, "code": "InternalError"},
    {"do": "error", "status": 400, "code": "Throttling.User"},
    {"do": "error", "status": 400, "code": "IncorrectEipStatus"},
    {"do": "error", "status": 409, "code": "Conflict"},
]
EVENTS: list[dict[str, Any]] = [*LISTENS, {"do": "drop", "times": 0}]

number = st.integers(0, 9)
deed = st.tuples(st.sampled_from(DEEDS), number, number)
deed_in_cluster = st.tuples(st.sampled_from(IN_CLUSTER), number, number)
moment = st.integers(1, 120)
fault = st.builds(lambda what, nth: {**what, "nth": nth}, st.sampled_from(FAULTS), st.integers(1, 40))
when_killed = st.fixed_dictionaries(
    {
        "service": st.sampled_from(("cloud", "kube")),
        "when": st.sampled_from(("before", "after")),
        "nth": st.integers(1, 30),
    }
)


def watches(resync: float) -> st.SearchStrategy[Watches]:
    """A leader and perhaps a standby, one of which may be killed."""
    return st.builds(Watches, runs=st.integers(1, 2), resync=st.just(resync), killed=st.none() | when_killed)


def spoilt(events: list[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Fault rules: for a call at most, and for lines of the watch of Pods, each with the first that it spoils."""
    line = st.builds(
        lambda what, nth: {"times": 3, **PODS, **what, "nth": nth}, st.sampled_from(events), st.integers(1, 6)
    )
    return st.builds(lambda call, lines: [*call, *lines], st.lists(fault, max_size=1), st.lists(line, max_size=2))


class Runs(RuleBasedStateMachine):
    """People, Terway, a second cluster and eipctl in one account."""

    lab: Lab
    watched = False
    """Watching runs take seconds: a history has them once."""

    @initialize(switches=st.sampled_from(SWITCHES))
    def begin(self, switches: dict[str, Any]) -> None:
        self.lab.restore()
        self.lab.sandbox.cloud.set_switches(**switches)
        self.people = People(self.lab)

    @rule(wish=st.integers(0, len(WISHES) - 1), name=number)
    def create(self, wish: int, name: int) -> None:
        self.people.create(name, wish)

    @rule(what=deed)
    def something_happens(self, what: tuple[str, int, int]) -> None:
        self.people.do(*what)

    @rule(
        options=st.sampled_from(list(OPTIONS)),
        fault=st.none() | fault,
        meanwhile=st.lists(st.tuples(moment, deed), max_size=2),
    )
    def run(
        self,
        options: str,
        fault: dict[str, Any] | None,
        meanwhile: list[tuple[int, tuple[str, int, int]]],
    ) -> None:
        if fault is not None:
            self.lab.sandbox.faults.add(fault)
        self._run([options], [], meanwhile, lease=True)

    @rule(one=number, where=number, deleted=st.booleans(), options=st.sampled_from(list(OPTIONS)))
    def somebody_takes_an_eip_away(self, one: int, where: int, deleted: bool, options: str) -> None:
        """What eipctl has bound is bound to something else, and its Pod may go."""
        self.people.create(one, one)
        self._run([options], [], [], lease=True)
        self.people.do("take away", one, where)
        if deleted:
            self.people.do("delete", one, 0)
        self._run([options], [], [], lease=True)

    @rule(
        first=st.sampled_from(list(OPTIONS)),
        second=st.sampled_from(list(OPTIONS)),
        turns=st.lists(st.integers(1, 50), max_size=10),
        meanwhile=st.lists(st.tuples(moment, deed), max_size=2),
        lease=st.booleans(),
    )
    def two_runs(
        self,
        first: str,
        second: str,
        turns: list[int],
        meanwhile: list[tuple[int, tuple[str, int, int]]],
        lease: bool,
    ) -> None:
        self._run([first, second], turns, meanwhile, lease=lease)

    @precondition(lambda self: not self.watched)
    @rule(
        watches=watches(OFTEN),
        faults=spoilt(EVENTS),
        deeds=st.lists(deed, max_size=3),
        cron=st.none() | st.tuples(st.sampled_from(list(OPTIONS)), st.booleans()),
    )
    def watching_runs(
        self,
        watches: Watches,
        faults: list[dict[str, Any]],
        deeds: list[tuple[str, int, int]],
        cron: tuple[str, bool] | None,
    ) -> None:
        """Beside people and cron."""
        self._watch(watches, faults, deeds, [] if cron is None else [partial(self._cron, *cron)])

    @precondition(lambda self: not self.watched)
    @rule(
        watches=watches(NEVER),
        faults=spoilt(LISTENS),
        deeds=st.lists(deed_in_cluster, min_size=1, max_size=4),
    )
    def watching_runs_that_only_listen(
        self, watches: Watches, faults: list[dict[str, Any]], deeds: list[tuple[str, int, int]]
    ) -> None:
        """What happens in the cluster is seen to without a full read."""
        self._watch(watches, faults, deeds, [])

    def _watch(
        self,
        watches: Watches,
        faults: list[dict[str, Any]],
        deeds: list[tuple[str, int, int]],
        others: Sequence[Callable[[], None]],
    ) -> None:
        self.watched = True
        switches = self.lab.sandbox.cloud.state.switches
        for each in faults:
            self.lab.sandbox.faults.add(each)
        self.lab.sandbox.calls.clear()
        happens = [partial(self.people.do, *what, between_calls=True) for what in deeds]
        watch(self.lab, watches, [*happens[:1], *others, *happens[1:]])
        self.people.nothing_was_taken(pruned=True)
        if not switches.hidden_describes and not switches.stale_describes:
            self.people.judge()

    def _cron(self, options: str, lease: bool) -> None:
        """Somebody runs `bind` meanwhile; without the Lease that is a second one, on another host, that has lost it."""
        errors = self.lab.run(OPTIONS[options], self.lab.session(holder=HOLDER if lease else None))
        assert [error.message for error in errors if error.code is Code.INTERNAL] == []

    def _run(self, names: list[str], turns: list[int], meanwhile: list[tuple[int, Any]], *, lease: bool) -> None:
        options = [OPTIONS[name] for name in names]
        self.lab.sandbox.calls.clear()
        deeds = {step: (lambda what=what: self.people.do(*what, between_calls=True)) for step, what in meanwhile}
        errors = together(self.lab, options, turns=turns, deeds=deeds, lease=lease)
        self.lab.sandbox.faults.clear()
        self.people.nothing_was_taken(pruned=any(option.prune for option in options))
        assert [error.message for error in errors if error.code is Code.INTERNAL] == []

    def teardown(self) -> None:
        if hasattr(self, "people"):
            self.people.calm_down()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One sandbox for all examples."""
    with Sandbox(tmp_path_factory.mktemp("runs") / "sandbox", scenario="modern", speed=1000.0) as sandbox:
        found = Lab(sandbox)
        found.settle()
        found.remember()
        yield found


def test_the_promises_hold_whatever_happens(lab: Lab) -> None:
    """B1 to B7 when it has calmed down; no theft and nothing released without --prune at any moment."""
    asked = os.environ.get("EIPCTL_EXAMPLES")
    machine = type("TheseRuns", (Runs,), {"lab": lab})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(asked or 25),
            stateful_step_count=12,
            deadline=None,
            derandomize=not asked,
            database=None,
            phases=[Phase.generate, Phase.shrink] if asked else [Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
