"""Who else writes the objects that `annotate` changes, and would write them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from eipctl.base.codes import Code
from eipctl.domain.findings import Level
from eipctl.domain.workloads.decode import CLIENT_SIDE
from eipctl.planners.annotate.lints import Lint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.actions.workloads import AnnotateWorkload
    from eipctl.domain.facts import Workload
    from eipctl.planners.annotate.lints import Target

MANAGER = "eipctl"


def conflict_lints(target: Target, action: AnnotateWorkload) -> Iterator[Lint]:
    """Keys that another tool declares: a change would last until that tool applies its own again."""
    for what, wanted, now, managers, declared in _declared(action, target.workload):
        others = [name for name in managers if name != MANAGER and _says(name, now, declared) != wanted]
        if others:
            same = [name for name in others if _says(name, now, declared) == now]
            said = [f" as {' and '.join(same)} declares it"] if same else []
            said += [f" and {name} declares {_says(name, now, declared)!r}" for name in others if name not in same]
            problem = f"{what} is {now!r}{','.join(said)}"
            instead = "change it in the manifest that declares it"
            yield Lint(Code.FIELD_MANAGER, target.object, problem, instead)


def _says(manager: str, now: str, declared: str | None) -> str:
    """What a manager declares: kubectl's own record has the value; who applies on the server declares what is there."""
    return now if manager != CLIENT_SIDE or declared is None else declared


_Declared: TypeAlias = "tuple[str, str | None, str, tuple[str, ...], str | None]"


def _declared(action: AnnotateWorkload, workload: Workload) -> Iterator[_Declared]:
    """What an Action changes: its name, its value (None: none) and today's, who declares it, and what kubectl says."""
    wanted = dict(action.set)
    for key in (*wanted, *action.remove):
        managers, declared = workload.managers.get(key, ()), workload.declared.get(key)
        yield key, wanted.get(key), workload.annotations.get(key, ""), managers, declared
    for key, value in action.own_remove:
        managers, declared = workload.own_managers.get(key, ()), workload.own_declared.get(key)
        yield f"{key} on its own metadata", None, value, managers, declared
    if action.recreate:
        yield "spec.strategy", "Recreate", workload.strategy, workload.strategy_managers, None


def managed_lints(target: Target) -> Iterator[Lint]:
    """A warning for a workload that a tool or an owner rewrites from its own source."""
    workload = target.workload
    if not workload.stored:
        return
    source = source_of(workload)
    instead = "set them in its source (eipctl annotate -f edits manifests)"
    if not source and workload.owner and not workload.is_pod:
        source = f"{workload.owner.kind} {workload.owner.name}"
        instead = f"annotate {workload.owner.kind.lower()}/{workload.owner.name}"
    if source:
        problem = f"{source} manages it and may remove the annotations again"
        yield Lint(Code.MANAGED_ELSEWHERE, target.object, problem, instead, Level.WARNING)
    elif INSTANCE in workload.own_labels:
        problem = f"Argo CD manages it if it tracks by the label {INSTANCE}and may remove the annotations again"
        yield Lint(Code.MANAGED_ELSEWHERE, target.object, problem, instead, Level.INFO)


def source_of(workload: Workload) -> str:
    """The tool that makes an object from a source of its own, by its marks; "" for none."""
    marks = {**workload.own_labels, **workload.own_annotations}
    for name, mark, value in _SOURCES:
        found = next((key for key in marks if key == mark or (mark.endswith("/") and key.startswith(mark))), None)
        if found is not None and value in ("", marks[found]):
            return name
    return "Argo CD" if any(name.startswith("argocd") for name in workload.writers) else ""


_SOURCES = (
    ("Argo CD", "argocd.argoproj.io/tracking-id", ""),
    ("Argo CD", "argocd.argoproj.io/instance", ""),
    ("Flux", "kustomize.toolkit.fluxcd.io/name", ""),
    ("Flux", "helm.toolkit.fluxcd.io/name", ""),
    ("Fleet", "fleet.cattle.io/", ""),
    ("Fleet", "objectset.rio.cattle.io/id", ""),
    ("Config Sync", "configmanagement.gke.io/managed", "enabled"),
    ("Config Sync", "configsync.gke.io/resource-id", ""),
    ("kapp", "kapp.k14s.io/", ""),
    ("OLM", "olm.owner", ""),
    ("OLM", "operators.coreos.com/", ""),
    ("KubeVela", "app.oam.dev/", ""),
    ("the addon manager", "addonmanager.kubernetes.io/mode", "Reconcile"),
    ("Helm", "meta.helm.sh/release-name", ""),
    ("Helm", "app.kubernetes.io/managed-by", "Helm"),
)
"""A tool, the label or annotation that it puts on its objects (the start of one, with a slash), and its value.

Sources: each tool's documentation of how it tracks its objects. Helm last: others use charts too.
"""
INSTANCE = "app.kubernetes.io/instance"
"""Argo CD's default label for tracking until its version 3; the recommended label of an application, too."""
