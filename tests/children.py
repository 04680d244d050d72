"""Processes that tests start, of which none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EIPCTL = (sys.executable, "-m", "eipctl")
"""The command, from this checkout."""


@contextmanager
def child(command: Sequence[str], **settings: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that speaks text; it and what it has started are killed at the end, whatever happened."""
    with subprocess.Popen(command, text=True, start_new_session=True, **settings) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def output(command: Sequence[str], seconds: float = 120.0, **settings: Any) -> tuple[int, str, str]:
    """Its exit code, stdout and stderr; subprocess.TimeoutExpired after so long."""
    with child(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **settings) as process:
        out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err
