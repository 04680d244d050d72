"""What the simulated cloud remembers: one frozen dataclass per kind of object."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace

from eipctl.sandbox.cloud.switches import Switches

DEFAULT_GROUP = "rg-acfmxdefault0"
"""The account's default resource group."""
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EipRow:
    """An EIP. `private_ip` is the bound address of the ENI, also for its primary one (`primary`).

    `status` is what DescribeEipAddresses shows until the moment `settles_at` (0: it lasts).
    """

    allocation_id: str
    address: str
    region: str
    status: str = "Available"
    settles_at: float = 0.0
    instance_id: str = ""
    instance_type: str = ""
    private_ip: str = ""
    primary: bool = False
    mode: str = "NAT"
    bandwidth: int = 5
    internet_charge_type: str = "PayByBandwidth"
    charge_type: str = "PostPaid"
    isp: str = "BGP"
    name: str = ""
    description: str = ""
    resource_group_id: str = DEFAULT_GROUP
    bandwidth_package_id: str = ""
    pool_id: str = ""
    security_protection: tuple[str, ...] = ()
    tags: Pairs = ()
    allocated_at: float = 0.0
    expires_at: float = 0.0
    """The end of a subscription; 0 for none."""
    modified_until: float = 0.0
    """Until then another bandwidth is being set up."""
    locks: tuple[str, ...] = ()
    """``financial`` and ``security``."""
    protected: bool = False
    service_managed: bool = False
    segment_id: str = ""

    def unbound(self) -> EipRow:
        """The same EIP, Available."""
        return replace(
            self,
            status="Available",
            settles_at=0.0,
            instance_id="",
            instance_type="",
            private_ip="",
            primary=False,
            mode="NAT",
        )

    def settled(self, now: float) -> EipRow | None:
        """The EIP as it is by `now`; None once it is released."""
        if not self.settles_at or now < self.settles_at:
            return self
        if self.status == "Releasing":
            return None
        if self.status == "Associating":
            return replace(self, status="InUse", settles_at=0.0)
        return self.unbound()


@dataclass(frozen=True, slots=True)
class EniRow:
    """An elastic network interface with its private IPs."""

    eni_id: str
    vpc_id: str
    vswitch_id: str
    instance_id: str
    primary_ip: str
    secondary_ips: tuple[str, ...] = ()
    type: str = "Secondary"
    status: str = "InUse"
    tags: Pairs = ()
    created_at: float = 0.0
    prefixes: tuple[str, ...] = ()
    """IPv4 prefixes, ``10.0.1.0/28``, whose IPs are not listed one by one."""

    def holds(self, ip: str) -> bool:
        """Whether `ip` is inside one of the prefixes."""
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return False
        return any(address in ipaddress.ip_network(prefix) for prefix in self.prefixes)


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """An ECS instance and its RAM role."""

    instance_id: str
    vpc_id: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class VSwitchRow:
    """A vSwitch."""

    vswitch_id: str
    vpc_id: str
    cidr: str
    zone: str


@dataclass(frozen=True, slots=True)
class PackageRow:
    """An Internet shared bandwidth; no operation on it before `busy_until`."""

    package_id: str
    bandwidth: int
    isp: str = "BGP"
    busy_until: float = 0.0
    protected: bool = False


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """An OIDC identity provider; "" and () accept any issuer and client."""

    name: str
    issuer: str = ""
    client_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UserRow:
    """A RAM user, or ``root`` for the account itself, with the keys of its policies."""

    name: str
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An AccessKey of a user, or (with `token`) the temporary one of a role's session."""

    key_id: str
    secret: str
    user: str = ""
    role: str = ""
    session: str = ""
    token: str = ""
    session_policy: str = ""
    expires_at: float = 0.0


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A RAM role; `policies` are keys of policies in the order they were attached, with the moment."""

    name: str
    role_id: str
    trust: str
    description: str = ""
    policies: tuple[tuple[str, float], ...] = ()
    max_session: int = 3600
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of a policy document."""

    version: str
    document: str
    created_at: float


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A RAM policy; at least one version exists, `default` names the one in force."""

    name: str
    system: bool
    versions: tuple[PolicyVersion, ...]
    default: str = "v1"
    created: int = 1
    """How many versions were ever made."""
    description: str = ""
    created_at: float = 0.0

    @property
    def type(self) -> str:
        """``System`` or ``Custom``."""
        return "System" if self.system else "Custom"

    @property
    def key(self) -> str:
        """``Custom/<name>``; a system policy and a custom one may share a name."""
        return f"{self.type}/{self.name}"

    def version(self, name: str) -> PolicyVersion | None:
        """The version of that name."""
        return next((version for version in self.versions if version.version == name), None)

    @property
    def document(self) -> str:
        """The document in force."""
        version = self.version(self.default)
        return version.document if version else ""


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """An ACK cluster."""

    cluster_id: str
    name: str
    vpc_id: str
    worker_role: str
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class TokenRow:
    """What a ClientToken was used for, and the answer: a reply as JSON, or the code and status of a refusal."""

    parameters: str
    reply: str
    at: float
    code: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Settings:
    """The account's quota, rate limits that differ from the documented ones, what it owns by name, and the switches."""

    quota: int = 20
    resource_groups: tuple[str, ...] = (DEFAULT_GROUP,)
    pools: tuple[str, ...] = ()
    """Its public IP address pools."""
    limits: tuple[tuple[str, int, float], ...] = ()
    switches: Switches = field(default_factory=Switches)
