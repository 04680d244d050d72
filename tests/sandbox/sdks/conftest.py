"""A whole sandbox with an ENI to bind EIPs to, for clients that know nothing of sandboxes."""

from __future__ import annotations

import shutil
import warnings
from typing import TYPE_CHECKING

import pytest

from eipctl.sandbox.server import Sandbox
from tests.sandbox.sdks.stage import ENI, FAST, FIRST_IP, INSTANCE, SECOND_IP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave the Node SDK's test out where there is no Node, and say so."""
    lacking = [program for program in ("node", "npm") if shutil.which(program) is None]
    if collection_path.name != "test_node.py" or not lacking:
        return None
    warnings.warn(f"test_node.py is left out: there is no {' and no '.join(lacking)} here", stacklevel=1)
    return True


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The documentation's cluster, with one more ENI on its first node."""
    with Sandbox(tmp_path_factory.mktemp("sdks") / "sandbox", scenario="legacy", speed=FAST, quota=200) as made:
        made.cloud.add_eni(
            ENI,
            vpc_id="vpc-bp1sandbox00000000001",
            vswitch_id="vsw-bp1sandbox00000000001",
            instance_id=INSTANCE,
            primary_ip="10.0.0.200",
            secondary_ips=(FIRST_IP, SECOND_IP),
        )
        yield made
