"""A file is read to its end, if it has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from eipctl.base import answers
from eipctl.base.files import read_file
from eipctl.cli.app import run


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    """Byte by byte as it is."""
    content = bytes(range(256)) * 10_000
    (tmp_path / "file").write_bytes(content)
    assert read_file(tmp_path / "file") == content


def test_a_file_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is longer than any answer may be."""
    monkeypatch.setenv(answers.VARIABLE, "1")
    with pytest.raises(OSError, match="it is longer than 1 MiB") as raised:
        read_file(Path("/dev/zero"))
    assert raised.value.filename == "/dev/zero"


def test_what_no_path_can_be_is_an_error_of_the_system() -> None:
    """As every caller expects it of a file that can't be read."""
    with pytest.raises(OSError, match="this is not a path"):
        read_file(Path("a\0b"))


ENDLESS = (
    (("apply", "/dev/zero", "--yes"), 2, "the plan /dev/zero can't be read"),
    (("status", "--kubeconfig", "/dev/zero"), 2, "the kubeconfig /dev/zero can't be used"),
    (("annotate", "-f", "/dev/zero", "--eip", "--dry-run"), 1, "/dev/zero can't be read"),
    (("history", "--audit-log", "/dev/zero"), 2, "the audit log /dev/zero can't be read"),
)


@pytest.mark.parametrize(("words", "code", "says"), ENDLESS, ids=[words[0] for words, _, _ in ENDLESS])
def test_commands_say_which_file_has_no_end(
    words: tuple[str, ...],
    code: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In a sentence, and not when memory is used up."""
    monkeypatch.setenv(answers.VARIABLE, "1")
    assert run(words) == code
    assert f"{says}: " in (err := capsys.readouterr().err)
    assert "it is longer than 1 MiB" in err
