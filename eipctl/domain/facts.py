"""What was observed in the cluster and in the cloud. Facts only: frozen, no behaviour beyond reading them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from eipctl.domain.binders import Binder
    from eipctl.domain.containers import Container
    from eipctl.domain.ownership import Owner
    from eipctl.domain.plan import Pairs
    from eipctl.domain.pools import Pool
    from eipctl.domain.wish import Problem, Wanted


@dataclass(frozen=True, slots=True)
class OwnerRef:
    """The controlling owner of a Pod."""

    kind: str
    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class Pod:
    """A Pod; `ip` is "" until it has one, `created` is aware (UTC), `labels` are those that eipctl reads."""

    namespace: str
    name: str
    uid: str
    created: datetime
    node: str = ""
    ip: str = ""
    phase: str = "Pending"
    ready: bool = False
    terminating: bool = False
    host_network: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    wish: Wanted | Problem | None = None
    """What its annotations ask for; None for no EIP."""
    asks_terway: bool = False
    """Whether Terway's own EIP mode takes it for a Pod that asks for an EIP."""
    terway_passes: str = ""
    """Why Terway's own EIP mode would give it none although it asks for one."""
    recorded: str = ""
    """The address in ``k8s.aliyun.com/allocated-eipAddress``, which eipctl and Terway write."""
    recorded_elsewhere: tuple[str, ...] = ()
    """Addresses and allocation IDs under the keys that only ack-extend-network-controller writes."""
    reserved: bool = False
    """Whether Terway keeps its IP for its name (``k8s.aliyun.com/pod-ip-reservation``)."""
    eip_annotations: Mapping[str, str] = field(default_factory=dict)
    """The annotations about EIPs as written, for what edits and lints them; what they mean is in `wish`."""
    owner: OwnerRef | None = None
    images: tuple[str, ...] = ()
    containers: tuple[Container, ...] = ()
    """Only of Pods on their node's network, as daemons are."""
    waiting: tuple[str, ...] = ()
    """Reasons of waiting containers, ``CrashLoopBackOff`` for one."""
    resource_version: str = ""
    eip_gate: bool = False
    """Whether it has the readiness gate ``k8s.aliyun.com/eip``."""
    eip_condition: str = ""
    """Status of the condition of that name: True, False or "" before it was ever set."""

    @property
    def key(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"

    @property
    def finished(self) -> bool:
        """Succeeded and Failed Pods keep a stale IP and never come back."""
        return self.phase in ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class Node:
    """A Kubernetes node; `instance_id` and `region` come from its providerID ``<region>.<instance id>``."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    instance_id: str = ""
    region: str = ""
    ready: bool = True
    silent: bool = False
    """Its kubelet has stopped reporting: no Pod there ends or begins."""


EIP_FAILED = "EIPFailed"
"""Reason of the Events that record why a Pod's EIP could not be bought or bound."""
EIP_REFUSED = "EIPRefused"
"""Reason of the Events that record why a Pod can't be given what its annotations ask for."""


@dataclass(frozen=True, slots=True)
class PodEvent:
    """An Event about a Pod; `uid` is the Pod's."""

    uid: str
    message: str
    last: str = ""
    """When it happened last, RFC 3339, UTC."""
    reason: str = ""
    """``EIPBound``, ``EIPFailed``, …"""


class EipStatus(StrEnum):
    """DescribeEipAddresses.Status; a released EIP is Releasing for a while and then not listed."""

    AVAILABLE = "Available"
    ASSOCIATING = "Associating"
    IN_USE = "InUse"
    UNASSOCIATING = "Unassociating"
    RELEASING = "Releasing"
    UNKNOWN = "unknown"
    """None of these; `Eip.odd` has the cloud's own text."""


@dataclass(frozen=True, slots=True)
class Eip:
    """One elastic IP address as DescribeEipAddresses shows it.

    `private_ip` is "" when it is bound to the primary IP of an ENI. `bandwidth` is in Mbit/s.
    """

    allocation_id: str
    address: str
    status: EipStatus
    instance_id: str = ""
    instance_type: str = ""
    private_ip: str = ""
    vpc_id: str = ""
    bandwidth: int = 5
    internet_charge_type: str = "PayByTraffic"
    instance_charge_type: str = "PostPaid"
    isp: str = "BGP"
    name: str = ""
    description: str = ""
    resource_group_id: str = ""
    bandwidth_package_id: str = ""
    pool_id: str = ""
    allocated_at: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    """As written, to compare them with those that are due; what eipctl's own mean is in `owner`."""
    owner: Owner | None = None
    """The Pod that eipctl's tags name, of this cluster or another; None when they name none."""
    tagged: bool = False
    """Whether any eipctl tag is there, even too few of them to name an owner; that of a pool does not count."""
    pool: Pool | None = None
    """The pool that its owner has lent it to, of this cluster or another."""
    locked: bool = False
    """By the cloud, financially or for security: no change is possible."""
    protected: bool = False
    """Deletion protection is on."""
    service_managed: bool = False
    segment_id: str = ""
    odd: str = ""
    """What this version doesn't understand of it, such as ``its Status is 'Allocating'``: it is never changed."""

    @property
    def untouchable(self) -> str:
        """Why nothing at all may be changed about it; "" when something may."""
        if self.locked:
            return "locked by the cloud"
        return f"not understood by this version of eipctl ({self.odd})" if self.odd else ""

    @property
    def bound(self) -> bool:
        """Bound to something, or about to be, or not yet free of it."""
        return bool(self.instance_id)

    def lacks(self, tags: Pairs) -> Pairs:
        """Those of these tags that are not written on it, or with another value."""
        return tuple([pair for pair in tags if self.tags.get(pair[0]) != pair[1]])

    @property
    def releasable(self) -> bool:
        """Whether ReleaseEipAddress could accept it at all, once it is Available."""
        return (
            self.instance_charge_type == "PostPaid"
            and not self.untouchable
            and not self.protected
            and not self.service_managed
            and not self.segment_id
            and self.pool is None
        )


@dataclass(frozen=True, slots=True)
class EniAddress:
    """One private IP of one ENI: where an EIP can be bound. The join key is (`eni_id`, `private_ip`)."""

    eni_id: str
    private_ip: str
    primary: bool
    vpc_id: str
    instance_id: str = ""

    @property
    def binding(self) -> tuple[str, str]:
        """The (ENI id, private IP) that DescribeEipAddresses shows for an EIP bound here: "" for the primary IP."""
        return (self.eni_id, "" if self.primary else self.private_ip)


@dataclass(frozen=True, slots=True)
class ClusterId:
    """Who owns what eipctl allocates: the ACK cluster id and the UID of namespace kube-system."""

    ack_id: str
    kube_uid: str


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """STS GetCallerIdentity."""

    account_id: str
    arn: str


@dataclass(frozen=True, slots=True)
class EipListing:
    """All EIPs of the region; `complete` only if the pages add up to TotalCount, `why` says what did not."""

    eips: tuple[Eip, ...]
    complete: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class PodListing:
    """Pods of one paged list; `complete` unless a page was missing, `why` says which."""

    pods: tuple[Pod, ...]
    complete: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """One version of a policy: its id, such as ``v2``, and its document."""

    version: str
    document: str


@dataclass(frozen=True, slots=True)
class AttachedPolicy:
    """A policy with the document of its default version; `attachments` counts the roles, users and groups it has."""

    name: str
    system: bool
    document: str
    version: str = "v1"
    description: str = ""
    attachments: int = 0
    versions: tuple[DocumentVersion, ...] = ()
    """All versions, the oldest first; read only of policies that `setup --edit-policy` changes."""


@dataclass(frozen=True, slots=True)
class Written:
    """When something was written last, and whether eipctl did it (metadata.managedFields)."""

    when: datetime
    by_eipctl: bool = False


@dataclass(frozen=True, slots=True)
class ConfigMap:
    """A ConfigMap; `data` values are text."""

    namespace: str
    name: str
    resource_version: str
    data: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, Written] = field(default_factory=dict)
    """By key of `data`, where that is known."""
    immutable: bool = False


@dataclass(frozen=True, slots=True)
class Workload:
    """An object with a Pod template, or a Pod. `annotations` are the template's (the Pod's own for a Pod)."""

    api_version: str
    kind: str
    plural: str
    namespace: str
    name: str
    resource_version: str
    annotations: Mapping[str, str]
    own_annotations: Mapping[str, str]
    """Those of the object itself: a classic mistake puts EIP keys there."""
    template_path: tuple[str | int, ...]
    """Where the Pod template is, ``("spec", "template")``; empty for a Pod."""
    annotations_path: tuple[str | int, ...] = ()
    """Where its annotations are; () where they are in ``metadata`` of the template."""
    place: str = ""
    """File and line of one in a manifest: ``web.yaml:1``; "" for one in a cluster."""
    uid: str = ""
    owner: OwnerRef | None = None
    own_labels: Mapping[str, str] = field(default_factory=dict)
    selector: str = ""
    """Of its Pods, as kubectl takes it; "" where the object names none."""
    managers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Who declares which annotation of the template, and will declare it again (metadata.managedFields)."""
    declared: Mapping[str, str] = field(default_factory=dict)
    """Annotations of the template, as kubectl apply last declared them."""
    own_managers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The same of the annotations of the object itself."""
    own_declared: Mapping[str, str] = field(default_factory=dict)
    writers: tuple[str, ...] = ()
    """Every field manager of the object (metadata.managedFields)."""
    strategy_managers: tuple[str, ...] = ()
    """The same of a Deployment's strategy."""
    replicas: int | None = None
    strategy: str = ""
    """How Pods follow a change of the template: ``RollingUpdate``, ``Recreate``, ``OnDelete``, ``InPlaceOnly``, …"""
    surge: int | str | None = None
    """maxSurge, a number of Pods or a share such as ``25%``; None where the object does not say."""
    partition: int = 0
    """So many Pods of a StatefulSet stay as they are."""
    paused: bool = False
    suspended: bool = False
    """Whether a Job or CronJob makes no Pods for now (spec.suspend)."""
    started: bool = False
    """Whether a Job has made Pods (status.startTime)."""
    stuck: str = ""
    """Why its controller has given its rollout up (progressDeadlineSeconds); "" while it goes on."""
    terminating: bool = False
    """Whether it is being deleted: then nothing makes Pods from its template any more."""
    host_network: bool = False
    pod_labels: Mapping[str, str] = field(default_factory=dict)
    node_selector: Mapping[str, str] = field(default_factory=dict)
    """Labels that a node must have, by nodeSelector or by a required affinity."""
    tolerations: tuple[str, ...] = ()
    """Keys of the taints that its Pods tolerate."""
    node: str = ""
    """Where a Pod runs."""
    ports: tuple[tuple[str, int], ...] = ()
    """(name, number) of the template's container ports."""
    containers: tuple[Container, ...] = ()
    """Those of the template."""
    binder: Binder | None = None
    """Set where it runs `eipctl bind` again and again."""

    @property
    def is_pod(self) -> bool:
        """Whether it is a Pod itself: then its annotations are its own and nothing restarts."""
        return self.kind == "Pod"

    @property
    def images(self) -> tuple[str, ...]:
        """Those that its containers name."""
        return tuple(container.image for container in self.containers if container.image)

    @property
    def where(self) -> tuple[str | int, ...]:
        """The path of the annotations in the object."""
        return self.annotations_path or (*self.template_path, "metadata", "annotations")

    @property
    def stored(self) -> bool:
        """Whether the API server has it; one in a manifest need not be there."""
        return bool(self.uid)

    @property
    def surges(self) -> bool:
        """Whether a new Pod starts, and must be Ready, before the old one of its place is gone."""
        if self.strategy == "Recreate" or self.strategy.startswith("InPlace"):
            return False
        rolls = self.strategy == "Canary" or (self.kind == "Deployment" and self.strategy == "RollingUpdate")
        return self.strategy == "BlueGreen" or (rolls if self.surge is None else self.surge not in (0, "0", "0%"))


@dataclass(frozen=True, slots=True)
class Scaler:
    """A HorizontalPodAutoscaler or KEDA ScaledObject and what it scales; `most` is its maximum of replicas."""

    kind: str
    namespace: str
    name: str
    target_kind: str
    target: str
    most: int | None = None
    place: str = ""
    """File and line of the workload that it scales, where both are in manifests."""
