"""A watching run on a screen, in a log and for scripts."""

from __future__ import annotations

import json
import os
import pty
import re
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.domain.plan import StepState
from eipctl.engine.session import Session, Settings
from eipctl.output.console import Console, Line, LogFormat, plain
from eipctl.output.events import Events
from eipctl.output.watch_log import WatchLog
from eipctl.output.watch_view import WatchView, screen
from eipctl.output.watching import audience
from tests.unit.output.watch_states import GUARD, SERVED, back_off, leading, standby, step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.engine.watching import WatchState

ACTIONS = [plain(f"action {number}") for number in range(50)]


def drawn(state: WatchState, height: int = 40, actions: Sequence[Line] = ACTIONS) -> list[str]:
    """The lines of a screen."""
    now = time.monotonic()
    return ["".join(text for text, _ in line) for line in screen(state, actions, height, now, "c1", now - 11_520)]


def test_a_screen_says_how_it_is_and_what_was_done_last() -> None:
    """Role, Pods by state, the worst first, rounds; the last action first."""
    title, pods, work, _, head, first, *_ = drawn(leading(queue=2, working=1))
    assert title == "eipctl bind --watch  leader  cluster c1  for 3 h 12 min  (Ctrl-C stops it)"
    assert pods.split() == ["Pods", "…", "3", "pending", "✓", "13", "bound"]
    assert work == "Work  7 rounds, the last one 4 s ago   2 changes queued   1 being worked on"
    assert (head, first) == ("Last actions", "action 49")


def test_a_screen_says_who_waits_and_why_and_what_is_held_back() -> None:
    """With when it is tried again, and what a person can do."""
    lines = drawn(leading(waiting=(back_off(),), errors=(GUARD,)))
    assert lines[3:5] == [f"held back[EIP605]: {GUARD.message}", "  do: add --force max-allocate"]
    assert lines[6:8] == [
        "Waiting for another attempt: 1",
        "  shop/web-1  EIP502  again in 12 s  there is no eip-none",
    ]


def test_a_single_round_is_no_plural() -> None:
    """Nor is a single change."""
    assert "Work  1 round, the last one 4 s ago   1 change queued   0 being worked on" in drawn(
        leading(rounds=1, queue=1)
    )


@pytest.mark.parametrize("height", range(30))
@pytest.mark.parametrize("waiting", [0, 1, 100])
def test_a_screen_is_never_higher_than_there_is_room(height: int, waiting: int) -> None:
    """Else it would scroll; of many that wait it says how many are left out."""
    state = leading(waiting=tuple(back_off(f"web-{number}") for number in range(waiting)), errors=(GUARD, GUARD))
    lines = drawn(state, height)
    assert len(lines) <= height
    if height >= 20:
        assert ("Last actions" in lines, any("more" in line for line in lines)) == (True, waiting == 100)


def test_what_others_wrote_does_not_reach_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reason may hold an annotation's text; markup and control characters are shown, not obeyed."""
    ours, theirs = pty.openpty()
    seen: list[bytes] = []
    reader = threading.Thread(target=_read, args=(ours, seen))
    reader.start()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("COLUMNS", "300")
        monkeypatch.setenv("LINES", "20")
        with WatchView(Console(), lambda: "c1") as view:
            view.publish(leading(waiting=(back_off(reason="[/red] \x1b]0;mine\x07 \u202e two\nlines"),)))
            view.publish(leading(steps=(step(),)))
    reader.join()
    os.close(ours)
    text = b"".join(seen).decode()
    assert "[/red] �]0;mine� � two lines" in text
    assert "✓ allocate     pod/shop/web-0" in re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "\x1b]0;" not in text


def _read(file: int, seen: list[bytes]) -> None:
    try:
        while part := os.read(file, 65536):
            seen.append(part)
    except OSError:
        return  # EIO: nobody writes any more


def logged(capsys: pytest.CaptureFixture[str], console: Console, *states: WatchState) -> list[str]:
    """What is written of these states."""
    log = WatchLog(console)
    for state in states:
        log.publish(state)
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_each_change_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """And what stays as it is gets none."""
    waiting = {"waiting": (back_off(),)}
    lines = logged(
        capsys,
        Console(),
        standby(),
        standby(rounds=0),
        leading(synced=False, steps=(step(),)),
        leading(served=(SERVED,), **waiting),
        leading(errors=(GUARD,), steps=(step(state=StepState.FAILED),), waiting=(back_off(attempts=2),)),
        leading(errors=(GUARD,), waiting=(back_off(attempts=2),)),
        leading(),
    )
    assert lines == [
        "bind --watch: standby: eipctl-6d9f/1a2b/403/7/99 leads",
        "bind --watch: leader",
        "✓ allocate     pod/shop/web-0",
        "bind --watch: leader: everything is read and kept up",
        "pod/shop/web-0 has 47.1.2.3 (eip-1) after 2.5 s",
        "warning[EIP502]: pod/shop/web-1 waits for another attempt: there is no eip-none",
        "✗ allocate     pod/shop/web-0  no stock",
        f"error[EIP605]: {GUARD.message}",
        "  do: add --force max-allocate",
        f"no longer: {GUARD.message}",
    ]


def test_quiet_still_tells_what_is_held_back(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody else would hear of it."""
    lines = logged(capsys, Console(quiet=True), leading(steps=(step(),)), leading(errors=(GUARD,)), leading())
    assert lines == [f"error[EIP605]: {GUARD.message}", "  do: add --force max-allocate"]


def test_a_log_in_json_is_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """With a level, a sentence and the facts."""
    console = Console(log_format=LogFormat.JSON)
    lines = logged(capsys, console, leading(steps=(step(),), served=(SERVED,), waiting=(back_off(),), errors=(GUARD,)))
    found: list[dict[str, Any]] = [json.loads(line) for line in lines]
    assert [each["level"] for each in found] == ["info", "info", "info", "warning", "error"]
    assert (found[0]["role"], found[0]["synced"]) == ("leader", True)
    assert (found[2]["object"], found[2]["seconds"]) == ("pod/shop/web-0", 2.5)
    assert found[3]["message"] == "pod/shop/web-1 waits for another attempt: there is no eip-none"


def test_scripts_get_states_steps_and_pods_that_were_served(capsys: pytest.CaptureFixture[str]) -> None:
    """A state only when more than its figures has changed."""
    events = Events(Console())
    for state in (standby(), standby(), leading(rounds=1), leading(rounds=2, steps=(step(),), served=(SERVED,))):
        events.publish(state)
    events.publish(leading(waiting=(back_off(),), errors=(GUARD,)))
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["event"] for each in found] == ["state", "state", "step", "served", "state"]
    assert [each["role"] for each in found if each["event"] == "state"] == ["standby", "leader", "leader"]
    assert found[1]["pods"] == {"bound": 13, "pending": 3}
    assert (found[3]["eip_address"], found[3]["seconds"]) == ("47.1.2.3", 2.5)
    assert [one["pod"] for one in found[4]["waiting"]] == ["web-1"]
    assert [one["code"] for one in found[4]["errors"]] == ["EIP605"]


def test_a_listener_that_fails_is_told_of_and_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It does not raise into the run, and does not go silent; the others are told on."""
    calls: list[WatchState] = []

    def fails(_log: WatchLog, state: WatchState) -> None:
        calls.append(state)
        raise LookupError("nothing there")

    monkeypatch.setattr(WatchLog, "publish", fails)
    with audience(Session(Settings()), Console(), None, Events(Console())) as listener:
        listener.publish(leading())
        listener.publish(standby())
    out, err = capsys.readouterr()
    assert len(calls) == 1
    assert "internal error: LookupError: nothing there" in err
    assert len(out.splitlines()) == 2
