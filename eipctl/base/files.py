"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import glob
import os
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = (-1, -1)
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


@contextmanager
def _draft(path: Path, mode: int, owner: tuple[int, int]) -> Iterator[tuple[Path, Path]]:
    """The file itself, behind all links, and an empty one beside it; that one is gone afterwards, unless renamed.

    It has this mode whatever the umask. A link is never replaced: it may be /dev/stdout.
    """
    target = Path(os.path.realpath(path))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if str(path) == "-":
        raise FileExistsError(errno.EEXIST, "a file is replaced as a whole, and stdout can't be")
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, "it is there and no regular file")
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
    """What a killed run has left: nobody holds its lock any more."""
    with suppress(OSError), draft.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.unlink()
