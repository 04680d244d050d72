"""Stock kubectl against the sandbox's API: what it says must be what it says to a real cluster."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.kube.conftest import config_map, deployment, pod
from tests.sandbox.kube.test_objects import WIDGETS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.kube.conftest import Cluster, Kubectl

Obj = dict[str, Any]


def _apply(kubectl: Kubectl, *manifests: Obj, words: tuple[str, ...] = ()) -> str:
    listed = {"apiVersion": "v1", "kind": "List", "items": manifests}
    return kubectl("apply", *words, "-f", "-", text=json.dumps(listed))


def test_version_and_health(kubectl: Kubectl) -> None:
    """kubectl version names the server's version and the probes answer."""
    assert "Server Version: v1.36" in kubectl("version")
    assert [kubectl("get", "--raw", path) for path in ("/healthz", "/livez", "/readyz?verbose")] == ["ok"] * 3


def test_api_resources(kubectl: Kubectl) -> None:
    """kubectl knows the kinds, their short names and their groups."""
    lines = {line.split()[0]: line for line in kubectl("api-resources", "--no-headers").splitlines()}
    assert "deploy " in lines["deployments"]
    assert "apps/v1" in lines["deployments"]
    assert "autoscaling/v2" in lines["horizontalpodautoscalers"]
    assert {"leases", "cronjobs", "rolebindings", "poddisruptionbudgets"} <= lines.keys()
    assert "rbac.authorization.k8s.io/v1" in kubectl("api-versions")


def test_explain(kubectl: Kubectl) -> None:
    """kubectl explain finds the kind and its first fields."""
    assert "KIND:       Deployment" in kubectl("explain", "deploy.spec")


TYPED = [
    ("create", "namespace", "n"),
    ("create", "configmap", "c", "--from-literal=a=1", "--from-literal=b="),
    ("create", "secret", "generic", "s", "--from-literal=a=1"),
    ("create", "deployment", "d", "--image=nginx", "--replicas=2", "--port=80"),
    ("create", "serviceaccount", "sa"),
    ("create", "job", "j", "--image=busybox", "--", "sh", "-c", "true"),
    ("create", "cronjob", "cj", "--image=busybox", "--schedule=*/5 * * * *"),
    ("create", "service", "clusterip", "svc", "--tcp=80:8080"),
    ("create", "role", "r", "--verb=get,list", "--resource=pods,deployments.apps"),
    ("create", "clusterrole", "cr", "--verb=get", "--non-resource-url=/metrics"),
    ("create", "rolebinding", "rb", "--role=r", "--serviceaccount=shop:sa", "--user=eve"),
    ("create", "clusterrolebinding", "crb", "--clusterrole=cr", "--group=g"),
    ("create", "pdb", "p", "--selector=app=d", "--min-available=50%"),
]


@pytest.mark.parametrize("words", TYPED, ids=lambda words: words[1])
def test_create_by_name(kubectl: Kubectl, words: tuple[str, ...]) -> None:
    """What kubectl create sends (protobuf) is stored as what it shows with --dry-run=client (JSON)."""
    head = words[: words.index("--")] if "--" in words else words
    tail = words[len(head) :]
    shown = json.loads(kubectl(*head, "--dry-run=client", "-o", "json", *tail))
    made = json.loads(kubectl(*head, "-o", "json", *tail))
    assert _within(shown, made), (shown, made)


def _within(part: Any, whole: Any) -> bool:
    """Whether all that `part` says is in `whole`; what is empty says nothing."""
    if isinstance(part, dict):
        said = {key: value for key, value in part.items() if value not in (None, {}, [], "")}
        return isinstance(whole, dict) and all(_within(value, whole.get(key)) for key, value in said.items())
    if isinstance(part, list):
        return len(part) == len(whole) and all(_within(one, other) for one, other in zip(part, whole, strict=True))
    return bool(part == whole)


@pytest.mark.usefixtures("still")
def test_run_and_get(kubectl: Kubectl) -> None:
    """kubectl run makes a Pod, and kubectl get prints it as a table with the usual columns."""
    assert kubectl("run", "web", "--image=nginx", "--labels=app=web") == "pod/web created\n"
    head, line = kubectl("get", "pods").splitlines()
    assert head.split() == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert line.split()[:4] == ["web", "0/1", "Pending", "0"]
    assert "NOMINATED NODE" in kubectl("get", "pods", "-A", "-o", "wide")
    assert kubectl("get", "pods", "-l", "app in (web)", "-o", "name") == "pod/web\n"
    assert kubectl("get", "pods", "--field-selector", "status.phase=Running", "-o", "name") == ""


def test_tables_of_all_kinds(kubectl: Kubectl, cluster: Cluster) -> None:
    """Every kind can be listed, empty or not."""
    for words in TYPED:
        kubectl(*words)
    plurals = {resource.plural for resource in cluster.objects.resources.values() if resource.namespaced}
    printed = kubectl("get", ",".join(sorted(plurals)))
    assert "deployment.apps/d   0/2" in printed
    assert "*/5 * * * *" in printed
    assert "Role/r" in printed
    assert "50%" in printed


def test_apply_is_repeatable(kubectl: Kubectl) -> None:
    """apply creates, then changes nothing, then only what differs."""
    assert _apply(kubectl, deployment()) == "deployment.apps/web created\n"
    assert _apply(kubectl, deployment()) == "deployment.apps/web unchanged\n"
    assert _apply(kubectl, deployment(replicas=3)) == "deployment.apps/web configured\n"
    assert kubectl.json("get", "deploy", "web")["spec"]["replicas"] == 3


def test_apply_leaves_what_it_never_had(kubectl: Kubectl) -> None:
    """A field that somebody else set survives an apply; one that was applied and is gone now doesn't."""
    _apply(kubectl, deployment(minReadySeconds=3))
    kubectl("scale", "deploy/web", "--replicas=4")
    _apply(kubectl, deployment())
    spec = kubectl.json("get", "deploy", "web")["spec"]
    assert spec["replicas"] == 4
    assert "minReadySeconds" not in spec


def test_diff(kubectl: Kubectl) -> None:
    """diff says nothing and returns 0 when nothing differs, 1 with the difference otherwise, and changes nothing."""
    _apply(kubectl, deployment())
    assert kubectl("diff", "-f", "-", text=json.dumps(deployment())) == ""
    done = kubectl.run("diff", "-f", "-", text=json.dumps(deployment(replicas=9)))
    assert (done.returncode, "+  replicas: 9" in done.stdout) == (1, True)
    assert kubectl.json("get", "deploy", "web")["spec"]["replicas"] == 1


def test_server_side_apply(kubectl: Kubectl) -> None:
    """Another manager's field is only taken with --force-conflicts."""
    side = ("--server-side", "--field-manager=me")
    _apply(kubectl, deployment(replicas=1), words=side)
    other = ("apply", "--server-side", "--field-manager=you", "-f", "-")
    complaint = kubectl.refused(*other, text=json.dumps(deployment(replicas=2)))
    assert 'conflict with "me": .spec.replicas' in complaint
    kubectl(*other, "--force-conflicts", text=json.dumps(deployment(replicas=2)))
    assert kubectl.json("get", "deploy", "web")["spec"]["replicas"] == 2


def test_server_side_apply_takes_over_from_client_side(kubectl: Kubectl) -> None:
    """kubectl moves its own fields over from client-side to server-side apply, and then may remove them."""
    _apply(kubectl, deployment(replicas=3, minReadySeconds=3))
    _apply(kubectl, deployment(replicas=3), words=("--server-side",))
    spec = kubectl.json("get", "deploy", "web")["spec"]
    assert "minReadySeconds" not in spec


def test_server_dry_run(kubectl: Kubectl) -> None:
    """--dry-run=server shows what would be and leaves everything as it is."""
    kubectl("create", "deployment", "d", "--image=nginx", "--dry-run=server")
    assert kubectl("get", "deploy", "-o", "name") == ""
    _apply(kubectl, deployment())
    kubectl("scale", "deploy/web", "--replicas=7")
    for words in (("delete", "deploy", "web"), ("patch", "deploy", "web", "-p", '{"spec":{"replicas":1}}')):
        kubectl(*words, "--dry-run=server")
    assert kubectl.json("get", "deploy", "web")["spec"]["replicas"] == 7


PATCHES = [
    ("strategic", '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:2"}]}}}}'),
    ("merge", '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:2"}]}}}}'),
    ("json", '[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"nginx:2"}]'),
]


@pytest.mark.parametrize(("kind", "patch"), PATCHES, ids=[kind for kind, _ in PATCHES])
def test_patch(kubectl: Kubectl, kind: str, patch: str) -> None:
    """The three kinds of patches change the image; only a merge patch replaces the whole list of containers."""
    _apply(kubectl, deployment())
    kubectl("patch", "deploy", "web", f"--type={kind}", "-p", patch)
    (container,) = kubectl.json("get", "deploy", "web")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "nginx:2"
    assert ("env" in container) is (kind != "merge")
    assert "(no change)" in kubectl("patch", "deploy", "web", f"--type={kind}", "-p", patch)


@pytest.mark.usefixtures("still")
def test_subresources(kubectl: Kubectl) -> None:
    """scale and status are read and patched apart from the rest."""
    _apply(kubectl, deployment())
    kubectl(
        "patch",
        "deploy",
        "web",
        "--subresource=status",
        "--type=merge",
        "-p",
        '{"status":{"replicas":2},"spec":{"replicas":9}}',
    )
    kubectl("patch", "deploy", "web", "--subresource=scale", "--type=merge", "-p", '{"spec":{"replicas":5}}')
    scale = kubectl.json("get", "deploy", "web", "--subresource=scale")
    assert (scale["kind"], scale["spec"], scale["status"]["replicas"]) == ("Scale", {"replicas": 5}, 2)


def test_set_annotate_label_rollout(kubectl: Kubectl) -> None:
    """The commands that edit parts of a workload do so, and each change of the template is a new generation."""
    _apply(kubectl, deployment())
    kubectl("set", "image", "deploy/web", "web=nginx:3")
    kubectl("set", "env", "deploy/web", "B=2")
    kubectl("rollout", "restart", "deploy/web")
    kubectl("annotate", "deploy/web", "a/b=c")
    kubectl("label", "deploy/web", "tier=front")
    made = kubectl.json("get", "deploy", "web")
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "nginx:3"
    assert container["env"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    assert "kubectl.kubernetes.io/restartedAt" in made["spec"]["template"]["metadata"]["annotations"]
    assert made["metadata"]["generation"] == 5  # a Deployment counts changes of its own annotations, too
    assert made["metadata"]["labels"] == {"tier": "front"}
    kubectl("annotate", "deploy/web", "a/b-")
    assert "a/b" not in kubectl.json("get", "deploy", "web")["metadata"]["annotations"]


def test_rollout_status(kubectl: Kubectl, cluster: Cluster) -> None:
    """rollout status waits for what a controller writes into the status."""
    _apply(kubectl, deployment(replicas=2))
    assert "timed out" in kubectl.refused("rollout", "status", "deploy/web", "--timeout=1s")
    found = cluster.objects.get("deployments", "shop", "web")
    assert found is not None
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 2)
    cluster.objects.update("deployments", {**found, "status": {"observedGeneration": 1, **counts}}, status_only=True)
    assert "successfully rolled out" in kubectl("rollout", "status", "deploy/web", "--timeout=10s")


def test_replace_and_stale_versions(kubectl: Kubectl) -> None:
    """replace with the newest version works, with an older one is a conflict."""
    kubectl("create", "configmap", "c", "--from-literal=a=1")
    found = kubectl.json("get", "cm", "c")
    changed = json.dumps({**found, "data": {"a": "2"}})
    assert kubectl("replace", "-f", "-", text=changed) == "configmap/c replaced\n"
    complaint = kubectl.refused("replace", "-f", "-", text=json.dumps({**found, "data": {"a": "3"}}))
    assert "(Conflict)" in complaint
    assert 'Operation cannot be fulfilled on configmaps "c": the object has been modified' in complaint


def test_edit(kubectl: Kubectl, tmp_path: Path) -> None:
    """kubectl edit stores what the editor leaves."""
    kubectl("create", "configmap", "c", "--from-literal=a=before")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i s/before/after/ "$1"\n')
    editor.chmod(0o755)
    kubectl("edit", "cm", "c", EDITOR=str(editor))
    assert kubectl.json("get", "cm", "c")["data"] == {"a": "after"}


def test_not_found_and_already_exists(kubectl: Kubectl) -> None:
    """The errors read as those of a real server."""
    _apply(kubectl, deployment())
    assert kubectl.refused("get", "pod", "x") == 'Error from server (NotFound): pods "x" not found\n'
    assert 'deployments.apps "x" not found' in kubectl.refused("get", "deploy", "x")
    assert "doesn't have a resource type" in kubectl.refused("get", "gadgets")
    exists = kubectl.refused("create", "-f", "-", text=json.dumps(deployment()))
    assert (
        'Error from server (AlreadyExists): error when creating "STDIN": deployments.apps "web" already exists'
        in exists
    )
    assert 'namespaces "nope" not found' in kubectl.refused("create", "cm", "c", "-n", "nope")


def test_what_is_not_valid(kubectl: Kubectl) -> None:
    """Values of a wrong type, wrong names and changed selectors are refused as Go and the validation refuse them."""
    wrong = config_map("c")
    wrong["metadata"]["annotations"] = {"k8s.aliyun.com/pod-with-eip": True}
    complaint = kubectl.refused("create", "--validate=false", "-f", "-", text=json.dumps(wrong))
    assert "cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string" in complaint
    assert "a lowercase RFC 1123 subdomain" in kubectl.refused("create", "cm", "No_Name")
    _apply(kubectl, deployment())
    moved = deployment(selector={"matchLabels": {"app": "else"}})
    moved["spec"]["template"]["metadata"]["labels"] = {"app": "else"}
    assert "field is immutable" in kubectl.refused("apply", "-f", "-", text=json.dumps(moved))


def test_delete(kubectl: Kubectl, cluster: Cluster) -> None:
    """delete waits until an object is gone; a Pod on a node is only marked; all of a kind go at once."""
    _apply(kubectl, pod("a"), config_map("c"), config_map("d"))
    assert "deleted" in kubectl("delete", "pod", "a")
    assert "deleted" in kubectl("delete", "cm", "--all")
    assert kubectl("get", "pods,cm", "-o", "name") == ""
    held = pod("b")
    held["spec"]["nodeName"] = "n1"
    cluster.objects.create("pods", held)
    kubectl("delete", "pod", "b", "--wait=false")
    assert "Terminating" in kubectl("get", "pods")
    kubectl("delete", "pod", "b", "--grace-period=0", "--force")
    assert kubectl("get", "pods", "-o", "name") == ""


@pytest.mark.usefixtures("still")
def test_cascades(kubectl: Kubectl) -> None:
    """--cascade=foreground and orphan leave the finalizers that tell the garbage collector what to do."""
    _apply(kubectl, deployment("a"), deployment("b"))
    for name, cascade, finalizer in (("a", "foreground", "foregroundDeletion"), ("b", "orphan", "orphan")):
        kubectl("delete", "deploy", name, f"--cascade={cascade}", "--wait=false")
        assert kubectl.json("get", "deploy", name)["metadata"]["finalizers"] == [finalizer]


def test_wait(kubectl: Kubectl, cluster: Cluster) -> None:
    """kubectl wait sees conditions, JSON paths and deletion."""
    made = cluster.objects.create("pods", pod("a"))
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    cluster.objects.update("pods", {**made, "status": ready}, status_only=True)
    kubectl("wait", "--for=condition=Ready", "pod/a", "--timeout=10s")
    kubectl("wait", "--for=jsonpath={.status.phase}=Running", "pod/a", "--timeout=10s")
    kubectl("delete", "pod", "a", "--wait=false")
    kubectl("wait", "--for=delete", "pod/a", "--timeout=10s")


def test_paged_lists(kubectl: Kubectl) -> None:
    """A list that is fetched in pages is whole."""
    _apply(kubectl, *(config_map(f"c{number}") for number in range(7)))
    names = kubectl("get", "cm", "--chunk-size=2", "-o", "name").split()
    assert names == [f"configmap/c{number}" for number in range(7)]


def test_describe_and_events(kubectl: Kubectl, cluster: Cluster) -> None:
    """describe shows the object with its Events; kubectl events and kubectl get events list them."""
    made = cluster.objects.create("pods", pod("a"))
    about = {"kind": "Pod", "namespace": "shop", "name": "a", "uid": made["metadata"]["uid"], "apiVersion": "v1"}
    at = cluster.objects.clock.timestamp()
    event = {"involvedObject": about, "reason": "Scheduled", "message": "on n1", "type": "Normal"}
    times = {"firstTimestamp": at, "lastTimestamp": at, "count": 1}
    cluster.objects.create("events", {"metadata": {"name": "a.1", "namespace": "shop"}, **event, **times})
    for words in (("describe", "pod", "a"), ("events",), ("get", "events"), ("events", "--for=pod/a")):
        assert "Scheduled" in kubectl(*words)
    shown = kubectl.json("get", "events.events.k8s.io")["items"][0]
    assert (shown["note"], shown["regarding"]["name"]) == ("on n1", "a")


def test_autoscale(kubectl: Kubectl) -> None:
    """kubectl autoscale makes an autoscaler, whichever version of the API it speaks."""
    _apply(kubectl, deployment())
    kubectl("autoscale", "deploy/web", "--min=2", "--max=4", "--cpu-percent=70")
    spec = kubectl.json("get", "hpa.v2.autoscaling", "web")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 4)
    assert spec["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 70}


def test_who_am_i_and_may_i(kubectl: Kubectl, cluster: Cluster) -> None:
    """auth whoami, can-i (also for others and as a list) say what RBAC says."""
    kubectl("create", "serviceaccount", "bot")
    kubectl("create", "role", "reader", "--verb=get,list", "--resource=pods")
    kubectl("create", "rolebinding", "reader", "--role=reader", "--serviceaccount=shop:bot")
    assert "root" in kubectl("auth", "whoami")
    assert kubectl("auth", "can-i", "delete", "nodes") == "yes\n"
    bot = "--as=system:serviceaccount:shop:bot"
    assert kubectl("auth", "can-i", "list", "pods", bot) == "yes\n"
    assert kubectl.run("auth", "can-i", "delete", "pods", bot).stdout == "no\n"
    assert "pods" in kubectl("auth", "can-i", "--list", bot)
    assert kubectl("get", "pods", bot, "-o", "name") == ""
    refusal = kubectl.refused("get", "pods", "-A", bot)
    assert refusal == (
        'Error from server (Forbidden): pods is forbidden: User "system:serviceaccount:shop:bot" cannot list resource '
        '"pods" in API group "" at the cluster scope\n'
    )


def test_token_of_a_service_account(kubectl: Kubectl, cluster: Cluster) -> None:
    """A token that kubectl create token prints is that ServiceAccount's."""
    kubectl("create", "serviceaccount", "bot")
    token = kubectl("create", "token", "bot").strip()
    assert "system:serviceaccount:shop:bot" in kubectl("auth", "whoami", token=token)
    assert "system:serviceaccounts:shop" in kubectl("auth", "whoami", token=token)
    assert "Forbidden" in kubectl.refused("get", "pods", token=token)


def test_unknown_token(kubectl: Kubectl) -> None:
    """An unknown token is told to log in."""
    assert "You must be logged in to the server" in kubectl.refused("get", "pods", token="wrong")


def test_custom_resources(kubectl: Kubectl) -> None:
    """A CustomResourceDefinition serves its kind: names, columns, versions, status, and its end."""
    kubectl(
        "create",
        "-f",
        "-",
        text=json.dumps({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", **WIDGETS}),
    )
    kubectl("wait", "--for=condition=Established", "crd/widgets.example.com", "--timeout=10s")
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": "7"}}
    _apply(kubectl, widget)
    kubectl("annotate", "wd", "w", "a=b")
    head, line = kubectl("get", "wd").splitlines()
    assert (head.split(), line.split()[:2]) == (["NAME", "SIZE"], ["w", "7"])
    assert kubectl.json("get", "widgets.v1beta1.example.com", "w")["apiVersion"] == "example.com/v1beta1"
    kubectl("patch", "wd", "w", "--subresource=status", "--type=merge", "-p", '{"status":{"ready":true}}')
    assert kubectl.json("get", "wd", "w")["status"] == {"ready": True}
    kubectl("delete", "crd", "widgets.example.com")
    assert "the server could not find the requested resource" in kubectl.refused("get", "wd")


def test_cordon_and_drain(kubectl: Kubectl, cluster: Cluster) -> None:
    """cordon marks the node, drain evicts its Pods."""
    cluster.objects.create("nodes", {"metadata": {"name": "n1"}, "spec": {}})
    held = pod("a")
    held["spec"]["nodeName"] = "n1"
    cluster.objects.create("pods", held)
    kubectl("cordon", "n1")
    assert "SchedulingDisabled" in kubectl("get", "nodes")
    kubectl.refused("drain", "n1", "--force", "--timeout=1s")
    assert "deletionTimestamp" in kubectl.json("get", "pod", "a")["metadata"]


def test_watch(kubectl: Kubectl) -> None:
    """kubectl get --watch begins with what is there."""
    kubectl("run", "web", "--image=nginx")
    printed = kubectl.run("get", "pods", "--watch", "--request-timeout=2s").stdout
    assert "web" in printed
