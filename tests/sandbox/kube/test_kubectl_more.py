"""More of stock kubectl, nothing of it looking into the server: these checks hold on any Kubernetes API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.kube.conftest import config_map, deployment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.kube.conftest import Kubectl

Obj = dict[str, Any]

OUTPUTS = [
    (("-o", "yaml"), "kind: ConfigMap"),
    (("-o", "json"), '"kind": "ConfigMap"'),
    (("-o", "name"), "configmap/a\n"),
    (("-o", "wide"), "NAME   DATA"),
    (("-o", "jsonpath={.data.k}"), "1"),
    (("-o", "jsonpath-as-json={.data.k}"), '"1"'),
    (("-o", "go-template={{.metadata.name}}"), "a"),
    (("-o", "custom-columns=N:.metadata.name,K:.data.k"), "a     1"),
    (("--show-labels",), "tier=front"),
    (("-L", "tier"), "front"),
    (("--no-headers",), "a     1"),
    (("--show-managed-fields", "-o", "yaml"), "managedFields:"),
]


@pytest.fixture
def two(kubectl: Kubectl) -> Kubectl:
    """With two ConfigMaps."""
    for name, tier in (("a", "front"), ("b", "back")):
        made = config_map(name, k="1")
        made["metadata"]["labels"] = {"tier": tier}
        kubectl("create", "-f", "-", text=json.dumps(made))
    return kubectl


@pytest.mark.parametrize(("words", "shown"), OUTPUTS, ids=lambda part: "".join(part)[:18])
def test_output_forms(two: Kubectl, words: tuple[str, ...], shown: str) -> None:
    """Each form shows the object."""
    assert shown in two("get", "cm", "a", *words)


def test_sorting_and_selecting(two: Kubectl) -> None:
    """Sorted by a path, chosen by equality, by a set, by absence, and by field."""
    names = "jsonpath={.items[*].metadata.name}"
    assert two("get", "cm", "-l", "tier", "--sort-by={.metadata.labels.tier}", "-o", names) == "b a"
    assert two("get", "cm", "-l", "tier!=front,tier", "-o", names) == "b"
    assert two("get", "cm", "-l", "tier notin (back),tier", "-o", names) == "a"
    assert two("get", "cm", "--field-selector", "metadata.name=b", "-o", names) == "b"


def test_several_at_once(two: Kubectl) -> None:
    """By kind and name, mixed, and what is absent can be let pass."""
    assert two("get", "cm/a", "cm/b", "-o", "name").split() == ["configmap/a", "configmap/b"]
    assert two("get", "cm", "nothing", "--ignore-not-found") == ""


def test_raw(two: Kubectl) -> None:
    """A bare path with a query."""
    page = json.loads(two("get", "--raw", "/api/v1/namespaces/shop/configmaps?labelSelector=tier&limit=1"))
    assert ([item["metadata"]["name"] for item in page["items"]], bool(page["metadata"]["continue"])) == (["a"], True)


def test_a_label_is_overwritten_only_on_purpose(two: Kubectl) -> None:
    """Without --overwrite it is refused; a trailing minus takes it off."""
    assert "already has a value" in two.refused("label", "cm", "a", "tier=else")
    two("label", "cm", "a", "tier=else", "--overwrite")
    two("label", "cm", "b", "tier-")
    assert [two.json("get", "cm", name)["metadata"].get("labels") for name in "ab"] == [{"tier": "else"}, None]


def test_annotate_by_selector(two: Kubectl) -> None:
    """All that a selector chooses."""
    two("annotate", "cm", "-l", "tier", "k8s.aliyun.com/pod-with-eip=true")
    found = two.json("get", "cm", "-l", "tier")["items"]
    assert [item["metadata"]["annotations"] for item in found] == [{"k8s.aliyun.com/pod-with-eip": "true"}] * 2


def test_a_finalizer_holds_an_object(two: Kubectl) -> None:
    """Deleted, it stays until the finalizer is taken off."""
    two("patch", "cm", "a", "--type=merge", "-p", '{"metadata":{"finalizers":["example.com/hold"]}}')
    two("delete", "cm", "a", "--wait=false")
    assert "deletionTimestamp" in two.json("get", "cm", "a")["metadata"]
    two("patch", "cm", "a", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    two("wait", "--for=delete", "cm/a", "--timeout=10s")


def test_delete_by_selector(two: Kubectl) -> None:
    """Only what is chosen goes."""
    two("delete", "cm", "-l", "tier=front")
    assert two("get", "cm", "-l", "tier", "-o", "name") == "configmap/b\n"


def test_replace_force(two: Kubectl) -> None:
    """--force deletes and makes anew: another UID."""
    before = two.json("get", "cm", "a")
    made = {**config_map("a", k="2")}
    two("replace", "--force", "-f", "-", text=json.dumps(made))
    after = two.json("get", "cm", "a")
    assert (after["data"], after["metadata"]["uid"] != before["metadata"]["uid"]) == ({"k": "2"}, True)


def test_last_applied(kubectl: Kubectl) -> None:
    """apply remembers what was applied; view-last-applied shows it, set-last-applied changes it."""
    kubectl("apply", "-f", "-", text=json.dumps(config_map("c", k="1")))
    assert 'k: "1"' in kubectl("apply", "view-last-applied", "cm/c")
    kubectl("apply", "set-last-applied", "-f", "-", text=json.dumps(config_map("c", k="2")))
    assert 'k: "2"' in kubectl("apply", "view-last-applied", "cm/c")


def test_apply_prunes_what_is_no_longer_applied(kubectl: Kubectl) -> None:
    """--prune with a selector deletes what was applied before and is not there now."""
    objects = [config_map(name) for name in ("p", "q")]
    for made in objects:
        made["metadata"]["labels"] = {"set": "one"}
    prune = ("apply", "--prune", "-l", "set=one", "--prune-allowlist=core/v1/ConfigMap", "-f", "-")
    kubectl(*prune, text=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    assert "configmap/q pruned" in kubectl(*prune, text=json.dumps(objects[0]))
    assert kubectl("get", "cm", "-l", "set=one", "-o", "name") == "configmap/p\n"


def test_apply_takes_back_its_own_fields_only(kubectl: Kubectl) -> None:
    """Server-side: a field that this manager no longer names goes, one of another manager stays."""
    side = ("apply", "--server-side", "-f", "-")
    kubectl(*side, "--field-manager=me", text=json.dumps(config_map("c", mine="1", both="1")))
    kubectl(*side, "--field-manager=you", text=json.dumps(config_map("c", both="1", yours="1")))
    kubectl(*side, "--field-manager=me", text=json.dumps(config_map("c")))
    assert kubectl.json("get", "cm", "c")["data"] == {"both": "1", "yours": "1"}


def test_who_manages_which_field(kubectl: Kubectl) -> None:
    """managedFields name the manager, the operation and the fields."""
    kubectl("apply", "--server-side", "--field-manager=me", "-f", "-", text=json.dumps(config_map("c", k="1")))
    (entry,) = kubectl.json("get", "cm", "c", "--show-managed-fields")["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"]) == ("me", "Apply")
    assert entry["fieldsV1"]["f:data"] == {"f:k": {}}


def test_expose(kubectl: Kubectl) -> None:
    """expose makes a Service with the Deployment's selector."""
    kubectl("apply", "-f", "-", text=json.dumps(deployment()))
    kubectl("expose", "deploy/web", "--port=80", "--target-port=8080")
    spec = kubectl.json("get", "svc", "web")["spec"]
    assert (spec["selector"], spec["ports"][0]["targetPort"]) == ({"app": "web"}, 8080)


SETS = [
    (("set", "resources", "deploy/web", "--limits=cpu=200m"), ("resources", {"limits": {"cpu": "200m"}})),
    (("set", "image", "deploy/web", "*=nginx:9"), ("image", "nginx:9")),
    (("set", "env", "deploy/web", "A-", "C=3"), ("env", [{"name": "C", "value": "3"}])),
]


@pytest.mark.parametrize(("words", "expected"), SETS, ids=["resources", "image", "env"])
def test_set(kubectl: Kubectl, words: tuple[str, ...], expected: tuple[str, Any]) -> None:
    """kubectl set edits the container in the template."""
    kubectl("apply", "-f", "-", text=json.dumps(deployment(replicas=0)))
    kubectl(*words)
    (container,) = kubectl.json("get", "deploy", "web")["spec"]["template"]["spec"]["containers"]
    assert container[expected[0]] == expected[1]


def test_pause_and_resume(kubectl: Kubectl) -> None:
    """rollout pause and resume set and clear spec.paused."""
    kubectl("apply", "-f", "-", text=json.dumps(deployment(replicas=0)))
    kubectl("rollout", "pause", "deploy/web")
    assert kubectl.json("get", "deploy", "web")["spec"]["paused"] is True
    kubectl("rollout", "resume", "deploy/web")
    assert "paused" not in kubectl.json("get", "deploy", "web")["spec"]


def test_scale_on_a_condition(kubectl: Kubectl) -> None:
    """--current-replicas refuses when the number is another one."""
    kubectl("apply", "-f", "-", text=json.dumps(deployment(replicas=0)))
    assert "Expected replicas" in kubectl.refused("scale", "deploy/web", "--current-replicas=5", "--replicas=1")
    kubectl("scale", "deploy/web", "--current-replicas=0", "--replicas=0")


def test_patch_from_a_file(kubectl: Kubectl, tmp_path: Path) -> None:
    """patch --patch-file, and --dry-run=client shows without asking for a change."""
    kubectl("create", "cm", "c", "--from-literal=a=1")
    path = tmp_path / "patch.yaml"
    path.write_text("data:\n  a: '2'\n")
    assert json.loads(kubectl("patch", "cm", "c", "--patch-file", str(path), "--dry-run=client", "-o", "json"))
    assert kubectl.json("get", "cm", "c")["data"] == {"a": "1"}
    kubectl("patch", "cm", "c", "--patch-file", str(path))
    assert kubectl.json("get", "cm", "c")["data"] == {"a": "2"}


def test_create_from_files(kubectl: Kubectl, tmp_path: Path) -> None:
    """A directory of manifests, and a ConfigMap from files."""
    for name in ("x", "y"):
        (tmp_path / f"{name}.json").write_text(json.dumps(config_map(name)))
    kubectl("create", "-f", str(tmp_path))
    kubectl("create", "cm", "files", f"--from-file={tmp_path}")
    assert set(kubectl.json("get", "cm", "files")["data"]) == {"x.json", "y.json"}
    assert "deleted" in kubectl("delete", "-f", str(tmp_path))


def test_unknown_fields_are_told(kubectl: Kubectl) -> None:
    """--validate=strict refuses them by name."""
    wrong = {**config_map("c"), "colour": "red"}
    assert "colour" in kubectl.refused("create", "--validate=strict", "-f", "-", text=json.dumps(wrong))
    kubectl("create", "--validate=ignore", "-f", "-", text=json.dumps(wrong))


def test_unknown_fields_below_are_told_and_dropped(kubectl: Kubectl) -> None:
    """A misspelt field anywhere is named with its path: refused when strict, else warned of and not stored."""
    wrong = deployment()
    wrong["spec"]["template"]["spec"]["containers"][0]["imagee"] = "x"
    where = 'unknown field "spec.template.spec.containers[0].imagee"'
    assert where in kubectl.refused("create", "--validate=strict", "-f", "-", text=json.dumps(wrong))
    done = kubectl.run("create", "--validate=warn", "-f", "-", text=json.dumps(wrong))
    assert (done.returncode, f"Warning: {where}" in done.stderr) == (0, True)
    (container,) = kubectl.json("get", "deploy", "web")["spec"]["template"]["spec"]["containers"]
    assert "imagee" not in container
    patch = ("patch", "deploy", "web", "--type=merge", "-p", '{"spec":{"replica":2}}')
    assert 'Warning: unknown field "spec.replica"' in kubectl.run(*patch).stderr


def test_custom_objects_are_pruned(kubectl: Kubectl) -> None:
    """What a custom kind's schema does not have is told and not stored."""
    _widgets(kubectl)
    spec = {"size": 1, "colour": "red", "free": {"any": {"thing": 1}}, "tags": {"a": "b"}}
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": spec}
    text = json.dumps(widget)
    assert 'unknown field "spec.colour"' in kubectl.refused("create", "--validate=strict", "-f", "-", text=text)
    kubectl("create", "--validate=ignore", "-f", "-", text=text)
    stored = kubectl.json("get", "widgets", "w")["spec"]
    assert stored == {"size": 1, "free": {"any": {"thing": 1}}, "tags": {"a": "b"}}


def test_roles_are_reconciled(kubectl: Kubectl) -> None:
    """auth reconcile makes what is missing and adds rules."""
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role"}
    role = {**kind, "metadata": {"name": "r", "namespace": "shop"}, "rules": [rule]}
    kubectl("auth", "reconcile", "-f", "-", text=json.dumps(role))
    more = {**role, "rules": [{**rule, "verbs": ["get", "list"]}]}
    kubectl("auth", "reconcile", "-f", "-", text=json.dumps(more))
    verbs = {verb for one in kubectl.json("get", "role", "r")["rules"] for verb in one["verbs"]}
    assert verbs == {"get", "list"}


def test_discovery_by_verb_and_group(kubectl: Kubectl) -> None:
    """api-resources filters by verbs, namespacing and group; api-versions lists groups; version has a JSON form."""
    names = kubectl("api-resources", "--verbs=watch", "--namespaced=false", "-o", "name").split()
    assert {"nodes", "namespaces"} <= set(names)
    assert "pods" not in names
    assert "deployments.apps" in kubectl("api-resources", "--api-group=apps", "-o", "name").split()
    assert "major" in json.loads(kubectl("version", "-o", "json"))["serverVersion"]


def test_wait_for_a_value_times_out(two: Kubectl) -> None:
    """A value that never comes ends in an error after --timeout."""
    two("wait", "--for=jsonpath={.data.k}=1", "cm/a", "--timeout=5s")
    assert "timed out" in two.refused("wait", "--for=jsonpath={.data.k}=2", "cm/a", "--timeout=1s")


EXPLAINED = [
    ("pod.spec", "hostNetwork\t<boolean>"),
    ("pod.spec.containers", "image\t<string>"),
    ("pod.metadata.annotations", "FIELD: annotations <map[string]string>"),
    ("deployment.spec.template.spec.containers.ports", "containerPort\t<integer>"),
    ("hpa.spec.metrics.resource", "target\t<MetricTarget>"),
    ("node.status", "The status of the Node."),
]


@pytest.mark.parametrize(("path", "shown"), EXPLAINED, ids=[path for path, _ in EXPLAINED])
def test_explain_goes_into_fields(kubectl: Kubectl, still: None, path: str, shown: str) -> None:
    """explain names the kind, the fields below a path, and their types."""
    printed = kubectl("explain", path)
    assert "KIND:" in printed
    assert shown in printed


def test_explain_knows_no_other_fields(kubectl: Kubectl) -> None:
    """explain refuses a path that is not there."""
    assert 'field "nope" does not exist' in kubectl.refused("explain", "pod.spec.nope")


def _widgets(kubectl: Kubectl) -> None:
    """Serve the kind Widget, with a schema."""
    fields = {
        "size": {"type": "integer", "description": "How large it is."},
        "tags": {"type": "object", "additionalProperties": {"type": "string"}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    }
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": fields}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget"}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    head = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    kubectl("create", "-f", "-", text=json.dumps({**head, "metadata": {"name": "widgets.example.com"}, "spec": spec}))
    kubectl("wait", "--for=condition=Established", "crd/widgets.example.com", "--timeout=10s")


def test_explain_a_custom_kind(kubectl: Kubectl) -> None:
    """A CustomResourceDefinition's schema is what explain tells of its kind."""
    _widgets(kubectl)
    assert "How large it is." in kubectl("explain", "widgets.spec.size")
