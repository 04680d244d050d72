"""An answer that nobody reads to its end."""

from __future__ import annotations

import os
import subprocess
import sys


def test_a_pipe_that_is_closed_is_no_error() -> None:
    """The command ends with exit 0 and says nothing: whoever read its answer has read enough."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        command = [sys.executable, "-m", "eipctl", "explain", "EIP101"]
        ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")
