"""The two clusters to play with."""

from __future__ import annotations

import pytest

from tests.sandbox.world.stage import Stage


@pytest.fixture
def legacy_world() -> Stage:
    """Terway v1.6.3, nothing set up."""
    return Stage("legacy")


@pytest.fixture
def modern_world() -> Stage:
    """Terway v1.13."""
    return Stage("modern")


@pytest.fixture
def open_source_world() -> Stage:
    """Terway as its own repository installs it."""
    return Stage("open-source")
