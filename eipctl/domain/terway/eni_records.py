"""Where Pods' IPs are, as Terway's own objects tell it: the ENI ids for which no cloud call is needed.

An object that names the Pod's UID was written for this very Pod. One that names only the Pod's name may tell of an
earlier Pod of that name, so it counts only if Terway compared it with the cloud after the Pod was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from eipctl.domain.facts import EniAddress

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from eipctl.domain.facts import Pod


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRecord:
    """One private IP of one ENI. `pod` is ``namespace/name``; `synced` is when it was compared with the cloud."""

    eni_id: str
    private_ip: str
    primary: bool
    pod: str = ""
    pod_uid: str = ""
    synced: datetime | None = None

    def tells_of(self, pod: Pod) -> bool:
        """Whether it records where this Pod's IP is."""
        if self.private_ip != pod.ip:
            return False
        if self.pod_uid:
            return self.pod_uid == pod.uid
        return self.pod == pod.key and self.synced is not None and self.synced >= pod.created


@dataclass(frozen=True, slots=True)
class TerwayRecords:
    """Addresses, the most trusted kind of object first, and the IPv4 prefixes (CIDR) of ENIs in prefix mode."""

    addresses: tuple[AddressRecord, ...] = ()
    prefixes: tuple[str, ...] = ()


def recorded(pods: Iterable[Pod], records: TerwayRecords, vpc_id: str) -> dict[str, EniAddress]:
    """Pod UID to the address in the first record of this Pod."""
    by_ip: dict[str, list[AddressRecord]] = {}
    for record in records.addresses:
        by_ip.setdefault(record.private_ip, []).append(record)
    found: dict[str, EniAddress] = {}
    for pod in pods:
        told = next((record for record in by_ip.get(pod.ip, ()) if record.tells_of(pod)), None)
        if told is not None:
            found[pod.uid] = EniAddress(told.eni_id, pod.ip, primary=told.primary, vpc_id=vpc_id)
    return found


def in_prefix(pod: Pod, prefixes: Iterable[str]) -> bool:
    """Whether the Pod's IP comes from a prefix of an ENI; whether an EIP can be bound there is not documented."""
    return bool(pod.ip) and any(_holds(prefix, pod.ip) for prefix in prefixes)


def _holds(prefix: str, ip: str) -> bool:
    try:
        return ip_address(ip) in ip_network(prefix, strict=False)
    except ValueError:
        return False
