"""Whether the holder of the Lease is proven dead: only a process of this very host that does nothing any more."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from eipctl.engine import lock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits."""
    found = subprocess.Popen(["sleep", "60"])
    yield found
    found.kill()
    found.wait()


def holder(pid: int) -> str:
    return f"{lock._host()}/{pid}/{lock._started(pid)}"


def test_a_living_process_is_not_dead(child: subprocess.Popen[bytes]) -> None:
    """Nor is one of another host, or a text that names none."""
    assert not lock._dead(holder(child.pid))
    assert not lock._dead(f"elsewhere/{child.pid}/1")
    assert not lock._dead("somebody")


def test_a_killed_process_is_dead_before_its_parent_asks(child: subprocess.Popen[bytes]) -> None:
    """A zombie: in a container without an init nobody may ever ask."""
    about = holder(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert lock._dead(about)
    child.wait()
    assert lock._dead(about)


def test_a_number_that_was_given_again_is_another_process(child: subprocess.Popen[bytes]) -> None:
    """It began at another time."""
    assert lock._dead(f"{lock._host()}/{child.pid}/1")


def test_a_process_of_another_pid_namespace_is_not_proven_dead(child: subprocess.Popen[bytes]) -> None:
    """Two containers of one host may share its name and boot: the number of one means nothing in the other."""
    name, boot, _ = lock._host().split("/")
    assert not lock._dead(f"{name}/{boot}/4026999999/{child.pid}/1")
    assert lock._dead(f"{lock._host()}/{child.pid}/1")
