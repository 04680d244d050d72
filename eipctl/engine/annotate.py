"""`eipctl annotate`: find the workloads, plan, and write only what is still as it was seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eipctl.domain import actions
from eipctl.domain.codes import Code
from eipctl.engine.plan_data import plan_data
from eipctl.engine.prepared import Prepared
from eipctl.errors import Failed, KubeError, OutcomeUnknown, UsageError
from eipctl.planners.annotate import EipSettings, Target, plan_annotate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eipctl.domain.facts import Workload
    from eipctl.engine.execute import LaneMemory
    from eipctl.engine.session import Session, Writers

DEFAULT_NAMESPACE = "default"
DEFAULT_KIND = "deployment"
TRIES = 5
PAUSE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateOptions:
    """`workloads` as KIND/NAME in `namespace` (None: default), or all of `kind` that match `selector`."""

    workloads: tuple[str, ...] = ()
    kind: str | None = None
    namespace: str | None = None
    selector: str = ""
    settings: EipSettings = field(default_factory=EipSettings)
    remove: bool = False
    force: tuple[str, ...] = ()


def prepare_annotate(session: Session, options: AnnotateOptions) -> Prepared:
    """Read the workloads and plan. Refused on lints, Failed for a workload that is not there."""
    _check(options)
    found = _find(session, options)
    plan = plan_annotate(
        _targets(session, found), options.settings, remove=options.remove, lifted=frozenset(options.force)
    )
    return Prepared(
        plan=plan,
        handlers=lambda writers: {actions.AnnotateWorkload: _Annotator(session, writers, found).annotate},
        data=lambda result: plan_data(plan, result),
        target=(("context", session.kube.context()),),
    )


def _check(options: AnnotateOptions) -> None:
    if options.remove and options.settings.pairs:
        raise UsageError(Code.USAGE, "--remove takes no settings with it", hint="remove first, then annotate anew")
    if not options.remove and not options.settings.pairs:
        raise UsageError(Code.USAGE, "nothing to annotate", hint="add --eip, --instance-id eip-… or --remove")
    if bool(options.workloads) == bool(options.selector):
        raise UsageError(
            Code.USAGE, "name workloads, or give a selector with -l, one of the two", hint="eipctl annotate --help"
        )


def _find(session: Session, options: AnnotateOptions) -> tuple[Workload, ...]:
    namespace = options.namespace or DEFAULT_NAMESPACE
    if options.workloads:
        named = dict.fromkeys(_parts(text) for text in options.workloads)
        return tuple(session.kube.workload(kind, namespace, name) for kind, name in named)
    kind = options.kind or DEFAULT_KIND
    found = session.kube.workloads(kind, namespace, options.selector)
    if not found:
        raise Failed(
            Code.WORKLOAD_NOT_FOUND,
            f"no {kind} in namespace {namespace} matches {options.selector!r}",
            hint=f"see: kubectl get {kind} -n {namespace} --show-labels",
        )
    return found


def _parts(text: str) -> tuple[str, str]:
    kind, slash, name = text.partition("/")
    if not (kind and slash and name) or "/" in name:
        raise UsageError(Code.USAGE, f"{text!r} is not KIND/NAME", hint="write it like deployment/web")
    return kind, name


def _targets(session: Session, found: Iterable[Workload]) -> list[Target]:
    """With the number of Pods where only the cluster knows it."""
    found = list(found)
    namespaces = {workload.namespace for workload in found if workload.kind == "DaemonSet"}
    pods: Counter[tuple[str, str]] = Counter()
    for namespace in sorted(namespaces):
        owners = (pod.owner for pod in session.kube.pods(namespace).pods)
        pods.update((namespace, owner.name) for owner in owners if owner and owner.kind == "DaemonSet")
    return [Target(workload, pods[workload.namespace, workload.name]) for workload in found]


def _kind(action: actions.AnnotateWorkload) -> str:
    """``deployments.apps``: the one name that no other group's kind shares."""
    group, slash, _version = action.api_version.partition("/")
    return f"{action.plural}.{group}" if slash else action.plural


class _Annotator:
    """Made for one run: remembers how each workload's annotations were when the plan was made."""

    def __init__(self, session: Session, writers: Writers, seen: Sequence[Workload]) -> None:
        self._session, self._write = session, writers.kube
        self._seen = {(workload.plural, workload.namespace, workload.name): workload for workload in seen}

    def annotate(self, action: actions.AnnotateWorkload, _memory: LaneMemory) -> Mapping[str, str]:
        """Write; when only other parts of the object have changed meanwhile, write to the new version of it."""
        for attempt in range(TRIES):
            try:
                self._write.annotate_workload(action)
            except (KubeError, OutcomeUnknown) as error:
                conflict = isinstance(error, OutcomeUnknown) or error.status == 409
                if not conflict or attempt == TRIES - 1:
                    raise
                now = self._session.kube.workload(_kind(action), action.namespace, action.name)
                if self._is_done(action, now):
                    return {}
                if self._moved(action, now):
                    raise
                action = replace(action, resource_version=now.resource_version)
                self._session.stop.wait(PAUSE)
            else:
                return {}
        return {}

    @staticmethod
    def _is_done(action: actions.AnnotateWorkload, now: Workload) -> bool:
        is_set = all(now.annotations.get(key) == value for key, value in action.set)
        return is_set and not any(key in now.annotations for key in action.remove)

    def _moved(self, action: actions.AnnotateWorkload, now: Workload) -> bool:
        """Whether somebody else changed one of the very keys."""
        seen = self._seen[action.plural, action.namespace, action.name].annotations
        keys = (*dict(action.set), *action.remove)
        return any(seen.get(key) != now.annotations.get(key) for key in keys)
