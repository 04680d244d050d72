"""--metrics-file when the disk does not play along, and whatever way a command ends."""

from __future__ import annotations

import os
import shutil
import signal
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from prometheus_client.parser import text_string_to_metric_families

from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode, Refused, TimedOut, UsageError
from eipctl.base.files import replace_file
from eipctl.base.stop import Stop
from eipctl.cli.app import run
from eipctl.cli.connection import Connected
from eipctl.cli.flow import open_session
from eipctl.cli.record import recorded
from eipctl.domain.facts import ClusterId

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDS = {
    "exit": (typer.Exit(3), 3),
    "refused": (Refused(Code.GUARD, "no"), 5),
    "ctrl-c": (KeyboardInterrupt(), 130),
    "no": (typer.Abort(), 130),
    "head": (BrokenPipeError(), 0),
    "bug": (ZeroDivisionError(), 1),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """In a folder of its own."""
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder" / "eipctl.prom"


def lose(path: Path, error: Exception) -> None:
    """The folder is gone while the command runs, and that is how it ends."""
    shutil.rmtree(path.parent)
    raise error


def exit_code(path: Path) -> float:
    """What the file tells."""
    families = {family.name: family for family in text_string_to_metric_families(path.read_text())}
    return families["eipctl_run_exit_code"].samples[0].value


@pytest.mark.parametrize("end", ENDS)
def test_each_end_is_told_and_goes_on(path: Path, end: str) -> None:
    """The file has the exit code of the process, and the error is not swallowed."""
    error, code = ENDS[end]
    with pytest.raises(type(error)), recorded("status", Connected(metrics_file=str(path))):
        raise error
    assert exit_code(path) == code


def test_a_run_that_can_not_be_told_fails(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What it did is done; the answer stands, and stderr says why the exit is 1."""
    for code in (0, 3):
        with pytest.raises(typer.Exit) as ended, recorded("status", Connected(metrics_file=str(path))):
            lose(path, typer.Exit(code))
        said = capsys.readouterr()
        assert (ended.value.exit_code, said.out) == (1, "")
        assert "EIP913" in said.err
        path.parent.mkdir()


def test_a_failed_run_that_can_not_be_told_keeps_its_own_code(path: Path) -> None:
    """The first thing that went wrong decides."""
    with pytest.raises(Refused), recorded("status", Connected(metrics_file=str(path))):
        lose(path, Refused(Code.GUARD, "no"))


def test_a_name_that_is_no_text_is_told_as_it_can_be(path: Path) -> None:
    """An argument of other bytes than UTF-8 does not keep a run from being told."""
    options = Connected(metrics_file=str(path))
    session = open_session(options)
    session.cluster = ClusterId("c\udcff\n", "u")
    with recorded("status", options):
        pass
    assert 'cluster="c\\\\udcff\\n"' in path.read_text()


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    """A pipe, for one, is not replaced by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsageError), recorded("status", Connected(metrics_file=str(pipe))):
        raise AssertionError("it must not begin")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_file_is_not_called_as_stdout_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A - means stdout everywhere; none is left under that name."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileExistsError, match="stdout"):
        replace_file(Path("-"), "text", mode=0o644)
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_one(tmp_path: Path) -> None:
    """What it leads to is replaced: /dev/stdout is a link, and root may do everything."""
    (tmp_path / "there").mkdir()
    file, link = tmp_path / "there" / "file", tmp_path / "link"
    link.symlink_to(file)
    for text in ("new", "newer"):
        replace_file(link, text, mode=0o644)
        assert (link.is_symlink(), file.read_text()) == (True, text)
    assert list(file.parent.iterdir()) == [file]


def test_a_file_is_replaced_whole_or_not_at_all(path: Path) -> None:
    """With its mode whatever the umask; what a killed run left of the same name is in nobody's way."""
    before = os.umask(0o077)
    try:
        path.with_name(f".{path.name}.0badcafe.eipctl-new").write_text("half")
        replace_file(path, "old", mode=0o644)
        with pytest.raises(UnicodeEncodeError):
            replace_file(path, "new \ud800", mode=0o644)
    finally:
        os.umask(before)
    assert path.read_text() == "old"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(path.parent.iterdir()) == [path]


@pytest.fixture
def silent() -> Iterator[int]:
    """A pipe into which nobody ever writes."""
    reading, writing = os.pipe()
    yield reading
    os.close(reading)
    os.close(writing)


def test_a_timeout_ends_what_waits_for_no_call(path: Path, silent: int) -> None:
    """A file that never comes, an answer that nobody gives: the command ends as if it had waited for a call."""
    options = Connected(metrics_file=str(path), timeout=0.1)
    with pytest.raises(TimedOut, match=r"--timeout of 0.1 s reached"), recorded("status", options):
        os.read(silent, 1)
    assert exit_code(path) == ExitCode.TIMED_OUT


def test_what_keeps_to_its_timeout_is_not_ended_from_outside() -> None:
    """A run that gives its Lease back may need a moment more; and nothing is left ticking behind it."""
    with recorded("bind", Connected(timeout=0.1)):
        with Stop(0.1).on_signals():
            signal.raise_signal(signal.SIGALRM)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize("words", [("apply", "{}", "--yes"), ("status", "--kubeconfig", "{}")])
def test_a_named_pipe_without_a_writer_holds_no_command_up(
    tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Opening one waits for its other end."""
    os.mkfifo(tmp_path / "pipe")
    assert run([*(word.format(tmp_path / "pipe") for word in words), "--timeout", "100ms"]) == ExitCode.TIMED_OUT
    assert "--timeout of 0.1 s reached" in capsys.readouterr().err
