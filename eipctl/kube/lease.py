"""Leases (coordination.k8s.io/v1): read, and written only if nobody else wrote since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - msgspec reads the annotation at run time
from typing import TYPE_CHECKING, Any

import msgspec

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, KubeError, OutcomeUnknown
from eipctl.kube import objects, wire
from eipctl.kube.discovery import object_path

if TYPE_CHECKING:
    from eipctl.kube.client import KubeClient

API = "coordination.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class Lease:
    """Its holder ("" if none), when it expires as last renewed, and its version ("" before it exists)."""

    holder: str
    renewed: datetime | None
    seconds: int
    resource_version: str


class _Spec(msgspec.Struct, rename="camel"):
    holder_identity: str | None = None
    renew_time: datetime | None = None
    lease_duration_seconds: int | None = None


class _Lease(msgspec.Struct):
    metadata: wire.Meta
    spec: _Spec = msgspec.field(default_factory=_Spec)


class Leases:
    """One named Lease."""

    def __init__(self, client: KubeClient, namespace: str, name: str) -> None:
        self._client, self._namespace, self._name = client, namespace, name

    def read(self) -> Lease:
        """As it is now; one without holder and version when there is none."""
        try:
            raw = self._client.get(object_path(API, "leases", self._namespace, self._name))
        except KubeError as error:
            if error.status == 404:
                return Lease("", None, 0, "")
            raise
        return _fact(objects.decode_object(raw, _Lease, self._name))

    def now(self) -> datetime:
        """The API server's clock: the one by which `renewed` is written and read."""
        return self._client.now()

    def write(self, before: Lease, holder: str, seconds: int) -> Lease:
        """Take, renew or (holder "") give back; KubeError 409 if it was written since `before`."""
        spec = {
            "holderIdentity": holder,
            "renewTime": self.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "leaseDurationSeconds": seconds,
        }
        metadata: dict[str, Any] = {"name": self._name, "namespace": self._namespace}
        body: dict[str, Any] = {"apiVersion": API, "kind": "Lease", "metadata": metadata, "spec": spec}
        if before.resource_version:
            metadata["resourceVersion"] = before.resource_version
            path = object_path(API, "leases", self._namespace, self._name)
            raw = self._client.write("PATCH", path, body, ending=not holder)
        else:
            raw = self._client.write("POST", object_path(API, "leases", self._namespace), body)
        try:
            return _fact(wire.decode(raw, _Lease))
        except Failed as error:
            raise OutcomeUnknown(error.message, api="PATCH", code=Code.KUBE_UNREACHABLE, hint=error.hint) from error


def _fact(lease: _Lease) -> Lease:
    spec = lease.spec
    version = lease.metadata.resource_version or ""
    return Lease(spec.holder_identity or "", spec.renew_time, spec.lease_duration_seconds or 0, version)
