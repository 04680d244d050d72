"""Carrying out what is planned for RAM policies: create, update, describe, restore, attach, detach, delete.

RAM has neither ClientToken nor dry run nor a version to write against: what is wanted is compared with what is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from eipctl.act.converge import Change, converge
from eipctl.aliyun.ram import number
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Failed
from eipctl.base.text import from_json
from eipctl.domain.actions.policies import (
    AttachPolicy,
    CreatePolicy,
    DeletePolicy,
    DescribePolicy,
    DetachPolicy,
    RestorePolicy,
    UpdatePolicy,
)
from eipctl.domain.facts import AttachedPolicy
from eipctl.domain.ram.policy_edits import MOST_VERSIONS

if TYPE_CHECKING:
    from eipctl.aliyun.ram import RamReader, RamWriter
    from eipctl.base.stop import Stop
    from eipctl.engine.execute import Handlers, LaneMemory

STILL_ATTACHED = "DeleteConflict.Policy.Role"
ROLE_IS_FULL = "LimitExceeded.Role.Policy"

Learned = Mapping[str, str]
NOTHING: Learned = {}
PolicyChange = Change[AttachedPolicy | None]
"""None is a policy that does not exist."""


class PolicyHandlers:
    """Made for one plan, with its run's writer."""

    def __init__(self, read: RamReader, write: RamWriter, stop: Stop) -> None:
        self._read, self._write, self._stop = read, write, stop

    def table(self) -> Handlers:
        """Action class to handler."""
        return {
            CreatePolicy: self.create,
            UpdatePolicy: self.update,
            DescribePolicy: self.describe,
            RestorePolicy: self.restore,
            DeletePolicy: self.delete,
            AttachPolicy: self.attach,
            DetachPolicy: self.detach,
        }

    def create(self, action: CreatePolicy, _memory: LaneMemory) -> Learned:
        """CreatePolicy; one that another cluster's setup made meanwhile must name this cluster too."""

        def proof(now: AttachedPolicy | None) -> None:
            if now is not None:
                raise _changed(action.policy)

        converge(
            PolicyChange(
                first=lambda: None,
                look=lambda: self._read.custom_policy(action.policy),
                done=lambda now: _says(now, action.document) and _is_described(now, action.description),
                proof=proof,
                write=lambda _now: self._write.create_policy(action.policy, action.document, action.description),
            ),
            self._stop,
        )
        return NOTHING

    def update(self, action: UpdatePolicy, _memory: LaneMemory) -> Learned:
        """A new default version, if the default still is the one that the plan saw."""
        calls, made, before = 0, "", tuple[str, ...]()

        def look() -> AttachedPolicy | None:
            """Read the versions first: one that someone else creates after that leaves a gap before ours."""
            nonlocal before
            before = before if calls else self._read.versions(action.policy) or ()
            return self._read.custom_policy(action.policy)

        def proof(now: AttachedPolicy | None) -> None:
            _prove(now, action.policy, action.base_version)
            if not calls and action.rotated and action.rotated != _oldest(before, action.base_version):
                raise _changed(action.policy)

        def write(_now: AttachedPolicy | None) -> None:
            nonlocal calls, made
            calls += 1
            made = self._write.update_policy(action.policy, action.document, rotate=bool(action.rotated))

        now = converge(
            PolicyChange(look=look, done=lambda now: _says(now, action.document), proof=proof, write=write), self._stop
        )
        version = made or (now.version if now else "")
        if calls and number(version) > max(map(number, before), default=0) + 1:
            self._refuse_a_lost_change(action.policy, version, before)
        return NOTHING

    def _refuse_a_lost_change(self, policy: str, version: str, before: Sequence[str]) -> None:
        """Numbers continue after deleted versions: only an existing new version is someone else's."""
        for theirs in self._read.versions(policy) or ():
            if theirs not in (*before, version):
                raise _overtaken(policy, theirs, version)

    def describe(self, action: DescribePolicy, _memory: LaneMemory) -> Learned:
        """UpdatePolicyDescription, if it still is the one that the plan saw."""

        def proof(now: AttachedPolicy | None) -> None:
            if not _is_described(now, action.before):
                raise _changed(action.policy)

        converge(
            PolicyChange(
                look=lambda: self._read.custom_policy(action.policy),
                done=lambda now: _is_described(now, action.description),
                proof=proof,
                write=lambda _now: self._write.describe_policy(action.policy, action.description),
            ),
            self._stop,
        )
        return NOTHING

    def restore(self, action: RestorePolicy, _memory: LaneMemory) -> Learned:
        """SetDefaultPolicyVersion, then DeletePolicyVersion for each version that setup created."""

        def obsolete() -> list[str]:
            return [version for version in self._read.versions(action.policy) or () if version in action.obsolete]

        def proof(now: AttachedPolicy | None) -> None:
            if now is None or now.version != action.version:
                _prove(now, action.policy, action.base_version)

        def write(now: AttachedPolicy | None) -> None:
            if now is not None and now.version != action.version:
                self._write.set_default_version(action.policy, action.version)
            for version in obsolete():
                self._write.delete_version(action.policy, version)

        converge(
            PolicyChange(
                look=lambda: self._read.custom_policy(action.policy),
                done=lambda now: now is not None and now.version == action.version and not obsolete(),
                proof=proof,
                write=write,
            ),
            self._stop,
        )
        return NOTHING

    def delete(self, action: DeletePolicy, _memory: LaneMemory) -> Learned:
        """DeletePolicy with all its versions, if neither it nor its description has changed since."""

        def proof(now: AttachedPolicy | None) -> None:
            _prove(now, action.policy, action.base_version)
            if not _is_described(now, action.before):
                raise _changed(action.policy)

        def write(_now: AttachedPolicy | None) -> None:
            for version in self._read.versions(action.policy) or ():
                if version != action.base_version:
                    self._write.delete_version(action.policy, version)
            self._write.delete_policy(action.policy)

        change = PolicyChange(
            look=lambda: self._read.custom_policy(action.policy),
            done=lambda now: now is None,
            proof=proof,
            write=write,
        )
        try:
            converge(change, self._stop)
        except CloudError as error:
            if error.cloud_code == STILL_ATTACHED:
                error.hint = (
                    "the policy is attached to another role too: detach it there in the RAM console, or keep it"
                )
            raise
        return NOTHING

    def attach(self, action: AttachPolicy, _memory: LaneMemory) -> Learned:
        """AttachPolicyToRole."""
        change = Change[bool](
            first=lambda: False,
            look=lambda: self._is_attached(action),
            done=lambda attached: attached,
            write=lambda _attached: self._write.attach_policy(action.policy, action.role),
        )
        try:
            converge(change, self._stop)
        except CloudError as error:
            if error.cloud_code == ROLE_IS_FULL:
                attached = self._read.policies_of_role(action.role)
                names = ", ".join(policy.name for policy in attached if not policy.system)
                error.hint = f"add the actions to an attached policy with --edit-policy NAME: {names}"
            raise
        return NOTHING

    def detach(self, action: DetachPolicy, _memory: LaneMemory) -> Learned:
        """DetachPolicyFromRole."""
        change = Change[bool](
            first=lambda: True,
            look=lambda: self._is_attached(action),
            done=lambda attached: not attached,
            write=lambda _attached: self._write.detach_policy(action.policy, action.role),
        )
        converge(change, self._stop)
        return NOTHING

    def _is_attached(self, action: AttachPolicy | DetachPolicy) -> bool:
        attached = self._read.policies_of_role(action.role)
        return any(policy.name == action.policy and not policy.system for policy in attached)


def _says(policy: AttachedPolicy | None, document: str) -> bool:
    """Whether a policy has this content, whatever its spacing."""
    return policy is not None and _content(policy.document) == _content(document)


def _content(document: str) -> object:
    try:
        return from_json(document)
    except ValueError:
        return document


def _is_described(policy: AttachedPolicy | None, description: str) -> bool:
    return policy is not None and policy.description == description


def _prove(now: AttachedPolicy | None, policy: str, version: str) -> None:
    """The default version still is the one that the plan saw."""
    if now is None or now.version != version:
        raise _changed(policy)


def _oldest(versions: Sequence[str], default: str) -> str:
    """The version that RAM deletes to make room; "" when there is room."""
    oldest = (version for version in versions if version != default)
    return next(oldest, "") if len(versions) >= MOST_VERSIONS else ""


def _changed(policy: str) -> Failed:
    return Failed(
        Code.POLICY_NOT_FOUND,
        f"policy {policy} has been changed since the plan was made; nothing else was written",
        hint="run the same command again",
        obj=f"policy/{policy}",
    )


def _overtaken(policy: str, theirs: str, version: str) -> Failed:
    return Failed(
        Code.POLICY_NOT_FOUND,
        f"policy {policy} was changed by someone else at the same moment: their version {theirs} was made just "
        f"before eipctl's {version}, which is the default now and does not contain their change",
        hint=f"compare {theirs} with {version} in the RAM console and make their change again",
        obj=f"policy/{policy}",
    )
