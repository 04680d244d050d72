"""What the engine needs from the cloud and the cluster: small protocols, readers and writers apart.

`aliyun` and `kube` fulfil them. A dry run is given no writer at all.

Every method may raise CloudError or KubeError (a definitive answer, nothing was changed), OutcomeUnknown (a mutating
call without a usable answer; reads are repeated by the adapters themselves), TimedOut and Interrupted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from eipctl.base.errors import Failed
    from eipctl.domain.actions.workloads import AnnotateWorkload
    from eipctl.domain.facts import (
        AttachedPolicy,
        CallerIdentity,
        ConfigMap,
        Eip,
        EipListing,
        EniAddress,
        Node,
        Pod,
        PodListing,
        Scaler,
        Workload,
    )
    from eipctl.domain.plan import Pairs
    from eipctl.domain.rights import Right
    from eipctl.domain.settings import EipSpec
    from eipctl.domain.terway.eni_records import TerwayRecords


class VpcReader(Protocol):
    """Reads EIPs and ENIs of one account and region."""

    def list_eips(self) -> EipListing:
        """Every EIP of the region, unfiltered, 100 a page, de-duplicated by id and checked against TotalCount."""
        ...

    def eips_by_id(self, allocation_ids: Sequence[str]) -> Mapping[str, Eip]:
        """The EIPs that exist among `allocation_ids`, in batches of 50. An absent one is absent, not an error."""
        ...

    def enis_by_ip(self, vpc_id: str, private_ips: Sequence[str]) -> tuple[EniAddress, ...]:
        """Where these private IPs are, in batches of 100; all IPs of each ENI found are returned."""
        ...

    def enis_of_vpc(self, vpc_id: str) -> tuple[EniAddress, ...]:
        """Every private IP of every ENI of the VPC, 500 ENIs a page."""
        ...

    def vpc_of_instance(self, instance_id: str) -> str:
        """The VPC that the ENIs of an ECS instance are in; "" when this account and region know no such instance."""
        ...


class VpcWriter(Protocol):
    """Changes EIPs. No method waits for an asynchronous change to settle, and none repeats itself on its own."""

    def allocate(self, spec: EipSpec, tags: Pairs, token: str) -> tuple[str, str]:
        """AllocateEipAddress with Tag.N and ClientToken; the allocation id and the address."""
        ...

    def recover(self, spec: EipSpec, tags: Pairs, token: str, wanted: str) -> tuple[str, str]:
        """The same for a released EIP of this account, by its allocation id or address."""
        ...

    def associate(self, allocation_id: str, eni_id: str, private_ip: str, token: str) -> None:
        """AssociateEipAddress, InstanceType NetworkInterface."""
        ...

    def unassociate(self, allocation_id: str, eni_id: str, private_ip: str, token: str) -> None:
        """UnassociateEipAddress with ENI and private IP, so that a stale plan can't cut a new binding."""
        ...

    def release(self, allocation_id: str) -> None:
        """ReleaseEipAddress."""
        ...

    def tag(self, allocation_id: str, tags: Pairs) -> None:
        """TagResources; an existing key is overwritten."""
        ...

    def untag(self, allocation_id: str, keys: Sequence[str]) -> None:
        """UnTagResources."""
        ...

    def modify(self, allocation_id: str, changes: Mapping[str, int | str]) -> None:
        """ModifyEipAddressAttribute of these fields of an EipSpec."""
        ...

    def join_package(self, allocation_id: str, package_id: str, token: str) -> None:
        """AddCommonBandwidthPackageIp."""
        ...

    def leave_package(self, allocation_id: str, package_id: str, token: str) -> None:
        """RemoveCommonBandwidthPackageIp."""
        ...


class RamReader(Protocol):
    """Reads roles and policies (RAM is global, not regional)."""

    def role_exists(self, role: str) -> bool:
        """GetRole; False on EntityNotExist.Role."""
        ...

    def policies_of_role(self, role: str) -> tuple[AttachedPolicy, ...]:
        """ListPoliciesForRole and GetPolicy for each."""
        ...

    def custom_policy(self, name: str) -> AttachedPolicy | None:
        """A custom policy whether attached or not; None when there is none."""
        ...


class RamWriter(Protocol):
    """Changes custom policies; made idempotent by reading first."""

    def create_policy(self, name: str, document: str, description: str) -> None:
        """CreatePolicy."""
        ...

    def update_policy(self, name: str, document: str) -> None:
        """CreatePolicyVersion as default, the oldest version rotated out when there are five."""
        ...

    def describe_policy(self, name: str, description: str) -> None:
        """UpdatePolicyDescription."""
        ...

    def delete_policy(self, name: str) -> None:
        """Delete all versions and the policy; done when it does not exist."""
        ...

    def attach_policy(self, name: str, role: str) -> None:
        """AttachPolicyToRole; EntityAlreadyExists.Role.Policy is done."""
        ...

    def detach_policy(self, name: str, role: str) -> None:
        """DetachPolicyFromRole; EntityNotExist.Role.Policy is done."""
        ...


class IdentityReader(Protocol):
    """Says who is calling, and which role a cluster's workers have."""

    def caller(self) -> CallerIdentity:
        """STS GetCallerIdentity."""
        ...

    def worker_role(self, ack_cluster_id: str) -> str:
        """`worker_ram_role_name` of CS GET /clusters/{id}; "" when CS knows no such cluster."""
        ...

    def instance_roles(self, instance_ids: Sequence[str]) -> tuple[str, ...]:
        """ECS DescribeInstanceRamRole, 100 a call: the distinct roles, without those of instances that have none."""
        ...


class KubeReader(Protocol):
    """Reads the cluster."""

    def context(self) -> str:
        """The kubeconfig context in use; "in-cluster" inside a Pod."""
        ...

    def now(self) -> datetime:
        """The API server's clock, as its last answer told it; this host's before the first."""
        ...

    def pods(self, namespace: str | None, *, label_selector: str = "", field_selector: str = "") -> PodListing:
        """One list, 500 a page; None is all namespaces."""
        ...

    def pod(self, namespace: str, name: str) -> Pod | None:
        """GET; None on 404."""
        ...

    def nodes(self) -> tuple[Node, ...]:
        """All nodes."""
        ...

    def namespace_uid(self, name: str) -> str:
        """The UID of a namespace; "" on 404."""
        ...

    def config_map(self, namespace: str, name: str) -> ConfigMap | None:
        """GET; None on 404."""
        ...

    def workload(self, kind: str, namespace: str, name: str, path: tuple[str | int, ...] = ()) -> Workload:
        """By any of kubectl's names for the kind (deploy, deployments, deployments.apps); Failed if absent."""
        ...

    def pod_templates(self, kind: str, namespace: str, name: str) -> tuple[Workload, ...]:
        """The same, once for each Pod template."""
        ...

    def names(self, kind: str, namespace: str | None) -> tuple[str, ...]:
        """Of all objects of a kind; `namespace` None is all, or none for kinds that have none."""
        ...

    def workloads(self, kind: str, namespace: str | None, label_selector: str) -> tuple[Workload, ...]:
        """All of a kind that match."""
        ...

    def scalers(self, namespace: str) -> tuple[Scaler, ...]:
        """HorizontalPodAutoscalers and KEDA's ScaledObjects; none where the kind is absent."""
        ...

    def terway_records(self) -> TerwayRecords:
        """Where Pods' IPs are, as Terway's own objects tell it; empty where they are absent or may not be read."""
        ...

    def pod_eips(self) -> tuple[str, ...]:
        """``namespace/name`` of every PodEIP of ack-extend-network-controller; none when it is absent."""
        ...

    def can_i(self, right: Right) -> bool:
        """SelfSubjectAccessReview."""
        ...

    def whoami(self) -> str:
        """SelfSubjectReview; "" on a server that has none (before 1.28)."""
        ...


class KubeWriter(Protocol):
    """Changes the cluster."""

    def annotate_pod(self, namespace: str, name: str, uid: str, annotations: Mapping[str, str | None]) -> None:
        """Merge-patch of metadata.annotations that carries metadata.uid: a same-named new Pod answers 409."""
        ...

    def set_eip_condition(self, namespace: str, name: str, uid: str, *, bound: bool, message: str) -> None:
        """Set the Pod's condition k8s.aliyun.com/eip, on which its readiness may wait."""
        ...

    def event(self, namespace: str, name: str, uid: str, reason: str, message: str, *, warning: bool) -> None:
        """An Event about a Pod; the same one again is counted, not written anew."""
        ...

    def annotate_workload(self, action: AnnotateWorkload) -> None:
        """One merge-patch of annotations, misplaced ones and strategy that carries the resourceVersion."""
        ...

    def replace_config_key(self, before: ConfigMap, key: str, value: str, annotations: Mapping[str, str | None]) -> str:
        """Merge-patch of one data key and some annotations that carries the resourceVersion; the new one."""
        ...

    def delete_pod(self, namespace: str, name: str, uid: str) -> None:
        """DELETE with preconditions.uid; done on 404, Conflict when another Pod has the name."""
        ...


class WatchingReader(KubeReader, Protocol):
    """Reads Pods from memory: `changed` is set when one has changed in what a status depends on."""

    changed: threading.Event

    @property
    def error(self) -> Failed | None:
        """Why nothing more comes."""
        ...
