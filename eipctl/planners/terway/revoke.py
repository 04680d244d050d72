"""Taking back what Terway's role was granted, and nothing that another cluster uses.

our policy                                    then
--------------------------------------------  ---------------------------------------------------------------
is not there, or is not ours                  left alone, and why
does not record this cluster                  left alone
records others under one of this cluster's    stays attached to that role
roles
records others at all                         this cluster is taken out of the record
records nobody else                           deleted, unless somebody attached it elsewhere

A policy that --edit-policy changed: see edited_policy.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eipctl.domain.actions.policies import DeletePolicy, DescribePolicy, DetachPolicy
from eipctl.domain.plan import Lane, Stage
from eipctl.domain.ram import policy_users
from eipctl.domain.ram.policy_users import Users
from eipctl.planners.terway import edited_policy
from eipctl.planners.terway.grants import POLICY, each_alone, foreign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eipctl.domain.facts import AttachedPolicy
    from eipctl.domain.plan import Action
    from eipctl.domain.ram.policy_edits import Edits
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
        """Who uses our policy; empty if it is not ours."""
        if self.own is None or foreign(self.own):
            return Users()
        return policy_users.parse(self.own.description) or Users()

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
        reason = "setup created it, and no other cluster uses it"
        own = granted.own
        yield DeletePolicy(policy=POLICY, base_version=own.version, before=own.description, reason=reason)


def _leaving(granted: Granted) -> tuple[TerwayRole, ...]:
    """The roles at which no other cluster's Terway needs the policy."""
    users = granted.users
    return tuple(
        role
        for role in granted.roles
        if role.has(POLICY) and not users.others and not users.besides(granted.cluster, role.name)
    )


def _attached_elsewhere(granted: Granted) -> bool:
    """Whether it is attached to more roles than setup attached it to."""
    return granted.own is not None and granted.own.attachments > sum(role.has(POLICY) for role in granted.roles)


def _edits(granted: Granted) -> Iterator[Action]:
    for edit in granted.edits:
        policy = granted.edited.get(edit.policy)
        if policy is None or edited_policy.obstacle(edit, policy, granted.managed):
            continue
        action = edited_policy.undo(edit, policy)
        if action is not None:
            yield action


def kept(granted: Granted) -> tuple[str, ...]:
    """What stays, and why."""
    return (*_kept_own(granted), *_kept_edits(granted))


def _kept_own(granted: Granted) -> Iterator[str]:
    if granted.own is None:
        return
    users, why = granted.users, foreign(granted.own)
    if why:
        yield f"policy {POLICY} stays unchanged: {why}"
    elif not granted.ours:
        yield f"policy {POLICY} stays: its description does not name cluster {granted.cluster} as a user"
    for role in granted.roles:
        others = (*users.besides(granted.cluster, role.name), *(["others"] if users.others else []))
        if role.has(POLICY) and others:
            yield f"policy {POLICY} stays attached to role {role.name} because it also serves: {', '.join(others)}"
    if granted.ours and _attached_elsewhere(granted) and not users.besides(granted.cluster):
        yield f"policy {POLICY} itself stays: it is attached to other roles or users too"


def _kept_edits(granted: Granted) -> Iterator[str]:
    for edit in granted.edits:
        policy = granted.edited.get(edit.policy)
        if policy is None:
            continue
        why = edited_policy.obstacle(edit, policy, granted.managed)
        if why:
            yield f"policy {edit.policy} keeps {', '.join(edit.added)}: {why}"
        elif note := edited_policy.inexact(edit, policy):
            yield note
