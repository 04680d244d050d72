"""The vendor's SDK for Node (@alicloud/pop-core, from npm) takes the sandbox for the cloud.

It is collected where node and npm are; elsewhere a warning says that it isn't.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.sdks.stage import OPERATOR

if TYPE_CHECKING:
    from eipctl.sandbox.server import Sandbox

SCRIPT = Path(__file__).with_name("eips.js")


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the SDK is installed."""
    place = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place), "@alicloud/pop-core@1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=45, check=False)
    assert done.returncode == 0, f"npm install: {done.stdout}{done.stderr}"
    return place / "node_modules"


@pytest.fixture
def seen(sandbox: Sandbox, modules: Path) -> dict[str, Any]:
    """What the script saw."""
    done = subprocess.run(
        ["node", str(SCRIPT), sandbox.cloud_url, *OPERATOR],
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
        env={**os.environ, "NODE_PATH": str(modules)},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_node_sdk(sandbox: Sandbox, seen: dict[str, Any]) -> None:
    """Node allocates one EIP by a token used twice, sees its tag and bandwidth, and is refused with a wrong secret."""
    made = seen["made"]["AllocationId"]
    assert seen["again"]["AllocationId"] == made
    (row,) = seen["seen"]
    assert (row["AllocationId"], row["Bandwidth"], row["Status"]) == (made, "7", "Available")
    assert row["Tags"]["Tag"] == [{"Key": "from", "Value": "nöde &=*~"}]
    assert seen["refused"] == {"code": "SignatureDoesNotMatch", "status": 400}
    assert [eip.allocation_id for eip in sandbox.cloud.eips()].count(made) == 1
