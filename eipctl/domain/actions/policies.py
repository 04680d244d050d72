"""What is done with RAM policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from eipctl.domain.plan import Action, Verb

if TYPE_CHECKING:
    from eipctl.domain.ram.policy_edits import Edits


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
    """Make `document` the default version of an existing custom policy."""

    verb: ClassVar[Verb] = Verb.UPDATE_POLICY
    document: str
    base_version: str
    """The default version the document was made from; another one by now means: plan again."""
    rotated: str = ""
    """The version that is deleted to make room; "" when there is room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePolicy(PolicyAction):
    """Make an earlier version of an existing custom policy the default again, and delete those that setup created."""

    verb: ClassVar[Verb] = Verb.RESTORE_POLICY
    version: str
    base_version: str
    """The default version that the plan saw; another one by now means: plan again."""
    obsolete: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribePolicy(PolicyAction):
    """Write the description of an existing custom policy, which names its users."""

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
    base_version: str
    before: str
    """The default version and the description that the plan saw; others by now mean: plan again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEdits(Action):
    """Note in eni-config which actions `setup` adds to policies of others, so that `teardown` can take them out."""

    verb: ClassVar[Verb] = Verb.RECORD
    edits: Edits

    @property
    def object(self) -> str:
        """The ConfigMap that bears the note."""
        return "configmap/kube-system/eni-config"
