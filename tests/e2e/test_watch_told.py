"""`bind --watch` as its options ask: for scripts, on a terminal, for probes; and what it refuses."""

from __future__ import annotations

import os
import pty
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from eipctl.cli.app import run
from tests.answers import read_lines
from tests.children import EIPCTL, child
from tests.e2e.watching import started
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.user import User

BIND = ("bind", "-A", "--watch", "--yes")
COMMAND = [*EIPCTL, *BIND, "--listen", ":0"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "yaml"], "can't be used with -o yaml"),
        (["--metrics-file", "x.prom"], "can't be used with --metrics-file"),
        (["--dry-run"], "can't be used with --dry-run"),
        (["--listen", "here"], "'here' is not an address with a port"),
        (["--listen", "192.0.2.1:0"], "--listen 192.0.2.1:0: "),
    ],
)
def test_what_a_run_without_an_end_can_not_do(
    modern: User, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """A usage error before anything is done."""
    for name, value in modern.sandbox.env().items():
        monkeypatch.setenv(name, value)
    assert run([*BIND, *words]) == 2
    out, err = capsys.readouterr()
    assert said in out + err
    assert modern.objects.get("leases", "kube-system", "eipctl") is None


def test_to_listen_takes_a_run_that_lasts(capsys: pytest.CaptureFixture[str]) -> None:
    """`bind` alone is over before anybody could ask."""
    assert run(["bind", "--listen", ":0", "--yes"]) == 2
    assert "add --watch" in capsys.readouterr().err


def test_to_end_it_is_no_error(modern: User) -> None:
    """Whoever sends the signal has nothing to do afterwards; the exit code is the signal's."""
    with started(COMMAND, {**os.environ, **modern.sandbox.env()}) as watch:
        watch.until_it_leads()
        assert watch.end() == 143
    said = watch.said
    assert said.splitlines()[-1] == "eipctl bind --watch ended by a signal; nothing is half-written"
    assert "error" not in said


def test_a_script_reads_what_happens(modern: User) -> None:
    """A JSON object a line: states, steps, the Pod that was served, and at the end the envelope."""
    with started([*COMMAND, "-o", "jsonl"], {**os.environ, **modern.sandbox.env()}) as watch:
        watch.until_it_leads()
        Stage(modern.sandbox).add_pod("web", AUTO)
        watch.until(lambda: any('"served"' in line for line in watch.out))
        assert watch.end() == 143
    events = read_lines("events", "".join(watch.out))
    assert {event["event"] for event in events} == {"state", "step", "served", "result"}
    assert [event["verb"] for event in events if event["event"] == "step"] == ["allocate", "associate", "annotate"]
    (served,) = (event for event in events if event["event"] == "served")
    (row,) = modern.cloud.eips()
    assert (served["pod"], served["eip_address"]) == ("web", row.address)
    assert (events[-1]["event"], events[-1]["exit_code"], events[-1]["errors"][0]["code"]) == ("result", 143, "EIP902")


def test_a_standby_is_ready_and_takes_over(modern: User) -> None:
    """It names its leader while there is one, and tells no Pods; then it leads."""
    environ = {**os.environ, **modern.sandbox.env()}
    with started(COMMAND, environ) as first:
        first.until_it_leads()
        with started(COMMAND, environ) as second:
            second.until(lambda: second.ask("/readyz")[1].startswith("ok: standby, "))
            assert second.ask("/readyz")[0] == second.ask("/healthz")[0] == 200
            page = second.ask("/metrics")[1]
            assert "eipctl_watch_leader{" in page
            assert "eipctl_pods{" not in page
            assert first.end() == 143
            second.until_it_leads()
            assert second.end() == 143


def test_a_terminal_has_a_screen(modern: User, tmp_path: Path) -> None:
    """On stderr, drawn anew in its place; stdout stays empty, and the cursor comes back."""
    Stage(modern.sandbox).add_pod("web", AUTO)
    ours, theirs = pty.openpty()
    environ = {**os.environ, **modern.sandbox.env(), "TERM": "xterm", "COLUMNS": "120", "LINES": "24"}
    out = tmp_path / "out"
    seen, end = b"", time.monotonic() + 60
    with (
        out.open("w") as stdout,
        child(
            [*EIPCTL, *BIND],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=theirs,
        ) as running,
    ):
        os.close(theirs)
        while b"annotate" not in seen and time.monotonic() < end:
            seen += os.read(ours, 65536)
        running.terminate()
        with suppress(OSError):  # EIO: nobody writes any more
            while part := os.read(ours, 65536):
                seen += part
        assert running.wait(60) == 143
    os.close(ours)
    text = seen.decode()
    assert "leader" in text
    assert "Last actions" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert out.read_text() == ""
