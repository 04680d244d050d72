"""Completion as the shells ask for it: a process for each Tab, on a cluster, and where nothing answers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from eipctl.sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

TABS = 10
SHELLS = ("bash", "zsh", "fish")
EIPCTL = "import sys; from eipctl.cli.app import run; raise SystemExit(run(sys.argv[1:]))"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With two profiles of the aliyun CLI."""
    found = tmp_path_factory.mktemp("home")
    (found / ".aliyun").mkdir()
    profiles = [{"name": name, "mode": "AK"} for name in ("prod", "staging")]
    (found / ".aliyun" / "config.json").write_text(json.dumps({"current": "prod", "profiles": profiles}))
    return found


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[dict[str, str]]:
    """Of a shell that leads to a cluster with two Deployments, a StatefulSet and a bare Pod."""
    with Sandbox(tmp_path_factory.mktemp("sandbox"), scenario="modern") as sandbox:
        template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "main", "image": "nginx"}]}}
        for kind, name in (("Deployment", "web"), ("Deployment", "worker"), ("StatefulSet", "db")):
            spec = {"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": template, "serviceName": name}
            meta = {"name": name, "namespace": "default"}
            made = {"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": spec}
            sandbox.objects.create(f"{kind.lower()}s", made)
        alone = {"metadata": {"name": "solo", "namespace": "default"}, "spec": template["spec"]}
        sandbox.objects.create("pods", {"apiVersion": "v1", "kind": "Pod", **alone})
        yield {**os.environ, **sandbox.env(), "HOME": str(home)}


def completed(environ: dict[str, str], line: str, shell: str = "bash") -> list[str]:
    """What the shell offers for the last word of `line`; nothing else is printed, and no error."""
    words = line.split(" ")
    asked = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    ended = subprocess.run(
        [sys.executable, "-c", EIPCTL],
        env={**environ, "_EIPCTL_COMPLETE": f"complete_{shell}", **asked},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.stderr == ""
    return ended.stdout.split()


def offered(environ: dict[str, str], line: str, shell: str = "bash") -> set[str]:
    """What is offered at last: on a busy machine one Tab may not be enough to be answered within the cap."""
    for _ in range(TABS):
        found = set(completed(environ, line, shell)) - {"_files"}
        if found:
            return found
    return set()


CASES = {
    "eipctl bind -n kube-": {"kube-system", "kube-public", "kube-node-lease"},
    "eipctl annotate -n def": {"default"},
    "eipctl annotate st": {"statefulset/"},
    "eipctl annotate deployment/w": {"deployment/web", "deployment/worker"},
    "eipctl annotate -n kube-system ds/terway-eni": {"ds/terway-eniip"},
    "eipctl status --context eip": {"eipctl-sandbox"},
    "eipctl status --profile s": {"staging"},
    "eipctl status --state B": {"Bound"},
    "eipctl status --state Bound,P": {"Bound,Pending"},
    "eipctl release p": {"pod/"},
    "eipctl release pod/so": {"pod/solo"},
    "eipctl explain EIP41": {f"EIP41{number}" for number in range(10)},
    "eipctl annotate deployment/web --force EIP40": {f"EIP40{number}" for number in (3, 4, 5, 6, 7, 8)},
    "eipctl bind --force max-a": {"max-allocate"},
    "eipctl sandbox up --seed mo": {"modern", "modern-crds"},
    "eipctl st": {"status"},
    "eipctl --context x st": {"status"},
    "eipctl --kubeconfig nowhere -q explain EIP10": {f"EIP10{number}" for number in (1, 2, 3, 4, 5, 7, 8, 9)},
}


@pytest.mark.parametrize("line", CASES)
def test_words_are_completed(environ: dict[str, str], line: str) -> None:
    """Names that the cluster, the files and eipctl itself know."""
    found = offered(environ, line)
    assert found == CASES[line] or (line.endswith("kube-") and found and found <= CASES[line])


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_is_answered(environ: dict[str, str], shell: str) -> None:
    """In its own protocol."""
    assert "default" in " ".join(offered(environ, "eipctl status -n def", shell))


@pytest.mark.parametrize("broken", ["silent", "refused", "no YAML", "missing"])
def test_a_cluster_that_does_not_answer_costs_a_second(
    environ: dict[str, str], tmp_path: Path, broken: str, home: Path
) -> None:
    """Nothing is offered, nothing is said, and the shell is not kept waiting for the cluster's own time limits."""
    kubeconfig = tmp_path / "kubeconfig"
    text = Path(environ["KUBECONFIG"]).read_text()
    server = yaml.safe_load(text)["clusters"][0]["cluster"]["server"]
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if broken == "silent":
            silent.listen()
        address = f"https://127.0.0.1:{silent.getsockname()[1]}"
        if broken != "missing":
            kubeconfig.write_text("{" if broken == "no YAML" else text.replace(server, address))
        changed = {**environ, "KUBECONFIG": str(kubeconfig), "HOME": str(home)}
        started = time.monotonic()
        assert completed(changed, "eipctl status -n def") == []
        assert time.monotonic() - started < 15


def test_a_login_helper_that_talks_is_not_heard(environ: dict[str, str], tmp_path: Path) -> None:
    """An exec plugin of the kubeconfig writes to stderr and fails: the shell sees nothing of it."""
    content = yaml.safe_load(Path(environ["KUBECONFIG"]).read_text())
    helper = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "interactiveMode": "Never"}
    content["users"][0]["user"] = {"exec": {**helper, "args": ["-c", "echo please log in >&2; exit 1"]}}
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(content))
    assert completed({**environ, "KUBECONFIG": str(kubeconfig)}, "eipctl status -n def") == []


def test_a_login_helper_that_hangs_is_not_left_behind(environ: dict[str, str], tmp_path: Path) -> None:
    """Each Tab would leave another one."""
    content = yaml.safe_load(Path(environ["KUBECONFIG"]).read_text())
    pid = tmp_path / "pid"
    helper = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "interactiveMode": "Never"}
    content["users"][0]["user"] = {"exec": {**helper, "args": ["-c", f"echo $$ > '{pid}'; exec sleep 600"]}}
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(content))
    changed = {**environ, "KUBECONFIG": str(kubeconfig)}
    assert any(_gone(changed, pid) for _ in range(TABS))


def _gone(environ: dict[str, str], pid: Path) -> bool:
    """Whether a Tab has started the helper and ended it; nothing is left of it in any case."""
    pid.unlink(missing_ok=True)
    assert completed(environ, "eipctl status -n def") == []
    if not pid.exists() or not pid.read_text():
        return False
    try:
        os.kill(int(pid.read_text()), signal.SIGKILL)
    except ProcessLookupError:
        return True
    return False
