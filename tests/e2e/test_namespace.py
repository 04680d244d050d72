"""Without -n every command looks where kubectl would: in the namespace of the kubeconfig's context."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from eipctl.cli.app import run

if TYPE_CHECKING:
    from tests.e2e.user import User

WITH_EIP = "k8s.aliyun.com/pod-with-eip"


@pytest.fixture
def world(modern: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> User:
    """A Pod ``web`` in game and another in default, and a context that names game."""
    modern.objects.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "game"}})
    for namespace in ("default", "game"):
        metadata = {"name": "web", "namespace": namespace}
        spec = {"containers": [{"name": "main", "image": "nginx"}], "terminationGracePeriodSeconds": 0}
        modern.objects.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    modern.until(lambda: all(pod(modern, name)["status"].get("podIP") for name in ("default", "game")))
    for name, value in modern.sandbox.env().items():
        monkeypatch.setenv(name, value)
    config = yaml.safe_load(Path(modern.sandbox.env()["KUBECONFIG"]).read_text())
    config["contexts"][0]["context"]["namespace"] = "game"
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    monkeypatch.setenv("KUBECONFIG", str(path))
    return modern


def pod(world: User, namespace: str) -> dict[str, Any]:
    """The Pod web of a namespace."""
    found = world.objects.get("pods", namespace, "web")
    assert found is not None
    return found


def asked(world: User, namespace: str) -> dict[str, str]:
    """Of the Pod web of a namespace."""
    found: dict[str, str] = pod(world, namespace)["metadata"].get("annotations", {})
    return found


def test_the_contexts_namespace_is_meant(world: User, capsys: pytest.CaptureFixture[str]) -> None:
    """annotate, bind, status and release act on game's Pod, and leave the one of the same name in default alone."""
    assert run(["annotate", "pod/web", "--eip", "--yes", "-q"]) == 0
    assert (WITH_EIP in asked(world, "game"), asked(world, "default")) == (True, {})
    assert run(["bind", "--yes", "-q"]) == 0
    capsys.readouterr()
    assert run(["status", "-o", "json"]) == 0
    assert [(row["namespace"], row["state"]) for row in told(capsys)["pods"]] == [("game", "Bound")]
    assert run(["annotate", "--list", "-o", "json"]) == 0
    assert [row["object"] for row in told(capsys)["workloads"]] == ["pod/game/web"]
    assert run(["release", "pod/web", "--dry-run"]) == 0
    assert re.search(r"^ +namespace +game$", capsys.readouterr().out, re.MULTILINE)
    assert run(["release", "pod/web", "--yes", "-q"]) == 0
    world.until(lambda: not world.cloud.state.eips.keys())


def test_a_namespace_that_is_named_goes_first(world: User) -> None:
    """-n, as ever."""
    assert run(["annotate", "pod/web", "-n", "default", "--eip", "--yes", "-q"]) == 0
    assert (WITH_EIP in asked(world, "default"), asked(world, "game")) == (True, {})


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """`data` of the envelope on stdout."""
    found: dict[str, Any] = json.loads(capsys.readouterr().out)["data"]
    return found


def test_several_namespaces_are_all_of_them(world: User, capsys: pytest.CaptureFixture[str]) -> None:
    """bind, status and release act on each -n, once, and on no other namespace."""
    world.objects.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}})
    metadata = {"name": "web", "namespace": "other", "annotations": {WITH_EIP: "true"}}
    spec = {"containers": [{"name": "main", "image": "nginx"}], "terminationGracePeriodSeconds": 0}
    world.objects.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    world.until(lambda: bool(pod(world, "other")["status"].get("podIP")))
    both = ["-n", "game", "-n", "default", "-n", "game"]
    assert run(["annotate", "pod/web", *both, "--eip", "--yes", "-q"]) == 0
    assert run(["bind", *both, "--yes", "-q"]) == 0
    capsys.readouterr()
    assert run(["status", "-A", "-o", "json"]) == 0
    states = {row["namespace"]: row["state"] for row in told(capsys)["pods"]}
    assert states == {"default": "Bound", "game": "Bound", "other": "Pending"}
    assert run(["status", *both, "-o", "name"]) == 0
    assert capsys.readouterr().out.split() == ["pod/default/web", "pod/game/web"]
    assert run(["bind", "-n", "other", "--yes", "-q"]) == 0
    assert run(["release", "--all", *both, "--yes", "-q", "--force", "share"]) == 0
    world.until(lambda: {dict(row.tags)["eipctl-namespace"] for row in world.cloud.eips()} == {"n-other"})


def test_several_namespaces_from_the_environment(
    world: User, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a blank between two, as for other options that take several."""
    monkeypatch.setenv("EIPCTL_NAMESPACE", "game default")
    assert run(["annotate", "pod/web", "--eip", "--yes", "-q"]) == 0
    assert run(["status", "-o", "name"]) == 0
    assert capsys.readouterr().out.split() == ["pod/default/web", "pod/game/web"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["release", "pod/web"], "pod/web needs its namespace"),
        (["release", "--undo", "eip-bp1abc", "pod/default/web"], "it takes one -n"),
        (["manifest", "rbac"], "eipctl runs in one namespace"),
    ],
)
def test_what_takes_one_namespace_refuses_two(
    words: list[str], says: str, world: User, capsys: pytest.CaptureFixture[str]
) -> None:
    """Never one of them without a word."""
    assert run([*words, "-n", "game", "-n", "shop"]) == 2
    assert says in capsys.readouterr().err
    assert world.writes() == []
