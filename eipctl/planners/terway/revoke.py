"""Taking back what Terway's role was granted, and nothing that another cluster leans on.

our policy                                    then
--------------------------------------------  ---------------------------------------------------------------
is not there, or doesn't name this cluster    left alone
names others under one of this cluster's      stays attached to that role
roles
names others at all                           this cluster's name is taken out of it
names nobody else                             deleted, unless somebody attached it elsewhere

a policy that --edit-policy changed           then
--------------------------------------------  ---------------------------------------------------------------
serves one role, of this cluster alone        what setup added is taken out
serves several, or the role of all clusters,  left alone, and said so
or holds nothing else any more
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eipctl.domain.actions.policies import DeletePolicy, DescribePolicy, DetachPolicy, UpdatePolicy
from eipctl.domain.plan import Lane, Stage
from eipctl.domain.ram import policy_document, policy_users
from eipctl.planners.terway.grants import MANAGED_ROLE, POLICY, each_alone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eipctl.domain.actions.policies import Edits
    from eipctl.domain.facts import AttachedPolicy
    from eipctl.domain.plan import Action
    from eipctl.domain.ram.policy_users import Users
    from eipctl.planners.terway.grants import TerwayRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What was found: `roles` are those that exist of the ones that our policy names for this cluster."""

    cluster: str = ""
    own: AttachedPolicy | None = None
    roles: tuple[TerwayRole, ...] = ()
    edits: Edits = ()
    edited: Mapping[str, AttachedPolicy | None] = field(default_factory=dict)
    """Each policy of `edits` as it is now."""
    managed: TerwayRole | None = None
    """The role that all clusters share, if there are edits."""

    @property
    def users(self) -> Users:
        """Who leans on our policy."""
        return policy_users.parse(self.own.description if self.own else "")

    @property
    def ours(self) -> bool:
        """Whether this cluster does."""
        return bool(self.users.roles_of(self.cluster))


def revoke(granted: Granted) -> tuple[Stage, ...]:
    """The steps, in an order in which a run that breaks off can be continued: our policy itself goes last."""
    last = tuple(_own(granted))
    stage = (Stage("RAM", (Lane(last),), stop_on_failure=True),) if last else ()
    return (*each_alone("RAM roles", [*_detachments(granted), *_edits(granted)]), *stage)


def _detachments(granted: Granted) -> Iterator[Action]:
    if granted.own is not None and granted.ours:
        for role in _leaving(granted):
            yield DetachPolicy(policy=POLICY, role=role.name, reason="setup attached it")


def _own(granted: Granted) -> Iterator[Action]:
    if granted.own is None or not granted.ours:
        return
    users, cluster = granted.users, granted.cluster
    if users.besides(cluster) or users.others or _attached_elsewhere(granted):
        reason = f"cluster {cluster} no longer uses it"
        before, after = granted.own.description, users.left(cluster).text()
        yield DescribePolicy(policy=POLICY, before=before, description=after, reason=reason)
    else:
        yield DeletePolicy(policy=POLICY, reason="setup created it, and no other cluster uses it")


def _leaving(granted: Granted) -> tuple[TerwayRole, ...]:
    """The roles that nobody else's Terway needs the policy at."""
    users = granted.users
    return tuple(
        role
        for role in granted.roles
        if role.has(POLICY) and not users.others and not users.besides(granted.cluster, role.name)
    )


def _attached_elsewhere(granted: Granted) -> bool:
    """Whether somebody attached it to more than setup did."""
    return granted.own is not None and granted.own.attachments > sum(role.has(POLICY) for role in granted.roles)


def _edits(granted: Granted) -> Iterator[Action]:
    for name, added in granted.edits:
        policy = granted.edited.get(name)
        if policy is None or _obstacle(granted, policy, added):
            continue
        document = policy_document.remove_actions(policy.document, added)
        if document != policy.document:
            reason = f"removes what setup added: {', '.join(added)}"
            yield UpdatePolicy(policy=name, document=document, base_version=policy.version, reason=reason)


def _obstacle(granted: Granted, policy: AttachedPolicy, added: tuple[str, ...]) -> str:
    """Why what was added must stay; "" when it need not."""
    if granted.managed is not None and granted.managed.has(policy.name):
        return f"role {MANAGED_ROLE}, shared by all ACK clusters of the account, has this policy"
    if policy.attachments > 1:
        return f"{policy.attachments} roles or users have this policy"
    return (
        ""
        if policy_document.remove_actions(policy.document, added)
        else "it contains nothing else, and a policy can't be empty"
    )


def kept(granted: Granted) -> tuple[str, ...]:
    """What stays, and why."""
    return (*_kept_own(granted), *_kept_edits(granted))


def _kept_own(granted: Granted) -> Iterator[str]:
    if granted.own is None:
        return
    users = granted.users
    if not granted.ours:
        yield f"policy {POLICY} stays: its description does not name cluster {granted.cluster} as a user"
    for role in granted.roles:
        others = (*users.besides(granted.cluster, role.name), *(["others"] if users.others else []))
        if role.has(POLICY) and others:
            yield f"policy {POLICY} stays attached to role {role.name} because it also serves: {', '.join(others)}"
    if granted.ours and _attached_elsewhere(granted) and not users.besides(granted.cluster):
        yield f"policy {POLICY} itself stays: it is attached to other roles or users too"


def _kept_edits(granted: Granted) -> Iterator[str]:
    for name, added in granted.edits:
        policy = granted.edited.get(name)
        why = _obstacle(granted, policy, added) if policy is not None else ""
        if why:
            yield f"policy {name} keeps {', '.join(added)}: {why}"
