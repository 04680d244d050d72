"""What Terway's role is granted by a policy of our own; another custom policy is edited in edited_policy.py.

Our policy exists once per account and may serve several clusters, also through one role: its description records which
(:mod:`eipctl.domain.ram.policy_users`), so that the teardown of one cluster takes nothing from another. A policy of
the same name is ours only when eipctl wrote both its description and its content.

a role that lacks an action without our policy   then
-----------------------------------------------  ---------------------------------------------------------------
a policy of our policy's name is not ours        refused: it is neither extended nor attached
our policy is attached, and no cluster uses it   somebody attached it: not recorded, so teardown leaves it attached
there
our policy is attached for another cluster       this cluster is recorded as a user
our policy is not attached                       this cluster is recorded as a user, then the policy is attached
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.domain.actions.policies import AttachPolicy, CreatePolicy, DescribePolicy, UpdatePolicy
from eipctl.domain.plan import Lane, Stage
from eipctl.domain.ram import policy_document, policy_users
from eipctl.domain.ram.policy_document import BANDWIDTH_PACKAGE_ACTIONS, EIP_ACTIONS, NamedDocument, VerdictState
from eipctl.domain.ram.policy_users import Users
from eipctl.domain.ram.resources import ANYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from eipctl.domain.facts import AttachedPolicy
    from eipctl.domain.plan import Action
    from eipctl.domain.ram.policy_document import Verdict
    from eipctl.domain.ram.resources import AccountRegion

POLICY = "eipctl-terway-eip"
MANAGED_ROLE = "AliyunCSManagedNetworkRole"
"""One role for the Terway of all managed clusters of an account."""


@dataclass(frozen=True, slots=True)
class TerwayRole:
    """A RAM role with the policies attached to it, and the actions that Terway needs under it, and where."""

    name: str
    policies: tuple[AttachedPolicy, ...]
    actions: tuple[str, ...] = EIP_ACTIONS
    place: AccountRegion = ANYWHERE

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        """What it is granted, for each of the actions."""
        documents = [NamedDocument(policy.name, policy.document) for policy in self.policies]
        return policy_document.verdict(documents, self.actions, self.place)

    @property
    def missing(self) -> tuple[str, ...]:
        """The actions it isn't granted."""
        return policy_document.missing(self.verdicts)

    @property
    def needs_ours(self) -> bool:
        """Whether it lacks an action without our policy."""
        others = tuple(policy for policy in self.policies if not is_ours(policy))
        return bool(replace(self, policies=others).missing)

    def has(self, policy: str) -> bool:
        """Whether a custom policy of this name is attached."""
        return any(attached.name == policy and not attached.system for attached in self.policies)


def is_ours(policy: AttachedPolicy) -> bool:
    """Whether this is the policy that eipctl wrote, unchanged."""
    return policy.name == POLICY and not policy.system and not foreign(policy)


def foreign(policy: AttachedPolicy) -> str:
    """Why a custom policy of our policy's name is not ours; "" when it is."""
    if policy_users.parse(policy.description) is None:
        return "eipctl did not create it"
    return "" if policy_document.is_own(policy.document) else "its content was changed"


def grant(roles: Sequence[TerwayRole], own: AttachedPolicy | None, cluster: str) -> tuple[Stage, ...]:
    """Create (or mend) our policy, record who uses it, and attach it to each role that lacks an action without it."""
    none_denied(roles)
    needing = [role for role in roles if role.needs_ours]
    if not needing:
        return ()
    users = _users(own)
    actions = tuple(dict.fromkeys(action for role in needing for action in role.actions))
    recorded = [role.name for role in needing if not _attached_by_hand(role, users)]
    steps = [*_our_policy(own, actions, users.joined(cluster, recorded).text(), cluster)]
    attachments = tuple(
        AttachPolicy(policy=POLICY, role=role.name, reason=f"role {role.name} lacks {', '.join(role.missing)}")
        for role in needing
        if not role.has(POLICY)
    )
    return (*([stage_of(steps)] if steps else []), *each_alone("RAM roles", attachments))


def _users(own: AttachedPolicy | None) -> Users:
    """Who uses our policy. Refused when there is a policy of its name that is not ours."""
    why = foreign(own) if own else ""
    if why:
        raise Refused(
            Code.POLICY_FOREIGN,
            f"policy {POLICY} is not managed by eipctl ({why}), so setup neither extends nor attaches it",
            hint="add the actions to a custom policy attached to the role (eipctl setup --edit-policy NAME), or delete "
            f"policy {POLICY} in the RAM console if it is not needed",
            obj=f"policy/{POLICY}",
        )
    return (policy_users.parse(own.description) if own else None) or Users()


def _attached_by_hand(role: TerwayRole, users: Users) -> bool:
    """Whether a person attached our policy: setup records a cluster before it attaches the policy."""
    return role.has(POLICY) and not users.others and not any(use.role == role.name for use in users.uses)


def each_alone(title: str, actions: Sequence[Action]) -> tuple[Stage, ...]:
    """A stage in which a refusal of one Action keeps no other from being tried, but ends what comes after the stage."""
    return (Stage(title, tuple(Lane((action,)) for action in actions), needed=True),) if actions else ()


def _our_policy(own: AttachedPolicy | None, actions: tuple[str, ...], users: str, cluster: str) -> Iterator[Action]:
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


def left_out(roles: Iterable[TerwayRole]) -> tuple[str, ...]:
    """What ACK's documentation grants besides, and only bandwidth packages need."""
    wider = (replace(role, actions=BANDWIDTH_PACKAGE_ACTIONS) for role in roles)
    if not any(role.missing for role in wider):
        return ()
    actions = " and ".join(BANDWIDTH_PACKAGE_ACTIONS)
    when = "only for Pods with annotation eip-common-bandwidth-package-id; --with bandwidth-package grants them"
    return (f"ACK's documentation also grants {actions}, which Terway calls {when}",)


UNDECIDED = "whether it applies to Terway is only known when Terway calls"
TAKE_OUT = "remove the Deny from the policy in the RAM console, or narrow it so that it does not match Terway"


def cautions(roles: Iterable[TerwayRole]) -> tuple[str, ...]:
    """What a person should know about statements of which only the call decides whether they apply."""
    found: list[str] = []
    for role in roles:
        found += (f"{text}; this does not count as granted" for text in limited(role))
        found += (f"{text}; {UNDECIDED}" for text in possible_denials(role))
    return tuple(dict.fromkeys(found))


def limited(role: TerwayRole) -> tuple[str, ...]:
    """Each Allow that applies under a condition, or to some resources, and is the only one for its action."""
    return tuple(verdict.why for verdict in role.verdicts.values() if verdict.state is VerdictState.LIMITED)


def possible_denials(role: TerwayRole) -> tuple[str, ...]:
    """Each Deny that applies under a condition, or to some resources."""
    return tuple(verdict.caution for verdict in role.verdicts.values() if verdict.caution)


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


def none_denied(roles: Iterable[TerwayRole]) -> None:
    """Refused when an action is denied to one of the roles."""
    for role in roles:
        error = denied(role)
        if error is not None:
            raise error


def stage_of(steps: Sequence[Action]) -> Stage:
    """Changes of one policy, in order; what comes after them waits for all of them."""
    return Stage("RAM", (Lane(tuple(steps)),), stop_on_failure=True)
