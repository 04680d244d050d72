"""The RAM roles that Terway works under, and carrying out what is planned for their policies."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, EipctlError, Failed, Reaction
from eipctl.domain.ram import policy_users
from eipctl.domain.ram.policy_document import EIP_ACTIONS
from eipctl.domain.ram.resources import AccountRegion
from eipctl.domain.terway.eni_conf import CredentialSource
from eipctl.observe.cluster import NAMESPACE
from eipctl.planners.terway.grants import MANAGED_ROLE, POLICY, TerwayRole
from eipctl.planners.terway.revoke import Granted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.facts import Node
    from eipctl.domain.terway.eni_conf import EniConf
    from eipctl.domain.terway.installation import EniConfig, Override
    from eipctl.observe.snapshot import Snapshot


def user_name(look: Snapshot, conf: EniConf) -> str:
    """The name of this cluster among those that use our policy: its ACK id, else the UID of kube-system."""
    fit = re.fullmatch(r"[\w.-]{1,64}", conf.cluster_id, re.ASCII)
    return conf.cluster_id if fit else look.kube.namespace_uid(NAMESPACE)


def role_names(
    look: Snapshot, conf: EniConf, given: tuple[str, ...], overrides: Iterable[Override] = ()
) -> tuple[str, ...]:
    """The roles given, else those that Terway resolves from eni_conf and its overrides; none for AccessKeys."""
    if given:
        return given
    sources = {conf.credentials, *(override.credentials for override in overrides)}
    if CredentialSource.WORKER_ROLE in sources and any(map(is_windows, look.nodes.values())):
        sources.add(CredentialSource.CREDENTIAL_PATH)
    managed = (MANAGED_ROLE,) if CredentialSource.CREDENTIAL_PATH in sources else ()
    return (*managed, *(_worker_roles(look, conf) if CredentialSource.WORKER_ROLE in sources else ()))


def is_windows(node: Node) -> bool:
    """There the addon's token is used where eni_conf has no AccessKey (Terway v1.6.4 entrypoint.ps1)."""
    return node.labels.get("kubernetes.io/os") == "windows"


def _worker_roles(look: Snapshot, conf: EniConf) -> tuple[str, ...]:
    """As Container Service names it, and as the nodes' instances have them: node pools may differ."""
    found: dict[str, None] = {}
    for read in (_cluster_role, _instance_roles):
        found |= dict.fromkeys(look.allowed(partial(read, look, conf), unless=_other_source_may_say) or ())
    if found:
        return tuple(found)
    problems = [note.error.message for note in look.notes if note.asked in ("worker_role", "instance_roles")]
    why = "; ".join(problems) or "neither Container Service nor the nodes' instances name it"
    raise Failed(
        Code.ROLE_NOT_FOUND,
        f"Terway uses the RAM role of the worker nodes, which could not be found: {why}",
        hint="name it with --role; the ECS console shows it as the RAM role of a node's instance",
    )


def _other_source_may_say(error: EipctlError) -> bool:
    passes = isinstance(error, CloudError) and error.reaction not in (Reaction.RETRY, Reaction.STOP)
    return passes or error.code is Code.CLOUD_FORBIDDEN


def _cluster_role(look: Snapshot, conf: EniConf) -> tuple[str, ...]:
    name = look.identity.worker_role(conf.cluster_id) if conf.cluster_id else ""
    return (name,) if name else ()


def _instance_roles(look: Snapshot, _conf: EniConf) -> tuple[str, ...]:
    instances = [node.instance_id for node in look.nodes.values() if node.instance_id]
    return look.identity.instance_roles(instances)


def read_roles(
    look: Snapshot,
    conf: EniConf,
    given: tuple[str, ...],
    overrides: Iterable[Override] = (),
    *,
    actions: tuple[str, ...] = EIP_ACTIONS,
) -> tuple[TerwayRole, ...]:
    """Those roles with their policies, and the actions they need. Failed when one does not exist."""
    return tuple(_role(look, name, actions) for name in role_names(look, conf, given, overrides))


def _role(look: Snapshot, name: str, needed: tuple[str, ...]) -> TerwayRole:
    if not look.ram.role_exists(name):
        raise Failed(
            Code.ROLE_NOT_FOUND,
            f"there is no RAM role {name} in this account",
            hint="name Terway's role with --role, and check that this is the cluster's account",
            obj=f"role/{name}",
        )
    place = AccountRegion(look.identity.caller().account_id, look.region)
    return TerwayRole(name, look.ram.policies_of_role(name), needed, place)


def read_granted(look: Snapshot, config: EniConfig) -> Granted:
    """What setup granted, as it is now."""
    cluster, own = user_name(look, config.conf), look.ram.custom_policy(POLICY)
    users = policy_users.parse(own.description) if own else None
    names = users.roles_of(cluster) if users else ()
    return Granted(
        cluster=cluster,
        own=own,
        roles=tuple(role for name in names if (role := _existing(look, name))),
        edits=config.edits,
        edited={edit.policy: look.ram.policy_with_versions(edit.policy) for edit in config.edits},
        managed=_existing(look, MANAGED_ROLE) if config.edits else None,
    )


def _existing(look: Snapshot, name: str) -> TerwayRole | None:
    return _role(look, name, EIP_ACTIONS) if look.ram.role_exists(name) else None
