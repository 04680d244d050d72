"""EIPs and ENIs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from eipctl.aliyun import parse
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Failed
from eipctl.domain import cloud_apis
from eipctl.domain.facts import Eip, EipListing, EniAddress
from eipctl.domain.settings import BY_FIELD, OF_EIP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from eipctl.aliyun.client import CloudClient
    from eipctl.domain.plan import Pairs
    from eipctl.domain.settings import EipSpec

T = TypeVar("T")
EIPS_A_PAGE = 100
IDS_A_CALL = 50
ENIS_A_PAGE = 500
IPS_A_CALL = 100
LIST_TRIES = 3


class VpcReader:
    """Reads EIPs and ENIs of one account and region."""

    def __init__(self, client: CloudClient) -> None:
        self._client = client

    def now(self) -> datetime:
        """The cloud's clock, as its last answer told it: the one that all times of EIPs are of, those in tags too."""
        return self._client.clock.now()

    def list_eips(self) -> EipListing:
        """Every EIP of the region, unfiltered. Pages are no snapshot: a list that doesn't add up is read again."""
        for _ in range(LIST_TRIES):
            listing = self._list_once()
            if listing.complete:
                break
        return listing

    def _list_once(self) -> EipListing:
        pages = _Pages()
        while not pages.ended:
            params = {"PageNumber": pages.number, "PageSize": EIPS_A_PAGE}
            pages.add(self._client.ask(cloud_apis.DESCRIBE_EIPS, params, parse.EipPage))
        return pages.listing()

    def eips_by_id(self, allocation_ids: Sequence[str]) -> Mapping[str, Eip]:
        """The EIPs that exist among `allocation_ids`, 50 a call."""
        found: dict[str, Eip] = {}
        for batch in _batches(allocation_ids, IDS_A_CALL):
            params = {"AllocationId": ",".join(batch), "PageSize": IDS_A_CALL}
            answer = self._client.ask(cloud_apis.DESCRIBE_EIPS, params, parse.EipPage)
            found |= {eip.allocation_id: eip for eip in _eips(answer)}
        return {name: found[name] for name in allocation_ids if name in found}

    def enis_by_ip(self, vpc_id: str, private_ips: Sequence[str]) -> tuple[EniAddress, ...]:
        """Where these private IPs are, 100 a call; all IPs of each ENI found."""
        found: dict[EniAddress, None] = {}
        for batch in _batches(private_ips, IPS_A_CALL):
            params = {"VpcId": vpc_id, "PrivateIpAddress": batch, "MaxResults": IPS_A_CALL}
            found |= dict.fromkeys(_within(vpc_id, self._enis(params)))
        return tuple(found)

    def enis_of_vpc(self, vpc_id: str) -> tuple[EniAddress, ...]:
        """Every private IP of every ENI of the VPC, 500 ENIs a page."""
        return tuple(dict.fromkeys(_within(vpc_id, self._enis({"VpcId": vpc_id, "MaxResults": ENIS_A_PAGE}))))

    def vpcs_of_enis(self, eni_ids: Sequence[str]) -> Mapping[str, str]:
        """ENI id to its VPC, 100 a call; an ENI that this account and region don't have is absent."""
        found: dict[str, str] = {}
        for batch in _batches(eni_ids, IPS_A_CALL):
            addresses = self._enis({"NetworkInterfaceId": batch, "MaxResults": IPS_A_CALL})
            found |= {address.eni_id: address.vpc_id for address in addresses}
        return found

    def vpc_of_instance(self, instance_id: str) -> str:
        """The VPC of an ECS instance's ENIs; "" when this account and region know no such instance."""
        try:
            found = next(self._enis({"InstanceId": instance_id, "MaxResults": IPS_A_CALL}), None)
        except CloudError as error:
            if error.cloud_code.endswith(".NotFound"):
                return ""
            raise
        return found.vpc_id if found else ""

    def _enis(self, params: Mapping[str, Any]) -> Iterator[EniAddress]:
        token, seen = "", set[str]()
        while True:
            answer = self._client.ask(cloud_apis.DESCRIBE_ENIS, {**params, "NextToken": token}, parse.EniPage)
            for row in _need(answer.network_interface_sets, "NetworkInterfaceSets").network_interface_set or ():
                yield from row.addresses()
            token = answer.next_token or ""
            if not token:
                return
            if token in seen:
                raise Failed(Code.PARTIAL_READ, "DescribeNetworkInterfaces repeats its pages endlessly")
            seen.add(token)


@dataclass(slots=True)
class _Pages:
    """The pages of one list, and whether they add up."""

    number: int = 1
    total: int = -1
    eips: dict[str, Eip] = field(default_factory=dict)
    why: str = ""
    ended: bool = False

    def add(self, answer: parse.EipPage) -> None:
        """Take one page; `ended` says whether it was the last."""
        page = _eips(answer)
        total = _need(answer.total_count, "TotalCount")
        if self.total not in (-1, total):
            self.why = f"the number of EIPs changed from {self.total} to {total} while they were listed"
        self.total, before = total, len(self.eips)
        self.eips |= {eip.allocation_id or f"#{len(self.eips) + nth}": eip for nth, eip in enumerate(page)}
        if page and len(self.eips) == before:
            self.why = self.why or f"page {self.number} repeats EIPs of earlier pages"
        self.ended = bool(self.why) or not page or self.number * EIPS_A_PAGE >= total
        self.number += 1

    def listing(self) -> EipListing:
        """What was seen; complete only when every EIP that TotalCount counts is there."""
        if not self.why and len(self.eips) != self.total:
            self.why = f"{len(self.eips)} EIPs were listed but TotalCount says {self.total}"
        return EipListing(tuple(self.eips.values()), complete=not self.why, why=self.why)


class VpcWriter:
    """Changes EIPs."""

    def __init__(self, client: CloudClient) -> None:
        self._client = client

    def allocate(self, spec: EipSpec, tags: Pairs, token: str) -> tuple[str, str]:
        """AllocateEipAddress with all tags; `tags` win over those of `spec`. Allocation id and address."""
        return self._allocate(spec, tags, token, {})

    def recover(self, spec: EipSpec, tags: Pairs, token: str, wanted: str) -> tuple[str, str]:
        """AllocateEipAddress of a released EIP, by allocation id or address."""
        return self._allocate(spec, tags, token, {"InstanceId" if wanted.startswith("eip-") else "IpAddress": wanted})

    def _allocate(self, spec: EipSpec, tags: Pairs, token: str, wanted: Mapping[str, str]) -> tuple[str, str]:
        params = {
            **wanted,
            **{setting.api: getattr(spec, setting.field) for setting in OF_EIP if setting.api},
            "InstanceChargeType": "PostPaid",
            "Tag": _tags(tuple({**dict(spec.tags), **dict(tags)}.items())),
            "ClientToken": token,
        }
        answer = self._client.ask(cloud_apis.ALLOCATE, params, parse.Allocated)
        return answer.allocation_id, answer.eip_address

    def associate(self, allocation_id: str, eni_id: str, private_ip: str, token: str) -> None:
        """AssociateEipAddress with an ENI's private IP."""
        self._client.call(cloud_apis.ASSOCIATE, _binding(allocation_id, eni_id, private_ip, token))

    def unassociate(self, allocation_id: str, eni_id: str, private_ip: str, token: str) -> None:
        """UnassociateEipAddress, from this ENI and private IP only."""
        self._client.call(cloud_apis.UNASSOCIATE, _binding(allocation_id, eni_id, private_ip, token))

    def release(self, allocation_id: str) -> None:
        """ReleaseEipAddress."""
        self._client.call(cloud_apis.RELEASE, {"AllocationId": allocation_id})

    def tag(self, allocation_id: str, tags: Pairs) -> None:
        """TagResources."""
        self._client.call(cloud_apis.TAG, {**_resource(allocation_id), "Tag": _tags(tags)})

    def untag(self, allocation_id: str, keys: Sequence[str]) -> None:
        """UnTagResources; without keys nothing is sent, because the API would then take off all."""
        if keys:
            self._client.call(cloud_apis.UNTAG, {**_resource(allocation_id), "TagKey": list(keys)})

    def modify(self, allocation_id: str, changes: Mapping[str, int | str]) -> None:
        """ModifyEipAddressAttribute; `changes` are fields of an EipSpec that are :data:`~settings.MODIFIABLE`."""
        wanted = {BY_FIELD[field].modify: value for field, value in changes.items()}
        self._client.call(cloud_apis.MODIFY, {"AllocationId": allocation_id, **wanted})

    def join_package(self, allocation_id: str, package_id: str, token: str) -> None:
        """AddCommonBandwidthPackageIp."""
        self._client.call(cloud_apis.JOIN_PACKAGE, {**_membership(allocation_id, package_id, token), "IpType": "EIP"})

    def leave_package(self, allocation_id: str, package_id: str, token: str) -> None:
        """RemoveCommonBandwidthPackageIp."""
        self._client.call(cloud_apis.LEAVE_PACKAGE, _membership(allocation_id, package_id, token))


def _within(vpc_id: str, addresses: Iterable[EniAddress]) -> Iterator[EniAddress]:
    """Those of the VPC: another one may have the same private IPs, and nothing is bound to its ENIs."""
    return (address for address in addresses if address.vpc_id in ("", vpc_id))


def _membership(allocation_id: str, package_id: str, token: str) -> dict[str, str]:
    return {"BandwidthPackageId": package_id, "IpInstanceId": allocation_id, "ClientToken": token}


def _binding(allocation_id: str, eni_id: str, private_ip: str, token: str) -> dict[str, str]:
    return {
        "AllocationId": allocation_id,
        "InstanceId": eni_id,
        "InstanceType": "NetworkInterface",
        "PrivateIpAddress": private_ip,
        "ClientToken": token,
    }


def _resource(allocation_id: str) -> dict[str, Any]:
    return {"ResourceType": "EIP", "ResourceId": [allocation_id]}


def _tags(tags: Pairs) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags]


def _eips(answer: parse.EipPage) -> list[Eip]:
    return [parse.eip(row) for row in _need(answer.eip_addresses, "EipAddresses").eip_address or ()]


def _need(found: T | None, name: str) -> T:
    if found is None:
        raise Failed(Code.PARTIAL_READ, f"an answer of Alibaba Cloud has no {name}", hint="run the same command again")
    return found


def _batches(names: Sequence[str], size: int) -> Iterator[list[str]]:
    distinct = list(dict.fromkeys(names))
    return (distinct[start : start + size] for start in range(0, len(distinct), size))
