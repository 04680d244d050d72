"""`eipctl annotate --list`: what is annotated, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.domain.rights import LINTED
from eipctl.engine import annotate_find
from eipctl.engine.annotate_around import actors_of
from eipctl.errors import Failed, KubeError, UsageError
from eipctl.planners.annotate.listing import listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eipctl.domain.facts import Workload
    from eipctl.engine.annotate_find import Scope
    from eipctl.engine.session import Session
    from eipctl.planners.annotate.around import Acts
    from eipctl.planners.annotate.listing import AnnotatedWorkload

SINGLE = "pods"
"""Those that no controller makes."""


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
    warnings: list[str] = []
    if scope.words or scope.selector or scope.every:
        annotate_find.check(scope)
        found = annotate_find.find(session, scope)
    else:
        found = tuple(_everything(session, scope, warnings))
    actors: tuple[Acts, ...] = ()
    try:
        actors = actors_of(session, session.kube.nodes())
    except (KubeError, Failed, UsageError) as error:
        warnings.append(f"who gives the EIPs here is not known: {error.message}")
    return Listed(listing(found, actors), tuple(acts.text for acts in actors), tuple(warnings))


def _everything(session: Session, scope: Scope, warnings: list[str]) -> Iterator[Workload]:
    """What may be read of it; KubeError when nothing may."""
    kinds = [(kind, namespace) for namespace in scope.namespaces or (None,) for kind in (*LINTED, SINGLE)]
    for kind, namespace in kinds:
        try:
            yield from _of_kind(session, kind, namespace)
        except (KubeError, Failed) as error:
            warnings.append(f"not listed: {error.message}")
            if len(warnings) == len(kinds):
                raise


def _of_kind(session: Session, kind: str, namespace: str | None) -> Sequence[Workload]:
    if kind == SINGLE:
        return annotate_find.single_pods(session, namespace, "")
    return session.kube.workloads(kind, namespace, "")
