"""What Terway's role is granted: a policy of our own, or an existing custom policy that gets the missing actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.domain import ram_policy
from eipctl.domain.actions import AttachPolicy, CreatePolicy, DeletePolicy, DetachPolicy, UpdatePolicy
from eipctl.domain.codes import Code
from eipctl.domain.plan import Lane, Stage
from eipctl.domain.ram_policy import EIP_ACTIONS, NamedDocument, VerdictState
from eipctl.errors import Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eipctl.domain.facts import AttachedPolicy
    from eipctl.domain.plan import Action
    from eipctl.domain.ram_policy import Verdict

POLICY = "eipctl-terway-eip"
DESCRIPTION = "The EIP actions of Terway, granted by eipctl setup"
MANAGED_ROLE = "AliyunCSManagedNetworkRole"


@dataclass(frozen=True, slots=True)
class Role:
    """A RAM role with the policies attached to it."""

    name: str
    policies: tuple[AttachedPolicy, ...]

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        """What it is granted, for each of Terway's EIP actions."""
        return ram_policy.verdict([NamedDocument(p.name, p.document) for p in self.policies], EIP_ACTIONS)

    @property
    def missing(self) -> tuple[str, ...]:
        """The actions it isn't granted."""
        return ram_policy.missing(self.verdicts)

    def has(self, policy: str) -> bool:
        """Whether a custom policy of this name is attached."""
        return any(attached.name == policy and not attached.system for attached in self.policies)


def grant(roles: Sequence[Role], own: AttachedPolicy | None) -> tuple[Stage, ...]:
    """Create (or mend) our policy and attach it to each role that lacks an action; nothing where all is granted."""
    needing = _needing(roles)
    if not needing:
        return ()
    lacking = ", ".join(sorted({action for role in needing for action in role.missing}))
    steps: list[Action] = []
    document = ram_policy.own_policy_document(EIP_ACTIONS)
    if own is None:
        steps.append(CreatePolicy(policy=POLICY, document=document, reason="Terway's EIP actions in one policy"))
    elif not _grants_all(own):
        reason = "it does not grant all of Terway's EIP actions (any more)"
        steps.append(UpdatePolicy(policy=POLICY, document=document, base_version=own.version, reason=reason))
    steps += [
        AttachPolicy(policy=POLICY, role=role.name, reason=f"role {role.name} lacks {lacking}")
        for role in needing
        if not role.has(POLICY)
    ]
    return (_stage(steps),)


def grant_by_editing(roles: Sequence[Role], policy: AttachedPolicy | None, name: str) -> tuple[Stage, ...]:
    """Add the missing actions to custom policy `name`, which must be attached to each role that lacks one."""
    needing = _needing(roles)
    if not needing:
        return ()
    if policy is None:
        raise UsageError(
            Code.POLICY_NOT_FOUND,
            f"there is no custom policy {name}; policies of Alibaba Cloud itself can't be edited",
            hint="leave out --edit-policy: eipctl then attaches a policy of its own",
            obj=f"policy/{name}",
        )
    for role in needing:
        custom = ", ".join(attached.name for attached in role.policies if not attached.system) or "no custom policies"
        if not role.has(name):
            raise UsageError(
                Code.POLICY_NOT_FOUND,
                f"policy {name} is not attached to role {role.name}, so editing it would grant the role nothing",
                hint=f"attached are: {custom}",
                obj=f"policy/{name}",
            )
    lacking = [action for action in EIP_ACTIONS if any(action in role.missing for role in needing)]
    document = ram_policy.add_actions(policy.document, lacking)
    reason = f"gets {', '.join(lacking)}"
    return (_stage([UpdatePolicy(policy=name, document=document, base_version=policy.version, reason=reason)]),)


def take_back(roles: Sequence[Role], own: AttachedPolicy | None) -> tuple[Stage, ...]:
    """Detach our policy from these roles and delete it."""
    if own is None:
        return ()
    steps: list[Action] = [
        DetachPolicy(policy=POLICY, role=role.name, reason="setup attached it") for role in roles if role.has(POLICY)
    ]
    steps.append(DeletePolicy(policy=POLICY, reason="setup created it"))
    return (Stage("RAM", (Lane(tuple(steps)),), stop_on_failure=True),)


def cautions(roles: Iterable[Role]) -> tuple[str, ...]:
    """What a person should know about statements that only half apply."""
    found = [
        text
        for role in roles
        for verdict in role.verdicts.values()
        for text in (verdict.why if verdict.state is VerdictState.LIMITED else "", verdict.caution)
        if text
    ]
    return tuple(dict.fromkeys(f"{text}; this does not count as granted" for text in found))


def denied(role: Role) -> Refused | None:
    """An explicit Deny, which no further Allow can lift."""
    for verdict in role.verdicts.values():
        if verdict.state is VerdictState.DENIED:
            return Refused(
                Code.ROLE_DENIED,
                f"{verdict.why} to role {role.name}; no further policy can allow it",
                hint=f"take the Deny out of policy {verdict.policy} in the RAM console",
                obj=f"role/{role.name}",
            )
    return None


def _needing(roles: Sequence[Role]) -> list[Role]:
    for role in roles:
        error = denied(role)
        if error is not None:
            raise error
    return [role for role in roles if role.missing]


def _grants_all(policy: AttachedPolicy) -> bool:
    verdicts = ram_policy.verdict([NamedDocument(policy.name, policy.document)], EIP_ACTIONS)
    return all(verdict.granted for verdict in verdicts.values())


def _stage(steps: Sequence[Action]) -> Stage:
    return Stage("RAM", (Lane(tuple(steps)),), stop_on_failure=True)
