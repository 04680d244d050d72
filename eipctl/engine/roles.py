"""The RAM roles that Terway works under, and carrying out what is planned for their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.domain import actions
from eipctl.domain.codes import Code
from eipctl.domain.eni_conf import CredentialSource
from eipctl.errors import CloudError, Failed
from eipctl.planners.grants import DESCRIPTION, MANAGED_ROLE, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.eni_conf import EniConf
    from eipctl.engine.execute import Handlers, LaneMemory
    from eipctl.engine.session import Session, Writers

STILL_ATTACHED = "DeleteConflict.Policy.Role"


def role_names(session: Session, conf: EniConf, given: tuple[str, ...]) -> tuple[str, ...]:
    """The roles given, else the one that Terway resolves from eni_conf; none when that carries an AccessKey."""
    if given:
        return given
    if conf.credentials is CredentialSource.ACCESS_KEY:
        return ()
    if conf.credentials is CredentialSource.CREDENTIAL_PATH:
        return (MANAGED_ROLE,)
    name = session.identity.worker_role(conf.cluster_id) if conf.cluster_id else ""
    if not name:
        raise Failed(
            Code.ROLE_NOT_FOUND,
            "Terway works under the RAM role of the worker nodes, and Container Service does not say which one that is"
            + (f" for cluster {conf.cluster_id}" if conf.cluster_id else ""),
            hint="name it with --role; the ECS console shows it as the RAM role of a node's instance",
        )
    return (name,)


def read_roles(session: Session, conf: EniConf, given: tuple[str, ...]) -> tuple[Role, ...]:
    """Those roles with their policies. Failed when one does not exist."""
    return tuple(_role(session, name) for name in role_names(session, conf, given))


def _role(session: Session, name: str) -> Role:
    if not session.ram.role_exists(name):
        raise Failed(
            Code.ROLE_NOT_FOUND,
            f"there is no RAM role {name} in this account",
            hint="name the role that Terway works under with --role; is this the account of the cluster?",
            obj=f"role/{name}",
        )
    return Role(name, session.ram.policies_of_role(name))


class PolicyHandlers:
    """Made for one run, with that run's writers."""

    def __init__(self, session: Session, writers: Writers) -> None:
        self._session, self._ram = session, writers.ram

    def table(self) -> Handlers:
        """Action class to handler."""
        return {
            actions.CreatePolicy: self.create,
            actions.UpdatePolicy: self.update,
            actions.DeletePolicy: self.delete,
            actions.AttachPolicy: self.attach,
            actions.DetachPolicy: self.detach,
        }

    def create(self, action: actions.CreatePolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """CreatePolicy."""
        self._ram.create_policy(action.policy, action.document, DESCRIPTION)
        return {}

    def update(self, action: actions.UpdatePolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """A new default version, if the default still is the one that the plan saw."""
        now = self._session.ram.custom_policy(action.policy)
        if now is not None and now.document == action.document:
            return {}
        if now is None or now.version != action.base_version:
            raise Failed(
                Code.POLICY_NOT_FOUND,
                f"policy {action.policy} has been changed since the plan was made; nothing was written",
                hint="run the same command again: it reads afresh",
            )
        self._ram.update_policy(action.policy, action.document)
        return {}

    def delete(self, action: actions.DeletePolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """DeletePolicy with all its versions."""
        try:
            self._ram.delete_policy(action.policy)
        except CloudError as error:
            if error.cloud_code == STILL_ATTACHED:
                error.hint = "another role has it too; detach it there as well with: eipctl teardown --role NAME"
            raise
        return {}

    def attach(self, action: actions.AttachPolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """AttachPolicyToRole."""
        self._ram.attach_policy(action.policy, action.role)
        return {}

    def detach(self, action: actions.DetachPolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """DetachPolicyFromRole."""
        self._ram.detach_policy(action.policy, action.role)
        return {}
