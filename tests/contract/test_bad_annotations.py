"""Annotations that ask for the impossible: their Pod is left alone and told why, and nobody else is held up."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.server import Sandbox
from tests.contract.bad_input.annotations import ASKS, GOOD, Ask
from tests.contract.bad_input.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

BY_NAME = [pytest.param(ask, id=ask.name) for ask in ASKS]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A cluster in which each of them is a Pod, and one Pod asks for something possible."""
    folder = tmp_path_factory.mktemp("world")
    with Sandbox(folder / "sandbox", scenario="modern", speed=200.0) as sandbox:
        yield World(sandbox, folder)


@pytest.fixture(scope="module")
def answers(world: World) -> dict[str, dict[str, Any]]:
    """What the commands say, by command; the Pods all have their addresses."""
    environ = {**world.reset("modern"), "EIPCTL_OUTPUT": "json"}
    objects = world.sandbox.objects
    for ask in (*ASKS, GOOD):
        objects.create("pods", ask.manifest())
    deadline = time.monotonic() + 60
    while not all((pod.get("status") or {}).get("podIP") for pod in objects.list("pods", "default")):
        assert time.monotonic() < deadline, "the sandbox did not give each Pod an address in 60 s"
        time.sleep(0.05)
    found = {}
    for words in (("bind", "-A", "--yes"), ("status", "-A"), ("check",)):
        ended = world.run(words, environ)
        assert ended.code == 0, ended.out + ended.err
        found[words[0]] = json.loads(ended.out)["data"]
    return found


@pytest.mark.parametrize("ask", BY_NAME)
def test_bind_leaves_the_pod_alone_and_says_why(answers: dict[str, dict[str, Any]], ask: Ask) -> None:
    """With a code and the wrong value, shortened and without control characters."""
    (skipped,) = [skip for skip in answers["bind"]["skipped"] if skip["object"] == f"pod/default/{ask.name}"]
    assert skipped["code"] == ask.code
    assert ask.says in skipped["reason"]
    assert skipped["reason"].isprintable()
    assert len(skipped["reason"]) < 250


@pytest.mark.parametrize("ask", BY_NAME)
def test_status_shows_it(answers: dict[str, dict[str, Any]], ask: Ask) -> None:
    """As a Pod that has nothing, for the same reason."""
    (row,) = [row for row in answers["status"]["pods"] if row["name"] == ask.name]
    assert (row["eip_address"] or "") == ""
    assert ask.says in row["reason"]


def test_nobody_else_is_held_up(answers: dict[str, dict[str, Any]], world: World) -> None:
    """The one Pod that asks for something possible has its EIP, and no other was bought."""
    done = [action for action in answers["bind"]["actions"] if action["state"] == "done"]
    assert {action["pod"] for action in done} == {GOOD.name}
    assert len(world.sandbox.cloud.state.eips.values()) == 1


def test_check_looks_at_all_of_them(answers: dict[str, dict[str, Any]]) -> None:
    """It ends in a finding that counts them, not in an internal error."""
    errors = [finding for finding in answers["check"]["findings"] if finding["level"] == "error"]
    assert [error["code"] for error in errors] == ["EIP501"]
    assert errors[0]["title"].startswith(f"{len(ASKS)} Pods in conflict")
