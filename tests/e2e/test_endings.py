"""What is said when a person ends a command: at its question, or out of a watch."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.children import EIPCTL, child
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.user import User

CTRL_D = b"\x04"


@pytest.fixture
def stage(modern: User) -> Stage:
    """A Pod that waits for its EIP."""
    stage = Stage(modern.sandbox)
    stage.add_pod("waits", AUTO)
    return stage


@contextmanager
def asked(stage: Stage) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`eipctl bind -A` at its question, and the terminal on which it is answered."""
    ours, theirs = os.openpty()
    environ = {**os.environ, **stage.sandbox.env(), "NO_COLOR": "1"}
    try:
        command = (*EIPCTL, "bind", "-A")
        with child(command, env=environ, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            os.close(theirs)
            yield running, ours
    finally:
        os.close(ours)


def until_asked(running: subprocess.Popen[str]) -> str:
    """stderr up to the question, which ends without a new line."""
    assert running.stderr
    told = ""
    while not told.endswith("[y/N]:"):
        part = running.stderr.read(1)
        assert part, told
        told += part
    return told


def test_the_end_of_the_input_is_a_no(stage: Stage) -> None:
    """Ctrl-D ends as n does: on a new line, exit 2, nothing changed."""
    with asked(stage) as (running, terminal):
        until_asked(running)
        os.write(terminal, CTRL_D)
        _, told = running.communicate(timeout=120)
    assert running.returncode == 2
    assert told == "\nerror[EIP910]: not confirmed; nothing was changed\n"
    assert stage.cloud.eips() == []


def test_a_signal_at_the_question_begins_a_new_line(stage: Stage) -> None:
    """Ctrl-C is no answer: exit 130, and what is said does not hang on the question."""
    with asked(stage) as (running, _):
        until_asked(running)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=120)
    assert running.returncode == 130
    assert told.startswith("\nerror[EIP902]: stopped by a signal; nothing was changed\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_watch_that_is_ended_has_nothing_to_complain_of(stage: Stage, number: signal.Signals) -> None:
    """It ends because somebody wanted it to: the signal's exit code, and no error."""
    environ = {**os.environ, **stage.sandbox.env()}
    command = (*EIPCTL, "status", "-A", "--watch")
    with child(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watching:
        assert watching.stdout
        assert any("waits" in line for line in iter(watching.stdout.readline, ""))
        watching.send_signal(number)
        _, told = watching.communicate(timeout=120)
    assert (watching.returncode, told) == (128 + number, "")
