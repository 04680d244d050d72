"""A session: the readers of one cluster and one account, and, only for a run that changes something, the writers."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.stop import Stop
from eipctl.engine.calls import Call, Service
from eipctl.engine.pacing import Pacer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.aliyun.client import CloudClient
    from eipctl.aliyun.keys import Credentials
    from eipctl.domain.cost import Rates
    from eipctl.domain.facts import ClusterId
    from eipctl.engine.lock import Lock
    from eipctl.engine.ports import (
        IdentityReader,
        KubeReader,
        KubeWriter,
        RamReader,
        RamWriter,
        VpcReader,
        VpcWriter,
        WatchingReader,
    )
    from eipctl.kube.client import KubeClient


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to connect, as the common options and the environment say; None is "find out"."""

    kubeconfig: str | None = None
    context: str | None = None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
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

    @cached_property
    def kube_client(self) -> KubeClient:
        """The connection to the cluster."""
        from eipctl.kube.client import KubeClient

        client = KubeClient.connect(self.settings.kubeconfig, self.settings.context, self.stop)
        client.sending, client.heard = self._sending, self._heard
        return client

    @cached_property
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

    @cached_property
    def credentials(self) -> Credentials:
        """Who calls the cloud."""
        from eipctl.aliyun.credentials import resolve

        return resolve(self.settings.profile, self.settings.environ, self.settings.endpoint_url, self.stop)

    @property
    def told_region(self) -> str:
        """What the command line or the environment says; "" for nothing."""
        return self.settings.region or self.settings.environ.get("ALIBABA_CLOUD_REGION_ID", "")

    @cached_property
    def region(self) -> str:
        """--region, ALIBABA_CLOUD_REGION_ID, the profile's, or that of the cluster's nodes."""
        found = self.told_region or self.credentials.region or self._region_of_nodes()
        if not found:
            raise UsageError(
                Code.REGION_UNKNOWN,
                "the region is not known: neither an option, the environment, the profile nor the nodes say it",
                hint="give --region, for example --region cn-hangzhou",
            )
        return found

    @cached_property
    def rates(self) -> Rates:
        """What EIPs cost in the region."""
        return self.rates_of(self.region)

    def rates_of(self, region: str) -> Rates:
        """What they cost in one that may not be known."""
        from eipctl.engine.prices import rates

        return rates(self.settings.price_file, region)

    def _region_of_nodes(self) -> str:
        return next((node.region for node in self.kube.nodes() if node.region), "")

    @cached_property
    def cloud_client(self) -> CloudClient:
        """The connection to the account."""
        from eipctl.aliyun.client import CloudClient

        return CloudClient(
            self.credentials,
            self.region,
            endpoint_url=self.settings.endpoint_url,
            stop=self.stop,
            hooks=self.pacer,
        )

    @cached_property
    def kube(self) -> KubeReader:
        """Reads the cluster."""
        from eipctl.kube.reader import Reader

        return Reader(self.kube_client)

    def watch_pods(self) -> WatchingReader:
        """From now on Pods are read from memory, kept up by watches."""
        from eipctl.kube.watch import WatchingReader

        self.kube = reader = WatchingReader(self.kube_client)
        return reader

    @cached_property
    def vpc(self) -> VpcReader:
        """Reads EIPs and ENIs."""
        from eipctl.aliyun.vpc import Reader

        return Reader(self.cloud_client)

    @cached_property
    def ram(self) -> RamReader:
        """Reads roles and policies."""
        from eipctl.aliyun.ram import Reader

        return Reader(self.cloud_client)

    @cached_property
    def identity(self) -> IdentityReader:
        """Says who is calling."""
        from eipctl.aliyun.identity import Reader

        return Reader(self.cloud_client)

    def lock(self) -> Lock:
        """The cluster's Lease, not yet taken."""
        from eipctl.engine import lock
        from eipctl.kube.lease import Leases

        return lock.Lock(Leases(self.kube_client, lock.NAMESPACE, lock.NAME), self.stop)

    def writers(self) -> Writers:
        """Built only when a plan is carried out: a dry run has nothing it could write with."""
        return Writers(self)


class Writers:
    """What a run that changes something may use; each connects on first use, as the readers do."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def kube(self) -> KubeWriter:
        """Changes the cluster."""
        from eipctl.kube.writer import Writer

        return Writer(self._session.kube_client)

    @cached_property
    def vpc(self) -> VpcWriter:
        """Changes EIPs."""
        from eipctl.aliyun.vpc import Writer

        return Writer(self._session.cloud_client)

    @cached_property
    def ram(self) -> RamWriter:
        """Changes policies."""
        from eipctl.aliyun.ram import Writer

        return Writer(self._session.cloud_client)
