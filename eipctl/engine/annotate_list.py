"""`eipctl annotate --list`: what is annotated, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.domain.rights import LINTED
from eipctl.engine import annotate_find
from eipctl.engine.annotate_around import actors_of
from eipctl.engine.annotate_find import as_workload
from eipctl.errors import Failed, KubeError, UsageError
from eipctl.planners.annotate.listing import listing

if TYPE_CHECKING:
    from eipctl.domain.facts import Workload
    from eipctl.engine.annotate_find import Scope
    from eipctl.engine.session import Session
    from eipctl.planners.annotate.listing import AnnotatedWorkload


@dataclass(frozen=True, slots=True)
class Listed:
    """The annotated workloads, who gives the EIPs, and what could not be looked at."""

    workloads: tuple[AnnotatedWorkload, ...]
    actors: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The envelope's `data`."""
        return {
            "workloads": [workload.as_data() for workload in self.workloads],
            "actors": list(self.actors),
            "warnings": list(self.warnings),
        }


def list_annotations(session: Session, scope: Scope) -> Listed:
    """Of the named workloads, or all of the usual kinds and single Pods in the scope's namespaces."""
    if scope.words or scope.selector or scope.every:
        annotate_find.check(scope)
        found = annotate_find.find(session, scope)
    else:
        found = _everything(session, scope)
    warnings: tuple[str, ...] = ()
    try:
        actors = actors_of(session, session.kube.nodes())
    except (KubeError, Failed, UsageError) as error:
        actors, warnings = (), (f"who gives the EIPs here is not known: {error.message}",)
    return Listed(listing(found, actors), tuple(acts.text for acts in actors), warnings)


def _everything(session: Session, scope: Scope) -> tuple[Workload, ...]:
    found: list[Workload] = []
    for namespace in scope.namespaces or (None,):
        for kind in LINTED:
            found += session.kube.workloads(kind, namespace, "")
        pods = session.kube.pods(namespace).pods
        found += [as_workload(pod) for pod in pods if pod.owner is None and not pod.finished]
    return tuple(found)
