"""The main job step by step, as a user does it: the sandbox as a process of its own, kubectl, and eipctl's commands."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.children import EIPCTL

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).parents[2] / "examples" / "workloads" / "nginx-deployment-basic.yaml"
WORKLOAD = "deployment/nginx-deployment-basic"
RESULT = "k8s.aliyun.com/allocated-eipAddress"


class User:
    """Somebody at a shell whose environment `sandbox env` has set."""

    def __init__(self, home: Path) -> None:
        self.directory = home / "sandbox"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ALIBABA_", "EIPCTL_"))}
        self.environ = {**kept, "HOME": str(home), "EIPCTL_SANDBOX_DIR": str(self.directory)}
        self.environ.pop("KUBECONFIG", None)

    def run(self, *command: str, code: int = 0) -> str:
        """Run a command and return its stdout; its exit code must be `code`."""
        ended = subprocess.run(command, env=self.environ, capture_output=True, text=True, timeout=180, check=False)
        assert ended.returncode == code, f"{shlex.join(command)}\n{ended.stdout}{ended.stderr}"
        return ended.stdout

    def eipctl(self, *arguments: str, code: int = 0) -> str:
        return self.run(*EIPCTL, *arguments, code=code)

    def data(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """`data` of the JSON envelope."""
        found: dict[str, Any] = json.loads(self.eipctl(*arguments, "-o", "json", code=code))["data"]
        return found

    def kubectl(self, *arguments: str) -> str:
        own = Path(sys.executable).parent / "kubectl"
        program = str(own) if own.exists() else shutil.which("kubectl")
        assert program, "kubectl comes with the test dependencies"
        return self.run(program, *arguments)

    def enter_sandbox(self) -> None:
        """`eval "$(eipctl sandbox env)"`."""
        script = f'eval "$({shlex.quote(sys.executable)} -m eipctl sandbox env)"; env -0'
        for line in self.run("sh", "-c", script).split("\0"):
            name, _, value = line.partition("=")
            if name in ("KUBECONFIG", "EIPCTL_ENDPOINT_URL") or name.startswith("ALIBABA_CLOUD_"):
                self.environ[name] = value

    def addresses(self) -> list[str]:
        """The result annotations of the example's Pods that are not leaving."""
        items = json.loads(self.kubectl("get", "pods", "-l", "app=nginx", "-o", "json"))["items"]
        living = [item["metadata"] for item in items if "deletionTimestamp" not in item["metadata"]]
        return [found for meta in living if (found := meta.get("annotations", {}).get(RESULT))]

    def pods_settle(self, count: int) -> None:
        """Wait until exactly `count` Pods of the example are there: leaving ones have gone."""
        deadline = time.monotonic() + 60
        while len(self.kubectl("get", "pods", "-l", "app=nginx", "-o", "name").splitlines()) != count:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture
def user(tmp_path: Path) -> Iterator[User]:
    """Nobody's credentials, no kubeconfig, an empty home."""
    someone = User(tmp_path)
    yield someone
    subprocess.run([*EIPCTL, "sandbox", "down"], env=someone.environ, capture_output=True, check=False)


def test_the_documentations_way(user: User) -> None:
    """On `legacy`, setup makes Terway give the documentation's Deployment its EIPs, and bind has nothing to do."""
    user.eipctl("sandbox", "up", "--speed", "20")
    user.enter_sandbox()
    user.kubectl("apply", "-f", str(EXAMPLE))
    user.kubectl("rollout", "status", WORKLOAD, "--timeout=60s")
    user.eipctl("setup", "--yes")
    assert user.data("setup", "--dry-run")["actions"] == []
    user.eipctl("annotate", WORKLOAD, "--eip", "--bandwidth", "5", "--yes")
    user.kubectl("rollout", "status", WORKLOAD, "--timeout=60s")
    user.pods_settle(2)
    assert len(user.addresses()) == 2
    seen = user.data("status")
    assert [(pod["state"], pod["managed_by"]) for pod in seen["pods"]] == [("Bound", "terway")] * 2
    assert sorted(pod["eip_address"] for pod in seen["pods"]) == sorted(user.addresses())
    bound = user.data("bind", "-A", "--yes")
    assert (bound["actions"], bound["counts"]["satisfied"], bound["counts"]["skipped"]) == ([], 2, 0)
    user.eipctl("teardown", "--yes", code=5)
    user.eipctl("annotate", WORKLOAD, "--remove", "--yes")
    user.kubectl("rollout", "status", WORKLOAD, "--timeout=60s")
    user.pods_settle(2)
    user.eipctl("teardown", "--yes")
    user.eipctl("sandbox", "down")


def test_the_way_since_terway_1_7(user: User) -> None:
    """On `modern`, setup says why it is of no use and bind gives the Pods their EIPs, once."""
    user.eipctl("sandbox", "up", "--seed", "modern", "--speed", "20")
    user.enter_sandbox()
    user.kubectl("apply", "-f", str(EXAMPLE))
    user.eipctl("setup", "--yes", code=5)
    user.eipctl("annotate", WORKLOAD, "--eip", "--bandwidth", "5", "--yes")
    user.kubectl("rollout", "status", WORKLOAD, "--timeout=60s")
    user.pods_settle(2)
    counts = user.data("bind", "-A", "--yes")["counts"]
    assert (counts["allocate"], counts["associate"], counts["annotate"], counts["failed"]) == (2, 2, 2, 0)
    assert len(set(user.addresses())) == 2
    assert user.data("bind", "-A", "--yes")["actions"] == []
    seen = user.data("status")
    assert [(pod["state"], pod["managed_by"], pod["bandwidth"]) for pod in seen["pods"]] == [("Bound", "eipctl", 5)] * 2
    user.kubectl("scale", WORKLOAD, "--replicas=1")
    user.pods_settle(1)
    released = user.data("bind", "-A", "--prune", "--grace", "0s", "--yes")["counts"]
    assert (released["unassociate"], released["release"]) == (1, 1)
    assert user.data("status")["orphans"] == []
