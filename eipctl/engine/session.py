"""A session: the readers of one cluster and one account, and, only for a run that changes something, the writers."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.lazy import lazy
from eipctl.base.stop import Stop
from eipctl.engine.calls import Call, Service
from eipctl.engine.pacing import Pacer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eipctl.aliyun.client import CloudClient
    from eipctl.aliyun.identity import IdentityReader as IdentityReader
    from eipctl.aliyun.keys import Credentials
    from eipctl.aliyun.ram import RamReader as RamReader
    from eipctl.aliyun.ram import RamWriter as RamWriter
    from eipctl.aliyun.vpc import VpcReader as VpcReader
    from eipctl.aliyun.vpc import VpcWriter as VpcWriter
    from eipctl.domain.cost import Rates
    from eipctl.domain.facts import ClusterId
    from eipctl.domain.impersonation import Impersonation
    from eipctl.domain.terway.image_version import TerwayVersion
    from eipctl.engine.lock import Lock
    from eipctl.kube.client import KubeClient
    from eipctl.kube.reader import KubeReader as KubeReader
    from eipctl.kube.watch import WatchingReader
    from eipctl.kube.writer import KubeWriter as KubeWriter

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to connect, as the common options and the environment say; None is "find out"."""

    kubeconfig: str | None = None
    context: str | None = None
    acting: Impersonation | None = None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    endpoint_type: str | None = None
    timeout: float | None = None
    price_file: str | None = None
    api_limits: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


class Session:
    """Connects on first use, so that a command pays only for what it asks."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stop = Stop(settings.timeout)
        self.pacer = Pacer(self.stop, settings.api_limits)
        self.cluster: ClusterId | None = None
        """Which cluster it is, once that is known."""
        self.terway_version: TerwayVersion | None = None
        """The version of a Terway whose image names none, where the user has said it."""
        self.region_of_nodes = ""
        """Region of the cluster's nodes, once they were read: used if nothing else names a region."""

    @lazy
    def kube_client(self) -> KubeClient:
        """The connection to the cluster."""
        from eipctl.kube.client import KubeClient

        client = KubeClient.connect(self.settings.kubeconfig, self.settings.context, self.stop, self.settings.acting)
        client.sending, client.heard = self._sending, self._heard
        return client

    @lazy
    def namespace(self) -> str:
        """Where to look when no namespace is named, as kubectl does."""
        from eipctl.kube import namespace

        return namespace.meant(self.settings.kubeconfig, self.settings.context)

    def _sending(self, method: str, path: str) -> None:
        """A changing call of the Kubernetes API is about to go out."""
        self.pacer.sending(Call(service=Service.KUBERNETES, api=method, object=path))

    def _heard(self, method: str, path: str, status: int, seconds: float) -> None:
        """An answer of the Kubernetes API; 0 is none."""
        code = "" if 200 <= status < 300 else str(status or "no answer")
        self.pacer.told(Call(service=Service.KUBERNETES, api=method, object=path, code=code, seconds=seconds))

    @lazy
    def credentials(self) -> Credentials:
        """Who calls the cloud."""
        from eipctl.aliyun.credentials import resolve

        told = self.settings
        return resolve(told.profile, told.environ, told.endpoint_url, self.stop, endpoint_type=told.endpoint_type or "")

    @property
    def told_region(self) -> str:
        """What the command line or the environment says; "" for nothing."""
        return self.settings.region or self.settings.environ.get("ALIBABA_CLOUD_REGION_ID", "")

    @property
    def region_known(self) -> bool:
        """Whether it is known without reading the nodes."""
        return bool(self.told_region or self.credentials.region or self.region_of_nodes)

    @lazy
    def region(self) -> str:
        """--region, ALIBABA_CLOUD_REGION_ID, the profile's, or that of the cluster's nodes."""
        found = self.told_region or self.credentials.region or self.region_of_nodes
        if not found:
            raise UsageError(
                Code.REGION_UNKNOWN,
                "the region is not known: neither an option, the environment, the profile nor the nodes say it",
                hint="give --region, for example --region cn-hangzhou",
            )
        return found

    @lazy
    def rates(self) -> Rates:
        """What EIPs cost in the region."""
        return self.rates_of(self.region)

    def rates_of(self, region: str) -> Rates:
        """What they cost in one that may not be known."""
        from datetime import UTC, datetime

        from eipctl.engine.prices import rates

        return rates(self.settings.price_file, region, datetime.now(UTC).date())

    @lazy
    def cloud_client(self) -> CloudClient:
        """The connection to the account."""
        from eipctl.aliyun.client import CloudClient

        return CloudClient(
            self.credentials,
            self.region,
            endpoint_url=self.settings.endpoint_url,
            internal=self.credentials.internal,
            stop=self.stop,
            hooks=self.pacer,
        )

    @lazy
    def kube(self) -> KubeReader:
        """Reads the cluster."""
        from eipctl.kube.reader import KubeReader

        return KubeReader(self.kube_client)

    def watch_pods(self) -> WatchingReader:
        """From now on Pods are read from memory, kept up by watches."""
        from eipctl.kube.watch import WatchingReader

        self.kube = reader = WatchingReader(self.kube_client)
        return reader

    @lazy
    def vpc(self) -> VpcReader:
        """Reads EIPs and ENIs."""
        from eipctl.aliyun.vpc import VpcReader

        return VpcReader(self.cloud_client)

    @lazy
    def ram(self) -> RamReader:
        """Reads roles and policies."""
        from eipctl.aliyun.ram import RamReader

        return RamReader(self.cloud_client)

    @lazy
    def identity(self) -> IdentityReader:
        """Says who is calling."""
        from eipctl.aliyun.identity import IdentityReader

        return IdentityReader(self.cloud_client)

    def lock(self, *, hands_over: bool = False) -> Lock:
        """The cluster's Lease, not yet taken."""
        from eipctl.engine import lock
        from eipctl.kube.lease import Leases

        leases = Leases(self.kube_client, lock.NAMESPACE, lock.NAME)
        return lock.Lock(leases, self.stop, hands_over=hands_over)

    def writers(self) -> Writers:
        """Built only when a plan is carried out: a dry run has nothing it could write with."""
        return Writers(self)


class Writers:
    """What a run that changes something may use; each connects on first use, as the readers do."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kept: dict[type, Any] = {}

    def one(self, kind: type[Kept], make: Callable[[], Kept]) -> Kept:
        """The run's only object of a kind, for all its plans: made when it is first asked for."""
        if kind not in self._kept:
            self._kept[kind] = make()
        kept: Kept = self._kept[kind]
        return kept

    @lazy
    def kube(self) -> KubeWriter:
        """Changes the cluster."""
        from eipctl.kube.writer import KubeWriter

        return KubeWriter(self._session.kube_client)

    @lazy
    def vpc(self) -> VpcWriter:
        """Changes EIPs."""
        from eipctl.aliyun.vpc import VpcWriter

        return VpcWriter(self._session.cloud_client)

    @lazy
    def ram(self) -> RamWriter:
        """Changes policies."""
        from eipctl.aliyun.ram import RamWriter

        return RamWriter(self._session.cloud_client)
