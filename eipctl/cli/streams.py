"""The standard streams, in whatever state we are started: closed, or on a disk that is full."""

from __future__ import annotations

import contextlib
import errno
import os
import sys

from eipctl.base.codes import Code
from eipctl.base.errors import Failed

MODES = {"stdin": "r", "stdout": "w", "stderr": "w"}
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def complete() -> None:
    """In place of a stream that is closed, have one that is empty or swallows all.

    A file takes the lowest free number, so this also keeps files that are opened later from becoming a stream.
    """
    for name, mode in MODES.items():
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def settle() -> None:
    """Let go of what can't be written, so that the interpreter does not try again at its end, and complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def unwritten(error: Exception) -> Failed | None:
    """What to say if it was stdout that raised this; who writes a file says himself that it can't be written."""
    if isinstance(error, UnicodeEncodeError) and error.encoding == sys.stdout.encoding:
        return _failed(f"its encoding is {error.encoding}", "set PYTHONIOENCODING=utf-8, or a locale in UTF-8")
    if isinstance(error, OSError) and error.errno in UNWRITABLE and error.filename is None:
        hint = "free some space, or send it elsewhere; what was done is done: eipctl status"
        return _failed(os.strerror(error.errno), hint)
    return None


def _failed(why: str, hint: str) -> Failed:
    return Failed(Code.ANSWER, f"the answer can't be written to stdout: {why}", hint=hint)
