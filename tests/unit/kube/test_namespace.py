"""The namespace that is meant where none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.kube.namespace import meant

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No kubeconfig but the test's own, and no Pod."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "POD_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A kubeconfig with a context for each case; the current one names a namespace."""
    namespaces = {"games": "game", "plain": None, "odd": "../../api"}
    contexts = [
        {"name": name, "context": {"cluster": "c", **({"namespace": value} if value else {})}}
        for name, value in namespaces.items()
    ]
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump({"current-context": "games", "contexts": contexts}))
    return str(path)


@pytest.fixture
def pod(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The ServiceAccount's folder in a Pod of namespace tools."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    (tmp_path / "namespace").write_text("tools\n")
    return tmp_path


@pytest.mark.parametrize(("context", "namespace"), [(None, "game"), ("games", "game"), ("plain", "default")])
def test_the_contexts_namespace(config: str, context: str | None, namespace: str) -> None:
    """What the chosen context names; `default` if it names none."""
    assert meant(config, context) == namespace


def test_a_name_that_would_lead_elsewhere(config: str) -> None:
    """What can't be a namespace is refused before a path is made of it."""
    with pytest.raises(UsageError) as raised:
        meant(config, "odd")
    assert (raised.value.code, "context 'odd' names namespace '../../api'" in raised.value.message) == (
        Code.KUBECONFIG,
        True,
    )


def test_a_pods_own_namespace(pod: Path) -> None:
    """Inside a Pod it is that of its ServiceAccount."""
    assert meant(None, None, pod) == "tools"


def test_a_pods_variable_comes_first(pod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """POD_NAMESPACE, as client-go has it."""
    monkeypatch.setenv("POD_NAMESPACE", "jobs")
    assert meant(None, None, pod) == "jobs"


def test_a_pods_impossible_namespace(pod: Path) -> None:
    """A file that holds something else is told."""
    (pod / "namespace").write_text("No/Namespace")
    with pytest.raises(UsageError) as raised:
        meant(None, None, pod)
    assert "'No/Namespace'" in raised.value.message


def test_a_pod_without_a_service_account(pod: Path) -> None:
    """There is nothing better than `default`."""
    (pod / "namespace").unlink()
    assert meant(None, None, pod) == "default"


def test_a_kubeconfig_in_a_pod(config: str, pod: Path) -> None:
    """A kubeconfig that is named goes before the Pod's own cluster."""
    assert meant(config, None, pod) == "game"


def test_neither_kubeconfig_nor_pod(tmp_path: Path) -> None:
    """The namespace is the least problem then: connecting tells what is missing."""
    assert meant(None, None, tmp_path) == "default"
