"""The simulated cloud of the adapter's tests, and a Stop that waits a fraction of the time."""

from __future__ import annotations

import pytest

from eipctl.base.stop import Stop
from tests.unit.aliyun.conftest import client, cloud, connect, place, service

__all__ = ["client", "cloud", "connect", "place", "service"]

HURRY = 100.0


class Hurried(Stop):
    """What is waited for takes as little time here."""

    def wait(self, seconds: float) -> None:
        super().wait(seconds / HURRY)


@pytest.fixture
def stop() -> Stop:
    """For at most a minute."""
    return Hurried(60.0)
