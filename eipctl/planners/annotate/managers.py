"""Who else writes the objects that `annotate` changes, and would write them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain.findings import Level
from eipctl.planners.annotate.lints import Lint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.facts import Workload
    from eipctl.domain.workload_actions import AnnotateWorkload
    from eipctl.planners.annotate.lints import Target

MANAGER = "eipctl"


def conflict_lints(target: Target, action: AnnotateWorkload) -> Iterator[Lint]:
    """Keys that somebody else declares: a change would last until they apply theirs again."""
    for what, now, managers in _declared(action, target.workload):
        others = [manager for manager in managers if manager != MANAGER]
        if others:
            problem = f"{what} is {now!r} as {' and '.join(others)} declares it"
            instead = "change it in the manifest it comes from"
            yield Lint(Code.FIELD_MANAGER, target.object, problem, instead)


def _declared(action: AnnotateWorkload, workload: Workload) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What an Action changes: its name, its value today, and who declares that."""
    for key in (*dict(action.set), *action.remove):
        yield key, workload.annotations.get(key, ""), workload.managers.get(key, ())
    for key, value in action.own_remove:
        yield f"{key} on its own metadata", value, workload.own_managers.get(key, ())
    if action.recreate:
        yield "spec.strategy", workload.strategy, workload.strategy_managers


def managed_lints(target: Target) -> Iterator[Lint]:
    """A warning for a workload that a tool or an owner writes anew from its own source."""
    workload = target.workload
    if not workload.stored:
        return
    marks = {**workload.own_labels, **workload.own_annotations}
    source = next((name for name, mark in _SOURCES if mark in marks), "")
    if not source and marks.get("app.kubernetes.io/managed-by") == "Helm":
        source = "Helm"
    instead = "set them in its source (eipctl annotate -f edits manifests)"
    if not source and workload.owner and workload.template_path:
        source = f"{workload.owner.kind} {workload.owner.name}"
        instead = f"annotate {workload.owner.kind.lower()}/{workload.owner.name}"
    if source:
        problem = f"{source} manages it and may take the annotations off again"
        yield Lint(Code.MANAGED_ELSEWHERE, target.object, problem, instead, Level.WARNING)


_SOURCES = (
    ("Argo CD", "argocd.argoproj.io/tracking-id"),
    ("Argo CD", "argocd.argoproj.io/instance"),
    ("Flux", "kustomize.toolkit.fluxcd.io/name"),
    ("Flux", "helm.toolkit.fluxcd.io/name"),
)
