"""One sandbox for all tests, as new for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eipctl.sandbox.server import Sandbox
from tests.e2e.user import User

if TYPE_CHECKING:
    from collections.abc import Iterator

FAST = 50.0


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Its servers; what they hold is another fixture's."""
    with Sandbox(tmp_path_factory.mktemp("e2e") / "sandbox", scenario="legacy", speed=FAST) as running:
        yield running


def _user(sandbox: Sandbox, scenario: str) -> User:
    sandbox.clock.ahead = 0.0
    sandbox.reset(scenario)
    sandbox.calls.clear()
    return User(sandbox)


@pytest.fixture
def legacy(sandbox: Sandbox) -> User:
    """The documentation's cluster: Terway v1.6.3, nothing set up."""
    return _user(sandbox, "legacy")


@pytest.fixture
def modern(sandbox: Sandbox) -> User:
    """Terway v1.13.0, which has no EIP support of its own."""
    return _user(sandbox, "modern")
