"""What the controllers of the sandbox rely on, without HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.clock import Clock
from eipctl.sandbox.kube.objects import Objects
from eipctl.sandbox.kube.service import KubeService
from eipctl.sandbox.kube.statuses import ApiError
from eipctl.sandbox.store import Store
from tests.sandbox.kube.conftest import config_map, deployment, pod

if TYPE_CHECKING:
    from pathlib import Path

Obj = dict[str, Any]


@pytest.fixture
def objects() -> Objects:
    """No objects."""
    return Objects(Store(), Clock())


def test_create_fills_in_what_a_server_fills_in(objects: Objects) -> None:
    """A new object has uid, creationTimestamp, resourceVersion, generation and the defaults of its kind."""
    made = objects.create("deployments", deployment())
    assert {"uid", "creationTimestamp", "resourceVersion"} <= made["metadata"].keys()
    assert made["metadata"]["generation"] == 1
    assert made["spec"]["replicas"] == 1
    assert made["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": "25%", "maxSurge": "25%"}
    assert made["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 30


def test_generate_name(objects: Objects) -> None:
    """generateName makes distinct names with five more characters."""
    manifest = {"metadata": {"generateName": "web-", "namespace": "shop"}, "spec": pod("x")["spec"]}
    names = {objects.create("pods", manifest)["metadata"]["name"] for _ in range(20)}
    assert len(names) == 20
    assert all(name.startswith("web-") and len(name) == 9 for name in names)


def test_a_name_is_taken_once(objects: Objects) -> None:
    """A second object of a name is a conflict, the same name in another namespace isn't."""
    objects.create("pods", pod("a"))
    objects.create("pods", pod("a", namespace="other"))
    with pytest.raises(ApiError) as refused:
        objects.create("pods", pod("a"))
    assert (refused.value.code, refused.value.message) == (409, 'pods "a" already exists')


def test_an_update_that_changes_nothing(objects: Objects) -> None:
    """Storing the same again keeps the resourceVersion and tells no watch."""
    made = objects.create("configmaps", config_map("a", k="1"))
    news = len(objects.changes)
    assert objects.update("configmaps", made) == made
    assert len(objects.changes) == news


def test_generation_counts_changes_of_the_spec(objects: Objects) -> None:
    """A change of the spec raises generation, one of the status doesn't."""
    made = objects.create("deployments", deployment())
    made = objects.update("deployments", {**made, "status": {"replicas": 1}}, status_only=True)
    assert made["metadata"]["generation"] == 1
    made = objects.update("deployments", {**made, "spec": {**made["spec"], "replicas": 5}})
    assert made["metadata"]["generation"] == 2


def test_status_only_changes_nothing_else(objects: Objects) -> None:
    """With status_only the rest of what is given is not stored."""
    made = objects.create("deployments", deployment())
    objects.update("deployments", {**made, "spec": {}, "status": {"replicas": 1}}, status_only=True)
    found = objects.get("deployments", "shop", "web")
    assert found is not None
    assert (found["spec"], found["status"]) == (made["spec"], {"replicas": 1})


def _on_node(objects: Objects, name: str, **meta: Any) -> Obj:
    manifest = pod(name, **meta)
    return objects.create("pods", {**manifest, "spec": {**manifest["spec"], "nodeName": "n1"}})


def test_a_pod_on_a_node_is_deleted_by_its_kubelet(objects: Objects) -> None:
    """Deleting a Pod that is on a node marks it; it goes when its kubelet is done."""
    _on_node(objects, "a")
    objects.delete("pods", "shop", "a", grace=7)
    found = objects.get("pods", "shop", "a")
    assert found is not None
    assert found["metadata"]["deletionGracePeriodSeconds"] == 7
    assert "deletionTimestamp" in found["metadata"]
    objects.delete("pods", "shop", "a", now=True)
    assert objects.get("pods", "shop", "a") is None


def test_a_second_delete_only_shortens_the_grace(objects: Objects) -> None:
    """A longer grace changes nothing, a shorter one counts, none removes the Pod."""
    _on_node(objects, "a")
    graces = []
    for grace in (10, 20, 5):
        objects.delete("pods", "shop", "a", grace=grace)
        found = objects.get("pods", "shop", "a")
        graces.append(found and found["metadata"]["deletionGracePeriodSeconds"])
    assert graces == [10, 10, 5]
    objects.delete("pods", "shop", "a", grace=0)
    assert objects.get("pods", "shop", "a") is None


def test_a_pod_without_a_node_goes_at_once(objects: Objects) -> None:
    """Nobody has to stop a Pod that never ran, nor one that has ended."""
    objects.create("pods", pod("a"))
    ended = _on_node(objects, "b")
    objects.update("pods", {**ended, "status": {"phase": "Succeeded"}}, status_only=True)
    for name in ("a", "b"):
        objects.delete("pods", "shop", name)
    assert objects.list("pods") == []


def test_finalizers_hold_an_object(objects: Objects) -> None:
    """A deleted object with finalizers stays until the last of them is taken off."""
    made = objects.create("configmaps", {**config_map("a"), "metadata": {"name": "a", "finalizers": ["x/y"]}})
    objects.delete("configmaps", "", "a", now=True)
    held = objects.get("configmaps", "", "a")
    assert held is not None
    assert held["metadata"]["uid"] == made["metadata"]["uid"]
    objects.update("configmaps", {**held, "metadata": {**held["metadata"], "finalizers": []}})
    assert objects.get("configmaps", "", "a") is None


def test_the_last_finalizer_does_not_outrun_the_kubelet(objects: Objects) -> None:
    """A terminating Pod that loses its finalizers still waits for its kubelet."""
    _on_node(objects, "a", finalizers=["x/y"])
    objects.delete("pods", "shop", "a", grace=30)
    held = objects.get("pods", "shop", "a")
    assert held is not None
    objects.update("pods", {**held, "metadata": {**held["metadata"], "finalizers": []}})
    assert objects.get("pods", "shop", "a") is not None


def test_patch_metadata(objects: Objects) -> None:
    """Annotations are set and removed one by one."""
    objects.create("pods", pod("a", annotations={"keep": "1", "drop": "1"}))
    made = objects.patch_metadata("pods", "shop", "a", {"drop": None, "new": "2"})
    assert made["metadata"]["annotations"] == {"keep": "1", "new": "2"}


def test_what_is_undone_was_never_there(objects: Objects) -> None:
    """A transaction that fails leaves no object, no name in a list and no news behind."""
    objects.create("pods", pod("a"))
    news = len(objects.changes)

    def fail() -> None:
        with objects.store.transaction():
            objects.create("pods", pod("b"))
            objects.delete("pods", "shop", "a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [found["metadata"]["name"] for found in objects.list("pods")] == ["a"]
    assert len(objects.changes) == news


def test_a_restart_keeps_objects_tokens_and_versions(tmp_path: Path) -> None:
    """After a restart all is as before, and no version is given out a second time."""
    store = Store(tmp_path / "db")
    service = KubeService(store, Clock())
    service.put_token("t", "me", ("system:masters",))
    kept = service.objects.create("pods", pod("a"))
    service.objects.create("pods", pod("b"))
    service.objects.delete("pods", "shop", "b")
    newest = service.objects.version
    store.close()
    again = KubeService(Store(tmp_path / "db"), Clock()).objects
    assert again.list("pods") == [kept]
    assert again.version == newest


def test_a_definition_serves_its_kind(objects: Objects) -> None:
    """Objects of a custom kind are stored under plural.group, as soon as its definition is there."""
    objects.create("customresourcedefinitions", WIDGETS)
    made = objects.create("widgets.example.com", {"metadata": {"name": "w", "namespace": "shop"}})
    assert (made["apiVersion"], made["kind"]) == ("example.com/v1", "Widget")
    assert objects.list("widgets.example.com", "shop") == [made]
    objects.delete("customresourcedefinitions", "", "widgets.example.com")
    objects.create("customresourcedefinitions", WIDGETS)
    assert objects.list("widgets.example.com", "shop") == []


_ANY = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
WIDGETS: Obj = {
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "additionalPrinterColumns": [{"name": "Size", "type": "string", "jsonPath": ".spec.size"}],
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            },
            {"name": "v1beta1", "served": True, "storage": False, "schema": _ANY},
        ],
    },
}
