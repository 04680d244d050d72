"""Leases (coordination.k8s.io/v1): read, and written only if nobody else wrote since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, KubeError, OutcomeUnknown
from eipctl.domain.settings import EIPCTL
from eipctl.kube import objects, wire
from eipctl.kube.discovery import object_path

if TYPE_CHECKING:
    from eipctl.kube.client import KubeClient

API = "coordination.k8s.io/v1"
HANDS_OVER = EIPCTL + "hands-over"
"""The annotation in which a holder records that it gives the Lease to whoever asks for it."""
ASKED_BY = EIPCTL + "asked-by"
"""The annotation in which a run asks such a holder for the Lease."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Its holder ("" if none), when it expires as last renewed, and its version ("" before it exists)."""

    holder: str
    renewed: datetime | None
    seconds: int
    resource_version: str
    hands_over: bool = False
    """Whether its holder gives it to whoever asks."""
    asked_by: str = ""
    """The run that has asked for it; "" for none."""


class _Spec(msgspec.Struct, rename="camel"):
    holder_identity: str | None = None
    renew_time: datetime | None = None
    lease_duration_seconds: int | None = None


class _Lease(msgspec.Struct):
    metadata: wire.Meta
    spec: _Spec | None = None


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

    def write(self, before: Lease, holder: str, seconds: int, *, hands_over: bool = False) -> Lease:
        """Take, renew or (holder "") give back; KubeError 409 if it was written since `before`.

        Taking it answers whoever has asked for it, and records whether this holder `hands_over`.
        """
        spec = {
            "holderIdentity": holder,
            "renewTime": self.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "leaseDurationSeconds": seconds,
        }
        metadata: dict[str, Any] = {"name": self._name, "namespace": self._namespace}
        if holder and holder != before.holder:
            metadata["annotations"] = {HANDS_OVER: holder if hands_over else None, ASKED_BY: None}
        body: dict[str, Any] = {"apiVersion": API, "kind": "Lease", "metadata": metadata, "spec": spec}
        if before.resource_version:
            metadata["resourceVersion"] = before.resource_version
            return self._patch(body, ending=not holder)
        metadata["annotations"] = {HANDS_OVER: holder} if hands_over else {}
        return _written(self._client.write("POST", object_path(API, "leases", self._namespace), body))

    def ask(self, before: Lease, asker: str) -> Lease:
        """Ask its holder to hand it over; KubeError 409 when somebody else wrote since `before`."""
        return self._patch({"metadata": {"resourceVersion": before.resource_version, "annotations": {ASKED_BY: asker}}})

    def _patch(self, body: dict[str, Any], *, ending: bool = False) -> Lease:
        path = object_path(API, "leases", self._namespace, self._name)
        return _written(self._client.write("PATCH", path, body, ending=ending))


def _written(raw: bytes) -> Lease:
    try:
        return _fact(wire.decode(raw, _Lease))
    except Failed as error:
        raise OutcomeUnknown(error.message, api="PATCH", code=Code.KUBE_UNREACHABLE, hint=error.hint) from error


def _fact(lease: _Lease) -> Lease:
    spec, noted = lease.spec or _Spec(), lease.metadata.annotations or {}
    holder, renewed = spec.holder_identity or "", spec.renew_time
    if renewed is not None and renewed.tzinfo is None:
        renewed = renewed.replace(tzinfo=UTC)
    return Lease(
        holder,
        renewed,
        spec.lease_duration_seconds or 0,
        lease.metadata.resource_version or "",
        hands_over=bool(holder) and noted.get(HANDS_OVER) == holder,
        asked_by=noted.get(ASKED_BY) or "",
    )
