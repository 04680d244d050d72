"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = (-1, -1)


def replace_file(path: Path, text: str, *, mode: int, owner: tuple[int, int] = NOBODY) -> None:
    """Write a file so that whoever reads it sees the old text or the new one; OSError if it can't be.

    `owner` (user, group) gets it as far as we may give it away.
    """
    with _draft(path, mode, owner) as (target, draft):
        draft.write_bytes(text.encode())
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
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        draft.unlink()
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        for user, group in ((-1, owner[1]), (owner[0], -1)):
            with suppress(PermissionError):
                os.chown(draft, user, group)
        draft.chmod(mode)
        yield target, draft
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
