"""In a folder that everybody may write to, nothing is read or written where another user has prepared the place."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eipctl.base.files import behind_links, may_replace, open_to_append, read_own, replace_file
from eipctl.cli.app import run

if TYPE_CHECKING:
    from collections.abc import Callable

SOMEBODY = 12345
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file that belongs to another user")


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder like /tmp, of root's or ours."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder


def write(path: Path) -> None:
    replace_file(path, "new", mode=0o600)


def append(path: Path) -> None:
    file = open_to_append(path)
    os.write(file, b"new")
    os.close(file)


def read(path: Path) -> None:
    read_own(path)


USES = pytest.mark.parametrize("use", [write, may_replace, append, read], ids=["write", "try", "append", "read"])


@as_root
@USES
def test_another_users_link_is_not_followed(shared: Path, tmp_path: Path, use: Callable[[Path], None]) -> None:
    """Neither as the file itself nor on the way to it, and what it leads to stays as it was."""
    precious = tmp_path / "precious"
    precious.write_text("old")
    link, way = shared / "out.json", shared / "way"
    link.symlink_to(precious)
    way.symlink_to(tmp_path)
    for planted in (link, way):
        os.lchown(planted, SOMEBODY, SOMEBODY)
    for path in (link, way / "precious"):
        with pytest.raises(PermissionError, match="another user"):
            use(path)
    assert precious.read_text() == "old"


@as_root
@USES
def test_another_users_file_is_not_used(shared: Path, use: Callable[[Path], None]) -> None:
    """It may be read by its owner, or hold what its owner wants done."""
    planted = shared / "out.json"
    planted.write_text("old")
    os.chown(planted, SOMEBODY, SOMEBODY)
    with pytest.raises(PermissionError, match="another user"):
        use(planted)
    assert planted.read_text() == "old"


@as_root
def test_nothing_is_appended_to_another_users_file_anywhere(tmp_path: Path) -> None:
    """Not in a folder of one's own either."""
    log = tmp_path / "audit.log"
    log.write_text("old")
    os.chown(log, SOMEBODY, SOMEBODY)
    with pytest.raises(PermissionError):
        append(log)
    assert log.read_text() == "old"


@as_root
def test_the_command_line_says_so(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2 with the file and the cause, before anything is asked of a cluster."""
    link = shared / "plan.json"
    link.symlink_to(tmp_path / "precious")
    os.lchown(link, SOMEBODY, SOMEBODY)
    assert run(["apply", str(link), "--yes"]) == 2
    assert f"{link} can't be read: belongs to another user" in capsys.readouterr().err


def test_own_links_and_the_folder_owners_are_followed(shared: Path, tmp_path: Path) -> None:
    """/tmp itself is a link on some systems, and people link their own logs."""
    link = shared / "log"
    link.symlink_to(Path("..") / "real")
    write(link)
    append(link)
    assert (tmp_path / "real").read_text() == "newnew"
    assert behind_links(link) == (tmp_path / "real").resolve()


def test_files_are_private_from_their_first_byte(shared: Path) -> None:
    """Whatever the umask."""
    before = os.umask(0)
    try:
        append(shared / "audit.log")
        write(shared / "plan.json")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in shared.iterdir()} == {0o600}


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    """In an error, as the kernel ends it."""
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        write(tmp_path / "a")


def test_an_open_file_can_be_named_by_its_number(tmp_path: Path) -> None:
    """As a shell's <(…) and /dev/stderr name it."""
    reading, writing = os.pipe()
    os.write(writing, b"a plan")
    os.close(writing)
    assert read_own(Path(f"/dev/fd/{reading}")) == "a plan"
    os.close(reading)


def test_a_file_that_has_another_name_is_not_appended_to_in_a_shared_folder(shared: Path, tmp_path: Path) -> None:
    """Whoever may write to the folder may have given it that name: it may be a file of root's."""
    precious = tmp_path / "precious"
    precious.write_text("old")
    (shared / "audit.log").hardlink_to(precious)
    with pytest.raises(PermissionError, match="has another name"):
        append(shared / "audit.log")
    assert precious.read_text() == "old"
    (tmp_path / "audit.log").hardlink_to(precious)
    append(tmp_path / "audit.log")
    assert precious.read_text() == "oldnew"


@as_root
@USES
@pytest.mark.parametrize("mode", [0o1770, 0o1775, 0o3775])
def test_a_folder_of_a_group_is_shared_too(tmp_path: Path, mode: int, use: Callable[[Path], None]) -> None:
    """Under the sticky bit, as fs.protected_regular=2 has it."""
    folder, precious = tmp_path / "group", tmp_path / "precious"
    folder.mkdir()
    folder.chmod(mode)
    precious.write_text("old")
    (folder / "out.json").symlink_to(precious)
    os.lchown(folder / "out.json", SOMEBODY, SOMEBODY)
    with pytest.raises(PermissionError, match="another user"):
        use(folder / "out.json")
    assert precious.read_text() == "old"
