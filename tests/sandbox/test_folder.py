"""The folder of a sandbox is its owner's: nobody else has put anything into it, nor leads clients by it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from eipctl.cli.app import run
from eipctl.sandbox import files
from eipctl.sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOMEBODY = 12345
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder that belongs to another user")
USES = pytest.mark.parametrize("use", [files.make_folder, files.read_record], ids=["up", "env"])


@as_root
@USES
def test_another_users_folder_is_refused(tmp_path: Path, use: Callable[[Path], object]) -> None:
    """Its log may be a link to a file of ours."""
    folder = tmp_path / "sandbox"
    folder.mkdir()
    os.chown(folder, SOMEBODY, SOMEBODY)
    with pytest.raises(SandboxError, match="belongs to another user"):
        use(folder)


@as_root
@USES
def test_another_users_link_to_a_folder_is_refused(tmp_path: Path, use: Callable[[Path], object]) -> None:
    """It may lead to a folder of ours that holds other things."""
    link = tmp_path / "sandbox"
    link.symlink_to(tmp_path)
    os.lchown(link, SOMEBODY, SOMEBODY)
    with pytest.raises(SandboxError, match="belongs to another user"):
        use(link)


@USES
@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_a_folder_of_everybodys_is_refused(tmp_path: Path, use: Callable[[Path], object], mode: int) -> None:
    """One inside it is not."""
    tmp_path.chmod(mode)
    with pytest.raises(SandboxError, match="anybody may write"):
        use(tmp_path)
    use(tmp_path / "sandbox")


def test_the_command_line_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is started or believed."""
    tmp_path.chmod(0o1777)
    for words in (("up",), ("env",)):
        assert run(["sandbox", *words, "--dir", str(tmp_path)]) in (1, 2)
        assert f"anybody may write to folder {tmp_path}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
