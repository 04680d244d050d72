"""--timeout, SIGINT and SIGTERM end every command with its own exit code, a sentence and what to do next."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.server import Sandbox
from tests.answers import read
from tests.contract.bad_input.annotations import WEB, web
from tests.contract.bad_input.profiles import profile
from tests.contract.bad_input.world import BIND, SETUP, STATUS, TEARDOWN, World
from tests.sandboxed import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.forked import Ended

Words = tuple[str, ...]

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
COMMANDS = (("check",), STATUS, WEB, SETUP, TEARDOWN, BIND, ("adopt", "--yes"), ("release", "--orphans", "--yes"))
LONGEST_MOMENT = 0.6
"""Seconds within which a signal arrives: about as long as a run takes."""
SLOW = {"do": "latency", "seconds": 1.5}
LOOKING = (
    {**SLOW, "service": "kube", "api": "get|list|create"},
    {**SLOW, "service": "cloud", "api": "(Describe|Get|List).*", "times": 0},
)
WORKING = (
    (SETUP, {**SLOW, "service": "cloud", "api": "AttachPolicyToRole"}),
    (SETUP, {**SLOW, "service": "cloud", "api": "CreatePolicy"}),
    (SETUP, {**SLOW, "service": "kube", "api": "patch", "object": "configmaps/.*"}),
    (WEB, {**SLOW, "service": "kube", "api": "patch", "object": "deployments/.*"}),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One sandbox for all."""
    folder = tmp_path_factory.mktemp("world")
    with Sandbox(folder / "sandbox", scenario="legacy", speed=50.0) as sandbox:
        yield World(sandbox, folder)


def _ready(world: World) -> bool:
    """Nobody changes the Deployment any more."""
    found = world.sandbox.objects.get("deployments", "default", "web")
    return found is not None and found.get("status", {}).get("readyReplicas") == 1


def prepared(world: World, fault: dict[str, Any]) -> dict[str, str]:
    """A world with something to annotate, in which one kind of call takes its time."""
    environ = world.reset()
    web(world, environ)
    until(lambda: _ready(world))
    world.sandbox.faults.add(fault)
    return {**environ, "EIPCTL_OUTPUT": "json"}


def interrupted(world: World, words: Words, fault: dict[str, Any], number: int) -> Ended | None:
    """The command gets the signal as soon as the slow call is there; None when it makes no such call."""
    running = world.start(words, prepared(world, fault))
    until(lambda: running.over() or any(rule["matched"] for rule in world.sandbox.faults.listing()))
    if running.over():
        running.ended()
        return None
    running.send_signal(number)
    return running.ended()


def error(ended: Ended, code: int) -> dict[str, Any]:
    """The one error of the envelope."""
    answer = read(ended.out)
    assert (ended.code, answer["exit_code"], answer["status"]) == (code, code, "error" if code != 4 else "partial")
    assert "Traceback" not in ended.err
    (found,) = answer["errors"]
    return dict(found)


@pytest.mark.parametrize("fault", LOOKING, ids=["kubernetes", "cloud"])
@pytest.mark.parametrize("words", COMMANDS, ids=[words[0] for words in COMMANDS])
@pytest.mark.parametrize("number", SIGNALS, ids=["SIGINT", "SIGTERM"])
def test_a_signal_ends_a_run_that_looks(
    world: World, words: tuple[str, ...], fault: dict[str, Any], number: int
) -> None:
    """Its own exit code, and nothing was changed."""
    world.sandbox.calls.clear()
    ended = interrupted(world, words, fault, number)
    if ended is None:
        assert words == WEB
        return
    found = error(ended, SIGNALS[signal.Signals(number)])
    assert found["code"] == "EIP902"
    assert found["message"] == "stopped by a signal; nothing was changed"
    assert "run the same command again" in found["hint"]
    assert world.changes() == []


@pytest.mark.parametrize("fault", LOOKING, ids=["kubernetes", "cloud"])
@pytest.mark.parametrize("words", COMMANDS, ids=[words[0] for words in COMMANDS])
def test_a_timeout_ends_a_run_that_looks(world: World, words: Words, fault: dict[str, Any]) -> None:
    """With 124, and nothing was changed."""
    if (words, fault) == (WEB, LOOKING[1]):
        return  # annotate asks the cloud nothing
    environ = prepared(world, {**fault, "times": 0})
    world.sandbox.calls.clear()
    found = error(world.run((*words, "--timeout", "300ms"), environ), 124)
    assert found["code"] == "EIP903"
    assert "--timeout of 0.3 s reached" in found["message"]
    assert "run the same command again" in found["hint"]
    assert world.changes() == []


@pytest.mark.parametrize("number", SIGNALS, ids=["SIGINT", "SIGTERM"])
def test_a_signal_ends_a_program_that_gives_credentials(world: World, number: int) -> None:
    """It is no failure of the program, but the end of the run."""
    environ = {**world.reset(), "EIPCTL_OUTPUT": "json"}
    path = world.write("program", f"#!/bin/sh\n: > {world.home / 'runs'}\nexec sleep 30\n")
    path.chmod(0o755)
    profile(mode="External", process_command=str(path))(world, environ)
    running = world.start(STATUS, environ)
    until((world.home / "runs").exists)
    running.send_signal(number)
    assert error(running.ended(), SIGNALS[signal.Signals(number)])["code"] == "EIP902"


@pytest.mark.parametrize("words", [STATUS, BIND], ids=["status", "bind"])
def test_ctrl_c_at_any_moment_ends_without_a_traceback(world: World, words: Words) -> None:
    """From the first line of the program to its last; EIPCTL_MOMENTS says how many moments are tried."""
    chance, environ = random.Random(1), world.reset()
    for _ in range(int(os.environ.get("EIPCTL_MOMENTS", "24")) // 2):
        running = world.start(words, environ)
        time.sleep(chance.uniform(0, LONGEST_MOMENT))
        with contextlib.suppress(ProcessLookupError):
            running.send_signal(signal.SIGINT)
        ended = running.ended()
        assert ended.code in (0, 3, 4, 130), ended
        assert "Traceback" not in ended.err + ended.out
        assert "internal error" not in ended.err + ended.out


@pytest.mark.parametrize(("words", "fault"), WORKING, ids=["attachment", "policy", "configmap", "deployment"])
@pytest.mark.parametrize("number", SIGNALS, ids=["SIGINT", "SIGTERM"])
def test_a_signal_ends_a_run_that_works(
    world: World, words: tuple[str, ...], fault: dict[str, Any], number: int
) -> None:
    """What has begun ends and is told, nothing more begins, and the next run finishes it."""
    ended = interrupted(world, words, fault, number)
    assert ended is not None
    assert "Traceback" not in ended.err
    answer = read(ended.out)
    states = [action["state"] for action in answer["data"]["actions"]]
    assert "done" in states
    assert "failed" not in states
    if "skipped" in states:
        assert ended.code == answer["exit_code"] == SIGNALS[signal.Signals(number)]
        assert [found["code"] for found in answer["errors"]] == ["EIP902"]
    world.sandbox.faults.clear()
    again = {**os.environ, **world.sandbox.env(), "EIPCTL_OUTPUT": "json"}
    assert world.run(words, again).code == 0
