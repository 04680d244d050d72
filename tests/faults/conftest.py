"""A sandbox for each test of the fault suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eipctl.sandbox.server import Sandbox
from tests.faults.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Three nodes with Terway v1.13; no Pods that ask for an EIP yet."""
    with Sandbox(tmp_path / "sandbox", scenario="modern", speed=50.0) as sandbox:
        yield Stage(sandbox)
