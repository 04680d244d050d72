"""A server that sends a byte a second holds no run longer than its --timeout and a little, in whichever phase."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.children import EIPCTL, output
from tests.faults.stage import AUTO, Stage
from tests.front import front

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.user import User

LONGEST = 15.0
"""Seconds that a run of --timeout 5s may take, its start included."""
PHASES: dict[str, dict[str, Any]] = {
    "the first question to the cluster": {"path": ""},
    "the list of Pods": {"path": "/api/v1/pods"},
    "the Lease": {"path": "/apis/coordination.k8s.io"},
    "the proof before a write": {"path": "/api/v1/namespaces/default/pods/web"},
    "the first question to the cloud": {"action": "GetCallerIdentity"},
    "the list of EIPs": {"action": "DescribeEipAddresses"},
    "the purchase": {"action": "AllocateEipAddress"},
    "the binding": {"action": "AssociateEipAddress"},
}


@pytest.mark.parametrize("phase", PHASES)
def test_a_run_ends_in_time_whatever_drips(modern: User, tmp_path: Path, phase: str) -> None:
    """With exit 124 and its sentence, where an answer never ends."""
    Stage(modern.sandbox).add_pod("web", AUTO)
    environ = {**os.environ, **modern.sandbox.env(), "EIPCTL_OUTPUT": "json"}
    config = json.loads(modern.sandbox.kubeconfig.read_text())
    prefix = config["clusters"][0]["cluster"]["server"].partition("://")[2].partition("/")[2]
    rule = dict(PHASES[phase])
    if "path" in rule:
        rule["path"] = f"/{prefix}{rule['path']}" if prefix else rule["path"]
    with front(environ, [{**rule, "drip": True}], tmp_path) as through:
        words = [*EIPCTL, "bind", "-A", "--yes", "--timeout", "5s"]
        code, out, err = output(words, LONGEST, env=through)
    answer = json.loads(out)
    assert (code, answer["exit_code"]) == (124, 124), err
    assert "EIP903" in {error["code"] for error in answer["errors"]}
    assert "Traceback" not in err
