"""A sandbox that follows another cluster; here the API server of a second sandbox is that cluster."""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox import lifecycle
from eipctl.sandbox.client import Client
from eipctl.sandbox.errors import SandboxError
from eipctl.sandbox.follow import kubeconfig
from eipctl.sandbox.server import Sandbox
from tests import forked
from tests.sandbox.conftest import FAST
from tests.sandbox.world.stage import AUTO, bare_pod
from tests.sandboxed import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Somebody's cluster: of its own cloud nothing is used."""
    with Sandbox(tmp_path_factory.mktemp("other") / "sandbox", scenario="modern", speed=FAST) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def follower(other: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The cloud for it."""
    folder = tmp_path_factory.mktemp("follower") / "sandbox"
    with Sandbox(folder, speed=FAST, follow=other.kubeconfig) as sandbox:
        yield sandbox


def _run_pod(other: Sandbox, name: str, annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    other.objects.create("pods", bare_pod(name, annotations, **spec))
    until(lambda: (_pod(other, name).get("status") or {}).get("phase") == "Running")
    return _pod(other, name)


def _pod(other: Sandbox, name: str) -> dict[str, Any]:
    return other.objects.get("pods", "default", name) or {}


def _delete_pod(other: Sandbox, name: str) -> None:
    other.objects.delete("pods", "default", name)
    until(lambda: not _pod(other, name))


def _eni_of(follower: Sandbox, ip: str) -> str:
    """The ENI with that IP; "" if none has it."""
    with follower.store.lock:
        return next((eni.eni_id for eni in follower.cloud.state.enis.values() if ip in eni.secondary_ips), "")


def _known(follower: Sandbox, name: str) -> bool:
    return any(row.name == name for row in follower.world.pods())


def _bind(follower: Sandbox, *words: str) -> dict[str, Any]:
    ended = forked.run(("bind", "-A", "--yes", "-o", "json", *words), {**os.environ, **follower.env()})
    assert ended.code == 0, ended.out + ended.err
    data: dict[str, Any] = json.loads(ended.out)["data"]
    return data


def test_nodes_have_their_instance_and_primary_eni(other: Sandbox, follower: Sandbox) -> None:
    """Each node of the other cluster is an instance here, with a primary ENI that has the node's IP."""
    ips = {node["status"]["addresses"][0]["address"] for node in other.objects.list("nodes")}
    with follower.store.lock:
        enis = [eni for eni in follower.cloud.state.enis.values() if eni.type == "Primary"]
        assert {eni.primary_ip for eni in enis} == ips
        assert {eni.instance_id for eni in enis} == set(follower.cloud.state.instances.keys())


def test_bind_works_there(other: Sandbox, follower: Sandbox) -> None:
    """eipctl binds an EIP to a Pod of the other cluster, which is told; and lets it go when the Pod is gone."""
    pod = _run_pod(other, "web", AUTO)
    until(lambda: _known(follower, "web"))
    assert _bind(follower)["counts"]["associate"] == 1
    (eip,) = follower.cloud.eips()
    assert (eip.status, eip.private_ip, eip.instance_id) == (
        "InUse",
        pod["status"]["podIP"],
        _eni_of(follower, pod["status"]["podIP"]),
    )
    assert _pod(other, "web")["metadata"]["annotations"]["k8s.aliyun.com/allocated-eipAddress"] == eip.address
    reached = Client(follower.record).reach(eip.address)["pod"]
    assert (reached["name"], reached["uid"]) == ("web", pod["metadata"]["uid"])
    assert other.cloud.eips() == []
    _delete_pod(other, "web")
    until(lambda: not _known(follower, "web"))
    assert Client(follower.record).reach(eip.address)["pod"] is None
    _bind(follower, "--prune", "--grace", "0s")
    _bind(follower, "--prune", "--grace", "0s")
    until(lambda: follower.cloud.eips() == [])


def test_a_freed_ip_stays_on_its_eni(other: Sandbox, follower: Sandbox) -> None:
    """As in Terway's pool: what is bound to it stays bound until somebody undoes it."""
    ip = _run_pod(other, "short")["status"]["podIP"]
    until(lambda: _known(follower, "short"))
    eni = _eni_of(follower, ip)
    _delete_pod(other, "short")
    until(lambda: not _known(follower, "short"))
    assert _eni_of(follower, ip) == eni


def test_pods_without_an_ip_of_their_own_have_no_eni(other: Sandbox, follower: Sandbox) -> None:
    """A Pod in its host's network uses the node's IP, and no ENI gets that a second time."""
    pod = _run_pod(other, "host", hostNetwork=True)
    _run_pod(other, "after")
    until(lambda: _known(follower, "after"))
    assert not _known(follower, "host")
    assert _eni_of(follower, pod["status"]["podIP"]) == ""


def test_a_removed_node_takes_its_enis_along(other: Sandbox, follower: Sandbox) -> None:
    """When a node goes there, its ENIs go here; a new one gets new ones, and Pods that came before it are caught up."""
    pod = _run_pod(other, "lost")
    until(lambda: _known(follower, "lost"))
    node = other.objects.get("nodes", "", pod["spec"]["nodeName"])
    assert node is not None
    other.objects.delete("nodes", "", node["metadata"]["name"])
    until(lambda: _eni_of(follower, pod["status"]["podIP"]) == "")
    other.reset()
    until(lambda: len(follower.world.context.rows.nodes) == 3)


def test_reset_and_restart_know_the_cluster_again(other: Sandbox, tmp_path: Path) -> None:
    """Both begin with the Pods that are there by then; those that went meanwhile are gone."""
    _run_pod(other, "before")
    folder = tmp_path / "sandbox"
    with Sandbox(folder, speed=FAST, follow=other.kubeconfig) as sandbox:
        assert _known(sandbox, "before")
        sandbox.reset()
        assert _known(sandbox, "before")
    _delete_pod(other, "before")
    _run_pod(other, "meanwhile")
    with Sandbox(folder, scenario=None, speed=FAST) as sandbox:
        assert (_known(sandbox, "before"), _known(sandbox, "meanwhile")) == (False, True)
        assert not list(folder.glob("followed*"))


def test_as_a_process(other: Sandbox, tmp_path: Path) -> None:
    """`sandbox up --kubeconfig` serves only the cloud; its environment leads to that cluster and this cloud."""
    folder = tmp_path / "sandbox"
    try:
        record = lifecycle.up(folder, speed=FAST, follow=other.kubeconfig)
        assert (record.kube_url, record.kube_port) == (other.kube_url, 0)
        assert f"export KUBECONFIG={other.kubeconfig}" in lifecycle.env_lines(folder)
        assert Client(record).info()["kube_url"] == other.kube_url
        with pytest.raises(SandboxError, match="with --kubeconfig"):
            lifecycle.up(folder, follow=tmp_path / "another")
    finally:
        lifecycle.down(folder)


def test_a_cluster_that_does_not_answer_is_told(other: Sandbox, tmp_path: Path) -> None:
    """Without an answer, or with a wrong token, the sandbox does not start and says why."""
    found = json.loads(other.kubeconfig.read_text())
    found["users"][0]["user"]["token"] = "wrong"
    refused = tmp_path / "refused"
    refused.write_text(json.dumps(found))
    with pytest.raises(SandboxError, match="answers 401"):
        Sandbox(tmp_path / "one", follow=refused).__enter__()
    found["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:9"
    refused.write_text(json.dumps(found))
    with pytest.raises(SandboxError, match="can't be read"):
        Sandbox(tmp_path / "two", follow=refused).__enter__()


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ({"exec": {"command": "aws"}}, "logs in with exec"),
        ({"tokenFile": "missing"}, "can't be read"),
        ({"token": "t", "as": "jane"}, "has as, which the sandbox does not carry out"),
    ],
)
def test_what_a_kubeconfig_can_not_give(tmp_path: Path, user: dict[str, Any], words: str) -> None:
    """A login by a program, a file that is missing, or impersonation is refused in words."""
    with pytest.raises(SandboxError, match=words):
        kubeconfig.read(_kubeconfig(tmp_path, {"server": "https://127.0.0.1:9"}, user))


def test_a_kubeconfig_may_name_files(tmp_path: Path) -> None:
    """Certificates and tokens are inline, or in files beside the kubeconfig."""
    (tmp_path / "token").write_text("secret\n")
    (tmp_path / "ca.crt").write_text("PEM")
    inline = {"client-certificate-data": base64.b64encode(b"CERT").decode(), "tokenFile": "token"}
    path = _kubeconfig(tmp_path, {"server": "https://10.0.0.1:6443", "certificate-authority": "ca.crt"}, inline)
    access = kubeconfig.read(path)
    assert (access.token, access.authority, access.certificate) == ("secret", b"PEM", b"CERT")


def _kubeconfig(folder: Path, cluster: dict[str, Any], user: dict[str, Any]) -> Path:
    path = folder / "kubeconfig"
    named = {"name": "x"}
    document = {
        "current-context": "x",
        "contexts": [{**named, "context": {"cluster": "x", "user": "x"}}],
        "clusters": [{**named, "cluster": cluster}],
        "users": [{**named, "user": user}],
    }
    path.write_text(json.dumps(document))
    return path
