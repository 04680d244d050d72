"""A whole sandbox with an ENI to bind EIPs to, for clients that know nothing of sandboxes."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from eipctl.sandbox.server import Sandbox
from tests.sandbox.sdks import npm
from tests.sandbox.sdks.stage import ENI, FAST, FIRST_IP, INSTANCE, SECOND_IP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave the tests of the SDKs for Node out where there is no Node and no CI, and say so."""
    if collection_path.name != "test_node.py" or npm.required() or not npm.lacking():
        return None
    warnings.warn(f"test_node.py is left out: there is no {' and no '.join(npm.lacking())} here", stacklevel=1)
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
