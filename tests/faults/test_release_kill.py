"""release killed at each kind of change, or its reply lost: the next run finishes, and nothing is left over.

``EIPCTL_FAULTS=all`` kills it before each change, too.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.faults.stage import AUTO, Stage, named

SIGKILLED = -9
CHANGES: dict[str, dict[str, str]] = {
    "unbind": {"api": "UnassociateEipAddress"},
    "release": {"api": "ReleaseEipAddress"},
    "untag": {"api": "UnTagResources"},
    "tell the Pod": {"service": "kube", "api": "patch", "object": "pods.*"},
}
FAULTS: dict[str, dict[str, Any]] = {
    "killed after": {"do": "kill", "when": "after"},
    "killed before": {"do": "kill", "when": "before"},
    "reply lost": {"do": "lose"},
    "503 after commit": {"do": "after", "status": 503, "code": "ServiceUnavailable"},
}
CHOSEN = list(FAULTS) if os.environ.get("EIPCTL_FAULTS") == "all" else ["killed after"]


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """A living Pod, a gone one and one with a lent EIP, all served."""
    stage.add_pod("web", AUTO)
    stage.add_pod("gone", AUTO)
    stage.add_pod("lent", named(stage.cloud.add_eip(name="precious")))
    stage.clean_run()
    stage.delete_pod("gone")
    return stage


@pytest.mark.parametrize("fault", CHOSEN)
@pytest.mark.parametrize("change", CHANGES)
def test_release_goes_on(stage: Stage, change: str, fault: str) -> None:
    """All that eipctl bought is released, what was lent is its owner's again, and no Pod tells an address."""
    run = stage.eipctl("release", "--all", "-A", "--yes", fault={**FAULTS[fault], **CHANGES[change]})
    assert (run.code == SIGKILLED) == fault.startswith("killed")
    for _ in range(3):
        again = stage.run("release", "--all", "-A")
        assert again.code in (0, 4), again.out
    assert again.data["actions"] == []
    (left,) = stage.cloud.eips()
    assert (left.name, left.status, dict(left.tags)) == ("precious", "Available", {})
    told = [(stage.pod(name) or {})["metadata"]["annotations"] for name in ("web", "lent")]
    assert not any("k8s.aliyun.com/allocated-eipAddress" in annotations for annotations in told)
