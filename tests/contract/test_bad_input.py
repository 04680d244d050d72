"""Bad input and broken worlds: one sentence, what to do next, the contract's exit code, and nothing changed."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from eipctl.sandbox.server import Sandbox
from tests.answers import read
from tests.contract.bad_input import flags, kubeconfigs, plans, profiles, worlds
from tests.contract.bad_input.annotations import CASES as ANNOTATIONS
from tests.contract.bad_input.world import SETUP, Case, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CASES = (*flags.CASES, *ANNOTATIONS, *kubeconfigs.CASES, *profiles.CASES, *plans.CASES, *worlds.CASES)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One sandbox and one warmed process for all cases."""
    home = tmp_path_factory.mktemp("home")
    with Sandbox(home / "sandbox", scenario="legacy", speed=50.0) as sandbox:
        place = World(sandbox, home)
        yield place
        place.close()


def named(cases: list[Case] | tuple[Case, ...]) -> pytest.MarkDecorator:
    """One test for each."""
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def test_every_case_has_a_name_of_its_own() -> None:
    """There are more than a hundred, and none stands for another."""
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({(case.words, case.breaks, case.says) for case in CASES}) == len(CASES)


@named(CASES)
def test_bad_input_ends_in_a_sentence_and_changes_nothing(world: World, case: Case) -> None:
    """Exit code, sentence and hint on stderr, an empty stdout, no traceback, no secret, no change anywhere."""
    environ = world.reset()
    case.breaks(world, environ)
    world.sandbox.calls.clear()
    ended = world.run(case.words, environ)
    assert ended.code == case.code, ended.err
    assert ended.out == ""
    *before, sentence, hint = ended.err.splitlines()
    assert sentence.startswith("error[EIP")
    assert not any("error" in line for line in before)
    assert case.says in sentence
    assert hint.startswith("  do: ")
    assert case.hint in hint
    assert world.told(environ, ended) == []
    assert world.changes() == []


ENVELOPES = [case for case in CASES if not case.formless]


@named(ENVELOPES)
def test_bad_input_has_the_envelope_too(world: World, case: Case) -> None:
    """In JSON the failure is the answer, also before the command starts; stderr stays empty."""
    environ = {**world.reset(), "EIPCTL_OUTPUT": "json"}
    case.breaks(world, environ)
    world.sandbox.calls.clear()
    ended = world.run(case.words, environ)
    answer = read(ended.out)
    assert (answer["status"], answer["exit_code"], ended.code) == ("error", case.code, case.code)
    (error,) = answer["errors"]
    assert set(error) == {"code", "message", "hint", "object"}
    assert case.says in f"{error['message']} ({error['object']})"
    assert error["hint"]
    assert case.hint in error["hint"]
    assert ended.err == ""
    assert world.told(environ, ended) == []
    assert world.changes() == []


SPOKEN = [
    case for case in CASES if case.breaks in (profiles.wrong_secret, kubeconfigs.wrong_token, worlds.few_rights_in_ram)
]


@named(SPOKEN)
def test_a_traceback_tells_no_secret(world: World, case: Case) -> None:
    """-vv shows where it broke, and still no secret, token or whole AccessKey id."""
    environ = world.reset()
    case.breaks(world, environ)
    ended = world.run((*case.words, "-vv"), environ)
    assert ended.code == case.code
    assert "Traceback" in ended.err
    assert world.told(environ, ended) == []


def test_a_change_would_be_seen(world: World) -> None:
    """The cases above prove something only if a command that does change the world is noticed."""
    environ = world.reset()
    world.sandbox.calls.clear()
    assert world.run(SETUP, environ).code == 0
    seen = world.changes()
    assert any(change.startswith("cloud ") for change in seen)
    assert any(change.startswith("kube ") for change in seen)


def test_a_port_in_use_is_told(world: World, tmp_path: Path) -> None:
    """The sandbox says which port, and how to choose another."""
    environ = {**world.reset(), "EIPCTL_SANDBOX_DIR": str(tmp_path / "other")}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = world.run(("sandbox", "up", "--port", port), environ)
    assert (ended.code, ended.out) == (1, "")
    assert f"port {port} of 127.0.0.1 is in use" in ended.err
    assert "--port" in ended.err


def test_a_sandbox_that_does_not_run_is_told(world: World, tmp_path: Path) -> None:
    """And how to start one there."""
    ended = world.run(("sandbox", "calls", "--dir", str(tmp_path / "none")), world.reset())
    assert (ended.code, ended.out) == (1, "")
    assert f"eipctl sandbox up --dir {tmp_path / 'none'}" in ended.err
