"""What Terway's role is granted: a policy of our own, or an existing custom policy that gets the missing actions.

Our policy exists once per account and may serve several clusters, also through one role: its description tells which
(:mod:`eipctl.domain.ram.policy_users`), so that the teardown of one cluster takes nothing from another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused, UsageError
from eipctl.domain.actions.policies import AttachPolicy, CreatePolicy, DescribePolicy, RecordEdits, UpdatePolicy
from eipctl.domain.plan import Lane, Stage
from eipctl.domain.ram import policy_document, policy_users
from eipctl.domain.ram.policy_document import EIP_ACTIONS, NamedDocument, VerdictState
from eipctl.domain.ram.policy_users import Users

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from eipctl.domain.actions.policies import Edits
    from eipctl.domain.facts import AttachedPolicy
    from eipctl.domain.plan import Action
    from eipctl.domain.ram.policy_document import Verdict

POLICY = "eipctl-terway-eip"
MANAGED_ROLE = "AliyunCSManagedNetworkRole"
"""One role for the Terway of all managed clusters of an account."""


@dataclass(frozen=True, slots=True)
class TerwayRole:
    """A RAM role with the policies attached to it, and the actions that Terway needs under it."""

    name: str
    policies: tuple[AttachedPolicy, ...]
    actions: tuple[str, ...] = EIP_ACTIONS

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        """What it is granted, for each of the actions."""
        return policy_document.verdict([NamedDocument(p.name, p.document) for p in self.policies], self.actions)

    @property
    def missing(self) -> tuple[str, ...]:
        """The actions it isn't granted."""
        return policy_document.missing(self.verdicts)

    @property
    def needs_ours(self) -> bool:
        """Whether it lacks an action without our policy."""
        others = tuple(policy for policy in self.policies if policy.system or policy.name != POLICY)
        return bool(replace(self, policies=others).missing)

    def has(self, policy: str) -> bool:
        """Whether a custom policy of this name is attached."""
        return any(attached.name == policy and not attached.system for attached in self.policies)


def grant(roles: Sequence[TerwayRole], own: AttachedPolicy | None, cluster: str) -> tuple[Stage, ...]:
    """Create (or mend) our policy, note who uses it, and attach it to each role that lacks an action without it."""
    _none_denied(roles)
    needing = [role for role in roles if role.needs_ours]
    if not needing:
        return ()
    actions = tuple(dict.fromkeys(action for role in needing for action in role.actions))
    steps = [*_our_policy(own, actions, cluster, [role.name for role in needing])]
    attachments = tuple(
        AttachPolicy(policy=POLICY, role=role.name, reason=f"role {role.name} lacks {', '.join(role.missing)}")
        for role in needing
        if not role.has(POLICY)
    )
    return (*([_stage(steps)] if steps else []), *each_alone("RAM roles", attachments))


def each_alone(title: str, actions: Sequence[Action]) -> tuple[Stage, ...]:
    """A stage in which a refusal of one Action keeps no other from being tried, but ends what comes after the stage."""
    return (Stage(title, tuple(Lane((action,)) for action in actions), needed=True),) if actions else ()


def _our_policy(
    own: AttachedPolicy | None, actions: tuple[str, ...], cluster: str, roles: Iterable[str]
) -> Iterator[Action]:
    users = (policy_users.parse(own.description) if own else Users()).joined(cluster, roles).text()
    if own is None:
        document = policy_document.own_policy_document(actions)
        reason = "Terway's EIP actions in one policy"
        yield CreatePolicy(policy=POLICY, document=document, description=users, reason=reason)
        return
    lacking = policy_document.missing(policy_document.verdict([NamedDocument(own.name, own.document)], actions))
    if lacking:
        document = policy_document.add_actions(own.document, lacking)
        reason = f"it does not grant {', '.join(lacking)}"
        yield UpdatePolicy(policy=POLICY, document=document, base_version=own.version, reason=reason)
    if users != own.description:
        reason = f"record in its description that cluster {cluster} uses it"
        yield DescribePolicy(policy=POLICY, before=own.description, description=users, reason=reason)


def grant_by_editing(
    roles: Sequence[TerwayRole], policy: AttachedPolicy | None, name: str, edits: Edits = ()
) -> tuple[Stage, ...]:
    """Add the missing actions to custom policy `name`, which must be attached to each role that lacks one.

    What is added is noted before it is, next to the `edits` that are noted already.
    """
    _none_denied(roles)
    needing = [role for role in roles if role.missing]
    if not needing:
        return ()
    if policy is None:
        raise _not_editable(name, needing)
    for role in needing:
        if not role.has(name):
            raise _not_attached(name, role)
    lacking = tuple(dict.fromkeys(action for role in needing for action in role.missing))
    document = policy_document.add_actions(policy.document, lacking)
    noted = dict(edits)
    wanted = {**noted, name: tuple(dict.fromkeys((*noted.get(name, ()), *lacking)))}
    steps: list[Action] = []
    if wanted != noted:
        reason = f"teardown removes from policy {name} what setup adds"
        steps.append(RecordEdits(edits=tuple(wanted.items()), reason=reason))
    reason = f"gets {', '.join(lacking)}"
    steps.append(UpdatePolicy(policy=name, document=document, base_version=policy.version, reason=reason))
    return (_stage(steps),)


def _not_editable(name: str, roles: Sequence[TerwayRole]) -> UsageError:
    system = any(attached.system and attached.name == name for role in roles for attached in role.policies)
    what = (
        f"{name} is a system policy of Alibaba Cloud, which can't be edited" if system else f"there is no policy {name}"
    )
    return UsageError(
        Code.POLICY_NOT_FOUND,
        what,
        hint=f"omit --edit-policy: eipctl then attaches a policy of its own; {_attached(roles)}",
        obj=f"policy/{name}",
    )


def _not_attached(name: str, role: TerwayRole) -> UsageError:
    return UsageError(
        Code.POLICY_NOT_FOUND,
        f"policy {name} is not attached to role {role.name}, so editing it would grant the role nothing",
        hint=_attached([role]),
        obj=f"policy/{name}",
    )


def _attached(roles: Iterable[TerwayRole]) -> str:
    names = [policy.name for role in roles for policy in role.policies if not policy.system]
    return f"custom policies attached are: {', '.join(dict.fromkeys(names)) or 'none'}"


def cautions(roles: Iterable[TerwayRole]) -> tuple[str, ...]:
    """What a person should know about statements that only half apply."""
    return tuple(dict.fromkeys(text for role in roles for found in role.verdicts.values() for text in _caution(found)))


def _caution(verdict: Verdict) -> Iterator[str]:
    if verdict.state is VerdictState.LIMITED:
        yield f"{verdict.why}; this does not count as granted"
    if verdict.caution:
        yield f"{verdict.caution}; unknown whether that applies to Terway"


def denied(role: TerwayRole) -> Refused | None:
    """An explicit Deny, which no further Allow can lift."""
    for verdict in role.verdicts.values():
        if verdict.state is VerdictState.DENIED:
            return Refused(
                Code.ROLE_DENIED,
                f"{verdict.why} to role {role.name}; no further policy can allow it",
                hint=f"remove the Deny from policy {verdict.policy} in the RAM console",
                obj=f"role/{role.name}",
            )
    return None


def _none_denied(roles: Iterable[TerwayRole]) -> None:
    for role in roles:
        error = denied(role)
        if error is not None:
            raise error


def _stage(steps: Sequence[Action]) -> Stage:
    return Stage("RAM", (Lane(tuple(steps)),), stop_on_failure=True)
