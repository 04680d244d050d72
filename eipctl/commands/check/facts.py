"""What checks look at, in one look: what can't be read fails every check that needs it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from eipctl.base.errors import EipctlError, Interrupted, KubeError, TimedOut, UsageError
from eipctl.base.lazy import lazy
from eipctl.commands.registry import BY_NAME, CONNECTED
from eipctl.commands.status.report import StatusOptions, observe_status
from eipctl.domain.rights import LINTED
from eipctl.engine import lock
from eipctl.observe.cluster import NAMESPACE
from eipctl.observe.snapshot import Snapshot
from eipctl.observe.terway import read_eni_config, terway_pods
from eipctl.planners.check.eni_conf import native
from eipctl.planners.terway.gate import owned

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from eipctl.domain.binders import Binder, LastRun
    from eipctl.domain.facts import CallerIdentity, Workload
    from eipctl.domain.findings import Finding
    from eipctl.domain.rights import Right
    from eipctl.domain.terway.installation import EniConfig, TerwayPod
    from eipctl.engine.session import Session
    from eipctl.kube.reader import KubeReader
    from eipctl.planners.status.report import StatusReport

AT_ONCE = 8
"""Questions to the API server."""


class Facts:
    """The facts of one look. A cluster, or a cloud, that does not answer is not asked for anything else."""

    def __init__(self, session: Session) -> None:
        self.session, self.look = session, Snapshot(session)
        self.failed: list[Finding] = []
        """Why checks could not be carried out."""

    def kube(self) -> KubeReader:
        """The cluster, once it has answered."""
        self.look.allowed(lambda: self.look.kube.namespace_uid(NAMESPACE))
        return self.look.kube

    def caller(self) -> CallerIdentity:
        """Who calls the cloud."""
        return self.look.identity.caller()

    def cloud_clock(self) -> datetime | None:
        """The cloud's clock, also where it refuses to serve; None where it is not reached."""
        try:
            self.caller()
        except (Interrupted, TimedOut):
            raise
        except EipctlError:
            pass
        try:
            clock = self.session.cloud_client.clock
        except UsageError:
            return None
        return clock.now() if clock.known else None

    def terway(self) -> tuple[TerwayPod, ...]:
        """Terway's Pods."""
        self.kube()
        return terway_pods(self.look)

    def config(self) -> EniConfig:
        """eni-config."""
        self.kube()
        return read_eni_config(self.look)

    def is_native(self) -> bool:
        """Whether any node's Terway has EIP support of its own."""
        return native(self.terway())

    def bind_serves(self) -> bool:
        """Whether eipctl owns EIPs here, so that setup would be refused; False where that can't be read."""
        try:
            self.caller()
            return owned(self.look.vpc.list_eips().eips, self.kube().namespace_uid(NAMESPACE)) is not None
        except (Interrupted, TimedOut):
            raise
        except EipctlError:
            return False

    def status(self) -> StatusReport:
        """What all Pods ask for and have."""
        self.kube()
        self.caller()
        return self._status

    @lazy
    def _status(self) -> StatusReport:
        return observe_status(self.look, StatusOptions())

    def workloads(self) -> tuple[Workload, ...]:
        """Those whose annotations can be wrong in a way of their own; the kinds that may be listed."""
        found: list[Workload] = []
        for kind in LINTED:
            found += self.look.allowed(partial(self.kube().workloads, kind, None, "")) or ()
        return tuple(found)

    def binders(self) -> tuple[tuple[Binder, ...], LastRun | None]:
        """The workloads that run bind, of the kinds that may be listed, and what the Lease records."""
        kube = self.kube()
        found = tuple(each.binder for each in self.workloads() if each.binder)
        return found, self.look.allowed(lambda: kube.last_run(lock.NAMESPACE, lock.NAME))

    def lacking(self) -> Mapping[str, list[Right]]:
        """By command, the rights in Kubernetes that the current user has not."""
        self.kube()
        asked = list(dict.fromkeys(right for name in CONNECTED for right in BY_NAME[name].kubernetes))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = dict(zip(asked, pool.map(self._may, asked), strict=True))
        return {name: [right for right in BY_NAME[name].kubernetes if not answers[right]] for name in CONNECTED}

    def _may(self, right: Right) -> bool:
        return self.kube().can_i(right) or (right.resource == "podeips" and self._no_pod_eips())

    def _no_pod_eips(self) -> bool:
        """Whether the cluster does not even have that kind."""
        try:
            return not self.kube().pod_eips()
        except KubeError:
            return False
