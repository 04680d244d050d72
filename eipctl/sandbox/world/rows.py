"""What nodes and their Terway remember, besides the API objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from eipctl.sandbox.store import Store, Table

V = TypeVar("V")


class Stage(StrEnum):
    """How far a kubelet is with a Pod."""

    NETWORK = "network"
    """CNI ADD is being tried: no sandbox yet."""
    EIP = "eip"
    """CNI ADD is under way: Terway waits for the EIP to be InUse."""
    STARTING = "starting"
    """Containers are being started."""
    RUNNING = "running"
    CRASHED = "crashed"
    """A container waits for its next restart."""
    STOPPING = "stopping"
    """Containers are being stopped."""
    CNI_DEL = "cni-del"
    """CNI DEL is being tried."""
    ROLL_BACK = "roll-back"
    """CNI ADD has failed, and Terway lets go of the EIP that it has allocated."""
    RELEASING = "releasing"
    """CNI DEL is under way: Terway waits for the EIP to be Available."""
    STOPPED = "stopped"
    """Nothing of the Pod is left on the node."""


@dataclass(frozen=True, slots=True)
class EipRecord:
    """An EIP as Terway's node database has it; `delete` when it is to be released with its Pod."""

    allocation_id: str
    address: str
    delete: bool
    package: str = ""
    pod: str = ""
    """``namespace/name``; Terway knows no UID."""
    eni_id: str = ""
    ip: str = ""
    doomed: bool = False
    """Whether a round of garbage collection has missed the Pod; the next one lets go."""
    step: str = ""
    """What Terway does next: associate, wait (for InUse), look, unassociate, free (wait for Available), release."""
    tries: int = 0
    """How often it has tried that in vain."""


@dataclass(frozen=True, slots=True)
class PodRow:
    """A Pod as its kubelet knows it; `due` is when its stage is over."""

    namespace: str
    name: str
    uid: str
    node: str
    stage: Stage
    due: float = 0.0
    eni_id: str = ""
    ip: str = ""
    eip: EipRecord | None = None
    """The EIP that is on its way; a settled one is in the node's database."""
    restarts: int = 0
    host_network: bool = False
    own_eni: bool = False
    """Whether the ENI is the Pod's alone: a member of the node's trunk, or an exclusive one."""
    sticky: bool = False
    """Whether Terway keeps IP and EIP for a while after CNI DEL."""
    run: str = ""
    """The run of Terway's daemon that CNI ADD or DEL is under way in."""
    ends: float = 0.0
    """When the kubelet gives up waiting for CNI ADD; 0 when it has."""
    why: str = ""
    """What CNI ADD failed with, while it is rolled back."""


@dataclass(frozen=True, slots=True)
class Address:
    """A private IP of an ENI."""

    eni_id: str
    ip: str


@dataclass(frozen=True, slots=True)
class NodeRow:
    """The IPs that Terway has for a node's Pods; `free` is used from the front and refilled at the end."""

    name: str
    instance_id: str
    enis: tuple[str, ...] = ()
    free: tuple[Address, ...] = ()
    idle_since: dict[str, float] = field(default_factory=dict)
    """When a free IP came back to the pool."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """Terway's Pod that runs on a node, with what it read when it started."""

    pod_uid: str
    run: str
    """Another one after every start of its container."""
    collects_at: float
    """The next round of garbage collection."""
    version: tuple[int, ...]
    manages_eips: bool
    """For Pods with an IP of a shared ENI, or (mode ENIOnly) an ENI of their own."""
    mode: str
    """``ENIMultiIP``, ``ENIOnly`` or ``VPC``."""
    trunk: bool
    robs: bool
    stateful_kinds: tuple[str, ...]
    """In lower case."""
    tags: tuple[tuple[str, str], ...]
    key_id: str = ""
    """The AccessKey whose rights it has; else those of `role`."""
    role: str = ""
    warning: str = ""
    """What its log says of its configuration."""
    reclaim_seconds: float = 0.0
    """After how long an idle IP is unassigned; 0 for never."""


class Rows:
    """The world's tables."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.pods: Table[PodRow] = self._table("pods", PodRow)
        self.nodes: Table[NodeRow] = self._table("nodes", NodeRow)
        self.daemons: Table[Daemon] = self._table("daemons", Daemon)
        """Node to its running Terway."""
        self.database: Table[EipRecord] = self._table("terway", EipRecord)
        """``<node>/<Pod UID>`` to the EIP that the node's Terway holds."""
        self.hosts: Table[int] = self._table("hosts", int)
        """vSwitch to the last host number given out."""

    def _table(self, name: str, kind: type[V]) -> Table[V]:
        return self._store.table(f"world.{name}", msgspec.json.encode, msgspec.json.Decoder(kind).decode)

    def clear(self) -> None:
        """Forget everything."""
        with self._store.transaction():
            for table in (self.pods, self.nodes, self.daemons, self.database, self.hosts):
                table.clear()
