"""The vendor's SDKs for Node (@alicloud/pop-core, @alicloud/vpc20160428) take the sandbox for the cloud.

They are collected where node and npm are, and wherever CI is set; elsewhere a warning says that they aren't.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.sdks import npm
from tests.sandbox.sdks.stage import ENI, FIRST_IP, OPERATOR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from eipctl.sandbox.server import Sandbox


@pytest.fixture(scope="session")
def modules() -> Path:
    """Where the SDKs are installed."""
    return npm.modules()


@pytest.fixture
def seen(sandbox: Sandbox, modules: Path) -> Callable[..., dict[str, Any]]:
    """What a script of the folder `node` saw."""

    def run(script: str, *words: str) -> dict[str, Any]:
        done = subprocess.run(
            ["node", str(npm.FOLDER / script), sandbox.cloud_url, *OPERATOR, *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "NODE_PATH": str(modules)},
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return run


def test_pop_core(sandbox: Sandbox, seen: Callable[..., dict[str, Any]]) -> None:
    """It allocates one EIP by a token used twice, sees its tag and bandwidth, and is refused with a wrong secret."""
    found = seen("pop_core.js")
    made = found["made"]["AllocationId"]
    assert found["again"]["AllocationId"] == made
    (row,) = found["seen"]
    assert (row["AllocationId"], row["Bandwidth"], row["Status"]) == (made, "7", "Available")
    assert row["Tags"]["Tag"] == [{"Key": "from", "Value": "nöde &=*~"}]
    assert found["refused"] == {"code": "SignatureDoesNotMatch", "status": 400}
    assert [eip.allocation_id for eip in sandbox.cloud.eips()].count(made) == 1


def test_vpc20160428(sandbox: Sandbox, seen: Callable[..., dict[str, Any]]) -> None:
    """It leads an EIP through its life, bound to an ENI's private IP, and is refused with a wrong secret."""
    found = seen("vpc20160428.js", ENI, FIRST_IP)
    assert found["again"] == found["allocationId"]
    bound, free = found["bound"], found["free"]
    assert (bound["InstanceId"], bound["PrivateIpAddress"], bound["Bandwidth"]) == (ENI, FIRST_IP, "8")
    assert bound["Tags"]["Tag"] == [{"Key": "from", "Value": "nöde &=*~"}]
    assert (free["InstanceId"], free["PrivateIpAddress"]) == ("", "")
    assert found["refused"] == {"code": "SignatureDoesNotMatch", "status": 400}
    assert found["allocationId"] not in [eip.allocation_id for eip in sandbox.cloud.eips() if eip.status != "Releasing"]
