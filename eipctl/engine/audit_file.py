"""The file of the audit log: appended to line by line, put aside when it is large, followed when it was put aside."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import stat
import sys
import threading
from contextlib import suppress
from pathlib import Path

from eipctl.base.files import open_to_append

STDERR = "-"
LARGEST = 10_000_000
"""Bytes."""
KEPT = 5
READER_SECONDS = 5.0
"""How long the reader of a pipe may leave no room for a line."""


class AuditFile:
    """A file by its name (mode 0600), or stderr ("-"). Its methods raise OSError. Safe to share between threads."""

    def __init__(self, name: str, *, reader_seconds: float = READER_SECONDS) -> None:
        self._reader_seconds = reader_seconds
        self._path = None if name == STDERR else Path(name)
        self._lock = threading.Lock()
        self._cut = self._closed = False
        self._file: int | None = sys.stderr.fileno() if self._path is None else _opened(self._path)

    def append(self, line: bytes) -> None:
        """Write a whole line, at the place where the name leads now."""
        with self._lock:
            self._follow()
            if self._closed or self._file is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            try:
                _append(self._file, line, self._reader_seconds)
            except OSError:
                self._cut = True  # The file may end in the middle of a line now.
                raise

    def follow(self) -> None:
        """Let go of a file that was put aside, also while there is nothing to record."""
        with self._lock:
            self._follow()

    def close(self) -> None:
        """Give it back; nothing can be appended any more."""
        with self._lock:
            self._closed = True
            self._let_go()

    def _follow(self) -> None:
        if self._path is None or self._closed:
            return
        if self._cut or self._file is None or _aside(self._file, self._path):
            self._let_go()
            self._file = _opened(self._path)
            self._cut = False

    def _let_go(self) -> None:
        file, self._file = self._file, None
        if file is not None and self._path is not None:
            os.close(file)


def _aside(file: int, path: Path) -> bool:
    """Whether a regular file has another name by now, or is so large that it should have."""
    about = os.fstat(file)
    if not stat.S_ISREG(about.st_mode):
        return False
    try:
        return about.st_size > LARGEST or not os.path.samestat(about, path.stat())
    except FileNotFoundError:
        return True


def _opened(path: Path) -> int:
    _rotate(path)
    return _on_a_new_line(open_to_append(path))


def _append(file: int, line: bytes, patience: float) -> None:
    """One write per line, so that the lines of two runs can't get mixed up; more only where the disk is just full."""
    while line:
        try:
            line = line[os.write(file, line) :]
        except BlockingIOError:  # A pipe, whose reader is behind.
            if not select.select([], [file], [], patience)[1]:
                raise


def _on_a_new_line(file: int) -> int:
    """Behind what a full disk has cut."""
    try:
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            _append(file, b"\n", 0.0)
    except OSError:
        os.close(file)
        raise
    return file


def _rotate(path: Path) -> None:
    """Put a large file aside. Of two runs one does it; the other's lines stay whole, in whichever file it has open.

    Nobody waits for who else has locked the file: it grows on meanwhile.
    """
    file = open_to_append(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        about = os.fstat(file)
        if about.st_size > LARGEST and path.is_file() and path.stat().st_ino == about.st_ino:
            _put_aside(path)
    except BlockingIOError:
        return
    finally:
        os.close(file)


def _put_aside(path: Path) -> None:
    """Where it can be: in a folder that may not be written the file grows on, and nothing stops for that."""
    with suppress(OSError):
        for number in range(KEPT - 1, 0, -1):
            with suppress(FileNotFoundError):
                Path(f"{path}.{number}").replace(f"{path}.{number + 1}")
        path.replace(f"{path}.1")
