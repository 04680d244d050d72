"""`eipctl report`: the status of one or several clusters, what is wrong in them, and what past runs changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eipctl.base.errors import EipctlError, Interrupted, TimedOut
from eipctl.commands.history import read
from eipctl.commands.status.report import StatusOptions, observe_allowed
from eipctl.domain.findings import Level
from eipctl.planners.check.pods import bindings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.commands.history import PastRun
    from eipctl.domain.findings import Finding
    from eipctl.engine.session import Session
    from eipctl.planners.status.report import StatusReport

AT_ONCE = 4
"""Clusters that are read at the same time."""
_WORST_FIRST = (Level.ERROR, Level.WARNING, Level.INFO)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """`namespaces` None are all of them; `audit_logs` are the files that runs wrote with --audit-log."""

    namespaces: tuple[str, ...] | None = None
    cluster_id: str | None = None
    audit_logs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterReport:
    """One cluster; `status` is None when it could not be read, and `error` says why."""

    context: str
    cluster_id: str = ""
    status: StatusReport | None = None
    error: EipctlError | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, worst first."""
        found = tuple(bindings(self.status)) if self.status else ()
        wrong = [finding for finding in found if finding.level in _WORST_FIRST]
        return tuple(sorted(wrong, key=lambda finding: _WORST_FIRST.index(finding.level)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetReport:
    """`runs` are those of the audit logs, newest first; None where no audit log was given."""

    generated: datetime
    clusters: tuple[ClusterReport, ...]
    runs: tuple[PastRun, ...] | None = None
    namespaces: tuple[str, ...] | None = None
    """Those that were looked at; None for all."""
    broken: tuple[str, ...] = ()
    """Places (``file:line``) in the audit logs that can't be read."""

    @property
    def errors(self) -> tuple[EipctlError, ...]:
        """Of the clusters that could not be read."""
        return tuple(cluster.error for cluster in self.clusters if cluster.error)


def observe_fleet(sessions: Sequence[Session], options: ReportOptions) -> FleetReport:
    """A cluster that can't be read costs only itself; raises its error when there is no other."""
    runs, broken = _runs(options.audit_logs)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        clusters = tuple(pool.map(lambda session: _cluster(session, options), sessions))
    report = FleetReport(
        generated=datetime.now(UTC).replace(microsecond=0),
        clusters=clusters,
        runs=runs,
        namespaces=options.namespaces,
        broken=broken,
    )
    if len(report.errors) == len(clusters):
        raise report.errors[0]
    return report


def _cluster(session: Session, options: ReportOptions) -> ClusterReport:
    context = session.settings.context or ""
    try:
        found = observe_allowed(session, StatusOptions(namespaces=options.namespaces, cluster_id=options.cluster_id))
        context = session.kube.context()
    except (Interrupted, TimedOut):
        raise
    except EipctlError as error:
        return ClusterReport(context=context, error=error)
    return ClusterReport(context=context, cluster_id=session.cluster.ack_id if session.cluster else "", status=found)


def _runs(logs: Sequence[str]) -> tuple[tuple[PastRun, ...] | None, tuple[str, ...]]:
    """Of all logs together."""
    if not logs:
        return None, ()
    found = [read(log) for log in logs]
    runs = sorted((run for history in found for run in history.runs), key=lambda run: run.begun, reverse=True)
    return tuple(runs), tuple(place for history in found for place in history.broken)
