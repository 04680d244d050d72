"""Where the demo plays: a sandbox in a folder of its own, eipctl as real processes, the cluster as a user sees it."""

from __future__ import annotations

import base64
import json
import os
import shlex
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from eipctl.output.console import Console, Style, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.sandbox.client import Client

PATIENCE = 30.0
LAUNCHER = 'read -r _; exec "$@"'
"""Waits for a line before it becomes the command: by then everybody knows its process id."""


class NotAsTold(Exception):
    """A step did not end as the story says."""


class DemoCluster:
    """The sandbox's Kubernetes API, asked directly: the demo needs no kubectl."""

    def __init__(self, kubeconfig: Path) -> None:
        import yaml

        found = yaml.safe_load(kubeconfig.read_text("utf-8"))
        cluster, user = found["clusters"][0]["cluster"], found["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._url, self._token = cluster["server"], user["token"]
        context = ssl.create_default_context(cadata=authority)
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One request; the JSON answer."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._url + path, data=data, headers=headers, method=method)  # noqa: S310 - our own https URL
        with self._opener.open(request, timeout=PATIENCE) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def terway(self) -> list[str]:
        """UIDs of Terway's Pods that are not being deleted."""
        found = self.ask("GET", "/api/v1/namespaces/kube-system/pods?labelSelector=app%3Dterway-eniip")["items"]
        return [pod["metadata"]["uid"] for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def eni_conf(self) -> str:
        """The text of eni_conf."""
        found: str = self.ask("GET", "/api/v1/namespaces/kube-system/configmaps/eni-config")["data"]["eni_conf"]
        return found

    def pods(self) -> list[dict[str, Any]]:
        """The nginx Pods, leaving ones included."""
        items: list[dict[str, Any]] = self.ask("GET", "/api/v1/namespaces/default/pods?labelSelector=app%3Dnginx")[
            "items"
        ]
        return items


class DemoStage:
    """Runs the commands of the story and shows them with their output."""

    def __init__(self, console: Console, folder: Path) -> None:
        self._console = console
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ALIBABA_", "EIPCTL_"))}
        self._environ = {**kept, "EIPCTL_SANDBOX_DIR": str(folder), "HOME": str(folder), "NO_COLOR": "1"}
        self._folder = folder
        self.answer, self.code = "", 0
        """What the last command printed, on both streams, and its exit code."""

    def title(self, text: str) -> None:
        """The heading of an act."""
        self._console.answer_lines([plain(""), ((f"== {text}", Style.TITLE),)])

    def tell(self, text: str) -> None:
        """What comes next."""
        self._console.answer_lines([plain(""), ((f"# {text}", Style.QUIET),)])

    def eipctl(self, *words: str, code: int = 0) -> str:
        """Run one command, show it and what it says; its stdout. NotAsTold for another exit code."""
        self._show_command(words)
        ended = subprocess.run(  # noqa: S603 - our own interpreter and our own words
            _command(words), env=self._environ, capture_output=True, text=True, timeout=120, check=False
        )
        self.answer, self.code = ended.stderr + ended.stdout, ended.returncode
        self._show(self.answer, self.code)
        expect(ended.returncode == code, f"eipctl {shlex.join(words)} ended with {ended.returncode} instead of {code}")
        return ended.stdout

    def killed(self, *words: str, at: str) -> None:
        """Run one command that gets a SIGKILL just before its first call of an API."""
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            ["sh", "-c", LAUNCHER, "sh", *_command(words)],  # noqa: S607 - every POSIX system has it
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.eipctl("sandbox", "fault", "add", f"do=kill,api={at},pid={child.pid}")
        self._show_command(words)
        child.communicate("go\n", timeout=120)
        self._show(f"Killed (SIGKILL, just before {at})\n", child.returncode)
        self.code = child.returncode

    def enter(self) -> DemoCluster:
        """Take the sandbox's environment, as eval does in a shell."""
        for line in self.eipctl("sandbox", "env").splitlines():
            words = shlex.split(line)
            if words[:1] == ["export"]:
                name, _, value = words[1].partition("=")
                self._environ[name] = value
        return DemoCluster(Path(self._environ["KUBECONFIG"]))

    def client(self) -> Client:
        """The sandbox itself, to see what is true in its cloud."""
        from eipctl.sandbox.client import Client
        from eipctl.sandbox.lifecycle import running

        record = running(self._folder)
        expect(record is not None, "the sandbox is gone")
        assert record is not None
        return Client(record)

    def until_eips(self, count: int) -> None:
        """Wait until the account has exactly so many: releasing takes a moment."""
        deadline = time.monotonic() + PATIENCE
        while (there := len(self.client().eips())) != count:
            expect(time.monotonic() < deadline, f"{there} EIPs in the account instead of {count}")
            time.sleep(0.1)

    def apply(self, cluster: DemoCluster, manifest: Path) -> None:
        """Create the Deployment of a manifest."""
        import yaml

        self._show_command(("apply", "-f", f"examples/workloads/{manifest.name}"), program="kubectl")
        made = cluster.ask(
            "POST", "/apis/apps/v1/namespaces/default/deployments", yaml.safe_load(manifest.read_text("utf-8"))
        )
        self._show(f"deployment.apps/{made['metadata']['name']} created\n", 0)

    def delete_pod(self, cluster: DemoCluster, name: str) -> None:
        """Delete a Pod."""
        self._show_command(("delete", "pod", name), program="kubectl")
        cluster.ask("DELETE", f"/api/v1/namespaces/default/pods/{name}")
        self._show(f'pod "{name}" deleted\n', 0)

    def delete_deployment(self, cluster: DemoCluster, name: str) -> None:
        """Delete a Deployment, and wait until its Pods are gone."""
        self._show_command(("delete", "deployment", name), program="kubectl")
        cluster.ask("DELETE", f"/apis/apps/v1/namespaces/default/deployments/{name}")
        deadline = time.monotonic() + PATIENCE
        while cluster.pods():
            expect(time.monotonic() < deadline, f"the Pods of {name} are still there after {PATIENCE:g} s")
            time.sleep(0.1)
        self._show(f'deployment.apps "{name}" deleted\n', 0)

    def _show_command(self, words: tuple[str, ...], program: str = "eipctl") -> None:
        self._console.answer_lines([(("$ ", Style.QUIET), (f"{program} {shlex.join(words)}", Style.TITLE))])

    def _show(self, text: str, code: int) -> None:
        lines = [plain(f"  {line}") for line in text.splitlines()]
        self._console.answer_lines(lines + ([((f"  (exit code {code})", Style.CAUTION),)] if code else []))


def until(cluster: DemoCluster, count: int, what: str) -> list[dict[str, Any]]:
    """Wait for a rollout to end: exactly `count` Pods, all ready, none leaving."""
    deadline = time.monotonic() + PATIENCE
    while True:
        pods = cluster.pods()
        if len(pods) == count and all(_ready(pod) for pod in pods) and len({_template(pod) for pod in pods}) == 1:
            return pods
        expect(time.monotonic() < deadline, f"{what}: not there after {PATIENCE:g} s")
        time.sleep(0.1)


def _template(pod: dict[str, Any]) -> str:
    return str(pod["metadata"]["labels"].get("pod-template-hash"))


def _ready(pod: dict[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    ready = any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def expect(is_so: object, otherwise: str) -> None:
    """Raise NotAsTold with `otherwise` unless `is_so` is true."""
    if not is_so:
        raise NotAsTold(otherwise)


def example(name: str) -> Path:
    """A workload of examples/: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).parents[1]
    places = (package / "examples" / "workloads" / name, package.parent / "examples" / "workloads" / name)
    return next(place for place in places if place.exists())


@contextmanager
def stage(console: Console) -> Iterator[DemoStage]:
    """A stage in a temporary folder; its sandbox is stopped at the end, whatever happens."""
    from eipctl.sandbox.lifecycle import down

    with tempfile.TemporaryDirectory(prefix="eipctl-demo-") as folder:
        try:
            yield DemoStage(console, Path(folder))
        finally:
            down(Path(folder))


def _command(words: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "eipctl", *words]
