"""Sandboxes that the tests of one process share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eipctl.sandbox.server import Sandbox
from tests.faults.lab import Lab

if TYPE_CHECKING:
    from collections.abc import Iterator

FAST = 50.0


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox at 1,000 times the real pace; who uses it resets it first."""
    with Sandbox(tmp_path_factory.mktemp("swift") / "sandbox", scenario="modern", speed=1000.0) as running:
        yield running


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox at 50 times the real pace; who uses it resets it first."""
    with Sandbox(tmp_path_factory.mktemp("sandbox") / "sandbox", scenario="modern", speed=FAST) as running:
        yield running


def reset(sandbox: Sandbox, scenario: str) -> Sandbox:
    """It with this scenario, at the right time, with an empty log."""
    sandbox.clock.ahead = sandbox.cloud_clock.ahead = 0.0
    sandbox.reset(scenario)
    return sandbox


@pytest.fixture
def new_lab(swift: Sandbox) -> Lab:
    """A modern cluster, as new."""
    return Lab(reset(swift, "modern"))
