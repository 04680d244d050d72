"""The standard streams, in whatever state we are started: closed, on a disk that is full, in any encoding."""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import sys
from typing import TYPE_CHECKING

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.base.errors import ExitCode
    from eipctl.output.console import Console

MODES = {"stdin": "r", "stdout": "w", "stderr": "w"}
ESCAPED = "eipctl-escaped"
_LIKE = {"✓": "+", "✗": "x", "…": "...", "━": "-", "╸": "-", "╺": "-", "→": "->", "·": "."}
"""Signs of eipctl's own; before a blank each takes one column, so that tables stay in line."""
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def complete() -> None:
    """In place of a stream that is closed, have one that is empty or swallows all.

    A file takes the lowest free number, so this also keeps files that are opened later from becoming a stream.
    """
    for name, mode in MODES.items():
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    codecs.register_error(ESCAPED, _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ESCAPED)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """For a character that an encoding lacks: a sign that looks like it, or ``\\u7f51`` as in JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    like = _LIKE.get(error.object[error.start])
    if like is not None:
        is_sign = error.object[error.start + 1 : error.start + 2] == " "
        return (like[:1] if is_sign else like), error.start + 1
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)), error.end


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
    if isinstance(error, OSError) and error.errno in UNWRITABLE and error.filename is None:
        hint = "free some space or redirect the output; completed changes stay in effect, see: eipctl status"
        return _failed(os.strerror(error.errno), hint)
    return None


@contextlib.contextmanager
def result_of_run(console: Console, code: ExitCode | None) -> Iterator[None]:
    """Around telling what a run has done: it exits with its own code also when stdout takes nothing.

    `code` is None for a run that has changed nothing: there the answer is all there is.
    """
    try:
        yield
    except OSError as error:
        failure = unwritten(error)
        if code is None or (failure is None and not isinstance(error, BrokenPipeError)):
            raise
        if failure is not None:
            from eipctl.output.errors import tell

            tell(console, failure)
        raise typer.Exit(int(code)) from error


def _failed(why: str, hint: str) -> Failed:
    return Failed(Code.ANSWER, f"the answer can't be written to stdout: {why}", hint=hint)
