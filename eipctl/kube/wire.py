"""The few fields of API objects that eipctl reads, decoded straight from bytes, and the facts they make.

Optional fields allow null: Go writes it for empty values.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from datetime import UTC, datetime
from functools import lru_cache
from typing import ClassVar, Generic, TypeVar

import msgspec

from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.domain import containers, facts
from eipctl.domain.pod_annotations import annotation_fields, read_labels
from eipctl.kube.failures import NO_API

_PROVIDER_ID = re.compile(r"(?:alicloud://)?(?P<region>[a-z0-9-]+)\.(?P<instance>i-[a-z0-9]+)")
T = TypeVar("T")
H = TypeVar("H", bound=Hashable)
FIELD_MANAGER = "eipctl"
EIP_CONDITION = "k8s.aliyun.com/eip"
"""The readiness gate and condition of ack-extend-network-controller's documentation."""
_EPOCH = datetime.fromtimestamp(0, UTC)


class Wire(msgspec.Struct, rename="camel", gc=False):
    """Field names in camelCase. gc=False: decoded JSON has no cycles, and 10,000 Pods decode several times faster."""


class OwnerReference(Wire):
    """metadata.ownerReferences[]."""

    kind: str
    name: str
    uid: str
    controller: bool | None = None


class Meta(Wire):
    """metadata."""

    name: str = ""
    namespace: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    labels: dict[str, str | None] | None = None
    annotations: dict[str, str | None] | None = None
    owner_references: list[OwnerReference] | None = None


class ListMeta(Wire):
    """metadata of a list."""

    continue_: str | None = msgspec.field(default=None, name="continue")
    resource_version: str | None = None


class Condition(Wire):
    """status.conditions[]."""

    type: str
    status: str


class EnvVar(Wire):
    """spec.containers[].env[]."""

    name: str
    value: str | None = None


class ContainerSpec(Wire):
    """spec.containers[]; its command line and variables stay as they came, for few of them matter."""

    name: str | None = None
    image: str | None = None
    command: msgspec.Raw = msgspec.Raw(b"null")
    args: msgspec.Raw = msgspec.Raw(b"null")
    env: msgspec.Raw = msgspec.Raw(b"null")

    def fact(self) -> containers.Container:
        """What eipctl calls a container."""
        words = (word for line in (self.command, self.args) for word in _list(line, str))
        env = ((item.name, item.value or "") for item in _list(self.env, EnvVar))
        return containers.Container(self.name or "", self.image or "", tuple(words), tuple(env))


class Gate(Wire):
    """spec.readinessGates[]."""

    condition_type: str


class Waiting(Wire):
    """status.containerStatuses[].state.waiting."""

    reason: str | None = None


class ContainerState(Wire):
    """status.containerStatuses[].state."""

    waiting: Waiting | None = None


class ContainerStatus(Wire):
    """status.containerStatuses[]."""

    state: ContainerState | None = None


class PodIp(Wire):
    """status.podIPs[]."""

    ip: str | None = None


class PodSpec(Wire):
    """spec of a Pod."""

    node_name: str | None = None
    host_network: bool | None = None
    containers: list[ContainerSpec] | None = None
    readiness_gates: list[Gate] | None = None


class PodStatus(Wire):
    """status of a Pod."""

    phase: str | None = None
    pod_ip: str | None = msgspec.field(default=None, name="podIP")
    pod_ips: list[PodIp] | None = msgspec.field(default=None, name="podIPs")
    conditions: list[Condition] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None


class PodObject(Wire):
    """v1 Pod."""

    KIND: ClassVar[str] = "Pod"
    metadata: Meta
    kind: str = ""
    spec: PodSpec = msgspec.field(default_factory=PodSpec)
    status: PodStatus = msgspec.field(default_factory=PodStatus)

    def fact(self) -> facts.Pod:
        """What eipctl calls a Pod."""
        meta, spec, status = self.metadata, self.spec, self.status
        conditions = {condition.type: condition.status for condition in status.conditions or ()}
        return facts.Pod(
            namespace=meta.namespace or "",
            name=meta.name,
            uid=meta.uid or "",
            created=meta.creation_timestamp or _EPOCH,
            node=spec.node_name or "",
            ip=_ip(status),
            phase=status.phase or "Pending",
            ready=conditions.get("Ready") == "True",
            terminating=meta.deletion_timestamp is not None,
            host_network=bool(spec.host_network),
            labels=read_labels(texts(meta.labels)),
            **annotation_fields(texts(meta.annotations)),
            owner=_owner(meta),
            containers=tuple(item.fact() for item in spec.containers or ()) if spec.host_network else (),
            images=_same(tuple([container.image or "" for container in spec.containers or ()])),
            waiting=_waiting(status),
            resource_version=meta.resource_version or "",
            eip_gate=EIP_CONDITION in [gate.condition_type for gate in spec.readiness_gates or ()],
            eip_condition=conditions.get(EIP_CONDITION, ""),
        )


class NodeSpec(Wire):
    """spec of a Node."""

    provider_id: str | None = msgspec.field(default=None, name="providerID")


class NodeStatus(Wire):
    """status of a Node."""

    conditions: list[Condition] | None = None


class NodeObject(Wire):
    """v1 Node."""

    KIND: ClassVar[str] = "Node"
    metadata: Meta
    kind: str = ""
    spec: NodeSpec = msgspec.field(default_factory=NodeSpec)
    status: NodeStatus = msgspec.field(default_factory=NodeStatus)

    def fact(self) -> facts.Node:
        """What eipctl calls a node; no region and instance unless the providerID is an ECS instance's."""
        match = _PROVIDER_ID.fullmatch(self.spec.provider_id or "")
        return facts.Node(
            name=self.metadata.name,
            labels=texts(self.metadata.labels),
            instance_id=match["instance"] if match else "",
            region=match["region"] if match else "",
            ready=_is(self.status.conditions, "Ready", "True"),
            silent=_is(self.status.conditions, "Ready", "Unknown"),
        )


class Object(Wire):
    """Any object, its metadata only."""

    metadata: Meta


class Page(Wire, Generic[T]):
    """One page of a list; null items are none."""

    kind: str
    items: list[T] | None = None
    metadata: ListMeta = msgspec.field(default_factory=ListMeta)

    def __post_init__(self) -> None:
        if not self.kind.endswith("List"):
            raise ValueError(f"a {self.kind} is not a list")


class Event(Wire):
    """A line of a watch."""

    type: str
    object: msgspec.Raw


class Told(Wire):
    """What each object of a watch has: an object its version, a Status its code."""

    metadata: Meta = msgspec.field(default_factory=Meta)
    code: int | None = None


class ReviewStatus(Wire):
    """status of a SelfSubjectAccessReview."""

    allowed: bool = False


class Review(Wire):
    """SelfSubjectAccessReview."""

    KIND: ClassVar[str] = "SelfSubjectAccessReview"
    kind: str = ""
    status: ReviewStatus = msgspec.field(default_factory=ReviewStatus)


class UserInfo(Wire):
    """status.userInfo of a SelfSubjectReview."""

    username: str = ""


class IdentityStatus(Wire):
    """status of a SelfSubjectReview."""

    user_info: UserInfo = msgspec.field(default_factory=UserInfo)


class Identity(Wire):
    """SelfSubjectReview."""

    KIND: ClassVar[str] = "SelfSubjectReview"
    kind: str = ""
    status: IdentityStatus = msgspec.field(default_factory=IdentityStatus)


class Resource(Wire):
    """APIResourceList.resources[]."""

    name: str
    kind: str
    namespaced: bool = False
    singular_name: str | None = None
    short_names: list[str] | None = None


class Resources(Wire):
    """APIResourceList."""

    KIND: ClassVar[str] = "APIResourceList"
    kind: str = ""
    resources: list[Resource] | None = None


class GroupVersion(Wire):
    """APIGroup.preferredVersion, and versions[]."""

    group_version: str


class Group(Wire):
    """APIGroup."""

    name: str
    preferred_version: GroupVersion
    versions: list[GroupVersion] | None = None

    @property
    def all_versions(self) -> tuple[str, ...]:
        """``apps/v1``; the preferred one first."""
        known = (self.preferred_version, *(self.versions or ()))
        return tuple(dict.fromkeys(version.group_version for version in known))


class Groups(Wire):
    """APIGroupList."""

    KIND: ClassVar[str] = "APIGroupList"
    kind: str = ""
    groups: list[Group] | None = None


def decode(raw: bytes, kind: type[T]) -> T:
    """The object in `raw`. Failed when the API server sent something else, also another kind than `kind.KIND`."""
    try:
        found = msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise unreadable(str(error)) from error
    wanted = getattr(kind, "KIND", "")
    if wanted and getattr(found, "kind", "") != wanted:
        raise unreadable(f"it is not a {wanted}")
    return found


def decode_page(raw: bytes, item: type[T]) -> Page[T]:
    """One page of a list of such items."""
    page: Page[T] = decode(raw, Page[item])  # type: ignore[valid-type] # a generic needs a name here
    wanted = getattr(item, "KIND", "")
    if wanted and page.kind != f"{wanted}List":
        raise unreadable(f"it is not a {wanted}List")
    return page


def unreadable(why: str) -> Failed:
    """The error for an answer that is not the API server's."""
    return Failed(Code.KUBE_UNREACHABLE, f"the API server's answer can't be read: {why}", hint=NO_API)


def texts(pairs: dict[str, str | None] | None) -> dict[str, str]:
    """Labels, annotations or data; null values become ""."""
    return {key: value or "" for key, value in pairs.items()} if pairs else {}


def _ip(status: PodStatus) -> str:
    """The IPv4 address where there is one: only it can have an EIP."""
    v4 = [item.ip for item in status.pod_ips or () if item.ip and ":" not in item.ip]
    return v4[0] if v4 else status.pod_ip or ""


def _owner(meta: Meta) -> facts.OwnerRef | None:
    owners = [item for item in meta.owner_references or () if item.controller]
    return _owner_ref(owners[0].kind, owners[0].name, owners[0].uid) if owners else None


@lru_cache(4096)
def _owner_ref(kind: str, name: str, uid: str) -> facts.OwnerRef:
    """One object for all Pods of a workload."""
    return facts.OwnerRef(kind, name, uid)


@lru_cache(4096)
def _same(value: H) -> H:
    """One object for all that are equal: the Pods of a workload have the same images."""
    return value


def _list(raw: msgspec.Raw, kind: type[T]) -> list[T]:
    return decode(bytes(raw), list[kind] | None) or []  # type: ignore[valid-type, arg-type] # a union is no type


def _waiting(status: PodStatus) -> tuple[str, ...]:
    return tuple(
        [
            container.state.waiting.reason
            for containers in (status.init_container_statuses, status.container_statuses)
            for container in containers or ()
            if container.state and container.state.waiting and container.state.waiting.reason
        ]
    )


def _is(conditions: list[Condition] | None, wanted: str, status: str) -> bool:
    return any(condition.type == wanted and condition.status == status for condition in conditions or ())
