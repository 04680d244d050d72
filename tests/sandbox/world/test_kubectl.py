"""The world as stock kubectl sees it, over TLS, while the sandbox runs by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from eipctl.sandbox import admin
from tests.sandbox.conftest import WORKLOADS
from tests.sandboxed import until

if TYPE_CHECKING:
    from eipctl.sandbox.server import Sandbox
    from tests.sandbox.conftest import Kubectl

BASIC = "deployment/nginx-deployment-basic"
SIX = ("DescribeVSwitches AllocateEipAddress DescribeEipAddresses AssociateEipAddress "
       "UnassociateEipAddress ReleaseEipAddress")  # fmt: skip


def _rolled(kubectl: Kubectl, what: str) -> str:
    return kubectl("rollout", "status", what, "--timeout=30s")


def test_the_documentations_deployment_rolls_out(kubectl: Kubectl) -> None:
    """`kubectl apply` of the documentation's YAML ends in two available Pods, and rollout status says so."""
    kubectl("apply", "-f", str(WORKLOADS / "nginx-deployment-basic.yaml"))
    assert "successfully rolled out" in _rolled(kubectl, BASIC)
    rows = [line.split() for line in kubectl("get", "pods", "-l", "app=nginx", "--no-headers").splitlines()]
    assert [row[1:3] for row in rows] == [["1/1", "Running"]] * 2


def test_restart_undo_and_history(kubectl: Kubectl) -> None:
    """rollout restart, set image, rollout history and rollout undo work on a Deployment."""
    kubectl("apply", "-f", str(WORKLOADS / "nginx-deployment-basic.yaml"))
    _rolled(kubectl, BASIC)
    before = set(kubectl("get", "pods", "-o", "name").split())
    kubectl("rollout", "restart", BASIC)
    _rolled(kubectl, BASIC)
    until(lambda: not before & set(kubectl("get", "pods", "-o", "name").split()), "the end of the old Pods")
    kubectl("set", "image", BASIC, "nginx=nginx:2")
    _rolled(kubectl, BASIC)
    assert kubectl("rollout", "history", BASIC).count("<none>") == 3
    kubectl("rollout", "undo", BASIC)
    _rolled(kubectl, BASIC)
    assert kubectl("get", BASIC, "-o", "jsonpath={.spec.template.spec.containers[0].image}") == "nginx"


def test_scale_wait_and_delete(kubectl: Kubectl) -> None:
    """kubectl scale, wait and delete (which waits for the Pods) end as they should."""
    kubectl("apply", "-f", str(WORKLOADS / "nginx-deployment-basic.yaml"))
    kubectl("scale", BASIC, "--replicas=4")
    kubectl("wait", "--for=jsonpath={.status.readyReplicas}=4", BASIC, "--timeout=30s")
    kubectl("wait", "--for=condition=Ready", "pod", "-l", "app=nginx", "--timeout=30s")
    kubectl("delete", "--cascade=foreground", BASIC, "--timeout=30s")
    until(lambda: kubectl("get", "pods", "-o", "name") == "", "the end of the Pods")


def test_daemon_set_restarts_on_every_node(kubectl: Kubectl) -> None:
    """rollout restart of Terway's DaemonSet brings a new Pod to every node; deleting its Pods does too."""
    terway = ("-n", "kube-system")
    for words in (("rollout", "restart", "daemonset/terway-eniip"), ("delete", "pod", "-l", "app=terway-eniip")):
        before = set(kubectl("get", "pods", *terway, "-o", "name").split())
        kubectl(*words, *terway)
        assert "successfully rolled out" in kubectl(
            "rollout", "status", "daemonset/terway-eniip", *terway, "--timeout=30s"
        )
        after = set(kubectl("get", "pods", *terway, "-o", "name").split())
        assert len(after) == 3
        assert not before & after


def test_stateful_set_rolls_out(kubectl: Kubectl) -> None:
    """A StatefulSet rolls out in order and keeps its Pods' names."""
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": {
            "serviceName": "db",
            "replicas": 2,
            "selector": {"matchLabels": {"app": "db"}},
            "template": {
                "metadata": {"labels": {"app": "db"}},
                "spec": {"containers": [{"name": "main", "image": "db"}]},
            },
        },
    }
    kubectl("apply", "-f", "-", text=json.dumps(manifest))
    kubectl("rollout", "status", "statefulset/db", "--timeout=30s")
    kubectl("rollout", "restart", "statefulset/db")
    kubectl("rollout", "status", "statefulset/db", "--timeout=30s")
    assert kubectl("get", "pods", "-o", "name").split() == ["pod/db-0", "pod/db-1"]


def test_terway_gives_eips_after_the_documented_steps(legacy: Sandbox, kubectl: Kubectl) -> None:
    """The documentation's three steps, done by hand, give each annotated Pod an EIP that reaches it."""
    statement = {"Effect": "Allow", "Action": [f"vpc:{action}" for action in SIX.split()], "Resource": "*"}
    legacy.cloud.add_policy("eip", {"Version": "1", "Statement": [statement]})
    legacy.cloud.add_role("AliyunCSManagedNetworkRole", policies=("AliyunCSManagedNetworkRolePolicy", "eip"))
    config = kubectl.json("get", "configmap", "eni-config", "-n", "kube-system")
    conf = {**json.loads(config["data"]["eni_conf"]), "enable_eip_pool": "true"}
    patch = json.dumps({"data": {"eni_conf": json.dumps(conf)}})
    kubectl("patch", "configmap", "eni-config", "-n", "kube-system", "--type=merge", "-p", patch)
    kubectl("delete", "pod", "-n", "kube-system", "-l", "app=terway-eniip")
    kubectl("rollout", "status", "daemonset/terway-eniip", "-n", "kube-system", "--timeout=30s")

    kubectl("apply", "-f", str(WORKLOADS / "nginx-with-eip.yaml"))
    _rolled(kubectl, "deployment/nginx-with-eip")
    pods = {pod["metadata"]["uid"]: pod["metadata"] for pod in kubectl.json("get", "pods")["items"]}
    reached = [admin.reach(legacy, row)["pod"]["uid"] for row in legacy.cloud.eips()]
    assert sorted(reached) == sorted(pods)
    told = {pod["annotations"]["k8s.aliyun.com/allocated-eipAddress"] for pod in pods.values()}
    assert told == {row.address for row in legacy.cloud.eips()}

    kubectl("delete", "-f", str(WORKLOADS / "nginx-with-eip.yaml"))
    until(lambda: legacy.cloud.eips() == [], "the release of the EIPs")


def test_without_the_steps_pods_get_no_eip(legacy: Sandbox, kubectl: Kubectl) -> None:
    """On the untouched cluster the annotated Deployment rolls out without any EIP."""
    kubectl("apply", "-f", str(WORKLOADS / "nginx-with-eip.yaml"))
    _rolled(kubectl, "deployment/nginx-with-eip")
    assert legacy.cloud.eips() == []


def test_pods_hang_with_terways_event_when_a_right_is_missing(legacy: Sandbox, kubectl: Kubectl) -> None:
    """With the flag but without the rights, kubectl shows ContainerCreating and Terway's error."""
    config = kubectl.json("get", "configmap", "eni-config", "-n", "kube-system")
    conf = {**json.loads(config["data"]["eni_conf"]), "enable_eip_pool": "true"}
    patch = json.dumps({"data": {"eni_conf": json.dumps(conf)}})
    kubectl("patch", "configmap", "eni-config", "-n", "kube-system", "--type=merge", "-p", patch)
    kubectl("rollout", "restart", "daemonset/terway-eniip", "-n", "kube-system")
    kubectl("rollout", "status", "daemonset/terway-eniip", "-n", "kube-system", "--timeout=30s")
    kubectl("apply", "-f", str(WORKLOADS / "nginx-with-eip.yaml"))
    until(lambda: "Forbidden.RAM" in kubectl("get", "events"), "Terway's error")
    assert "ContainerCreating" in kubectl("get", "pods")
    name = kubectl("get", "pods", "-o", "name").split()[0]
    assert "FailedCreatePodSandBox" in kubectl("describe", name)
    assert legacy.cloud.eips() == []


def test_crash_loop_is_shown(kubectl: Kubectl) -> None:
    """A bool flag crash-loops Terway, as kubectl get pods says."""
    config = kubectl.json("get", "configmap", "eni-config", "-n", "kube-system")
    conf = {**json.loads(config["data"]["eni_conf"]), "enable_eip_pool": True}
    patch = json.dumps({"data": {"eni_conf": json.dumps(conf)}})
    kubectl("patch", "configmap", "eni-config", "-n", "kube-system", "--type=merge", "-p", patch)
    kubectl("delete", "pod", "-n", "kube-system", "-l", "app=terway-eniip")
    until(lambda: kubectl("get", "pods", "-n", "kube-system").count("CrashLoopBackOff") == 3, "the crash loop")


def test_node_and_namespace_views(kubectl: Kubectl) -> None:
    """Nodes are Ready with a version; a namespace is deleted with all that is in it."""
    assert kubectl("get", "nodes").count(" Ready ") == 3
    kubectl("create", "namespace", "team")
    kubectl("apply", "-f", str(WORKLOADS / "nginx-deployment-basic.yaml"), "-n", "team")
    kubectl("rollout", "status", BASIC, "-n", "team", "--timeout=30s")
    kubectl("delete", "namespace", "team", "--timeout=30s")
    assert "team" not in kubectl("get", "namespaces")


@pytest.mark.parametrize("verb", ["cordon", "drain"])
def test_cordoned_nodes_take_no_pods(kubectl: Kubectl, verb: str) -> None:
    """A cordoned or drained node gets no new Pods."""
    node = kubectl("get", "nodes", "-o", "name").split()[0].partition("/")[2]
    kubectl(verb, node, *(["--ignore-daemonsets", "--timeout=30s"] if verb == "drain" else []))
    kubectl("apply", "-f", str(WORKLOADS / "nginx-deployment-basic.yaml"))
    _rolled(kubectl, BASIC)
    assert node not in kubectl("get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}").split()
