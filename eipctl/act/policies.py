"""Carrying out what is planned for RAM policies: create, update, describe, attach, detach, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Failed, Interrupted, TimedOut
from eipctl.domain.actions.policies import (
    AttachPolicy,
    CreatePolicy,
    DeletePolicy,
    DescribePolicy,
    DetachPolicy,
    UpdatePolicy,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.engine.execute import Handlers, LaneMemory
    from eipctl.engine.session import Session, Writers

STILL_ATTACHED = "DeleteConflict.Policy.Role"
ROLE_IS_FULL = "LimitExceeded.Role.Policy"


class PolicyHandlers:
    """Made for one run, with that run's writers."""

    def __init__(self, session: Session, writers: Writers) -> None:
        self._session, self._ram = session, writers.ram

    def table(self) -> Handlers:
        """Action class to handler."""
        return {
            CreatePolicy: self.create,
            UpdatePolicy: self.update,
            DescribePolicy: self.describe,
            DeletePolicy: self.delete,
            AttachPolicy: self.attach,
            DetachPolicy: self.detach,
        }

    def create(self, action: CreatePolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """CreatePolicy; one that another cluster's setup made meanwhile must name this cluster too."""
        self._ram.create_policy(action.policy, action.document, action.description)
        try:
            now = self._session.ram.custom_policy(action.policy)
        except (Interrupted, TimedOut):
            return {}  # It is made and told so; whose it is, the next run sees.
        if now is None or now.description != action.description:
            raise self._changed(action.policy)
        return {}

    def update(self, action: UpdatePolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """A new default version, if the default still is the one that the plan saw."""
        now = self._session.ram.custom_policy(action.policy)
        if now is not None and now.document == action.document:
            return {}
        if now is None or now.version != action.base_version:
            raise self._changed(action.policy)
        self._ram.update_policy(action.policy, action.document)
        return {}

    def describe(self, action: DescribePolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """UpdatePolicyDescription, if it still is the one that the plan saw."""
        now = self._session.ram.custom_policy(action.policy)
        if now is not None and now.description == action.description:
            return {}
        if now is None or now.description != action.before:
            raise self._changed(action.policy)
        self._ram.describe_policy(action.policy, action.description)
        return {}

    @staticmethod
    def _changed(policy: str) -> Failed:
        return Failed(
            Code.POLICY_NOT_FOUND,
            f"policy {policy} has been changed since the plan was made; nothing more was written",
            hint="run the same command again: it reads afresh",
            obj=f"policy/{policy}",
        )

    def delete(self, action: DeletePolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """DeletePolicy with all its versions."""
        try:
            self._ram.delete_policy(action.policy)
        except CloudError as error:
            if error.cloud_code == STILL_ATTACHED:
                error.hint = "somebody attached it to another role too: detach it there in the RAM console, or keep it"
            raise
        return {}

    def attach(self, action: AttachPolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """AttachPolicyToRole."""
        try:
            self._ram.attach_policy(action.policy, action.role)
        except CloudError as error:
            if error.cloud_code == ROLE_IS_FULL:
                attached = self._session.ram.policies_of_role(action.role)
                names = ", ".join(policy.name for policy in attached if not policy.system)
                error.hint = f"add the actions to one that it has, with --edit-policy NAME: {names}"
            raise
        return {}

    def detach(self, action: DetachPolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """DetachPolicyFromRole."""
        self._ram.detach_policy(action.policy, action.role)
        return {}
