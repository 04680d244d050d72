"""A whole sandbox, and kubectl to talk to it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

KUBECTL = shutil.which("kubectl") or str(Path(sys.executable).with_name("kubectl"))
FAST = 50.0
WORKLOADS = Path(__file__).parents[2] / "examples" / "workloads"


class Kubectl:
    """Stock kubectl with a sandbox's kubeconfig."""

    def __init__(self, kubeconfig: Path, home: Path) -> None:
        self._kubeconfig, self._home = kubeconfig, home

    def __call__(self, *words: str, text: str | None = None) -> str:
        """What it prints; it must succeed."""
        done = self.run(*words, text=text)
        assert done.returncode == 0, f"kubectl {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def run(self, *words: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run it."""
        return subprocess.run(
            [KUBECTL, f"--kubeconfig={self._kubeconfig}", *words],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "HOME": str(self._home)},
        )

    def json(self, *words: str) -> dict[str, Any]:
        """What it prints with -o json."""
        found: dict[str, Any] = json.loads(self(*words, "-o", "json"))
        return found


@pytest.fixture
def legacy(tmp_path: Path) -> Iterator[Sandbox]:
    """The documentation's cluster, fast."""
    with Sandbox(tmp_path / "sandbox", scenario="legacy", speed=FAST) as sandbox:
        yield sandbox


@pytest.fixture
def kubectl(legacy: Sandbox, tmp_path: Path) -> Kubectl:
    """kubectl for it."""
    return Kubectl(legacy.kubeconfig, tmp_path)
