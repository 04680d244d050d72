"""Where an object has its Pod templates, whatever its kind.

what the object is                       where the annotations of its Pods are
---------------------------------------  ------------------------------------------------------------------------
a Pod                                    in its own metadata
a kind of the table below                where its controller's documentation says so
any other                                in ``metadata`` beside each ``spec`` that has a list ``containers``, at any
                                         depth, also inside an object that the object carries
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
Item: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """One Pod template: its path, the mapping that holds the annotations of the Pods, and the Pods' spec.

    `closed` says why annotations there never reach a Pod; "" where they do.
    """

    path: Path
    meta: Path
    pod_spec: Path
    closed: str = ""

    @property
    def text(self) -> str:
        """``spec.workerGroupSpecs[0].template``."""
        return path_text(self.path)

    def inside(self, path: Path) -> Template:
        """The same, seen from the object that carries this one at `path`."""
        return replace(self, path=(*path, *self.path), meta=(*path, *self.meta), pod_spec=(*path, *self.pod_spec))


USUAL: tuple[Path, ...] = ((), ("spec", "template"), ("spec", "jobTemplate", "spec", "template"))
"""Where Pods and the built-in workloads have their template."""


def path_text(path: Path) -> str:
    """``spec.workerGroupSpecs[0].template``; ``metadata`` for a Pod's own."""
    found = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return found.removeprefix(".")


def chosen(paths: Sequence[Path], patterns: Sequence[str]) -> list[int] | None:
    """Which of an object's templates --template means; None when there are several and nothing chooses."""
    if not patterns:
        return list(range(len(paths))) if len(paths) <= 1 else None
    return [number for number, path in enumerate(paths) if any(_means(each, path) for each in patterns)]


def several(paths: Sequence[Path]) -> str:
    """What to say of an object whose templates nothing has chosen from."""
    told = ", ".join(path_text(path) or "metadata" for path in paths)
    count = "one Pod template" if len(paths) == 1 else f"{len(paths)} Pod templates"
    return f"it has {count}, {told}: choose one with --template PATH"


def _means(pattern: str, path: Path) -> bool:
    """``*`` is all of them; ``[*]`` any element of a list."""
    if pattern == "*":
        return True
    form = re.escape(pattern.strip(".")).replace(r"\[\*\]", r"\[\d+\]")
    return re.fullmatch(form, path_text(path)) is not None


def templates(item: Item) -> tuple[Template, ...]:
    """The Pod templates of a decoded object, in their order; none for what makes no Pods."""
    kind, group = str(item.get("kind") or ""), group_of(item)
    if kind in _NO_WORKLOADS or group in _NO_GROUPS:
        return ()
    rule = _RULES.get((group, kind))
    return tuple(rule(item) if rule else _by_shape(item))


def group_of(item: Item) -> str:
    """The API group of a decoded object; "" for the core group."""
    return str(item.get("apiVersion") or "").rpartition("/")[0]


def containers_elsewhere(item: Item) -> Path | None:
    """Where an object without a template names containers with images: it may make Pods, or change those of others."""
    if str(item.get("kind") or "") in _NO_WORKLOADS or group_of(item) in _NO_GROUPS:
        return None
    return next(_images(item, ()), None)


def get(item: Any, path: Path) -> Any:
    """What is at the path; None where there is nothing."""
    for key in path:
        if isinstance(key, int):
            item = item[key] if isinstance(item, list) and key < len(item) else None
        else:
            item = item.get(key) if isinstance(item, Mapping) else None
    return item


def is_patch(item: Item, template: Template) -> bool:
    """Whether it is part of a built-in workload, such as a patch of kustomize: it has containers without an image."""
    found = get(item, (*template.pod_spec, "containers"))
    containers = found if isinstance(found, list) else []
    return item.get("kind") in BUILT_IN and any(not get(each, ("image",)) for each in containers)


def annotated_patch(item: Item) -> Template | None:
    """Where a built-in workload without containers annotates its Pods; None for one that does not."""
    if item.get("kind") not in BUILT_IN:
        return None
    usual = (_standard("spec", "template"), _standard("spec", "jobTemplate", "spec", "template"))
    return next((each for each in usual if get(item, (*each.meta, "annotations"))), None)


BUILT_IN = frozenset(
    {
        "CronJob",
        "DaemonSet",
        "Deployment",
        "Job",
        "Pod",
        "ReplicaSet",
        "ReplicationController",
        "StatefulSet",
    }
)
"""Kinds that strategic merge patches are written for."""

_NO_WORKLOADS = frozenset({"ControllerRevision", "CustomResourceDefinition", "Kustomization", "Component"})
"""Kinds that may quote a Pod template and make nothing of it."""
_NO_GROUPS = frozenset({"kyverno.io", "policies.kyverno.io", "constraints.gatekeeper.sh", "templates.gatekeeper.sh"})
"""Policies: what looks like a template there is a pattern."""
_NOT_TEMPLATES = frozenset({"patch", "patches", "status"})
"""Keys of what is laid over other Pods (UnitedDeployment, WorkloadSpread), and of what a controller reports."""


def _standard(*path: str | int) -> Template:
    return Template(path, (*path, "metadata"), (*path, "spec"))


def _bare(*path: str | int) -> Template:
    """``annotations`` stands in the mapping itself."""
    return Template(path, path, path)


def _by_shape(item: Item) -> Iterator[Template]:
    if item.get("kind") == "Pod" and not group_of(item):
        yield Template((), ("metadata",), ("spec",))
        return
    for key, value in item.items():
        if key not in _NOT_TEMPLATES:
            yield from _inside(value, (key,))


def _inside(value: Any, path: Path) -> Iterator[Template]:
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _inside(inner, (*path, index))
    elif isinstance(value, dict):
        if isinstance(value.get("kind"), str) and isinstance(value.get("apiVersion"), str):
            yield from (each.inside(path) for each in templates(value))
        elif isinstance(get(value, ("spec", "containers")), list):
            yield _standard(*path)
        else:
            for key, inner in value.items():
                yield from _inside(inner, (*path, key)) if key not in _NOT_TEMPLATES else ()


def _images(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _images(inner, (*path, index))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "containers" and isinstance(inner, list) and any(get(each, ("image",)) for each in inner):
                yield path
            elif key not in _NOT_TEMPLATES:
                yield from _images(inner, (*path, key))


def _own(_item: Item) -> Iterator[Template]:
    """The controller hands the object's own annotations on to its Pods."""
    yield Template((), ("metadata",), ())


def _at(*paths: Path, bare: bool = False) -> Callable[[Item], Iterator[Template]]:
    """Those of the paths that the object has; the first of them where it has none."""

    def rule(item: Item) -> Iterator[Template]:
        found = [path for path in paths if isinstance(get(item, path), Mapping)] or [paths[0]]
        yield from (_bare(*path) if bare else _standard(*path) for path in found)

    return rule


def _argo(item: Item) -> Iterator[Template]:
    """Each template of a workflow that runs a container, with ``metadata`` beside it."""
    base: Path = ("spec", "workflowSpec") if item.get("kind") == "CronWorkflow" else ("spec",)
    steps = get(item, (*base, "templates"))
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        if isinstance(step, dict) and any(isinstance(step.get(key), dict) for key in _ARGO_RUNS):
            path = (*base, "templates", index)
            yield Template(path, (*path, "metadata"), path)


def _notebook(item: Item) -> Iterator[Template]:
    why = "the schema of a Notebook has no metadata in its Pod template, so the API server drops annotations there"
    yield from (replace(each, closed=why) for each in _by_shape(item))


_ARGO_RUNS = ("container", "script", "containerSet")
_SPARK: tuple[Path, ...] = (("driver",), ("executor",))
_FLINK: tuple[Path, ...] = (("spec", "podTemplate"), ("spec", "jobManager", "podTemplate"))

_RULES: dict[tuple[str, str], Callable[[Item], Iterator[Template]]] = {
    **{("argoproj.io", kind): _argo for kind in ("Workflow", "WorkflowTemplate", "CronWorkflow")},
    ("argoproj.io", "ClusterWorkflowTemplate"): _argo,
    **{("tekton.dev", kind): _own for kind in ("TaskRun", "Task", "ClusterTask", "PipelineRun", "Pipeline")},
    ("sparkoperator.k8s.io", "SparkApplication"): _at(*(("spec", *end) for end in _SPARK), bare=True),
    ("sparkoperator.k8s.io", "ScheduledSparkApplication"): _at(
        *(("spec", "template", *end) for end in _SPARK), bare=True
    ),
    ("flink.apache.org", "FlinkDeployment"): _at(*_FLINK, ("spec", "taskManager", "podTemplate")),
    ("kubevirt.io", "VirtualMachineInstance"): _own,
    ("kubevirt.io", "VirtualMachine"): _at(("spec", "template")),
    ("kubevirt.io", "VirtualMachineInstanceReplicaSet"): _at(("spec", "template")),
    ("pool.kubevirt.io", "VirtualMachinePool"): _at(("spec", "virtualMachineTemplate", "spec", "template")),
    **{
        ("monitoring.coreos.com", kind): _at(("spec", "podMetadata"), bare=True)
        for kind in ("Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler")
    },
    ("serving.kserve.io", "InferenceService"): _at(
        *(("spec", part) for part in ("predictor", "transformer", "explainer")), bare=True
    ),
    ("kubeflow.org", "Notebook"): _notebook,
}
"""Kinds whose Pods take their annotations from elsewhere than ``metadata`` beside a ``spec`` with containers.

Sources: the CRDs and controllers of Argo Workflows, Tekton Pipelines (annotations of a Task or a run go to its Pods),
spark-operator v1beta2, flink-kubernetes-operator v1beta1, KubeVirt (a VMI's annotations go to its virt-launcher Pod),
prometheus-operator, KServe and Kubeflow.
"""
