"""The official Python client against the sandbox's API, typed, dynamic and watching."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from kubernetes.client.exceptions import ApiException

from tests.sandbox.kube.conftest import config_map, deployment, pod
from tests.sandbox.kube.test_objects import WIDGETS

if TYPE_CHECKING:
    from tests.sandbox.kube.conftest import Cluster

Obj = dict[str, Any]

# Its annotations know models only, and change with every version of it; it takes dicts as well.
client: Any = import_module("kubernetes.client")
dynamic: Any = import_module("kubernetes.dynamic")
watch: Any = import_module("kubernetes.watch")


@pytest.fixture
def core(api: Any) -> Any:
    """v1."""
    return client.CoreV1Api(api)


@pytest.fixture
def apps(api: Any) -> Any:
    """apps/v1."""
    return client.AppsV1Api(api)


@pytest.fixture
def dyn(api: Any) -> Any:
    """Any kind, through discovery."""
    return dynamic.DynamicClient(api)


def _status(call: Any, *args: Any, **kwargs: Any) -> int:
    """The status of a call that is refused."""
    with pytest.raises(ApiException) as refused:
        call(*args, **kwargs)
    return int(refused.value.status)


def _token(page: Any) -> str | None:
    """A list's continue token, as client 36 or as client 37 names it."""
    meta = page.metadata
    token: str | None = getattr(meta, "_continue", None) or getattr(meta, "continue_", None)
    return token


def test_version(api: Any) -> None:
    """The version is one the client can parse."""
    assert client.VersionApi(api).get_code().git_version.startswith("v1.")


def test_api_groups(api: Any) -> None:
    """Discovery of groups and of the core versions can be decoded."""
    assert "apps" in {group.name for group in client.ApisApi(api).get_api_versions().groups}
    assert client.CoreApi(api).get_api_versions().versions == ["v1"]


def test_resource_lists(api: Any) -> None:
    """Discovery of resources can be decoded, subresources included."""
    names = {resource.name for resource in client.CoreV1Api(api).get_api_resources().resources}
    assert {"pods", "pods/status", "pods/eviction", "serviceaccounts/token"} <= names


@pytest.mark.usefixtures("still")
def test_create_read_delete_namespace(core: Any) -> None:
    """A namespace is Active, and Terminating once it is deleted."""
    made = core.create_namespace({"metadata": {"name": "n"}})
    assert made.status.phase == "Active"
    core.delete_namespace("n")
    assert core.read_namespace("n").status.phase == "Terminating"
    assert _status(core.create_namespaced_config_map, "n", {**config_map("c"), "metadata": {"name": "c"}}) == 403


def test_pods_are_decoded(core: Any) -> None:
    """A Pod goes in as a dict and comes out as the client's model, with what the server filled in."""
    made = core.create_namespaced_pod("shop", pod("a", labels={"app": "web"}))
    found = core.read_namespaced_pod("a", "shop")
    assert found.metadata.uid == made.metadata.uid
    assert found.spec.restart_policy == "Always"
    assert found.status.phase == "Pending"


@pytest.mark.usefixtures("still")
def test_list_of_all_namespaces(core: Any) -> None:
    """Lists span namespaces and are ordered by namespace and name."""
    for name, namespace in (("b", "shop"), ("a", "shop"), ("c", "default")):
        core.create_namespaced_pod(namespace, pod(name, namespace=namespace))
    found = core.list_pod_for_all_namespaces()
    assert [item.metadata.name for item in found.items] == ["c", "a", "b"]
    assert [item.metadata.name for item in core.list_namespaced_pod("shop").items] == ["a", "b"]


def test_label_and_field_selectors(core: Any) -> None:
    """Both selectors choose together."""
    for name, app in (("a", "web"), ("b", "web"), ("c", "api")):
        core.create_namespaced_pod("shop", pod(name, labels={"app": app}))
    found = core.list_namespaced_pod("shop", label_selector="app=web", field_selector="metadata.name!=a")
    assert [item.metadata.name for item in found.items] == ["b"]


def test_pages_are_a_snapshot(core: Any) -> None:
    """What is made while pages are read does not turn up in them, and all pages have one version."""
    for number in range(5):
        core.create_namespaced_pod("shop", pod(f"p{number}"))
    page = core.list_namespaced_pod("shop", limit=2)
    core.create_namespaced_pod("shop", pod("late"))
    names, versions = [], set()
    while True:
        names += [item.metadata.name for item in page.items]
        versions.add(page.metadata.resource_version)
        if not _token(page):
            break
        page = core.list_namespaced_pod("shop", limit=2, _continue=_token(page))
    assert names == [f"p{number}" for number in range(5)]
    assert len(versions) == 1


def test_expired_pages(core: Any, cluster: Cluster) -> None:
    """A continue token that is too old is answered with 410."""
    for number in range(3):
        core.create_namespaced_pod("shop", pod(f"p{number}"))
    page = core.list_namespaced_pod("shop", limit=2)
    token = _token(page)
    cluster.service.expire_tokens()
    assert _status(core.list_namespaced_pod, "shop", limit=2, _continue=token) == 410


def test_replace_with_a_stale_version(core: Any) -> None:
    """The second of two writers that read the same version is told so."""
    core.create_namespaced_config_map("shop", config_map("c", a="1"))
    first, second = (core.read_namespaced_config_map("c", "shop") for _ in range(2))
    first.data = {"a": "2"}
    core.replace_namespaced_config_map("c", "shop", first)
    second.data = {"a": "3"}
    assert _status(core.replace_namespaced_config_map, "c", "shop", second) == 409


def test_strategic_patch_is_the_default(apps: Any) -> None:
    """A dict as patch merges containers by name."""
    apps.create_namespaced_deployment("shop", deployment())
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "x"}]}}}}
    made = apps.patch_namespaced_deployment("web", "shop", patch)
    assert {container.name for container in made.spec.template.spec.containers} == {"web", "side"}


def test_json_patch(apps: Any) -> None:
    """A list as patch is a JSON patch."""
    apps.create_namespaced_deployment("shop", deployment())
    made = apps.patch_namespaced_deployment("web", "shop", [{"op": "add", "path": "/spec/replicas", "value": 4}])
    assert made.spec.replicas == 4


def test_patch_for_another_uid(core: Any) -> None:
    """A patch that is meant for a Pod of the same name that is gone is refused: its UID can't change."""
    core.create_namespaced_pod("shop", pod("a"))
    patch = {"metadata": {"uid": "11111111-1111-1111-1111-111111111111", "annotations": {"a": "b"}}}
    assert _status(core.patch_namespaced_pod, "a", "shop", patch) == 422


@pytest.mark.usefixtures("still")
def test_status_of_a_pod(core: Any) -> None:
    """Conditions are merged by type, and a patch of the status changes labels too, but nothing of the spec."""
    core.create_namespaced_pod("shop", pod("a"))
    for kind in ("Ready", "k8s.aliyun.com/eip"):
        patch = {
            "status": {"conditions": [{"type": kind, "status": "True"}]},
            "metadata": {"labels": {"a": "b"}},
            "spec": {"nodeName": "n"},
        }
        made = core.patch_namespaced_pod_status("a", "shop", patch)
    assert [item.type for item in made.status.conditions] == ["Ready", "k8s.aliyun.com/eip"]
    assert (made.metadata.labels, made.spec.node_name) == ({"a": "b"}, None)


def test_scale(apps: Any) -> None:
    """The scale subresource reads and writes replicas."""
    apps.create_namespaced_deployment("shop", deployment())
    apps.patch_namespaced_deployment_scale("web", "shop", {"spec": {"replicas": 3}})
    assert apps.read_namespaced_deployment_scale("web", "shop").spec.replicas == 3


@pytest.mark.usefixtures("still")
def test_delete_with_preconditions(core: Any) -> None:
    """A delete names the uid it means; another one is a conflict."""
    made = core.create_namespaced_pod("shop", pod("a"))
    wrong = {"preconditions": {"uid": "11111111-1111-1111-1111-111111111111"}}
    assert _status(core.delete_namespaced_pod, "a", "shop", body=wrong) == 409
    core.delete_namespaced_pod("a", "shop", body={"preconditions": {"uid": made.metadata.uid}})
    assert _status(core.read_namespaced_pod, "a", "shop") == 404


@pytest.mark.usefixtures("still")
def test_grace_of_the_body(core: Any) -> None:
    """DeleteOptions in the body count, and the query is ignored then."""
    manifest = pod("a")
    manifest["spec"]["nodeName"] = "n1"
    core.create_namespaced_pod("shop", manifest)
    core.delete_namespaced_pod("a", "shop", body={"gracePeriodSeconds": 5}, grace_period_seconds=0)
    assert core.read_namespaced_pod("a", "shop").metadata.deletion_grace_period_seconds == 5


@pytest.mark.usefixtures("still")
def test_delete_collection(core: Any) -> None:
    """All that the selector chooses is deleted, and nothing else."""
    for name, app in (("a", "web"), ("b", "web"), ("c", "api")):
        core.create_namespaced_pod("shop", pod(name, labels={"app": app}))
    core.delete_collection_namespaced_pod("shop", label_selector="app=web")
    assert [item.metadata.name for item in core.list_namespaced_pod("shop").items] == ["c"]


@pytest.mark.usefixtures("still")
def test_eviction(core: Any) -> None:
    """An eviction deletes the Pod."""
    core.create_namespaced_pod("shop", pod("a"))
    core.create_namespaced_pod_eviction("a", "shop", {"metadata": {"name": "a", "namespace": "shop"}})
    assert core.list_namespaced_pod("shop").items == []


def test_dry_run(core: Any) -> None:
    """With dry_run nothing is made, changed or deleted."""
    core.create_namespaced_config_map("shop", config_map("c", a="1"))
    core.create_namespaced_config_map("shop", config_map("d"), dry_run="All")
    core.patch_namespaced_config_map("c", "shop", {"data": {"a": "2"}}, dry_run="All")
    core.delete_namespaced_config_map("c", "shop", dry_run="All")
    (found,) = core.list_namespaced_config_map("shop").items
    assert found.data == {"a": "1"}


def test_watch_sees_what_happens(core: Any, cluster: Cluster) -> None:
    """A watch from a list's version tells each later change once, in order."""
    version = core.list_namespaced_pod("shop").metadata.resource_version

    def happen() -> None:
        cluster.objects.create("pods", pod("a"))
        cluster.objects.patch_metadata("pods", "shop", "a", {"x": "y"})
        cluster.objects.create("pods", pod("elsewhere", namespace="default"))
        cluster.objects.delete("pods", "shop", "a")

    threading.Thread(target=happen).start()
    seen = []
    for event in watch.Watch().stream(core.list_namespaced_pod, "shop", resource_version=version, timeout_seconds=20):
        seen.append((event["type"], event["object"].metadata.name))
        if event["type"] == "DELETED":
            break
    assert seen == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]


def test_watch_begins_with_what_is_there(core: Any) -> None:
    """A watch without a version tells of the objects there are."""
    core.create_namespaced_pod("shop", pod("a"))
    stream = watch.Watch().stream(core.list_namespaced_pod, "shop", timeout_seconds=20)
    event = next(iter(stream))
    assert (event["type"], event["object"].metadata.name) == ("ADDED", "a")


def test_leases(api: Any) -> None:
    """A Lease is only replaced by who names its version."""
    leases = client.CoordinationV1Api(api)
    manifest: Obj = {"metadata": {"name": "l", "namespace": "shop"}, "spec": {"holderIdentity": "me"}}
    made = leases.create_namespaced_lease("shop", manifest)
    assert _status(leases.replace_namespaced_lease, "l", "shop", manifest) == 422
    manifest["metadata"]["resourceVersion"] = made.metadata.resource_version
    manifest["spec"]["holderIdentity"] = "you"
    assert leases.replace_namespaced_lease("l", "shop", manifest).spec.holder_identity == "you"
    assert _status(leases.replace_namespaced_lease, "l", "shop", manifest) == 409


def test_custom_objects(api: Any, cluster: Cluster) -> None:
    """Custom objects are created, listed, merged and deleted."""
    cluster.objects.create("customresourcedefinitions", WIDGETS)
    custom = client.CustomObjectsApi(api)
    where = ("example.com", "v1", "shop", "widgets")
    manifest = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 1}}
    custom.create_namespaced_custom_object(*where, manifest)
    made: Any = custom.patch_namespaced_custom_object(*where, "w", {"spec": {"color": "red"}})
    assert made["spec"] == {"size": 1, "color": "red"}
    listed: Any = custom.list_namespaced_custom_object(*where)
    assert [item["metadata"]["name"] for item in listed["items"]] == ["w"]
    custom.delete_namespaced_custom_object(*where, "w")
    assert _status(custom.get_namespaced_custom_object, *where, "w") == 404


def test_dynamic_client(dyn: Any) -> None:
    """The dynamic client finds kinds by discovery, and creates, lists and applies them."""
    pods = dyn.resources.get(api_version="v1", kind="Pod")
    pods.create(body=pod("a"), namespace="shop")
    assert [item.metadata.name for item in pods.get(namespace="shop").items] == ["a"]
    deployments = dyn.resources.get(api_version="apps/v1", kind="Deployment")
    made = deployments.server_side_apply(body=deployment(replicas=2), namespace="shop", field_manager="me")
    assert made.spec.replicas == 2


def test_access_review(api: Any) -> None:
    """A review of one's own access answers in its status."""
    review: Obj = {"spec": {"resourceAttributes": {"verb": "list", "resource": "pods", "namespace": "shop"}}}
    answer = client.AuthorizationV1Api(api).create_self_subject_access_review(review)
    assert answer.status.allowed is True


def test_events(core: Any) -> None:
    """Events are found by the object they are about."""
    for number, name in enumerate(("a", "b")):
        about = {"kind": "Pod", "name": name, "namespace": "shop"}
        event = {"metadata": {"name": f"e{number}", "namespace": "shop"}, "involvedObject": about, "reason": "R"}
        core.create_namespaced_event("shop", event)
    found = core.list_namespaced_event("shop", field_selector="involvedObject.name=b,involvedObject.kind=Pod")
    assert [item.metadata.name for item in found.items] == ["e1"]


def test_the_reason_of_a_refusal(core: Any) -> None:
    """The body of a refusal is a Status whose reason, message and details name the object."""
    with pytest.raises(ApiException) as refused:
        core.read_namespaced_pod("x", "shop")
    assert '"reason":"NotFound"' in str(refused.value.body)
    assert '"details":{"name":"x","kind":"pods"}' in str(refused.value.body)
