"""`annotate -f` on what people really have: any kind, several templates, kustomize, charts, and what kubectl reads."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from eipctl.cli.app import run
from tests.children import EIPCTL
from tests.e2e.test_annotate_files import EIP_ID, WITH_EIP, home, template, workload

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["home"]  # the fixture: an empty home, and nothing that leads to a cluster or an account

POD_SPEC: dict[str, Any] = {"containers": [{"name": "main", "image": "nginx"}]}
TEMPLATE: dict[str, Any] = {"metadata": {"labels": {"app": "x"}}, "spec": POD_SPEC}
STEP: dict[str, Any] = {"name": "main", "container": {"image": "nginx"}}


def obj(kind: str, api_version: str, spec: Any, **meta: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", **meta}, "spec": spec}


ONE = [
    (obj("GameServerSet", "game.kruise.io/v1alpha1", {"gameServerTemplate": TEMPLATE}), "gameServerTemplate"),
    (obj("Fleet", "agones.dev/v1", {"template": {"spec": {"template": TEMPLATE}}}), "template.spec.template"),
    (obj("GameServer", "agones.dev/v1", {"ports": [], "template": TEMPLATE}), "template"),
    (obj("RayCluster", "ray.io/v1", {"headGroupSpec": {"template": TEMPLATE}}), "headGroupSpec.template"),
    (obj("TFJob", "kubeflow.org/v1", {"tfReplicaSpecs": {"Worker": {"template": TEMPLATE}}}), "tfReplicaSpecs.Worker"),
    (
        obj(
            "UnitedDeployment",
            "apps.kruise.io/v1alpha1",
            {"template": {"cloneSetTemplate": {"spec": {"template": TEMPLATE}}}},
        ),
        "template.cloneSetTemplate.spec.template",
    ),
    (obj("Job", "batch.volcano.sh/v1alpha1", {"tasks": [{"replicas": 2, "template": TEMPLATE}]}), "tasks[0].template"),
    (obj("Service", "serving.knative.dev/v1", {"template": TEMPLATE}), "template"),
    (obj("Workflow", "argoproj.io/v1alpha1", {"templates": [STEP, {"name": "dag", "dag": {}}]}), "templates[0]"),
    (obj("SparkApplication", "sparkoperator.k8s.io/v1beta2", {"driver": {"cores": 1}}), "driver"),
    (obj("FlinkDeployment", "flink.apache.org/v1beta1", {"image": "flink"}), "podTemplate"),
    (obj("VirtualMachine", "kubevirt.io/v1", {"template": {"spec": {"domain": {}}}}), "template"),
    (obj("Thing", "a.io/v1", {"carried": {"apiVersion": "v1", "kind": "Pod", "spec": POD_SPEC}}), "carried"),
]


def annotated(value: Any, path: str = "") -> Iterator[str]:
    """Where in an object the annotation is."""
    if isinstance(value, dict):
        if value.get(WITH_EIP) == "true":
            yield path
        for key, each in value.items():
            yield from annotated(each, f"{path}.{key}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from annotated(each, f"{path}[{number}]")


@pytest.mark.parametrize(("item", "path"), ONE, ids=[item["kind"] for item, _ in ONE])
def test_the_pod_template_is_found_wherever_it_is(item: dict[str, Any], path: str) -> None:
    """Its annotations are where the Pods take them from; removal gives back the file."""
    file = Path("a.yaml")
    file.write_text(yaml.safe_dump(item))
    before = file.read_text()
    assert run(["annotate", "-f", "a.yaml", "--eip", "--in-place", "--yes", "-q"]) == 0
    (where,) = annotated(yaml.safe_load(file.read_text()))
    assert where.startswith(f".spec.{path}")
    assert run(["annotate", "-f", "a.yaml", "--remove", "--in-place", "--yes", "-q"]) == 0
    assert file.read_text() == before


@pytest.mark.parametrize("kind", ["Task", "TaskRun", "Pipeline", "PipelineRun"])
def test_tekton_takes_the_annotations_of_the_object_itself(kind: str) -> None:
    """It hands them on to its Pods, and no key there is misplaced."""
    Path("a.yaml").write_text(yaml.safe_dump(obj(kind, "tekton.dev/v1", {"steps": [{"image": "nginx"}]})))
    assert run(["annotate", "-f", "a.yaml", "--eip", "--in-place", "--yes", "-q"]) == 0
    assert list(annotated(yaml.safe_load(Path("a.yaml").read_text()))) == [".metadata.annotations"]


NOT_ONE = [
    obj("SidecarSet", "apps.kruise.io/v1alpha1", POD_SPEC),
    obj("Notebook", "kubeflow.org/v1", {"template": {"spec": POD_SPEC}}),
    obj("PodConverter", "a.io/v1", {"inject": POD_SPEC}),
]


@pytest.mark.parametrize("item", NOT_ONE, ids=[item["kind"] for item in NOT_ONE])
def test_what_has_containers_and_no_template_is_named_with_its_reason(
    item: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside a good one it is a note; alone it is an error."""
    Path("a.yaml").write_text(f"{workload('web')}---\n{yaml.safe_dump(item)}")
    words = f"a.yaml:14 {item['kind'].lower()}/x is skipped: spec"
    line = Path("a.yaml").read_text().partition("---")[0].count("\n") + 2
    assert run(["annotate", "-f", "a.yaml", "--eip", "--in-place", "--yes"]) == 0
    assert words.replace(":14", f":{line}").rpartition(" spec")[0] in "".join(capsys.readouterr())
    Path("a.yaml").write_text(yaml.safe_dump(item))
    assert run(["annotate", "-f", "a.yaml", "--eip"]) == 1
    assert f"a.yaml:1 {item['kind'].lower()}/x is skipped" in capsys.readouterr().err


def test_a_policy_and_a_patch_inside_an_object_are_no_templates(capsys: pytest.CaptureFixture[str]) -> None:
    """Kyverno's patterns, and what OpenKruise lays over Pods."""
    rule = {"validate": {"pattern": {"spec": POD_SPEC}}}
    policy = obj("ClusterPolicy", "kyverno.io/v1", {"rules": [rule]})
    spread = obj("WorkloadSpread", "apps.kruise.io/v1alpha1", {"subsets": [{"patch": {"spec": POD_SPEC}}]})
    Path("a.yaml").write_text(yaml.safe_dump_all([policy, spread]))
    assert run(["annotate", "-f", "a.yaml", "--eip"]) == 1
    assert "there is no workload in a.yaml" in capsys.readouterr().err


RAY = obj(
    "RayCluster",
    "ray.io/v1",
    {"headGroupSpec": {"template": TEMPLATE}, "workerGroupSpecs": [{"replicas": 2, "template": TEMPLATE}] * 2},
)
HEAD, WORKERS = "spec.headGroupSpec.template", "spec.workerGroupSpecs[*].template"


def test_one_of_several_templates_is_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """None is guessed: the paths are shown, and --template chooses; removal takes all."""
    Path("ray.yaml").write_text(json.dumps(RAY, indent=2))
    before = Path("ray.yaml").read_text()
    words = ["annotate", "-f", "ray.yaml", "--eip", "--in-place", "--yes"]
    assert run(words) == 2
    error = capsys.readouterr().err
    assert f"3 Pod templates, {HEAD}, spec.workerGroupSpecs[0].template" in error
    assert "--template" in error

    def chosen(*paths: str) -> list[str]:
        Path("ray.yaml").write_text(before)
        assert run([*words, *(word for path in paths for word in ("--template", path))]) == 0
        return [
            path.removesuffix(".metadata.annotations") for path in annotated(json.loads(Path("ray.yaml").read_text()))
        ]

    assert chosen(HEAD) == [f".{HEAD}"]
    assert f"raycluster/default/x at {HEAD}" in "".join(capsys.readouterr())
    assert chosen(WORKERS) == [f".spec.workerGroupSpecs[{number}].template" for number in (0, 1)]
    assert len(chosen("*")) == 3
    assert run(["annotate", "-f", "ray.yaml", "--remove", "--in-place", "--yes", "-q"]) == 0
    assert Path("ray.yaml").read_text() == before
    assert run([*words, "--template", "spec.nowhere"]) == 2


def test_a_definition_beside_the_object_says_what_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """Its schema prunes metadata of the template: the annotation would be dropped."""

    def definition(template_schema: dict[str, Any]) -> dict[str, Any]:
        schema = {"properties": {"spec": {"properties": {"template": {"properties": template_schema}}}}}
        versions = [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]
        return {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "things.a.io"},
            "spec": {"group": "a.io", "names": {"kind": "Thing"}, "versions": versions},
        }

    thing = obj("Thing", "a.io/v1", {"template": TEMPLATE})
    bare, kept = {"metadata": {"type": "object"}}, {"metadata": {"x-kubernetes-preserve-unknown-fields": True}}
    Path("a.yaml").write_text(yaml.safe_dump_all([definition(bare), thing]))
    assert run(["annotate", "-f", "a.yaml", "--eip"]) == 1
    assert "the API server drops them" in capsys.readouterr().err
    Path("a.yaml").write_text(yaml.safe_dump_all([definition(kept), thing]))
    assert run(["annotate", "-f", "a.yaml", "--eip"]) == 0


def test_two_files_with_one_name_are_two_workloads(capsys: pytest.CaptureFixture[str]) -> None:
    """One EIP can't be for both, and a finding names the file that it is about."""
    for env, replicas in (("dev", 1), ("prod", 3)):
        Path("envs", env).mkdir(parents=True)
        spec = {"replicas": replicas, "strategy": {"type": "Recreate"}, "template": TEMPLATE}
        Path("envs", env, "web.yaml").write_text(yaml.safe_dump(obj("Deployment", "apps/v1", spec)))
    words = ["annotate", "-f", "envs", "--instance-id", "eip-bp1abc", "--dry-run"]
    assert run([*words, "--force", "EIP403"]) == 5
    assert (
        "envs/dev/web.yaml:1 deployment/default/x, envs/prod/web.yaml:1 deployment/default/x" in capsys.readouterr().err
    )
    assert run([*words, "--force", "EIP410"]) == 5
    assert "error[EIP403]: envs/prod/web.yaml:1 deployment/default/x: it has 3 replicas" in capsys.readouterr().err
    scaler = obj(
        "HorizontalPodAutoscaler",
        "autoscaling/v2",
        {"maxReplicas": 9, "scaleTargetRef": {"kind": "Deployment", "name": "x"}},
    )
    Path("envs", "dev", "hpa.yaml").write_text(yaml.safe_dump(scaler))
    assert run([*words, "-f", "envs/prod", "--force", "EIP410", "--force", "EIP403"]) == 5
    assert "envs/dev/web.yaml:1 deployment/default/x: HorizontalPodAutoscaler x" in capsys.readouterr().err


def test_a_patch_of_kustomize_is_no_workload(capsys: pytest.CaptureFixture[str]) -> None:
    """By its kustomization, or by containers without an image; it is counted with what it patches."""
    base = obj("Deployment", "apps/v1", {"replicas": 2, "template": TEMPLATE})
    bigger = obj("Deployment", "apps/v1", {"replicas": 4, "template": {"spec": POD_SPEC}})
    small = obj("Deployment", "apps/v1", {"template": {"spec": {"containers": [{"name": "main", "args": ["-v"]}]}}})
    for name, item in (("base", base), ("bigger", bigger), ("small", small)):
        Path(f"{name}.yaml").write_text(yaml.safe_dump(item))
    Path("kustomization.yaml").write_text("resources: [base.yaml]\npatches: [{path: bigger.yaml}]\n")
    assert run(["annotate", "-f", ".", "--eip", "--dry-run", "-o", "json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert [action["object"] for action in data["actions"]] == ["base.yaml"]
    assert data["cost"]["per_month_after"] == pytest.approx(9.05, abs=0.01)
    assert sum("is a patch and is not edited" in note for note in data["notes"]) == 2
    assert run(["annotate", "-f", "bigger.yaml", "--instance-id", "eip-1", "--recreate-strategy"]) == 1


def test_a_namespace_that_hides_a_manifest_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """How many are left out, and whose; a name that is nearly right is suggested."""
    items = [
        obj("Deployment", "apps/v1", {"template": TEMPLATE}, name=name, namespace=ns)
        for name, ns in (("rooms", "game"), ("cart", "shop"))
    ]
    Path("a.yaml").write_text(yaml.safe_dump_all(items))
    assert run(["annotate", "-f", "a.yaml", "-n", "game", "--eip"]) == 0
    assert "-n game skips 1 Pod templates: 1 of namespace shop" in capsys.readouterr().err
    assert run(["annotate", "-f", "a.yaml", "-n", "team", "--eip"]) == 1
    assert "in namespace team; -n team skips 2 Pod templates" in capsys.readouterr().err
    assert run(["annotate", "deployment/room", "-f", "a.yaml", "--eip"]) == 1
    assert "did you mean deployment/rooms?" in capsys.readouterr().err


def test_a_chart_is_left_out_of_a_directory(capsys: pytest.CaptureFixture[str]) -> None:
    """Its templates and values, with a note; --exclude leaves out what one names; a symlinked folder is read once."""
    for folder in ("chart/templates", "old", "apps"):
        Path(folder).mkdir(parents=True)
    Path("chart/Chart.yaml").write_text("name: web\n")
    Path("chart/templates/a.yaml").write_text("kind: {{ .Values.kind }}\n")
    Path("chart/values.yaml").write_text("image: [\n")
    Path("old/a.yaml").write_text("broken: [\n")
    Path("apps/web.yaml").write_text(workload("web"))
    Path("apps/again").symlink_to(Path("apps").resolve())
    Path("linked").symlink_to(Path("apps").resolve())
    assert run(["annotate", "-f", ".", "--exclude", "old", "--eip", "--in-place", "--yes"]) == 0
    said = "".join(capsys.readouterr())
    assert "is a Helm chart: skipped templates, Chart.yaml, values.yaml" in said
    assert template(Path("apps/web.yaml")) == {WITH_EIP: "true"}
    assert run(["annotate", "-f", ".", "--eip"]) == 2


KUBECTL_READS = [
    "{0}{1}",
    "{0}\n{1}\n",
    "{0}\n---\n\ufeff{1}",
    "\ufeff{0}\n\ufeff---\n{1}",
    "\ufeff---\n{0}\n---\n{1}",
]


@pytest.mark.parametrize("form", KUBECTL_READS)
def test_what_kubectl_reads_is_read(form: str) -> None:
    """Objects of JSON one after the other, and byte order marks before any document."""
    pods = [
        json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": POD_SPEC}) for name in "ab"
    ]
    text = form.format(*pods)
    Path("a.json").write_bytes(text.encode())
    assert run(["annotate", "-f", "a.json", "--eip", "--in-place", "--yes", "-q"]) == 0
    assert Path("a.json").read_text(encoding="utf-8").count(WITH_EIP) == 2
    assert run(["annotate", "-f", "a.json", "--remove", "--in-place", "--yes", "-q"]) == 0
    assert Path("a.json").read_bytes() == text.encode()


def test_the_items_of_a_typed_list_have_its_kind() -> None:
    """A DeploymentList need not repeat it."""
    item = {"metadata": {"name": "web"}, "spec": {"template": TEMPLATE}}
    Path("a.json").write_text(json.dumps({"apiVersion": "apps/v1", "kind": "DeploymentList", "items": [item]}))
    assert run(["annotate", "-f", "a.json", "deployment/web", "--eip", "--in-place", "--yes", "-q"]) == 0
    assert WITH_EIP in Path("a.json").read_text()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_by_its_name(encoding: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As PowerShell writes it; kubectl does not read it either."""
    Path("a.yaml").write_bytes(workload("web").encode(encoding))
    assert run(["annotate", "-f", "a.yaml", "--eip"]) == 2
    assert "it is UTF-16" in capsys.readouterr().err


def test_null_asks_for_nothing() -> None:
    """The API server takes it for the empty text, so it never becomes a text of four letters."""
    item = obj(
        "Deployment",
        "apps/v1",
        {"template": {"metadata": {"annotations": {WITH_EIP: "true", EIP_ID: None}}, "spec": POD_SPEC}},
    )
    Path("a.yaml").write_text(yaml.safe_dump(item))
    before = Path("a.yaml").read_text()
    assert run(["annotate", "-f", "a.yaml", "--bandwidth", "9", "--in-place", "--yes", "-q"]) == 0
    after = Path("a.yaml").read_text()
    assert [line for line in after.splitlines() if "bandwidth" not in line] == before.splitlines()


def limited(*words: str) -> subprocess.CompletedProcess[str]:
    """eipctl where no file may grow beyond 100 kB: as on a full disk."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    command = [*EIPCTL, "annotate", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit)


def test_a_full_disk_is_a_failure_and_not_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """1 when nothing is written and 4 when something is; nothing half-written stays."""
    Path("full").mkdir()
    Path("full/a.yaml").write_text(workload("a"))
    Path("full/b.yaml").write_text(f"{workload('b')}# {'x' * 200_000}\n")
    alone = limited("-f", "full/b.yaml", "--eip", "--in-place", "--yes")
    assert (alone.returncode, "can't be written" in alone.stderr) == (1, True)
    both = limited("-f", "full", "--eip", "--in-place", "--yes")
    assert both.returncode == 4
    assert sorted(path.name for path in Path("full").iterdir()) == ["a.yaml", "b.yaml"]


def test_what_a_killed_run_has_left_is_removed_by_the_next() -> None:
    """A file that nobody is writing any more; one that somebody is writing stays."""
    Path("web.yaml").write_text(workload("web"))
    left = Path(".web.yaml.0badcafe.eipctl-new")
    left.write_text("half")
    Path(".other.yaml.0badcafe.eipctl-new").write_text("of another file")
    assert run(["annotate", "-f", "web.yaml", "--eip", "--in-place", "--yes", "-q"]) == 0
    assert not left.exists()
    assert sorted(path.name for path in Path().iterdir()) == [".other.yaml.0badcafe.eipctl-new", "web.yaml"]
