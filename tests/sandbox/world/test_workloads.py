"""Deployments, StatefulSets, DaemonSets and Jobs, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.world.stage import bare_pod, images, ready, scale, set_image, workload

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.world.stage import Obj, Stage


def test_deployment_makes_ready_pods_with_different_ips(modern_world: Stage) -> None:
    """A Deployment's Pods run on different nodes, each with an IP of its own from an ENI that the cloud knows."""
    modern_world.apply("deployments", workload("Deployment"))
    modern_world.play()
    pods = ready(modern_world.pods())
    assert len({pod["spec"]["nodeName"] for pod in pods}) == 3
    known = {ip for eni in modern_world.cloud.state.enis.values() for ip in (eni.primary_ip, *eni.secondary_ips)}
    assert len({pod["status"]["podIP"] for pod in pods} & known) == 3
    assert modern_world.get("deployments", "web")["status"]["availableReplicas"] == 3


@pytest.mark.parametrize(
    ("surge", "unavailable", "most", "least"),
    [("25%", "25%", 5, 3), (1, 0, 5, 4), (0, 1, 4, 3), ("100%", 0, 8, 4), (0, 0, 4, 3)],
)
def test_rolling_update_keeps_its_limits(
    modern_world: Stage, surge: int | str, unavailable: int | str, most: int, least: int
) -> None:
    """At no moment of a rollout are there more Pods than maxSurge, or fewer Ready ones than maxUnavailable allows."""
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    modern_world.apply("deployments", workload("Deployment", 4, strategy=strategy))
    modern_world.play()
    modern_world.edit("deployments", "web", set_image("nginx:2"))
    seen: list[tuple[int, int]] = []
    modern_world.play(each=lambda: seen.append((len(modern_world.pods()), len(ready(modern_world.pods())))))
    assert max(count for count, _ in seen) <= most
    assert min(count for _, count in seen) >= least
    assert images(modern_world.pods()) == ["nginx:2"] * 4


def test_recreate_never_runs_two_templates_at_once(modern_world: Stage) -> None:
    """With strategy Recreate the new Pods come when all old ones, leaving ones too, are gone."""
    modern_world.apply("deployments", workload("Deployment", 2, strategy={"type": "Recreate"}))
    modern_world.play()
    modern_world.edit("deployments", "web", set_image("nginx:2"))
    mixes: list[int] = []
    modern_world.play(each=lambda: mixes.append(len(set(images(modern_world.objects.list("pods", "default"))))))
    assert max(mixes) == 1
    assert images(modern_world.pods()) == ["nginx:2"] * 2


def test_rollout_hangs_on_a_bad_image(modern_world: Stage) -> None:
    """An image called bad… is never pulled: the rollout keeps the old Pods and says that it is not done."""
    modern_world.apply("deployments", workload("Deployment", 2))
    modern_world.play()
    modern_world.edit("deployments", "web", set_image("registry.example/bad:1"))
    modern_world.play()
    status = modern_world.get("deployments", "web")["status"]
    assert images(ready(modern_world.pods())) == ["nginx", "nginx"]
    assert (status["updatedReplicas"], status["availableReplicas"]) == (1, 2)
    waiting = [pod["status"]["containerStatuses"][0]["state"] for pod in modern_world.pods()]
    assert {"ErrImagePull"} == {state["waiting"]["reason"] for state in waiting if "waiting" in state}


def test_scaling_down_and_up(modern_world: Stage) -> None:
    """A Deployment follows spec.replicas both ways, and its old ReplicaSets stay for a rollback."""
    modern_world.apply("deployments", workload("Deployment", 3))
    modern_world.play()
    for replicas in (1, 5, 0):
        modern_world.edit("deployments", "web", scale(replicas))
        modern_world.play()
        assert len(ready(modern_world.pods())) == replicas


def test_rollback_reuses_the_old_replica_set_as_the_newest_revision(modern_world: Stage) -> None:
    """A template that was there before brings its ReplicaSet back, under a new revision."""
    modern_world.apply("deployments", workload("Deployment", 2))
    modern_world.play()
    for image in ("nginx:2", "nginx"):
        modern_world.edit("deployments", "web", set_image(image))
        modern_world.play()
    assert len(modern_world.objects.list("replicasets")) == 2
    annotations = modern_world.get("deployments", "web")["metadata"]["annotations"]
    assert annotations["deployment.kubernetes.io/revision"] == "3"


def test_stateful_set_updates_one_pod_at_a_time_from_the_last(modern_world: Stage) -> None:
    """Pods come in order, keep their names, and are replaced one by one from the highest ordinal."""
    modern_world.apply("statefulsets", workload("StatefulSet", 3))
    order: list[str] = []
    modern_world.play(each=lambda: _note(order, modern_world))
    assert order == ["web-0", "web-1", "web-2"]
    modern_world.edit("statefulsets", "web", set_image("nginx:2"))
    least: list[int] = []
    modern_world.play(each=lambda: least.append(len(ready(modern_world.pods()))))
    assert min(least) == 2
    assert images(modern_world.pods()) == ["nginx:2"] * 3
    status = modern_world.get("statefulsets", "web")["status"]
    assert status["currentRevision"] == status["updateRevision"]


def _note(order: list[str], stage: Stage) -> None:
    order.extend(name for pod in stage.pods() if (name := pod["metadata"]["name"]) not in order)


def test_daemon_set_replaces_a_deleted_pod_on_its_node(modern_world: Stage) -> None:
    """A deleted Pod of a DaemonSet comes back on the same node under another name."""
    before = {pod["spec"]["nodeName"]: pod["metadata"] for pod in modern_world.pods("kube-system")}
    node, metadata = next(iter(before.items()))
    modern_world.objects.delete("pods", "kube-system", metadata["name"])
    modern_world.play()
    after = {pod["spec"]["nodeName"]: pod["metadata"] for pod in ready(modern_world.pods("kube-system"))}
    assert after.keys() == before.keys()
    assert after[node]["uid"] != metadata["uid"]


def test_daemon_set_rolls_node_by_node(modern_world: Stage) -> None:
    """A changed template replaces maxUnavailable Pods at a time; with OnDelete none."""
    modern_world.apply("daemonsets", workload("DaemonSet"))
    modern_world.play()
    modern_world.edit("daemonsets", "web", set_image("nginx:2"))
    least: list[int] = []
    modern_world.play(each=lambda: least.append(len(ready(modern_world.pods()))))
    assert min(least) == 2
    assert images(modern_world.pods()) == ["nginx:2"] * 3

    def on_delete(obj: Obj) -> None:
        obj["spec"]["updateStrategy"] = {"type": "OnDelete"}
        set_image("nginx:3")(obj)

    modern_world.edit("daemonsets", "web", on_delete)
    modern_world.play()
    assert images(modern_world.pods()) == ["nginx:2"] * 3


def test_job_runs_to_its_end(modern_world: Stage) -> None:
    """A Job's Pods succeed and the Job is Complete."""
    job = workload("Job")
    job["apiVersion"] = "batch/v1"
    job["spec"] = {"completions": 2, "parallelism": 1, "template": job["spec"]["template"]}
    modern_world.apply("jobs", job)
    modern_world.play()
    assert [pod["status"]["phase"] for pod in modern_world.pods()] == ["Succeeded", "Succeeded"]
    assert modern_world.get("jobs", "web")["status"]["conditions"][0]["type"] == "Complete"


def test_what_a_deployment_made_goes_with_it(modern_world: Stage) -> None:
    """Deleting a Deployment deletes its ReplicaSets and Pods, and no others."""
    modern_world.apply("deployments", workload("Deployment"))
    modern_world.pod("other")
    modern_world.objects.delete("deployments", "default", "web")
    modern_world.play()
    assert modern_world.objects.list("replicasets") == []
    assert [pod["metadata"]["name"] for pod in modern_world.pods()] == ["other"]


def test_namespace_goes_with_everything_in_it(modern_world: Stage) -> None:
    """A deleted namespace is gone when its Pods are gone gracefully."""
    modern_world.apply("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})
    pod = bare_pod("p")
    pod["metadata"]["namespace"] = "team"
    modern_world.apply("pods", pod)
    modern_world.play()
    modern_world.objects.delete("namespaces", "", "team")
    modern_world.play()
    assert modern_world.objects.get("namespaces", "", "team") is None
    assert modern_world.objects.list("pods", "team") == []


def test_readiness_gate_holds_ready_back(modern_world: Stage) -> None:
    """A Pod with a readiness gate is Ready when, and only as long as, somebody sets that condition True."""
    pod = modern_world.pod(readinessGates=[{"conditionType": "k8s.aliyun.com/eip"}])
    assert pod["status"]["phase"] == "Running"
    assert ready([pod]) == []
    for value, count in (("True", 1), ("False", 0)):
        modern_world.edit("pods", "p", _gate(value))
        modern_world.play()
        assert len(ready([modern_world.get("pods", "p")])) == count


def _gate(value: str) -> Callable[[Obj], None]:
    def change(pod: Obj) -> None:
        others = [c for c in pod["status"]["conditions"] if c["type"] != "k8s.aliyun.com/eip"]
        pod["status"]["conditions"] = [*others, {"type": "k8s.aliyun.com/eip", "status": value}]

    return change


def test_pod_without_a_fitting_node_waits(modern_world: Stage) -> None:
    """A Pod that no node fits stays Pending with the scheduler's Event, and starts when a node is labelled."""
    pod = modern_world.pod(nodeSelector={"disk": "fast"})
    assert pod["status"]["phase"] == "Pending"
    assert modern_world.events("FailedScheduling") == ["0/3 nodes are available."]
    name = modern_world.objects.list("nodes")[1]["metadata"]["name"]
    modern_world.edit("nodes", name, lambda node: node["metadata"]["labels"].update(disk="fast"), "")
    modern_world.play()
    assert modern_world.get("pods", "p")["spec"]["nodeName"] == name


def test_a_deleted_pod_leaves_gracefully(modern_world: Stage) -> None:
    """A deleted Pod is Terminating first and gone later; without grace it is gone at once, and its IP free again."""
    modern_world.pod("slow", terminationGracePeriodSeconds=30)
    modern_world.objects.delete("pods", "default", "slow")
    modern_world.world.step()
    assert modern_world.get("pods", "slow")["metadata"]["deletionTimestamp"]
    modern_world.play()
    assert modern_world.objects.get("pods", "default", "slow") is None
    modern_world.pod("quick", terminationGracePeriodSeconds=0)
    modern_world.delete_pod("quick")
    nodes = modern_world.world.context.rows.nodes.values()
    assert sum(len(row.free) for row in nodes) == 10 * sum(len(row.enis) for row in nodes) > 0


def test_old_events_go(modern_world: Stage) -> None:
    """An Event is kept for an hour."""
    modern_world.pod()
    assert modern_world.events("Started")
    modern_world.play(4000)
    modern_world.play()
    assert modern_world.objects.list("events") == []


def test_host_network_pod_has_its_nodes_ip(modern_world: Stage) -> None:
    """A Pod with hostNetwork takes no IP from an ENI."""
    pod = modern_world.pod(hostNetwork=True)
    assert pod["status"]["podIP"] == pod["status"]["hostIP"]
    assert len(modern_world.cloud.state.enis) == 3


def test_namespace_takes_custom_resources_with_it(modern_world: Stage) -> None:
    """Objects of custom kinds go with their namespace, too."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    names = {"plural": "widgets", "kind": "Widget"}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    modern_world.apply("customresourcedefinitions", {"metadata": {"name": "widgets.example.com"}, "spec": spec})
    modern_world.apply("namespaces", {"metadata": {"name": "team"}})
    modern_world.apply("widgets.example.com", {"metadata": {"name": "w", "namespace": "team"}})
    modern_world.objects.delete("namespaces", "", "team")
    modern_world.play()
    assert modern_world.objects.get("namespaces", "", "team") is None
    assert modern_world.objects.list("widgets.example.com") == []


def test_every_namespace_has_its_service_account_and_the_clusters_ca(modern_world: Stage) -> None:
    """Both come with the namespace, and come back when somebody deletes them."""
    modern_world.apply("namespaces", {"metadata": {"name": "team"}})
    modern_world.play(1)
    modern_world.objects.delete("configmaps", "team", "kube-root-ca.crt")
    modern_world.play(1)
    assert modern_world.objects.get("serviceaccounts", "team", "default") is not None
    assert modern_world.objects.get("configmaps", "team", "kube-root-ca.crt") is not None


def test_a_deployments_annotations_show_on_its_replica_set(modern_world: Stage) -> None:
    """They are copied, and stay there when the Deployment loses them; the generation counts both changes."""
    modern_world.apply("deployments", workload("Deployment"))
    modern_world.play()
    before = modern_world.get("deployments", "web")["metadata"]["generation"]
    modern_world.objects.patch_metadata("deployments", "default", "web", {"team": "a"})
    modern_world.play()
    modern_world.objects.patch_metadata("deployments", "default", "web", {"team": None})
    modern_world.play()
    (replica_set,) = modern_world.objects.list("replicasets", "default")
    assert replica_set["metadata"]["annotations"]["team"] == "a"
    assert modern_world.get("deployments", "web")["metadata"]["generation"] == before + 2
