"""What checks look at. Each fact is read once; one that can't be read fails every check that needs it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar, cast

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Interrupted, KubeError, TimedOut
from eipctl.commands.status.report import StatusOptions, observe_status
from eipctl.domain.rights import LINTED, RIGHTS
from eipctl.observe.terway import read_eni_config, terway_pods
from eipctl.planners.check.terway import native

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eipctl.domain.facts import CallerIdentity, Workload
    from eipctl.domain.rights import Right
    from eipctl.domain.terway.installation import EniConfig, TerwayPod
    from eipctl.engine.ports import KubeReader
    from eipctl.engine.session import Session
    from eipctl.planners.status.report import StatusReport

T = TypeVar("T")
AT_ONCE = 8
"""Questions to the API server."""


class Facts:
    """The facts of one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._known: dict[str, Any] = {}

    def once(self, name: str, read: Callable[[], T]) -> T:
        """The value of `read`, or the error it raised the first time."""
        if name not in self._known:
            try:
                self._known[name] = read()
            except (Interrupted, TimedOut):
                raise
            except EipctlError as error:
                self._known[name] = error
        found = self._known[name]
        if isinstance(found, EipctlError):
            raise found
        return cast("T", found)

    def kube(self) -> KubeReader:
        """The cluster, once it has answered."""
        return self.once("kube", self._reached)

    def caller(self) -> CallerIdentity:
        """Who calls the cloud."""
        return self.once("caller", self._calling)

    def terway(self) -> tuple[TerwayPod, ...]:
        """Terway's Pods."""
        self.kube()
        return self.once("terway", lambda: terway_pods(self.session))

    def config(self) -> EniConfig:
        """eni-config."""
        self.kube()
        return self.once("config", lambda: read_eni_config(self.session))

    def is_native(self) -> bool:
        """Whether any node's Terway has EIP support of its own."""
        return native(self.terway())

    def status(self) -> StatusReport:
        """What all Pods ask for and have."""
        self.kube()
        self.caller()
        return self.once("status", lambda: observe_status(self.session, StatusOptions()))

    def workloads(self) -> tuple[Workload, ...]:
        """Those whose annotations can be wrong in a way of their own; the kinds that may be listed."""
        found: list[Workload] = []
        for kind in LINTED:
            try:
                found += self.kube().workloads(kind, None, "")
            except KubeError as error:
                if error.code is not Code.KUBE_FORBIDDEN:
                    raise
        return tuple(found)

    def lacking(self) -> Mapping[str, list[Right]]:
        """By command, the rights in Kubernetes that the current user has not."""
        self.kube()
        asked = list(dict.fromkeys(right for rights in RIGHTS.values() for right in rights))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = dict(zip(asked, pool.map(self._may, asked), strict=True))
        return {command: [right for right in rights if not answers[right]] for command, rights in RIGHTS.items()}

    def _calling(self) -> CallerIdentity:
        return self.session.identity.caller()

    def _may(self, right: Right) -> bool:
        return self.kube().can_i(right) or (right.resource == "podeips" and self._no_pod_eips())

    def _no_pod_eips(self) -> bool:
        """Whether the cluster does not even have that kind."""
        try:
            return not self.kube().pod_eips()
        except KubeError:
            return False

    def _reached(self) -> KubeReader:
        reader = self.session.kube
        try:
            reader.namespace_uid("kube-system")
        except KubeError as error:
            if error.code is not Code.KUBE_FORBIDDEN:
                raise
        return reader
