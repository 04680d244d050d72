"""A sandbox as new for each test.

With EIPCTL_E2E_KUBECONFIG=FILE the tests that can are run on the cluster of FILE, with a sandbox's cloud for it. The
others need a simulated Terway, or faults of the Kubernetes API; they are deselected, and pytest counts them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from eipctl.sandbox.server import Sandbox
from tests.conftest import FAST, reset
from tests.e2e import elsewhere
from tests.e2e.lab import Lab
from tests.e2e.user import User
from tests.faults.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

ANYWHERE = ("test_bind.py", "test_release.py")
"""Files whose tests need no more of a cluster than its API, unless they are marked own_cluster."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what another cluster can show, if one is given."""
    if not elsewhere.kubeconfig():
        return
    here = Path(__file__).parent
    out = [item for item in items if item.path.parent == here and not _anywhere(item)]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


def _anywhere(item: pytest.Item) -> bool:
    return item.path.name in ANYWHERE and item.get_closest_marker("own_cluster") is None


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A modern cluster; or the one that is given, with the cloud of a sandbox that follows it."""
    path = elsewhere.kubeconfig()
    if not path:
        yield Stage(request.getfixturevalue("modern").sandbox)
        return
    with Sandbox(tmp_path / "sandbox", speed=FAST, follow=Path(path)) as sandbox:
        far = elsewhere.Elsewhere(sandbox)
        yield elsewhere.FarStage(cast("Sandbox", far))
        far.objects.tidy()


@pytest.fixture
def legacy(sandbox: Sandbox) -> User:
    """The documentation's cluster: Terway v1.6.3, nothing set up."""
    return User(reset(sandbox, "legacy"))


@pytest.fixture
def modern(sandbox: Sandbox) -> User:
    """Terway v1.13.0, which has no EIP support."""
    return User(reset(sandbox, "modern"))


@pytest.fixture
def lab(modern: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A modern cluster, and eipctl in this process with a metrics file."""
    for name, value in modern.sandbox.env().items():
        monkeypatch.setenv(name, value)
    return Lab(Stage(modern.sandbox), tmp_path / "eipctl.prom")
