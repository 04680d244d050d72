"""The adapter against the sandbox's API server: what the scripts of the other tests assume is what a server does."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, KubeError, OutcomeUnknown, UsageError
from eipctl.base.stop import Stop
from eipctl.domain.actions.workloads import AnnotateWorkload
from eipctl.domain.rights import Right
from eipctl.domain.settings import NETWORK, RESULT
from eipctl.domain.terway.eni_records import TerwayRecords
from eipctl.kube.client import KubeClient
from eipctl.kube.reader import KubeReader
from eipctl.kube.writer import EipCondition, KubeWriter
from eipctl.sandbox import tls
from eipctl.sandbox.clock import Clock
from eipctl.sandbox.faults import Faults
from eipctl.sandbox.http import CallLog, Server
from eipctl.sandbox.kube.service import KubeService
from eipctl.sandbox.store import Store
from tests.unit.kube.conftest import kubeconfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from eipctl.domain.facts import Workload
    from eipctl.sandbox.kube.objects import Objects

OLD = NETWORK + "allocated-eip-address"


class Cluster:
    """A sandbox API server and clients of it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.store = Store()
        self.service = KubeService(self.store, Clock())
        self.service.put_token("admin", "admin", ("system:masters",))
        self.faults = Faults()
        context, self.authority = tls.server_context(directory)
        self.server = Server(self.service, self.faults, CallLog(), 0, context)
        self.server.start()

    @property
    def objects(self) -> Objects:
        """The server's own state."""
        return self.service.objects

    def client(self, token: str = "admin") -> KubeClient:
        """A client with this token."""
        path = self._directory / f"kubeconfig-{token}"
        trust = {"certificate-authority-data": base64.b64encode(self.authority).decode()}
        path.write_text(json.dumps(kubeconfig(f"https://127.0.0.1:{self.server.port}", user={"token": token}, **trust)))
        return KubeClient.connect(str(path), None, Stop())

    def create(self, plural: str, kind: str, name: str, namespace: str = "shop", **parts: Any) -> dict[str, Any]:
        """An object, straight into the server's state."""
        version = {"deployments": "apps/v1", "daemonsets": "apps/v1", "cronjobs": "batch/v1"}.get(plural, "v1")
        meta = {"name": name, **({"namespace": namespace} if namespace else {}), **parts.pop("metadata", {})}
        with self.store.transaction():
            return self.objects.create(plural, {"apiVersion": version, "kind": kind, "metadata": meta, **parts})

    def pod(self, name: str, **parts: Any) -> dict[str, Any]:
        """A Pod."""
        return self.create("pods", "Pod", name, **{"spec": {"containers": [{"name": "c", "image": "i"}]}, **parts})


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """An API server with namespaces shop and kube-system."""
    cluster = Cluster(tmp_path)
    for name in ("shop", "kube-system"):
        if cluster.objects.get("namespaces", "", name) is None:
            cluster.create("namespaces", "Namespace", name, "")
    yield cluster
    cluster.server.stop()


@pytest.fixture
def reader(cluster: Cluster) -> KubeReader:
    """The administrator's reader."""
    return KubeReader(cluster.client())


@pytest.fixture
def writer(cluster: Cluster) -> KubeWriter:
    """The administrator's writer."""
    return KubeWriter(cluster.client())


def refused(call: Callable[[], object]) -> KubeError:
    """The KubeError of a call."""
    with pytest.raises(KubeError) as raised:
        call()
    return raised.value


def test_many_pods_come_whole(cluster: Cluster, reader: KubeReader) -> None:
    """1,100 Pods come in three pages, each once."""
    with cluster.store.transaction():
        for number in range(1100):
            cluster.pod(f"web-{number}")
    listing = reader.pods("shop")
    assert listing.complete
    assert {pod.name for pod in listing.pods} == {f"web-{number}" for number in range(1100)}
    assert len(listing.pods) == 1100


def test_selectors(cluster: Cluster, reader: KubeReader) -> None:
    """Label and field selectors select; a wrong one is a usage error."""
    cluster.pod("a", metadata={"labels": {"app": "web"}})
    cluster.pod("b", spec={"nodeName": "n", "containers": [{"name": "c", "image": "i"}]})
    assert [pod.name for pod in reader.pods(None, label_selector="app in (web)").pods] == ["a"]
    assert [pod.name for pod in reader.pods("shop", field_selector="spec.nodeName=n").pods] == ["b"]
    with pytest.raises(UsageError) as raised:
        reader.pods(None, label_selector="a in web")
    assert raised.value.code is Code.SELECTOR


def test_what_is_absent(reader: KubeReader) -> None:
    """404 of a real server is absence."""
    assert reader.pod("shop", "x") is None
    assert reader.config_map("shop", "x") is None
    assert reader.namespace_uid("x") == ""
    assert reader.terway_records() == TerwayRecords()
    assert reader.pod_eips() == ()
    assert reader.namespace_uid("shop")


def test_a_pods_annotations_by_uid(cluster: Cluster, reader: KubeReader, writer: KubeWriter) -> None:
    """The right UID sets and removes annotations; another one is a conflict and changes nothing."""
    uid = cluster.pod("web-0", metadata={"annotations": {OLD: "x"}})["metadata"]["uid"]
    writer.record_eip("shop", "web-0", uid, {RESULT: "1", OLD: None}, EipCondition(bound=True, message="m"))
    error = refused(lambda: writer.record_eip("shop", "web-0", "another-uid", {RESULT: "2"}, None))
    assert error.status in (409, 422)
    pod = reader.pod("shop", "web-0")
    assert pod is not None
    assert (pod.recorded, pod.recorded_elsewhere, pod.eip_condition) == ("1", (), "True")


def test_a_pod_is_deleted_by_uid(cluster: Cluster, reader: KubeReader, writer: KubeWriter) -> None:
    """Another UID is a conflict; the right one deletes; a second time is done already."""
    uid = cluster.pod("web-0")["metadata"]["uid"]
    assert refused(lambda: writer.delete_pod("shop", "web-0", "another-uid")).status == 409
    writer.delete_pod("shop", "web-0", uid)
    assert reader.pod("shop", "web-0") is None
    writer.delete_pod("shop", "web-0", uid)


def test_a_config_maps_key(cluster: Cluster, reader: KubeReader, writer: KubeWriter) -> None:
    """One key is replaced at the version that was read, once."""
    data = {"eni_conf": "{}\n", "other": "x"}
    cluster.create("configmaps", "ConfigMap", "eni-config", "kube-system", data=data)
    before = reader.config_map("kube-system", "eni-config")
    assert before is not None
    version = writer.replace_config_key(before, "eni_conf", '{"a":"b"}\n', {"record": "r"})
    after = reader.config_map("kube-system", "eni-config")
    assert after is not None
    assert (after.resource_version, after.annotations) == (version, {"record": "r"})
    assert after.data == {"eni_conf": '{"a":"b"}\n', "other": "x"}
    assert refused(lambda: writer.replace_config_key(before, "eni_conf", "{}", {})).status == 409


TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
SELECTOR = {"matchLabels": {"app": "web"}}
CRON_POD = {"containers": [{"name": "main", "image": "nginx"}], "restartPolicy": "Never"}
CRON = {"schedule": "@daily", "jobTemplate": {"spec": {"template": {"spec": CRON_POD}}}}


def annotate(workload: Workload) -> AnnotateWorkload:
    """An Action that sets one annotation."""
    return AnnotateWorkload(
        reason="",
        api_version=workload.api_version,
        kind=workload.kind,
        plural=workload.plural,
        namespace=workload.namespace,
        name=workload.name,
        resource_version=workload.resource_version,
        set=(("k8s.aliyun.com/pod-with-eip", "true"),),
        annotations_path=workload.where,
    )


@pytest.mark.parametrize(
    ("plural", "kind", "spec", "names"),
    [
        ("deployments", "Deployment", {"selector": SELECTOR, "template": TEMPLATE}, ["deploy", "deployments.apps"]),
        ("daemonsets", "DaemonSet", {"selector": SELECTOR, "template": TEMPLATE}, ["ds", "daemonset"]),
        ("cronjobs", "CronJob", CRON, ["cj", "CronJob", "cronjobs.v1.batch"]),
        ("pods", "Pod", TEMPLATE["spec"], ["po", "pod"]),
    ],
)
def test_workloads(
    cluster: Cluster,
    reader: KubeReader,
    writer: KubeWriter,
    plural: str,
    kind: str,
    spec: dict[str, Any],
    names: list[str],
) -> None:
    """Found by every name, annotated where the template is, and only at the version that was read."""
    cluster.create(plural, kind, "web", spec=spec)
    before, *same = [reader.workload(name, "shop", "web") for name in names]
    assert same == [before] * len(same)
    assert reader.workloads(names[0], "shop", "") == (before,)
    writer.annotate_workload(annotate(before))
    assert reader.workload(names[0], "shop", "web").annotations == {"k8s.aliyun.com/pod-with-eip": "true"}
    assert refused(lambda: writer.annotate_workload(annotate(before))).status == 409
    with pytest.raises(Failed, match=f"no {kind} 'wep'"):
        reader.workload(names[0], "shop", "wep")


def test_nobody_without_a_token(cluster: Cluster) -> None:
    """An unknown token is refused as such."""
    error = refused(lambda: KubeReader(cluster.client("stranger")).nodes())
    assert (error.status, error.code) == (401, Code.KUBE_UNAUTHORIZED)


def test_somebody_without_rights(cluster: Cluster, reader: KubeReader) -> None:
    """A user without rights is named with what they may not do, and can ask beforehand."""
    cluster.service.put_token("bob", "bob", ())
    bob = KubeReader(cluster.client("bob"))
    assert reader.can_i(Right("list", "pods"))
    assert not bob.can_i(Right("list", "pods"))
    error = refused(lambda: bob.pods(None))
    assert (error.code, error.message) == (
        Code.KUBE_FORBIDDEN,
        'User "bob" may not list pods in the whole cluster (403)',
    )
    error = refused(lambda: bob.pods("shop"))
    assert error.message == 'User "bob" may not list pods in namespace shop (403)'


def test_a_lost_reply(cluster: Cluster, reader: KubeReader, writer: KubeWriter) -> None:
    """A write whose reply is lost has an unknown outcome, and was done once."""
    uid = cluster.pod("web-0")["metadata"]["uid"]
    cluster.faults.add({"do": "lose", "api": "patch"})
    with pytest.raises(OutcomeUnknown):
        writer.record_eip("shop", "web-0", uid, {RESULT: "1"}, None)
    pod = reader.pod("shop", "web-0")
    assert pod is not None
    assert pod.recorded == "1"


@pytest.mark.parametrize(
    "fault", [{"do": "truncate"}, {"do": "lose"}, {"do": "error", "status": 503}, {"do": "error", "status": 429}]
)
def test_a_read_through_faults(cluster: Cluster, reader: KubeReader, fault: dict[str, Any]) -> None:
    """A list survives each fault of the network and of the server."""
    cluster.pod("web-0")
    cluster.faults.add({**fault, "api": "list", "times": 2})
    assert [pod.name for pod in reader.pods("shop").pods] == ["web-0"]
