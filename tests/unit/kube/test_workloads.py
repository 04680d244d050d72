"""Workloads by every name kubectl takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.domain.binders import Binder
from eipctl.domain.containers import Container
from eipctl.domain.facts import Scaler, Workload
from eipctl.kube.reader import KubeReader
from tests.unit.kube.conftest import Answer

if TYPE_CHECKING:
    from eipctl.kube.client import KubeClient
    from tests.unit.kube.conftest import Scripted


def resource(name: str, kind: str, *short: str, namespaced: bool = True) -> dict[str, Any]:
    """One line of discovery."""
    return {
        "name": name,
        "kind": kind,
        "singularName": kind.lower(),
        "shortNames": [*short] or None,
        "namespaced": namespaced,
    }


GROUPS = {
    "apps": "apps/v1",
    "batch": "batch/v1",
    "broken.example.com": "broken.example.com/v1",
    "metrics.k8s.io": "metrics.k8s.io/v1beta1",
    "games.example.com": "games.example.com/v1alpha1",
    "apps.kruise.io": "apps.kruise.io/v1beta1",
}
LATER = {"apps.kruise.io": ["apps.kruise.io/v1alpha1"]}
SERVED = {
    "/api/v1": [
        resource("pods", "Pod", "po"),
        {"name": "pods/status", "kind": "Pod", "namespaced": True},
        resource("replicationcontrollers", "ReplicationController", "rc"),
        resource("configmaps", "ConfigMap", "cm"),
        resource("nodes", "Node", "no", namespaced=False),
    ],
    "/apis/apps/v1": [
        resource("deployments", "Deployment", "deploy"),
        {"name": "deployments/scale", "kind": "Scale", "namespaced": True},
        resource("statefulsets", "StatefulSet", "sts"),
        resource("daemonsets", "DaemonSet", "ds"),
        resource("replicasets", "ReplicaSet", "rs"),
    ],
    "/apis/batch/v1": [resource("jobs", "Job"), resource("cronjobs", "CronJob", "cj")],
    "/apis/games.example.com/v1alpha1": [resource("gameservers", "GameServer", "gs"), resource("pods", "Pod")],
    "/apis/games.example.com/v1": [resource("gameservers", "GameServer", "gs")],
    "/apis/apps.kruise.io/v1beta1": [resource("statefulsets", "StatefulSet", "asts")],
    "/apis/apps.kruise.io/v1alpha1": [
        resource("statefulsets", "StatefulSet", "asts"),
        resource("clonesets", "CloneSet", "clone"),
    ],
    "/apis/metrics.k8s.io/v1beta1": [resource("pods", "PodMetrics")],
}


def template(**spec: Any) -> dict[str, Any]:
    """A Pod template."""
    return {"metadata": {"annotations": {"on": "template"}}, "spec": {"containers": [{"name": "c"}], **spec}}


def item(spec: dict[str, Any], name: str = "web") -> dict[str, Any]:
    """An object."""
    meta = {"name": name, "namespace": "shop", "resourceVersion": "5", "annotations": {"on": "object"}}
    return {"metadata": meta, "spec": spec}


@pytest.fixture
def reader(api: Scripted, client: KubeClient) -> KubeReader:
    """A reader of a cluster with the usual kinds, one custom kind and one group that doesn't answer."""
    groups = [
        {
            "name": name,
            "preferredVersion": {"groupVersion": version},
            "versions": [{"groupVersion": each} for each in (version, *LATER.get(name, ()))],
        }
        for name, version in GROUPS.items()
    ]
    api.routes = {path: {"resources": resources} for path, resources in SERVED.items()}
    api.routes["/apis"] = {"groups": groups}
    api.routes.update({f"/apis/{group['name']}": group for group in groups})
    return KubeReader(client)


def serve(api: Scripted, path: str, spec: dict[str, Any]) -> None:
    """Serve ``web`` in namespace shop there."""
    api.routes[f"{path}/web"] = item(spec)
    api.routes[path] = {"items": [item(spec), item(spec, "worker")], "metadata": {}}


DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"


@pytest.mark.parametrize(
    "name",
    ["deploy", "deployment", "deployments", "Deployment", "deployments.apps", "deploy.apps", "deployments.v1.apps"],
)
def test_every_name_of_a_kind(api: Scripted, reader: KubeReader, name: str) -> None:
    """Short, singular, plural, kind and qualified names mean the same."""
    serve(api, DEPLOYMENTS, {"template": template()})
    assert reader.workload(name, "shop", "web") == Workload(
        api_version="apps/v1",
        kind="Deployment",
        plural="deployments",
        namespace="shop",
        name="web",
        resource_version="5",
        annotations={"on": "template"},
        own_annotations={"on": "object"},
        template_path=("spec", "template"),
        replicas=1,
        strategy="RollingUpdate",
        containers=(Container("c"),),
    )


CRON = ("spec", "jobTemplate", "spec", "template")
PLAIN = ("spec", "template")


@pytest.mark.parametrize(
    ("name", "path", "spec", "template_path", "replicas"),
    [
        ("sts", "/apis/apps/v1/namespaces/shop/statefulsets", {"replicas": 3, "template": template()}, PLAIN, 3),
        ("ds", "/apis/apps/v1/namespaces/shop/daemonsets", {"template": template()}, PLAIN, None),
        ("rs", "/apis/apps/v1/namespaces/shop/replicasets", {"replicas": 0, "template": template()}, PLAIN, 0),
        ("rc", "/api/v1/namespaces/shop/replicationcontrollers", {"template": template()}, PLAIN, 1),
        ("job", "/apis/batch/v1/namespaces/shop/jobs", {"parallelism": 4, "template": template()}, PLAIN, 4),
        (
            "cj",
            "/apis/batch/v1/namespaces/shop/cronjobs",
            {"jobTemplate": {"spec": {"parallelism": 2, "template": template()}}},
            CRON,
            2,
        ),
        ("job", "/apis/batch/v1/namespaces/shop/jobs", {"template": template()}, PLAIN, 1),
        (
            "cj",
            "/apis/batch/v1/namespaces/shop/cronjobs",
            {"jobTemplate": {"spec": {"template": template()}}},
            CRON,
            1,
        ),
        (
            "gs",
            "/apis/games.example.com/v1alpha1/namespaces/shop/gameservers",
            {"replicas": 2, "template": template()},
            PLAIN,
            2,
        ),
        (
            "gameservers.v1.games.example.com",
            "/apis/games.example.com/v1/namespaces/shop/gameservers",
            {"template": template()},
            PLAIN,
            None,
        ),
    ],
)
def test_every_kind_with_a_template(
    api: Scripted,
    reader: KubeReader,
    name: str,
    path: str,
    spec: dict[str, Any],
    template_path: tuple[str, ...],
    replicas: int | None,
) -> None:
    """Each kind's template, its place and the number of Pods are found."""
    serve(api, path, spec)
    found = reader.workload(name, "shop", "web")
    assert (found.annotations, found.template_path, found.replicas) == ({"on": "template"}, template_path, replicas)
    assert not found.surges


@pytest.mark.parametrize(
    ("name", "version", "plural"),
    [
        ("cloneset", "v1alpha1", "clonesets"),
        ("clone.apps.kruise.io", "v1alpha1", "clonesets"),
        ("asts", "v1beta1", "statefulsets"),
        ("statefulsets.apps.kruise.io", "v1beta1", "statefulsets"),
        ("statefulset.v1alpha1.apps.kruise.io", "v1alpha1", "statefulsets"),
    ],
)
def test_a_kind_that_only_a_later_version_of_its_group_serves(
    api: Scripted, reader: KubeReader, name: str, version: str, plural: str
) -> None:
    """Found there, as with OpenKruise's CloneSets; where both serve it, the preferred version is used."""
    serve(api, f"/apis/apps.kruise.io/{version}/namespaces/shop/{plural}", {"template": template()})
    found = reader.workload(name, "shop", "web")
    assert (found.api_version, found.plural) == (f"apps.kruise.io/{version}", plural)


@pytest.mark.parametrize(
    ("spec", "surge"),
    [
        ({}, None),
        ({"strategy": {"canary": {"maxSurge": 0}}}, 0),
        ({"strategy": {"canary": {"maxSurge": "20%"}}}, "20%"),
        ({"updateStrategy": {"maxSurge": 1}}, 1),
        ({"updateStrategy": {"rollingUpdate": {"maxSurge": "0%"}}}, "0%"),
    ],
)
def test_whether_new_pods_come_first(
    api: Scripted, reader: KubeReader, spec: dict[str, Any], surge: int | str | None
) -> None:
    """By maxSurge as it is written, wherever a kind has it."""
    serve(api, "/apis/apps.kruise.io/v1alpha1/namespaces/shop/clonesets", {"template": template(), **spec})
    assert reader.workload("cloneset", "shop", "web").surge == surge


@pytest.mark.parametrize(
    ("strategy", "held"),
    [
        ({"rollingUpdate": {"partition": 3}}, 3),
        ({"partition": 2}, 2),
        ({"partition": "25%"}, 2),
        ({"partition": "many"}, 0),
        ({}, 0),
    ],
)
def test_how_many_pods_a_partition_holds_back(
    api: Scripted, reader: KubeReader, strategy: dict[str, Any], held: int
) -> None:
    """As StatefulSets write it, and as OpenKruise does: a number or a share of the replicas."""
    spec = {"replicas": 5, "updateStrategy": strategy, "template": template()}
    serve(api, "/apis/apps.kruise.io/v1alpha1/namespaces/shop/clonesets", spec)
    assert reader.workload("cloneset", "shop", "web").partition == held


@pytest.mark.parametrize(
    ("spec", "strategy", "paused"),
    [
        ({"paused": True}, "RollingUpdate", True),
        ({"updateStrategy": {"type": "ReCreate", "paused": True}}, "ReCreate", True),
        ({"updateStrategy": {"rollingUpdate": {"paused": True}}}, "RollingUpdate", True),
        ({"updateStrategy": {"rollingUpdate": {"podUpdatePolicy": "InPlaceIfPossible"}}}, "InPlaceIfPossible", False),
        ({"updateStrategy": {"rollingUpdate": {"podUpdatePolicy": "ReCreate"}}}, "RollingUpdate", False),
        ({"updateStrategy": {"rollingUpdate": {"rollingUpdateType": "InPlaceIfPossible"}}}, "InPlaceIfPossible", False),
        (
            {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"podUpdatePolicy": "InPlaceOnly"}}},
            "OnDelete",
            False,
        ),
    ],
)
def test_how_openkruise_pauses_and_changes_pods_in_place(
    api: Scripted, reader: KubeReader, spec: dict[str, Any], strategy: str, paused: bool
) -> None:
    """A CloneSet says it beside its type, a StatefulSet and a DaemonSet inside rollingUpdate."""
    serve(api, "/apis/apps/v1/namespaces/shop/statefulsets", {"template": template(), **spec})
    found = reader.workload("sts", "shop", "web")
    assert (found.strategy, found.paused) == (strategy, paused)


def affinity(*terms: list[dict[str, Any]]) -> dict[str, Any]:
    """A required one: any of the terms, each with all of its expressions."""
    selector = {"nodeSelectorTerms": [{"matchExpressions": term} for term in terms]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": selector}}


ON_ECI = {"key": "type", "operator": "In", "values": ["virtual-kubelet"]}
IN_ZONE = {"key": "zone", "operator": "In", "values": ["a", "b"]}
NOT_ON_ECI = {"key": "type", "operator": "NotIn", "values": ["virtual-kubelet"]}


@pytest.mark.parametrize(
    ("spec", "labels"),
    [
        ({"nodeSelector": {"type": "virtual-kubelet"}}, {"type": "virtual-kubelet"}),
        ({"affinity": affinity([ON_ECI, IN_ZONE])}, {"type": "virtual-kubelet"}),
        ({"affinity": affinity([ON_ECI], [ON_ECI, IN_ZONE])}, {"type": "virtual-kubelet"}),
        ({"affinity": affinity([ON_ECI], [IN_ZONE])}, {}),
        ({"affinity": affinity([NOT_ON_ECI])}, {}),
        ({"affinity": {"nodeAffinity": {}}}, {}),
    ],
)
def test_what_its_nodes_must_have(
    api: Scripted, reader: KubeReader, spec: dict[str, Any], labels: dict[str, str]
) -> None:
    """By nodeSelector or by a required affinity; what one alternative does without is no must."""
    tolerations = [{"key": "virtual-kubelet.io/provider", "operator": "Exists"}, {"operator": "Exists"}]
    serve(api, DEPLOYMENTS, {"template": template(**spec, tolerations=tolerations)})
    found = reader.workload("deploy", "shop", "web")
    assert (found.node_selector, found.tolerations) == (labels, ("virtual-kubelet.io/provider", ""))


def test_a_template_that_is_another_objects(api: Scripted, reader: KubeReader) -> None:
    """An Argo Rollout with a workloadRef leads to the object that has the template."""
    reference = {"kind": "Deployment", "name": "api"}
    serve(api, "/apis/games.example.com/v1alpha1/namespaces/shop/gameservers", {"workloadRef": reference})
    with pytest.raises(Failed, match="'web' has no Pod template of its own: it uses that of deployment/api") as raised:
        reader.workload("gs", "shop", "web")
    assert raised.value.hint.startswith("annotate deployment/api -n shop")
    with pytest.raises(Failed, match="deployment/api"):
        reader.workloads("gs", "shop", "")


def test_a_pod_is_its_own_template(api: Scripted, reader: KubeReader) -> None:
    """For a Pod the object's own annotations count, and the core kind comes before others of the name."""
    serve(api, "/api/v1/namespaces/shop/pods", {"containers": [], "hostNetwork": True})
    found = reader.workload("pod", "shop", "web")
    assert (found.template_path, found.annotations, found.api_version) == ((), {"on": "object"}, "v1")
    assert found.host_network


@pytest.mark.parametrize(
    ("strategy", "rolling"),
    [
        ({}, True),
        ({"type": "RollingUpdate"}, True),
        ({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}}, True),
        ({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}, False),
        ({"rollingUpdate": {"maxSurge": "0%"}}, False),
        ({"type": "Recreate"}, False),
    ],
)
def test_a_deployments_strategy(api: Scripted, reader: KubeReader, strategy: dict[str, Any], rolling: bool) -> None:
    """A Deployment rolls unless it says Recreate, or lets the old Pod go first; hostNetwork is the template's."""
    serve(api, DEPLOYMENTS, {"strategy": strategy, "template": template(hostNetwork=True)})
    found = reader.workload("deploy", "shop", "web")
    assert (found.surges, found.host_network) == (rolling, True)


def test_all_of_a_kind(api: Scripted, reader: KubeReader) -> None:
    """A selector's workloads come with kind and version, which list items lack."""
    serve(api, DEPLOYMENTS, {"template": template()})
    found = reader.workloads("deploy", "shop", "app=web")
    assert [(workload.name, workload.kind, workload.api_version) for workload in found] == [
        ("web", "Deployment", "apps/v1"),
        ("worker", "Deployment", "apps/v1"),
    ]
    assert api.seen[-1].query["labelSelector"] == "app=web"
    api.routes["/apis/apps/v1/deployments"] = {"items": None}
    assert reader.workloads("deployments.apps", None, "") == ()


def test_autoscalers_of_old_and_new_clusters(api: Scripted, reader: KubeReader) -> None:
    """autoscaling/v1 is enough, for older clusters serve no v2; and KEDA's objects where there are any."""
    target = {"kind": "Deployment", "name": "web"}
    scaler = item({"scaleTargetRef": target, "maxReplicas": 3})
    api.routes["/apis/autoscaling/v1/namespaces/shop/horizontalpodautoscalers"] = {"items": [scaler]}
    assert reader.scalers("shop") == (Scaler("HorizontalPodAutoscaler", "shop", "web", "Deployment", "web", 3),)
    keda = item({"scaleTargetRef": {"name": "web"}}, "by-queue")
    api.routes["/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects"] = {"items": [keda]}
    assert reader.scalers("shop")[1:] == (Scaler("ScaledObject", "shop", "by-queue", "Deployment", "web"),)


def test_a_workload_that_is_not_there(api: Scripted, reader: KubeReader) -> None:
    """The nearest names are suggested."""
    serve(api, DEPLOYMENTS, {"template": template()})
    with pytest.raises(Failed, match="no Deployment 'wep' in namespace shop") as raised:
        reader.workload("deploy", "shop", "wep")
    assert raised.value.code is Code.WORKLOAD_NOT_FOUND
    assert raised.value.hint == "did you mean web?"
    assert raised.value.object == "deployment/shop/wep"


def test_a_workload_unlike_any_other(api: Scripted, reader: KubeReader) -> None:
    """Without a near name the hint is a command."""
    serve(api, DEPLOYMENTS, {"template": template()})
    with pytest.raises(Failed) as raised:
        reader.workload("deploy", "shop", "zzzzzz")
    assert raised.value.hint.endswith("--context test get deployments -A")


def test_a_kind_that_is_not_there(api: Scripted, reader: KubeReader) -> None:
    """An unknown kind suggests the nearest, past a group that doesn't answer."""
    with pytest.raises(Failed, match="called 'deplyments'") as raised:
        reader.workload("deplyments", "shop", "web")
    assert raised.value.code is Code.WORKLOAD_KIND
    assert "deployments" in raised.value.hint
    with pytest.raises(Failed, match=r"called 'deploy\.batch'"):
        reader.workload("deploy.batch", "shop", "web")
    with pytest.raises(Failed, match=r"called 'x\.y\.z'"):
        reader.workload("x.y.z", "shop", "web")


@pytest.mark.parametrize("kind", ["configmap", "node"])
def test_a_kind_without_a_pod_template(api: Scripted, reader: KubeReader, kind: str) -> None:
    """A kind that runs no Pods is refused with those that do."""
    serve(api, "/api/v1/namespaces/shop/configmaps", {})
    with pytest.raises(Failed, match="has no Pod template") as raised:
        reader.workload(kind, "shop", "web")
    assert raised.value.code is Code.WORKLOAD_KIND


def test_an_api_behind_the_api_server_that_is_down(api: Scripted, reader: KubeReader) -> None:
    """A group that answers 503 hides nothing but itself."""
    api.plan(
        Answer(body=api.routes["/api/v1"]),
        Answer(body=api.routes["/apis"]),
        Answer(body=api.routes["/apis/apps/v1"]),
        Answer(body=api.routes["/apis/batch/v1"]),
        Answer(503, b"service unavailable"),
    )
    serve(api, "/apis/games.example.com/v1alpha1/namespaces/shop/gameservers", {"template": template()})
    assert reader.workload("gs", "shop", "web").kind == "GameServer"


def runners(reader: KubeReader, kind: str) -> tuple[Binder, ...]:
    """The workloads of a kind that run bind, in all namespaces."""
    return tuple(each.binder for each in reader.workloads(kind, None, "") if each.binder)


BIND = {"args": ["bind", "-A", "--prune", "--yes"]}
CONTAINERS: list[tuple[dict[str, Any], bool]] = [
    ({"name": "eipctl", "image": "registry/eipctl:1.0", **BIND}, True),
    ({"name": "main", "image": "registry:5000/tools/eipctl@sha256:0", **BIND}, True),
    ({"name": "main", "image": "tools", "command": ["/usr/local/bin/eipctl", "bind", "-A"]}, True),
    ({"name": "eipctl", "image": "eipctl", "args": ["check"]}, False),
    ({"name": "dns", "image": "coredns", **BIND}, False),
    ({"name": "main", "image": None, "args": None, "command": None}, False),
    ({}, False),
]


@pytest.mark.parametrize(("container", "expected"), CONTAINERS)
def test_what_runs_bind_is_known_by_its_command(
    api: Scripted, reader: KubeReader, container: dict[str, Any], *, expected: bool
) -> None:
    """And by the name of the container, its image or its program: other tools have a bind of their own."""
    pod = {"spec": {"containers": [{"name": "sidecar"}, container]}}
    where = "/apis/apps/v1/deployments"
    api.routes[where] = {
        "items": [{**item({"template": pod, "replicas": 2}), "status": {"readyReplicas": 1}}],
        "metadata": {},
    }
    found = Binder(kind="Deployment", namespace="shop", name="web", ready=1)
    assert runners(reader, "deployments.apps") == ((found,) if expected else ())


BEGUN, BEFORE, AFTER = "2026-11-30T12:00:00Z", "2026-11-30T11:55:20Z", "2026-11-30T12:00:20Z"
JOBS: list[tuple[dict[str, Any], bool]] = [
    ({}, False),
    ({"lastScheduleTime": BEGUN}, True),
    ({"lastScheduleTime": BEGUN, "active": [{"metadata": {}}]}, False),
    ({"lastScheduleTime": BEGUN, "lastSuccessfulTime": BEFORE}, True),
    ({"lastScheduleTime": BEGUN, "lastSuccessfulTime": BEFORE, "active": [{"name": "web-1"}]}, False),
    ({"lastScheduleTime": BEGUN, "lastSuccessfulTime": AFTER}, False),
]


@pytest.mark.parametrize(("status", "failed"), JOBS)
def test_a_cronjob_failed_when_its_last_job_ended_without_success(
    api: Scripted, reader: KubeReader, status: dict[str, Any], *, failed: bool
) -> None:
    """One that still runs has not failed yet."""
    pod = {"spec": {"containers": [{"name": "eipctl", **BIND}]}}
    spec = {"jobTemplate": {"spec": {"template": pod}}, "suspend": True}
    api.routes["/apis/batch/v1/cronjobs"] = {"items": [{**item(spec), "status": status}], "metadata": {}}
    (found,) = runners(reader, "cronjobs.batch")
    assert (found.kind, found.active, found.failed) == ("CronJob", False, failed)


def test_what_an_old_server_can_not_say_is_no_failure(api: Scripted, reader: KubeReader) -> None:
    """batch/v1beta1 has no time of success."""
    version = {"groupVersion": "batch/v1beta1"}
    api.routes["/apis/batch"] = {"name": "batch", "preferredVersion": version, "versions": [version]}
    api.routes["/apis/batch/v1beta1"] = {"resources": [resource("cronjobs", "CronJob")]}
    pod = {"spec": {"containers": [{"name": "eipctl", **BIND}]}}
    body = {**item({"jobTemplate": {"spec": {"template": pod}}}), "status": {"lastScheduleTime": BEGUN}}
    api.routes["/apis/batch/v1beta1/cronjobs"] = {"items": [body], "metadata": {}}
    (found,) = runners(reader, "cronjobs.batch")
    assert (found.active, found.failed, found.succeeded) == (True, False, None)
