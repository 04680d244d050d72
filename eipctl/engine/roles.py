"""The RAM roles that Terway works under, and carrying out what is planned for their policies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from eipctl.domain import actions, policy_users
from eipctl.domain.codes import Code
from eipctl.domain.eni_conf import CredentialSource
from eipctl.domain.ram_policy import EIP_ACTIONS
from eipctl.engine.cluster import NAMESPACE
from eipctl.errors import CloudError, Failed, Interrupted, Reaction, TimedOut
from eipctl.planners.grants import MANAGED_ROLE, POLICY, Role
from eipctl.planners.revoke import Granted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eipctl.domain.eni_conf import EniConf
    from eipctl.domain.terway import EniConfig, Override
    from eipctl.engine.execute import Handlers, LaneMemory
    from eipctl.engine.session import Session, Writers

STILL_ATTACHED = "DeleteConflict.Policy.Role"
ROLE_IS_FULL = "LimitExceeded.Role.Policy"


def user_name(session: Session, conf: EniConf) -> str:
    """The name of this cluster among those that use our policy: its ACK id, else the UID of kube-system."""
    fit = re.fullmatch(r"[\w.-]{1,64}", conf.cluster_id, re.ASCII)
    return conf.cluster_id if fit else session.kube.namespace_uid(NAMESPACE)


def role_names(
    session: Session, conf: EniConf, given: tuple[str, ...], overrides: Iterable[Override] = ()
) -> tuple[str, ...]:
    """The roles given, else those that Terway resolves from eni_conf and its overrides; none for AccessKeys."""
    if given:
        return given
    sources = {conf.credentials, *(override.credentials for override in overrides)}
    managed = (MANAGED_ROLE,) if CredentialSource.CREDENTIAL_PATH in sources else ()
    return (*managed, *(_worker_roles(session, conf) if CredentialSource.WORKER_ROLE in sources else ()))


def _worker_roles(session: Session, conf: EniConf) -> tuple[str, ...]:
    """As Container Service names it, and as the nodes' instances have them: node pools may differ."""
    found: dict[str, None] = {}
    problems = []
    for read in (_cluster_role, _instance_roles):
        try:
            found |= dict.fromkeys(read(session, conf))
        except CloudError as error:
            if error.code is not Code.CLOUD_FORBIDDEN and error.reaction in (Reaction.RETRY, Reaction.STOP):
                raise
            problems.append(error.message)
    if found:
        return tuple(found)
    why = "; ".join(problems) or "neither Container Service nor the nodes' instances say which one that is"
    raise Failed(
        Code.ROLE_NOT_FOUND,
        f"Terway works under the RAM role of the worker nodes, and it is not known: {why}",
        hint="name it with --role; the ECS console shows it as the RAM role of a node's instance",
    )


def _cluster_role(session: Session, conf: EniConf) -> tuple[str, ...]:
    name = session.identity.worker_role(conf.cluster_id) if conf.cluster_id else ""
    return (name,) if name else ()


def _instance_roles(session: Session, _conf: EniConf) -> tuple[str, ...]:
    instances = [node.instance_id for node in session.kube.nodes() if node.instance_id]
    return session.identity.instance_roles(instances)


def read_roles(
    session: Session,
    conf: EniConf,
    given: tuple[str, ...],
    overrides: Iterable[Override] = (),
    *,
    actions: tuple[str, ...] = EIP_ACTIONS,
) -> tuple[Role, ...]:
    """Those roles with their policies, and the actions they need. Failed when one does not exist."""
    return tuple(_role(session, name, actions) for name in role_names(session, conf, given, overrides))


def _role(session: Session, name: str, needed: tuple[str, ...]) -> Role:
    if not session.ram.role_exists(name):
        raise Failed(
            Code.ROLE_NOT_FOUND,
            f"there is no RAM role {name} in this account",
            hint="name the role that Terway works under with --role; is this the account of the cluster?",
            obj=f"role/{name}",
        )
    return Role(name, session.ram.policies_of_role(name), needed)


def read_granted(session: Session, config: EniConfig) -> Granted:
    """What setup granted, as it is now."""
    cluster, own = user_name(session, config.conf), session.ram.custom_policy(POLICY)
    names = policy_users.parse(own.description).roles_of(cluster) if own else ()
    return Granted(
        cluster=cluster,
        own=own,
        roles=tuple(role for name in names if (role := _existing(session, name))),
        edits=config.edits,
        edited={name: session.ram.custom_policy(name) for name, _ in config.edits},
        managed=_existing(session, MANAGED_ROLE) if config.edits else None,
    )


def _existing(session: Session, name: str) -> Role | None:
    return _role(session, name, EIP_ACTIONS) if session.ram.role_exists(name) else None


class PolicyHandlers:
    """Made for one run, with that run's writers."""

    def __init__(self, session: Session, writers: Writers) -> None:
        self._session, self._ram = session, writers.ram

    def table(self) -> Handlers:
        """Action class to handler."""
        return {
            actions.CreatePolicy: self.create,
            actions.UpdatePolicy: self.update,
            actions.DescribePolicy: self.describe,
            actions.DeletePolicy: self.delete,
            actions.AttachPolicy: self.attach,
            actions.DetachPolicy: self.detach,
        }

    def create(self, action: actions.CreatePolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """CreatePolicy; one that another cluster's setup made meanwhile must name this cluster too."""
        self._ram.create_policy(action.policy, action.document, action.description)
        try:
            now = self._session.ram.custom_policy(action.policy)
        except (Interrupted, TimedOut):
            return {}  # It is made and told so; whose it is, the next run sees.
        if now is None or now.description != action.description:
            raise self._changed(action.policy)
        return {}

    def update(self, action: actions.UpdatePolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """A new default version, if the default still is the one that the plan saw."""
        now = self._session.ram.custom_policy(action.policy)
        if now is not None and now.document == action.document:
            return {}
        if now is None or now.version != action.base_version:
            raise self._changed(action.policy)
        self._ram.update_policy(action.policy, action.document)
        return {}

    def describe(self, action: actions.DescribePolicy, _memory: LaneMemory) -> Mapping[str, str]:
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

    def delete(self, action: actions.DeletePolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """DeletePolicy with all its versions."""
        try:
            self._ram.delete_policy(action.policy)
        except CloudError as error:
            if error.cloud_code == STILL_ATTACHED:
                error.hint = "somebody attached it to another role too: detach it there in the RAM console, or keep it"
            raise
        return {}

    def attach(self, action: actions.AttachPolicy, _memory: LaneMemory) -> Mapping[str, str]:
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

    def detach(self, action: actions.DetachPolicy, _memory: LaneMemory) -> Mapping[str, str]:
        """DetachPolicyFromRole."""
        self._ram.detach_policy(action.policy, action.role)
        return {}
