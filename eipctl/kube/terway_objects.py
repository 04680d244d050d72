"""Objects of Terway (network.alibabacloud.com/v1beta1) that tell ENI ids.

PodENI: a Pod with an ENI of its own (trunk or exclusive). NetworkInterface: such an ENI. Node: the shared ENIs of one
node with the Pod at each IP. A cluster may serve none, some or all of them, and a reader may lack the right to one:
what can't be read from here is asked of the cloud.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads annotations at run time
from typing import TYPE_CHECKING, TypeVar

import msgspec

from eipctl.base.errors import KubeError
from eipctl.domain.terway.eni_records import AddressRecord, TerwayRecords
from eipctl.kube import listing
from eipctl.kube.discovery import object_path
from eipctl.kube.wire import Meta, Wire, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from eipctl.kube.client import KubeClient

_TERWAY = "network.alibabacloud.com/v1beta1"
T = TypeVar("T")


class Eni(Wire):
    """The ENI in the spec of a PodENI or NetworkInterface."""

    id: str | None = None


class Allocation(Wire):
    """spec.allocations[] of a PodENI."""

    ipv4: str | None = None
    eni: Eni | None = None
    default_route: bool | None = None


class PodEniSpec(Wire):
    """spec of a PodENI."""

    allocations: list[Allocation] | None = None


class Phase(Wire):
    """status of a PodENI or NetworkInterface."""

    phase: str | None = None


class PodEni(Wire):
    """PodENI, named as its Pod."""

    metadata: Meta
    spec: PodEniSpec = msgspec.field(default_factory=PodEniSpec)
    status: Phase = msgspec.field(default_factory=Phase)

    def records(self) -> Iterator[AddressRecord]:
        """The default route's ENI, in phase Bind, for the Pod whose UID it names."""
        uid = texts(self.metadata.annotations).get("k8s.aliyun.com/pod-uid", "")
        allocations = self.spec.allocations or []
        chosen = next((item for item in allocations if item.default_route), allocations[0] if allocations else None)
        if self.status.phase != "Bind" or not uid or chosen is None or chosen.eni is None:
            return
        if chosen.eni.id and chosen.ipv4:
            yield AddressRecord(eni_id=chosen.eni.id, private_ip=chosen.ipv4, primary=True, pod_uid=uid)


class Reference(Wire):
    """spec.podENIRef of a NetworkInterface."""

    namespace: str | None = None
    name: str | None = None


class InterfaceSpec(Wire):
    """spec of a NetworkInterface."""

    eni: Eni | None = None
    ipv4: str | None = None
    pod_eni_ref: Reference | None = msgspec.field(default=None, name="podENIRef")


class Interface(Wire):
    """NetworkInterface. It names no Pod UID; it counts as compared with the cloud when it was made."""

    metadata: Meta
    spec: InterfaceSpec = msgspec.field(default_factory=InterfaceSpec)
    status: Phase = msgspec.field(default_factory=Phase)

    def records(self) -> Iterator[AddressRecord]:
        """The ENI in phase Bind."""
        spec, of = self.spec, self.spec.pod_eni_ref
        if self.status.phase == "Bind" and of and spec.eni and spec.eni.id and spec.ipv4:
            yield AddressRecord(
                eni_id=spec.eni.id,
                private_ip=spec.ipv4,
                primary=True,
                pod=f"{of.namespace}/{of.name}",
                synced=self.metadata.creation_timestamp,
            )


class NodeIp(Wire):
    """status.networkInterfaces[].ipv4[] of a Node."""

    ip: str | None = None
    primary: bool | None = None
    status: str | None = None
    pod_id: str | None = msgspec.field(default=None, name="podID")
    pod_uid: str | None = msgspec.field(default=None, name="podUID")


class Prefix(Wire):
    """status.networkInterfaces[].ipv4Prefix[] of a Node."""

    prefix: str | None = None
    status: str | None = None


class NodeInterface(Wire):
    """status.networkInterfaces[] of a Node."""

    status: str | None = None
    ipv4: dict[str, NodeIp] | None = None
    ipv4_prefix: list[Prefix] | None = None


class TerwayNodeStatus(Wire):
    """status of a Node."""

    network_interfaces: dict[str, NodeInterface] | None = None
    last_sync: datetime | None = msgspec.field(default=None, name="lastSyncOpenAPITime")


class TerwayNode(Wire):
    """Node of network.alibabacloud.com, named as the Kubernetes node."""

    metadata: Meta
    status: TerwayNodeStatus = msgspec.field(default_factory=TerwayNodeStatus)

    def records(self) -> Iterator[AddressRecord]:
        """Valid IPs of ENIs in use, each with its Pod (Terway pkg/eni/crdv2.go matches the same way)."""
        for eni_id, interface in (self.status.network_interfaces or {}).items():
            for address, ip in (interface.ipv4 or {}).items() if interface.status == "InUse" else ():
                if ip.status == "Valid" and ip.pod_id:
                    yield AddressRecord(
                        eni_id=eni_id,
                        private_ip=ip.ip or address,
                        primary=bool(ip.primary),
                        pod=ip.pod_id,
                        pod_uid=ip.pod_uid or "",
                        synced=self.status.last_sync,
                    )

    def prefixes(self) -> Iterator[str]:
        """The prefixes from which this node's Pods may get their IPs."""
        for interface in (self.status.network_interfaces or {}).values():
            for item in interface.ipv4_prefix or ():
                if item.prefix and item.status != "Deleting":
                    yield item.prefix


KINDS: dict[str, type[PodEni | Interface | TerwayNode]] = {
    "podenis": PodEni,
    "networkinterfaces": Interface,
    "nodes": TerwayNode,
}
"""By their plural, the ones that name a Pod's own ENI first."""
ABSENT = (403, 404)
"""How a server refuses the list of a kind that it does not serve, or that may not be read."""


def path_of(plural: str) -> str:
    """Where a kind of Terway's is."""
    return object_path(_TERWAY, plural, None)


def terway_records(client: KubeClient) -> TerwayRecords:
    """What the three kinds contain."""
    return records_of(*(_all(client, plural, kind) for plural, kind in KINDS.items()))


def records_of(*kinds: Iterable[PodEni | Interface | TerwayNode]) -> TerwayRecords:
    """What the objects of the three kinds contain, the most trusted kind first."""
    items = [item for kind in kinds for item in kind]
    addresses = tuple(record for item in items for record in item.records())
    return TerwayRecords(
        addresses, tuple(prefix for item in items if isinstance(item, TerwayNode) for prefix in item.prefixes())
    )


def _all(client: KubeClient, plural: str, kind: type[T]) -> tuple[T, ...]:
    try:
        return listing.whole(client, path_of(plural), kind)
    except KubeError as error:
        if error.status in ABSENT:
            return ()
        raise
