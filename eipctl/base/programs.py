"""The output of a program: all of it, bounded, and awaited no longer than the run may last."""

from __future__ import annotations

import os
import selectors
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.base.answers import VARIABLE, longest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from eipctl.base.stop import Stop

_LOOK_SECONDS = 0.1
_CHUNK = 1 << 16


class TooMuch(OSError):
    """The program prints more than an answer may have."""


@dataclass(frozen=True, slots=True)
class Printed:
    """Exit code, stdout and stderr."""

    code: int
    out: bytes
    err: bytes


def output_of(
    child: subprocess.Popen[bytes], stop: Stop, passed_on: Callable[[bytes], object] = lambda _part: None
) -> Printed:
    """What a program prints that was started with pipes; `passed_on` gets what comes on stderr, as it comes.

    It is killed when the run must stop, and for TooMuch. A child of it that goes on with its streams is not waited for.
    """
    assert child.stdout is not None
    assert child.stderr is not None
    found = {child.stdout.fileno(): bytearray(), child.stderr.fileno(): bytearray()}
    out, err = found
    with ExitStack() as stack:
        stack.callback(child.wait)
        stack.callback(child.kill)
        for pipe in (child.stdout, child.stderr):
            stack.enter_context(pipe)
        poll = stack.enter_context(selectors.DefaultSelector())
        for number in found:
            poll.register(number, selectors.EVENT_READ)
        ended = False
        while poll.get_map():
            stop.check()
            ready = poll.select(_LOOK_SECONDS)
            for key, _ in ready:
                part = os.read(key.fd, _CHUNK)
                if not part:
                    poll.unregister(key.fd)
                elif key.fd == err:
                    passed_on(part)
                _add(found[key.fd], part)
            if ended and not ready:
                break
            ended = child.poll() is not None
        while child.poll() is None:
            stop.wait(_LOOK_SECONDS)
    return Printed(child.returncode, bytes(found[out]), bytes(found[err]))


def _add(found: bytearray, part: bytes) -> None:
    found += part
    if len(found) > (limit := longest()):
        raise TooMuch(f"it prints something that is longer than {limit >> 20} MiB ({VARIABLE})")
