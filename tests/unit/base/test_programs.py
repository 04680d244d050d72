"""A program is heard to its end, and for no longer than the run lasts, whatever it leaves running."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from eipctl.base import answers
from eipctl.base.errors import EipctlError, Interrupted, TimedOut
from eipctl.base.programs import Printed, TooMuch, output_of
from eipctl.base.stop import Stop

if TYPE_CHECKING:
    from pathlib import Path

FOR_EVER = 600
"""Seconds that no test waits."""


def started(script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def heard(script: str, stop: Stop | None = None) -> Printed:
    return output_of(started(script), stop or Stop(FOR_EVER))


def without_children(script: str, tmp_path: Path, stop: Stop) -> list[EipctlError]:
    """What a program ends in whose child lives on for longer; the child's end is the test's."""
    file, found = tmp_path / "child", list[EipctlError]()
    try:
        heard(f"sleep {FOR_EVER} & echo $! > {file}; {script}", stop)
    except EipctlError as error:
        found.append(error)
    finally:
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGKILL)
    return found


def test_both_streams_and_the_exit_code_come_back() -> None:
    """Each in full, also when one is full before the other is read."""
    found = heard("head -c 300000 /dev/zero >&2; printf answer; exit 3")
    assert (found.code, found.out, len(found.err)) == (3, b"answer", 300_000)


def test_a_child_that_keeps_the_streams_open_holds_nobody_up(tmp_path: Path) -> None:
    """What the program itself has printed is its answer."""
    file = tmp_path / "child"
    try:
        assert heard(f"sleep {FOR_EVER} & echo $! > {file}; printf answer").out == b"answer"
    finally:
        os.kill(int(file.read_text()), signal.SIGKILL)


@pytest.mark.parametrize("script", ["wait", f"sleep {FOR_EVER}", "while :; do printf .; done"])
def test_a_timeout_ends_it(script: str, tmp_path: Path) -> None:
    """Also while a child of it, which nobody kills, has the streams open."""
    assert [type(error) for error in without_children(script, tmp_path, Stop(0.3))] == [TimedOut]


def test_a_signal_ends_it(tmp_path: Path) -> None:
    """As soon as it arrives."""
    stop = Stop()
    timer = threading.Timer(0.2, stop.interrupt, [signal.SIGTERM])
    timer.start()
    assert [type(error) for error in without_children("wait", tmp_path, stop)] == [Interrupted]
    timer.join()


@pytest.mark.parametrize("stream", ["1", "2"])
def test_a_program_that_prints_without_end_fills_no_memory(stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is held to what the answer to a call may have."""
    monkeypatch.setenv(answers.VARIABLE, "1")
    with pytest.raises(TooMuch, match="longer than 1 MiB"):
        heard(f"cat /dev/zero >&{stream}")


def test_what_is_heard_on_stderr_is_passed_on_at_once() -> None:
    """A program that asks for something is read by who is to answer."""
    parts: list[bytes] = []
    output_of(started("echo code 123 >&2"), Stop(FOR_EVER), parts.append)
    assert b"".join(parts) == b"code 123\n"
