"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = (-1, -1)


def replace_file(path: Path, text: str, *, mode: int, owner: tuple[int, int] = NOBODY) -> None:
    """Write a file so that whoever reads it sees the old text or the new one; OSError if it can't be.

    `owner` (user, group) gets it as far as we may give it away.
    """
    with _draft(path, mode, owner) as draft:
        draft.write_bytes(text.encode())
        draft.replace(path)


def may_replace(path: Path) -> None:
    """OSError if :func:`replace_file` could not."""
    with _draft(path, 0o600, NOBODY):
        pass


@contextmanager
def _draft(path: Path, mode: int, owner: tuple[int, int]) -> Iterator[Path]:
    """An empty file beside it, of this mode whatever the umask; gone afterwards, unless it was renamed."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, "it is there and no regular file")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        draft.unlink()
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        for user, group in ((-1, owner[1]), (owner[0], -1)):
            with suppress(PermissionError):
                os.chown(draft, user, group)
        draft.chmod(mode)
        yield draft
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
