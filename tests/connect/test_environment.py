"""Cron, containers and daemons start eipctl with what they have: it does the same work and says the same."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from eipctl.sandbox.server import Sandbox
from tests.children import EIPCTL
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A modern cluster with a Pod that waits."""
    with Sandbox(tmp_path_factory.mktemp("environment") / "sandbox", scenario="modern", speed=50.0) as running:
        yield running


@pytest.fixture
def stage(sandbox: Sandbox) -> Stage:
    """As new, with a Pod that asks for an EIP."""
    sandbox.reset("modern")
    stage = Stage(sandbox)
    stage.add_pod("web", AUTO)
    return stage


def shell(stage: Stage, script: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
    """A script with ``$E`` for eipctl, as `env -i` starts it."""
    environ = {**stage.sandbox.env(), "E": " ".join(EIPCTL), **settings}
    return subprocess.run(["/bin/sh", "-c", script], env=environ, capture_output=True, timeout=90, check=False)


BARE = [
    {},
    {"HOME": "/nonexistent"},
    {"HOME": "/proc"},
    {"HOME": "", "PATH": ""},
    {"TERM": "dumb", "COLUMNS": "40"},
    {"TERM": "xterm", "COLUMNS": "300"},
    {"LC_ALL": "C", "LANG": "zh_CN.GBK"},
    {"LC_ALL": "nothing_like.it"},
    {"TMPDIR": "/nonexistent"},
]


@pytest.mark.parametrize("settings", BARE, ids=[" ".join(map("=".join, each.items())) or "env -i" for each in BARE])
def test_the_answer_is_the_same(stage: Stage, settings: dict[str, str]) -> None:
    """Without a home, a PATH, a locale or a terminal; whatever the width."""
    plain = shell(stage, "$E status -A", PATH=os.environ["PATH"], HOME="/tmp")
    ended = shell(stage, "$E status -A", **settings)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, plain.stdout, plain.stderr)


def test_a_read_only_home_is_left_alone(stage: Stage, tmp_path: Path) -> None:
    """Nothing has to be written there, and nothing is."""
    tmp_path.chmod(0o500)
    assert shell(stage, "$E status -A; $E check -o json > /dev/null", HOME=str(tmp_path)).returncode == 0
    tmp_path.chmod(0o700)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-", "3<&0 4<&0 5<&0"])
def test_closed_descriptors_change_no_answer(stage: Stage, closed: str) -> None:
    """No file or connection that is opened later becomes one of the streams."""
    ended = shell(stage, f"$E status -A -o json {closed}")
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["status"] == "success"


@pytest.mark.parametrize("stdout", ["> /dev/full", ">&-", "| true"])
@pytest.mark.parametrize("form", ["", "-o json", "-o jsonl"])
def test_a_bind_that_can_not_tell_exits_with_its_own_code(stage: Stage, stdout: str, form: str) -> None:
    """What it did is done: a script must not take it for failed."""
    run = (
        f"$E bind -A --yes -q {form} {stdout}"
        if stdout != "| true"
        else f"($E bind -A --yes {form}; echo $? >&3) | true"
    )
    ended = shell(stage, f"exec 3>&1; {run}; {'' if stdout == '| true' else 'echo $? >&3'}")
    assert ended.stdout.split() == [b"0"], ended.stderr
    assert [eip.status for eip in stage.sandbox.cloud.eips()] == ["InUse"]
