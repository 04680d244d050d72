"""The end-to-end tests can be run on another cluster; here that is the API server of a second sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.elsewhere import VARIABLE

if TYPE_CHECKING:
    from tests.e2e.user import User


def test_a_slice_of_them_passes_on_another_cluster(modern: User) -> None:
    """Pods, annotations and Events are that cluster's, EIPs the following sandbox's; nothing made is left there."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/e2e/test_bind.py", "-k", "by_an_event"],
        env={**os.environ, VARIABLE: str(modern.sandbox.kubeconfig)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
    modern.until(lambda: modern.pods() == [])
    assert modern.cloud.eips() == []
