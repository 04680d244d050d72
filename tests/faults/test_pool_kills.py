"""pool add, pool remove and move, spoilt at each of their changing calls: run again, they or the next bind finish it.

A slice runs with the suite; all of it with ``EIPCTL_FAULTS=all``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.server import Sandbox
from tests.faults.stage import AUTO, Stage
from tests.faults.worlds import OF_POOL, POOL

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGKILLED = -9
PRUNE = ("--prune", "--grace", "0s")
FAULTS: dict[str, dict[str, Any]] = {
    "killed before": {"do": "kill", "when": "before"},
    "killed after": {"do": "kill", "when": "after"},
    "reply lost": {"do": "lose"},
    "reply truncated": {"do": "truncate"},
    "503 after commit": {"do": "after", "status": 503, "code": "ServiceUnavailable"},
    "500": {"do": "error", "status": 500, "code": "InternalError"},
    "throttled": {"do": "throttle", "times": 3},
}
TAG, UNTAG = {"api": "TagResources"}, {"api": "UnTagResources"}
BIND, UNBIND = {"api": "AssociateEipAddress"}, {"api": "UnassociateEipAddress"}
RECORD = {"service": "kube", "api": "patch", "object": "pods.*"}


@dataclass(frozen=True)
class Command:
    """What is run, and which of its calls are spoilt: the nth of each."""

    words: tuple[str, ...]
    calls: tuple[tuple[dict[str, Any], int], ...]
    annotations: dict[str, str] = field(default_factory=lambda: dict(AUTO))


MOVE = ("move", "pod/blue", "pod/green")
ONCE = ((UNBIND, 1), (TAG, 1), (BIND, 1), (RECORD, 1), (RECORD, 2))
BOTH = (*((TAG, n) for n in (1, 2, 3)), *((UNBIND, n) for n in (1, 2)), *((BIND, n) for n in (1, 2)), (UNTAG, 1))
COMMANDS = {
    "lend": Command(("pool", "add", "partners", "--filter", "team=shop"), ((TAG, 1), (TAG, 2))),
    "take back": Command(("pool", "remove", "partners", "--filter", "team=shop"), ((UNTAG, 1), (UNTAG, 2))),
    "move": Command(MOVE, ONCE),
    "move in a pool": Command(MOVE, ONCE, OF_POOL),
    "exchange": Command((*MOVE, "--replace"), (*BOTH, *((RECORD, n) for n in (1, 2, 3, 4)))),
    "exchange in a pool": Command((*MOVE, "--replace"), BOTH, OF_POOL),
}
ALL = [
    (name, {**call, "nth": nth}, fault)
    for name, command in COMMANDS.items()
    for call, nth in command.calls
    for fault in FAULTS
]
SLICE = ALL if os.environ.get("EIPCTL_FAULTS") == "all" else ALL[8::61]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One for all cases."""
    with Sandbox(tmp_path_factory.mktemp("sandbox"), scenario="modern", speed=50.0) as running:
        yield running


@pytest.fixture
def stage(sandbox: Sandbox) -> Stage:
    """Three EIPs of a team."""
    sandbox.reset()
    for number in range(3):
        sandbox.cloud.add_eip(name=f"partner-{number}", tags={"team": "shop"})
    return Stage(sandbox)


def team(stage: Stage) -> list[dict[str, str]]:
    """The tags of the team's EIPs."""
    return [dict(row.tags) for row in stage.cloud.eips() if ("team", "shop") in row.tags]


def prepared(stage: Stage, name: str) -> str:
    """The world before the command; the address that moves, if one does."""
    command = COMMANDS[name]
    if name == "take back" or command.annotations == OF_POOL:
        assert stage.run("pool", "add", "partners", "--filter", "team=shop").code == 0
    if command.words[0] != "move":
        return ""
    stage.add_pod("blue", command.annotations)
    stage.clean_run()
    (before,) = stage.bound_to("blue")
    stage.add_pod("green", command.annotations)
    if "--replace" in command.words:
        stage.clean_run()
    return before.address


@pytest.mark.parametrize(("name", "call", "fault"), ALL if SLICE is ALL else SLICE)
def test_what_was_spoilt_is_finished(stage: Stage, name: str, call: dict[str, Any], fault: str) -> None:
    """No EIP is lost, released or on two Pods, and nothing is left to do (B1 to B6)."""
    moved, words = prepared(stage, name), COMMANDS[name].words
    run = stage.eipctl(*words, "--yes", fault={**FAULTS[fault], **call})
    assert (run.code == SIGKILLED) == fault.startswith("killed"), run.out + run.err
    if words[0] == "pool":
        again = stage.run(*words)
        assert again.code == 0, again.out
        assert [POOL in tags for tags in team(stage)] == [name == "lend"] * 3
        stage.nothing_left_to_do(*PRUNE)
        return
    for _ in range(3):
        stage.clean_run(*PRUNE)
    stage.nothing_left_to_do(*PRUNE)
    served = [row.address for pod in ("blue", "green") for row in stage.bound_to(pod)]
    assert moved in served, f"{moved} is lost: {served}"
    assert len(set(served)) == 2
    assert len(team(stage)) == 3
    if fault == "throttled":
        assert [row.address for row in stage.bound_to("green")] == [moved]
