"""A sandbox per test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eipctl.sandbox.server import Sandbox
from tests.e2e.user import User

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAST = 50.0


@pytest.fixture
def legacy(tmp_path: Path) -> Iterator[User]:
    """The documentation's cluster: Terway v1.6.3, nothing set up."""
    with Sandbox(tmp_path / "sandbox", scenario="legacy", speed=FAST) as sandbox:
        yield User(sandbox)


@pytest.fixture
def modern(tmp_path: Path) -> Iterator[User]:
    """Terway v1.13.0, which has no EIP support of its own."""
    with Sandbox(tmp_path / "sandbox", scenario="modern", speed=FAST) as sandbox:
        yield User(sandbox)
