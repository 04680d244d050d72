"""PodEIP objects of ack-extend-network-controller (alibabacloud.com/v1beta1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from eipctl.base.errors import KubeError
from eipctl.domain import pod_eips as domain
from eipctl.domain.strategy import FOLLOW, Strategy, parse_strategy
from eipctl.kube import discovery, listing
from eipctl.kube.discovery import object_path
from eipctl.kube.wire import Wire

if TYPE_CHECKING:
    from eipctl.kube.client import KubeClient

_GROUP, _PLURAL = "alibabacloud.com", "podeips"
_API = f"{_GROUP}/v1beta1"
NEVER = Strategy(None)


class AllocationType(Wire):
    """spec.allocationType."""

    type: str | None = None
    release_strategy: str | None = None
    release_after: str | None = None

    def strategy(self) -> Strategy:
        """What can't be read keeps the EIP."""
        if self.release_strategy in (None, "", "Follow"):
            return FOLLOW
        if self.release_strategy == "TTL":
            return parse_strategy(self.release_after or "") or NEVER
        return NEVER


class PodEipSpec(Wire):
    """spec."""

    allocation_id: str | None = msgspec.field(default=None, name="allocationID")
    allocation_type: AllocationType | None = None


class PodEipStatus(Wire):
    """status."""

    eni_id: str | None = msgspec.field(default=None, name="networkInterfaceID")
    private_ip: str | None = msgspec.field(default=None, name="privateIPAddress")
    address: str | None = msgspec.field(default=None, name="eipAddress")


class PodEipMeta(Wire):
    """metadata."""

    name: str = ""
    namespace: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    deletion_timestamp: str | None = None
    finalizers: list[str] | None = None


class PodEipObject(Wire):
    """PodEIP, named as its Pod."""

    metadata: PodEipMeta
    spec: PodEipSpec | None = None
    status: PodEipStatus | None = None

    def fact(self) -> domain.PodEip:
        """What it tells."""
        meta, spec, status = self.metadata, self.spec or PodEipSpec(), self.status or PodEipStatus()
        kind = spec.allocation_type or AllocationType()
        return domain.PodEip(
            namespace=meta.namespace or "",
            name=meta.name,
            uid=meta.uid or "",
            resource_version=meta.resource_version or "",
            finalizers=tuple(meta.finalizers or ()),
            leaving=meta.deletion_timestamp is not None,
            allocation_id=spec.allocation_id or "",
            allocation_type=kind.type or "",
            strategy=kind.strategy(),
            eni_id=status.eni_id or "",
            private_ip=status.private_ip or "",
            address=status.address or "",
        )


def path_of(namespace: str, name: str) -> str:
    """Where one of them is."""
    return object_path(_API, _PLURAL, namespace, name)


def pod_eips(client: KubeClient) -> tuple[domain.PodEip, ...]:
    """All of them. Who may not list them can't know whether Pods are another's: it raises."""
    path = object_path(_API, _PLURAL, None)
    try:
        items = listing.whole(client, path, PodEipObject)
    except KubeError as error:
        if error.status == 404 or (error.status == 403 and not discovery.versions(client, _GROUP, _PLURAL)):
            return ()
        raise
    return tuple(item.fact() for item in items)


def unread_version(client: KubeClient) -> str:
    """``alibabacloud.com/v2`` where the API server serves PodEIPs only in a version that is not read here; else ""."""
    versions = discovery.versions(client, _GROUP, _PLURAL)
    return "" if not versions or _API in versions else versions[0]
