"""`eipctl annotate --list`: what is annotated, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.base.errors import Failed, KubeError, UsageError
from eipctl.domain.rights import LINTED
from eipctl.domain.wish import Wanted, wanted
from eipctl.observe import workloads
from eipctl.observe.snapshot import Snapshot
from eipctl.observe.surroundings import actors_of
from eipctl.observe.workloads import as_workload, maker, ours, running_pods
from eipctl.planners.annotate.lints import Target
from eipctl.planners.annotate.listing import listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eipctl.commands.annotate.data import ListedData
    from eipctl.domain.facts import Workload
    from eipctl.engine.session import Session
    from eipctl.observe.workloads import Scope
    from eipctl.planners.annotate.actors import Acts
    from eipctl.planners.annotate.listing import AnnotatedWorkload

PODS = "pods"


@dataclass(frozen=True, slots=True)
class Listed:
    """The annotated workloads, who gives the EIPs, and what could not be looked at."""

    workloads: tuple[AnnotatedWorkload, ...]
    actors: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def as_data(self) -> ListedData:
        """The envelope's `data`."""
        return {
            "workloads": [workload.as_data() for workload in self.workloads],
            "actors": list(self.actors),
            "warnings": list(self.warnings),
        }


def list_annotations(session: Session, scope: Scope) -> Listed:
    """Of the named workloads, or all of the usual kinds and single Pods in the scope's namespaces."""
    warnings: list[str] = []
    if scope.words or scope.selector or scope.every:
        workloads.check(scope)
        found = workloads.find(session, scope)
    else:
        found = _everything(session, scope, warnings)
    actors: tuple[Acts, ...] = ()
    try:
        look = Snapshot(session)
        actors = actors_of(look, look.nodes.values())
    except (KubeError, Failed, UsageError) as error:
        warnings.append(f"unknown which component gives the EIPs here: {error.message}")
    return Listed(listing(found, actors), tuple(acts.text for acts in actors), tuple(warnings))


def _everything(session: Session, scope: Scope, warnings: list[str]) -> tuple[Workload, ...]:
    """What may be read of it; KubeError when nothing may."""
    known: dict[str, Workload] = {}
    kinds = [(kind, namespace) for namespace in scope.namespaces or (None,) for kind in (*LINTED, PODS)]
    for kind, namespace in kinds:
        try:
            read = _of_pods(session, namespace, known) if kind == PODS else session.kube.workloads(kind, namespace, "")
            found = {Target(each).object: each for each in read}
        except (KubeError, Failed) as error:
            warnings.append(f"not listed: {error.message}")
            if len(warnings) == len(kinds):
                raise
        else:
            known |= found
    return tuple(known.values())


def _of_pods(session: Session, namespace: str | None, known: Mapping[str, Workload]) -> Iterable[Workload]:
    """Single Pods, Pods that ask for something else than their workload, and workloads that only their Pods show."""
    crons = {(each.namespace, each.name) for each in known.values() if each.kind == "CronJob"}
    hidden: dict[str, list[Workload]] = {}
    for pod in running_pods(session, namespace):
        origin = maker(pod, crons)
        name = Target(origin).object
        if pod.owner is None or (name in known and _differs(origin.annotations, known[name].annotations)):
            yield as_workload(pod)
        elif name not in known:
            hidden.setdefault(name, []).append(origin)
    yield from (replace(pods[0], replicas=len(pods)) for pods in hidden.values())


def _differs(annotations: Mapping[str, str], template: Mapping[str, str]) -> bool:
    """Of one that names the same EIP it does not matter how: it is no second claim."""
    wish, other = wanted(annotations), wanted(template)
    same = isinstance(wish, Wanted) and isinstance(other, Wanted) and wish.instance_id == other.instance_id != ""
    return ours(annotations) != ours(template) and not same
