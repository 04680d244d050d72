"""Files that are there whole or not at all, and never in a place that another user has prepared.

In a folder that everybody may write to (``/tmp``) a name may be a link that somebody has laid there. As the kernel's
``fs.protected_symlinks`` and ``fs.protected_regular`` have it (proc_sys_fs(5)), such a link or file is used only if it
is the user's own or that of the folder's owner.
"""

from __future__ import annotations

import errno
import fcntl
import glob
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from eipctl.base.answers import VARIABLE, longest

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = (-1, -1)
MOST_LINKS = 40
_CHUNK = 1 << 20
FOREIGN = "belongs to another user"
_KERNELS = ("proc",)
"""Links there are the kernel's: one to an open file (/dev/stderr, /dev/fd/63) can be followed only by opening it."""
_DRAFT = ".eipctl-new"
"""The end of the name of a file that is not whole yet."""


def replace_file(path: Path, text: str, *, mode: int, owner: tuple[int, int] = NOBODY) -> None:
    """Write a file so that whoever reads it sees the old text or the new one; OSError if it can't be.

    `owner` (user, group) gets it as far as we may give it away.
    """
    with _draft(path, mode, owner) as (target, draft):
        with draft.open("wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)


def may_replace(path: Path) -> None:
    """OSError if :func:`replace_file` could not."""
    with _draft(path, 0o600, NOBODY):
        pass


def open_to_append(path: Path) -> int:
    """A descriptor to append to the file, made with mode 0600; OSError if another user owns it, or has named it here.

    A pipe takes what its reader leaves room for, and nothing without a reader: OSError, where a write would wait.
    """
    target = behind_links(path)
    kernels = target.parts[1:2] == _KERNELS
    piped = target.is_fifo()
    how = (os.O_WRONLY | os.O_NONBLOCK) if piped else os.O_RDWR | os.O_CREAT | os.O_APPEND
    file = os.open(target, how | os.O_CLOEXEC | (0 if kernels else os.O_NOFOLLOW), 0o600)
    try:
        about = os.fstat(file)
        if stat.S_ISREG(about.st_mode) and about.st_uid not in (os.geteuid(), 0):
            raise _foreign()
        if not kernels:
            _not_named_by_others(target, about)
    except OSError:
        os.close(file)
        raise
    return file


def read_file(path: Path) -> bytes:
    """All that is in a file; OSError for one that is longer than an answer may be, and for what can't be a path."""
    limit, found = longest(), bytearray()
    try:
        with path.open("rb", buffering=0) as file:
            while part := file.read(_CHUNK):
                found += part
                if len(found) > limit:
                    raise OSError(errno.EFBIG, f"it is longer than {limit >> 20} MiB ({VARIABLE})", str(path))
    except ValueError as error:
        raise OSError(errno.EINVAL, "this is not a path", str(path)) from error
    return bytes(found)


def read_own(path: Path) -> str:
    """The text of a file that decides what is done; OSError if another user could have put it there."""
    target = behind_links(path)
    _not_planted(target)
    return read_file(target).decode("utf-8")


def behind_links(path: Path) -> Path:
    """The path itself, behind all links; PermissionError if one of them may have been laid by another user."""
    left = list(reversed(Path(path).absolute().parts[1:]))
    found, links = Path("/"), 0
    while left:
        part = left.pop()
        if part == "..":
            found = found.parent
            continue
        step = found / part
        with suppress(FileNotFoundError, NotADirectoryError):
            if step.is_symlink() and step.parts[1:2] != _KERNELS:
                links += 1
                if links > MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                _not_planted(step)
                target = step.readlink()
                left += reversed(target.parts[1:] if target.is_absolute() else target.parts)
                found = Path("/") if target.is_absolute() else found
                continue
        found = step
    return found


def _not_planted(path: Path) -> None:
    """PermissionError for a link or file in a shared folder that is neither ours nor of the folder's owner."""
    with suppress(FileNotFoundError):
        about, folder = path.lstat(), path.parent.stat()
        if _shared(folder) and about.st_uid not in (os.geteuid(), folder.st_uid):
            raise _foreign()


def _not_named_by_others(path: Path, about: os.stat_result) -> None:
    """PermissionError for a further name of a file (hard link) in a shared folder: anybody may have given it that."""
    if about.st_nlink > 1 and stat.S_ISREG(about.st_mode) and _shared(path.parent.stat()):
        raise PermissionError(errno.EPERM, "has another name, which may be that of another file")


def _shared(folder: os.stat_result) -> bool:
    """Whether others than its owner may put names into it: everybody, or a group under the sticky bit."""
    group = folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWGRP
    return bool(folder.st_mode & stat.S_IWOTH or group)


def _foreign() -> PermissionError:
    return PermissionError(errno.EPERM, FOREIGN)


@contextmanager
def _draft(path: Path, mode: int, owner: tuple[int, int]) -> Iterator[tuple[Path, Path]]:
    """The file itself, behind all links, and an empty one beside it; that one is gone afterwards, unless renamed.

    It has this mode whatever the umask. A link is never replaced: it may be /dev/stdout.
    """
    if str(path) == "-":
        raise FileExistsError(errno.EEXIST, "a file is replaced as a whole, which is not possible for stdout")
    target = behind_links(path)
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if target.exists() and not target.is_file():
        raise FileExistsError(errno.EEXIST, "exists but is not a regular file")
    _not_planted(target)
    for left in target.parent.glob(f".{glob.escape(target.name)}.*{_DRAFT}"):
        _remove_left(left)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}{_DRAFT}")
    held = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_SH)
        for user, group in ((-1, owner[1]), (owner[0], -1)):
            with suppress(PermissionError):
                os.chown(draft, user, group)
        draft.chmod(mode)
        yield target, draft
    finally:
        os.close(held)
        with suppress(FileNotFoundError):
            draft.unlink()


def _remove_left(draft: Path) -> None:
    """What a killed run has left: its lock is free."""
    with suppress(OSError), draft.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.unlink()
