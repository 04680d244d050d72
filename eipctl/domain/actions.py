"""The Actions of all commands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from eipctl.domain.plan import Action, Verb
from eipctl.domain.terway import eni_conf_diff
from eipctl.domain.terway.eni_conf import digest

Pairs = tuple[tuple[str, str], ...]
"""A mapping that is hashable and keeps its order: tags, annotations."""


Edits = tuple[tuple[str, tuple[str, ...]], ...]
"""Names of policies with the actions that were added to each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BindAction(Action):
    """An Action of `bind`. Empty `allocation_id`: the one that this Lane allocates."""

    namespace: str
    pod: str
    uid: str
    allocation_id: str = ""
    eip_address: str = ""
    eni_id: str = ""
    private_ip: str = ""

    @property
    def object(self) -> str:
        """The Pod; the EIP where no Pod is known."""
        return f"pod/{self.namespace}/{self.pod}" if self.pod else self.allocation_id


@dataclass(frozen=True, slots=True, kw_only=True)
class EipSpec:
    """What AllocateEipAddress is asked for; `bandwidth` in Mbit/s; "" leaves the cloud's default."""

    bandwidth: int = 5
    internet_charge_type: str = "PayByTraffic"
    isp: str = ""
    pool_id: str = ""
    resource_group_id: str = ""
    name: str = ""
    description: str = ""
    bandwidth_package_id: str = ""
    security_protection: tuple[str, ...] = ()
    tags: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocate(BindAction):
    """Buy an EIP for a Pod, tagged as ours by the very call."""

    verb: ClassVar[Verb] = Verb.ALLOCATE
    spec: EipSpec
    ownership: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Associate(BindAction):
    """Bind an EIP to (ENI, private IP) of a Pod; `primary` when it is the ENI's primary IP."""

    verb: ClassVar[Verb] = Verb.ASSOCIATE
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassociate(BindAction):
    """Unbind an own EIP from (ENI, private IP).

    `living` when a Pod that is alive loses it; `moved_to` is the IP that its Pod has now, if it only moved; `asked`
    when a person wants it, whatever the Pod needs.
    """

    verb: ClassVar[Verb] = Verb.UNASSOCIATE
    asked: bool = False
    living: bool = False
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(BindAction):
    """Give an own, unbound EIP back to the cloud: its Pod is gone, or (`asked`) a person wants it."""

    verb: ClassVar[Verb] = Verb.RELEASE
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recover(BindAction):
    """Buy back the EIP `wanted` (an allocation id or an address), which was released; as ours, by the very call."""

    verb: ClassVar[Verb] = Verb.ALLOCATE
    wanted: str
    spec: EipSpec
    ownership: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Modify(BindAction):
    """Change attributes of an own EIP; `bandwidth` in Mbit/s, 0 and "" leave an attribute as it is."""

    verb: ClassVar[Verb] = Verb.MODIFY
    bandwidth: int = 0
    name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPackage(BindAction):
    """Put an own EIP into a common bandwidth package."""

    verb: ClassVar[Verb] = Verb.MODIFY
    package_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavePackage(BindAction):
    """Take an own EIP out of a common bandwidth package; inside one it can't be released."""

    verb: ClassVar[Verb] = Verb.MODIFY
    package_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag(BindAction):
    """Write eipctl tags on an EIP."""

    verb: ClassVar[Verb] = Verb.TAG
    tags: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt(BindAction):
    """Write eipctl's tags on an EIP that Terway bound, if it still is at this Pod's address."""

    verb: ClassVar[Verb] = Verb.TAG
    primary: bool
    tags: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Untag(BindAction):
    """Take eipctl tags off an EIP."""

    verb: ClassVar[Verb] = Verb.UNTAG
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatePod(BindAction):
    """Make the Pod's result annotation tell the address (or, with `remove`, nothing), and its condition if `gate`."""

    verb: ClassVar[Verb] = Verb.ANNOTATE
    remove: bool = False
    gate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAction(Action):
    """An Action on a custom RAM policy and, where it is about an attachment, a role."""

    policy: str
    role: str = ""

    @property
    def object(self) -> str:
        """The policy."""
        return f"policy/{self.policy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePolicy(PolicyAction):
    """Create a custom policy with this document."""

    verb: ClassVar[Verb] = Verb.CREATE_POLICY
    document: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePolicy(PolicyAction):
    """Make `document` the default version of an existing custom policy, rotating the oldest version if need be."""

    verb: ClassVar[Verb] = Verb.UPDATE_POLICY
    document: str
    base_version: str
    """The default version the document was made from; another one by now means: plan again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribePolicy(PolicyAction):
    """Write the description of an existing custom policy, which tells who uses it."""

    verb: ClassVar[Verb] = Verb.DESCRIBE_POLICY
    before: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachPolicy(PolicyAction):
    """Attach the custom policy to the role."""

    verb: ClassVar[Verb] = Verb.ATTACH_POLICY


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachPolicy(PolicyAction):
    """Detach the custom policy from the role."""

    verb: ClassVar[Verb] = Verb.DETACH_POLICY


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePolicy(PolicyAction):
    """Delete the custom policy and all its versions."""

    verb: ClassVar[Verb] = Verb.DELETE_POLICY


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteEniConfig(Action):
    """Replace `eni_conf` in the ConfigMap, if its resourceVersion is still this one; set or drop our record."""

    verb: ClassVar[Verb] = Verb.WRITE_ENI_CONFIG
    namespace: str = "kube-system"
    name: str = "eni-config"
    before: str
    after: str
    resource_version: str
    record: str | None
    """The value of the record annotation; None removes it."""

    @property
    def object(self) -> str:
        """The ConfigMap."""
        return f"configmap/{self.namespace}/{self.name}"

    @property
    def diff(self) -> tuple[str, ...]:
        """What changes, line by line, without secrets."""
        return eni_conf_diff.unified(self.before, self.after)

    def as_data(self) -> dict[str, Any]:
        """The difference and a hash of each text instead of the texts, which may hold an AccessKey."""
        return {
            "verb": self.verb.value,
            "object": self.object,
            "reason": self.reason,
            "resource_version": self.resource_version,
            "diff": list(self.diff),
            "before_sha256": digest(self.before),
            "after_sha256": digest(self.after),
            "record": self.record,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEdits(Action):
    """Note in eni-config which actions `setup` adds to policies of others, so that `teardown` can take them out."""

    verb: ClassVar[Verb] = Verb.RECORD
    edits: Edits

    @property
    def object(self) -> str:
        """The ConfigMap that bears the note."""
        return "configmap/kube-system/eni-config"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartTerway(Action):
    """Delete Terway's Pod on one node and wait for its replacement there to be Ready."""

    verb: ClassVar[Verb] = Verb.RESTART
    namespace: str = "kube-system"
    daemonset: str
    pod: str
    uid: str
    node: str
    canary: bool = False
    restore: WriteEniConfig | None = None
    """What puts eni-config back when the canary crash-loops."""

    @property
    def object(self) -> str:
        """Terway's Pod."""
        return f"pod/{self.namespace}/{self.pod}"

    def as_data(self) -> dict[str, Any]:
        """All fields; what would be restored as its own Action shows it."""
        data = Action.as_data(replace(self, restore=None))
        return {**data, "restore": self.restore.as_data() if self.restore else None}
