"""The RAM roles that Terway works under, and carrying out what is planned for their policies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Failed, Reaction
from eipctl.domain.ram import policy_users
from eipctl.domain.ram.policy_document import EIP_ACTIONS
from eipctl.domain.terway.eni_conf import CredentialSource
from eipctl.observe.cluster import NAMESPACE
from eipctl.planners.terway.grants import MANAGED_ROLE, POLICY, Role
from eipctl.planners.terway.revoke import Granted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.terway.eni_conf import EniConf
    from eipctl.domain.terway.installation import EniConfig, Override
    from eipctl.engine.session import Session


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
