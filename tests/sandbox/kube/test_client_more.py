"""More of the official Python client, nothing of it looking into the server: these hold on any Kubernetes API."""

from __future__ import annotations

import json
import threading
from importlib import import_module
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from tests.sandbox.kube.conftest import config_map, deployment, pod

Obj = dict[str, Any]
client: Any = import_module("kubernetes.client")
watch: Any = import_module("kubernetes.watch")


@pytest.fixture
def core(api: Any) -> Any:
    """v1."""
    return client.CoreV1Api(api)


@pytest.fixture
def apps(api: Any) -> Any:
    """apps/v1."""
    return client.AppsV1Api(api)


def refused(call: Any, *args: Any, **kwargs: Any) -> tuple[int, str]:
    """Status and reason of a call that must fail."""
    with pytest.raises(ApiException) as caught:
        call(*args, **kwargs)
    return int(caught.value.status), str(json.loads(caught.value.body or "{}")["reason"])


def maps(core: Any, *names: str) -> None:
    for name in names:
        core.create_namespaced_config_map("shop", config_map(name, k=name))


ABSENT = ["read_namespaced_pod", "delete_namespaced_pod", "read_namespaced_config_map", "read_namespaced_secret"]


@pytest.mark.parametrize("call", ABSENT)
def test_absent_objects(core: Any, call: str) -> None:
    """404 with reason NotFound."""
    assert refused(getattr(core, call), "nothing", "shop") == (404, "NotFound")


def test_made_twice(core: Any) -> None:
    """409 with reason AlreadyExists."""
    maps(core, "c")
    assert refused(core.create_namespaced_config_map, "shop", config_map("c")) == (409, "AlreadyExists")


def test_changed_meanwhile(core: Any) -> None:
    """409 with reason Conflict."""
    maps(core, "c")
    found = core.read_namespaced_config_map("c", "shop")
    core.patch_namespaced_config_map("c", "shop", {"data": {"k": "2"}})
    assert refused(core.replace_namespaced_config_map, "c", "shop", found) == (409, "Conflict")


def test_patch_for_an_older_version(core: Any) -> None:
    """A patch that names the resourceVersion it was made from is refused when that is not the present one."""
    maps(core, "c")
    version = core.read_namespaced_config_map("c", "shop").metadata.resource_version
    patch = {"metadata": {"resourceVersion": version}, "data": {"k": "2"}}
    core.patch_namespaced_config_map("c", "shop", patch)
    assert refused(core.patch_namespaced_config_map, "c", "shop", {**patch, "data": {"k": "3"}}) == (409, "Conflict")


def test_not_valid(core: Any, apps: Any) -> None:
    """422 with reason Invalid for a bad name and for a selector that doesn't match the template."""
    assert refused(core.create_namespaced_config_map, "shop", config_map("Bad_Name")) == (422, "Invalid")
    wrong = deployment(selector={"matchLabels": {"app": "else"}})
    assert refused(apps.create_namespaced_deployment, "shop", wrong) == (422, "Invalid")


def test_wrong_types(api: Any) -> None:
    """400 with reason BadRequest when a text is expected and a number comes."""
    untyped = client.CustomObjectsApi(api)  # the typed client refuses it by itself
    where = ("apps", "v1", "shop", "deployments")
    wrong = deployment(replicas="two")
    assert refused(untyped.create_namespaced_custom_object, *where, wrong) == (400, "BadRequest")


@pytest.mark.parametrize("selector", ["a=b=c", "a in b", "=x", "a,,b"])
def test_selectors_that_say_nothing(core: Any, selector: str) -> None:
    """400 with reason BadRequest."""
    assert refused(core.list_namespaced_pod, "shop", label_selector=selector) == (400, "BadRequest")


def test_a_field_that_can_not_be_selected(core: Any) -> None:
    """400 with reason BadRequest."""
    assert refused(core.list_namespaced_pod, "shop", field_selector="spec.color=red") == (400, "BadRequest")


def test_names_are_generated(core: Any) -> None:
    """generateName gives each object a name of its own."""
    made = [
        core.create_namespaced_config_map("shop", {"metadata": {"generateName": "c-"}}).metadata.name for _ in range(3)
    ]
    assert (len(set(made)), all(name.startswith("c-") and len(name) == 7 for name in made)) == (3, True)


def test_versions_grow(core: Any) -> None:
    """Each change has a resourceVersion of its own; a patch that changes nothing has none."""
    maps(core, "c")
    before = core.read_namespaced_config_map("c", "shop").metadata.resource_version
    same = core.patch_namespaced_config_map("c", "shop", {"data": {"k": "c"}}).metadata.resource_version
    after = core.patch_namespaced_config_map("c", "shop", {"data": {"k": "2"}}).metadata.resource_version
    assert (same == before, after != before) == (True, True)


def test_generations_count_specs(apps: Any) -> None:
    """Labels leave the generation as it is, the spec raises it."""
    apps.create_namespaced_deployment("shop", deployment(replicas=0))
    labelled = apps.patch_namespaced_deployment("web", "shop", {"metadata": {"labels": {"a": "b"}}})
    changed = apps.patch_namespaced_deployment("web", "shop", {"spec": {"minReadySeconds": 5}})
    assert changed.metadata.generation == labelled.metadata.generation + 1


def test_a_merge_patch_takes_away(core: Any) -> None:
    """null removes a key."""
    maps(core, "c")
    made = core.patch_namespaced_config_map("c", "shop", {"data": {"k": None, "l": "2"}})
    assert made.data == {"l": "2"}


def test_a_json_patch_tests_first(core: Any) -> None:
    """A failing test operation refuses the whole patch."""
    maps(core, "c")
    patch = [{"op": "test", "path": "/data/k", "value": "no"}, {"op": "remove", "path": "/data/k"}]
    status, _ = refused(core.patch_namespaced_config_map, "c", "shop", patch)
    assert status == 422
    assert core.read_namespaced_config_map("c", "shop").data == {"k": "c"}


def test_binary_data(core: Any) -> None:
    """Secrets and binaryData travel in base64; stringData becomes data."""
    core.create_namespaced_secret("shop", {"metadata": {"name": "s"}, "stringData": {"a": "b"}})
    assert core.read_namespaced_secret("s", "shop").data == {"a": "Yg=="}


def test_what_is_immutable(core: Any) -> None:
    """An immutable ConfigMap can't be changed, only deleted."""
    core.create_namespaced_config_map("shop", {**config_map("c", k="1"), "immutable": True})
    assert refused(core.patch_namespaced_config_map, "c", "shop", {"data": {"k": "2"}}) == (422, "Invalid")
    core.delete_namespaced_config_map("c", "shop")


def test_finalizers(core: Any) -> None:
    """A deleted object with a finalizer stays, marked, until the finalizer goes."""
    made = config_map("c")
    made["metadata"]["finalizers"] = ["example.com/hold"]
    core.create_namespaced_config_map("shop", made)
    core.delete_namespaced_config_map("c", "shop")
    assert core.read_namespaced_config_map("c", "shop").metadata.deletion_timestamp is not None
    core.patch_namespaced_config_map("c", "shop", {"metadata": {"finalizers": None}})
    assert refused(core.read_namespaced_config_map, "c", "shop") == (404, "NotFound")


def test_a_watch_of_a_selector(core: Any) -> None:
    """An object that stops matching is told as deleted."""
    made = config_map("c")
    made["metadata"]["labels"] = {"tier": "front"}
    version = core.list_namespaced_config_map("shop").metadata.resource_version

    def happen() -> None:
        core.create_namespaced_config_map("shop", made)
        core.patch_namespaced_config_map("c", "shop", {"metadata": {"labels": {"tier": "back"}}})

    threading.Thread(target=happen).start()
    stream = watch.Watch().stream(
        core.list_namespaced_config_map,
        "shop",
        label_selector="tier=front",
        resource_version=version,
        timeout_seconds=20,
    )
    seen = []
    for event in stream:
        seen.append(event["type"])
        if event["type"] == "DELETED":
            break
    assert seen == ["ADDED", "DELETED"]


def told(stream: Any) -> list[tuple[str, str]]:
    """The kinds of events and whom they are about, or the status with which it is refused."""
    try:
        return [(event["type"], event["object"].metadata.name) for event in stream]
    except ApiException as error:
        return [("refused", str(error.status))]


def test_a_watch_of_an_old_version_misses_nothing(core: Any) -> None:
    """resourceVersion 1 is long gone: an ERROR event or answer with code 410, or all that happened since."""
    core.create_namespaced_config_map("shop", config_map("since", k="1"))
    core.delete_namespaced_config_map("since", "shop")
    stream = watch.Watch().stream(core.list_namespaced_config_map, "shop", resource_version="1", timeout_seconds=1)
    seen = told(stream)
    about = [kind for kind, name in seen if name == "since"]
    assert seen == [("refused", "410")] or about == ["ADDED", "DELETED"], seen


def test_server_side_apply_conflicts(api: Any) -> None:
    """409 names the other manager; force takes the field."""
    dynamic: Any = import_module("kubernetes.dynamic")
    found = dynamic.DynamicClient(api).resources.get(api_version="v1", kind="ConfigMap")
    mine, yours = config_map("c", k="1"), config_map("c", k="2")
    found.server_side_apply(body=mine, namespace="shop", field_manager="me")
    with pytest.raises(Exception, match=r'conflict with .*"me'):
        found.server_side_apply(body=yours, namespace="shop", field_manager="you")
    made = found.server_side_apply(body=yours, namespace="shop", field_manager="you", force_conflicts=True)
    assert made.data.k == "2"


def test_pods_log_and_exec_are_no_part_of_it(core: Any) -> None:
    """A Pod that is not there has no log: 404."""
    assert refused(core.read_namespaced_pod_log, "nothing", "shop")[0] == 404


def test_a_role_binding(api: Any) -> None:
    """Roles and bindings go in and come out as models."""
    rbac = client.RbacAuthorizationV1Api(api)
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    rbac.create_namespaced_role("shop", {"metadata": {"name": "r"}, "rules": [rule]})
    subject = {"kind": "User", "name": "eve", "apiGroup": "rbac.authorization.k8s.io"}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}
    rbac.create_namespaced_role_binding(
        "shop", {"metadata": {"name": "rb"}, "subjects": [subject], "roleRef": reference}
    )
    assert rbac.read_namespaced_role("r", "shop").rules[0].verbs == ["get"]
    assert rbac.read_namespaced_role_binding("rb", "shop").role_ref.name == "r"


def test_jobs_and_cron_jobs(api: Any) -> None:
    """batch/v1."""
    batch = client.BatchV1Api(api)
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox"}]}}
    batch.create_namespaced_job("shop", {"metadata": {"name": "j"}, "spec": {"template": template, "suspend": True}})
    spec = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": template}}, "suspend": True}
    batch.create_namespaced_cron_job("shop", {"metadata": {"name": "cj"}, "spec": spec})
    assert batch.read_namespaced_job("j", "shop").spec.template.spec.restart_policy == "Never"
    assert batch.read_namespaced_cron_job("cj", "shop").spec.schedule == "0 0 1 1 *"


def test_deletes_tell_what_they_deleted(core: Any) -> None:
    """The answer of a delete is a Status or the object; either names it."""
    maps(core, "c")
    answer = core.delete_namespaced_config_map("c", "shop")
    told = answer if isinstance(answer, dict) else answer.to_dict()  # a model in client 36, a dict in client 37
    assert told["status"] == "Success"
    assert told["details"]["name"] == "c"


def test_a_pod_keeps_its_gates_and_conditions(core: Any) -> None:
    """Readiness gates are part of the spec, their conditions of the status."""
    made = pod("a")
    made["spec"]["readinessGates"] = [{"conditionType": "k8s.aliyun.com/eip"}]
    core.create_namespaced_pod("shop", made)
    patch = {"status": {"conditions": [{"type": "k8s.aliyun.com/eip", "status": "False"}]}}
    core.patch_namespaced_pod_status("a", "shop", patch)
    found = core.read_namespaced_pod("a", "shop")
    assert found.spec.readiness_gates[0].condition_type == "k8s.aliyun.com/eip"
    assert "k8s.aliyun.com/eip" in {condition.type for condition in found.status.conditions}
