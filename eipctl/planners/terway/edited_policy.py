"""A custom policy of others that `setup --edit-policy` extends, and how `teardown` undoes that.

an edited policy                              then
--------------------------------------------  ---------------------------------------------------------------
says what setup made of it                    the version before setup is the default again, setup's are deleted
was changed since, or that version is gone    a new version without what setup added, and why
serves several, or the role of all clusters,  left alone, and why
or holds nothing else any more
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.domain.actions.policies import RecordEdits, RestorePolicy, UpdatePolicy
from eipctl.domain.ram import policy_document, policy_edits
from eipctl.domain.ram.policy_edits import MOST_VERSIONS, PolicyEdit
from eipctl.planners.terway.grants import MANAGED_ROLE, none_denied, stage_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eipctl.domain.actions.policies import PolicyAction
    from eipctl.domain.facts import AttachedPolicy
    from eipctl.domain.plan import Action, Stage
    from eipctl.domain.ram.policy_edits import Edits
    from eipctl.planners.terway.grants import TerwayRole


def grant_by_editing(
    roles: Sequence[TerwayRole], policy: AttachedPolicy | None, name: str, edits: Edits = ()
) -> tuple[Stage, ...]:
    """Add the missing actions to custom policy `name`, which must be attached to each role that lacks one.

    What is added is recorded before it is, next to the `edits` that are recorded already.
    """
    none_denied(roles)
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
    known = policy_edits.of_policy(edits, name) or PolicyEdit(name, (), policy.version)
    wanted = (*(edit for edit in edits if edit.policy != name), known.with_more(lacking))
    steps: list[Action] = []
    if set(wanted) != set(edits):
        reason = f"teardown removes from policy {name} what setup adds"
        steps.append(RecordEdits(edits=wanted, reason=reason))
    steps.append(_edited(policy, document, f"gets {', '.join(lacking)}"))
    return (stage_of(steps),)


def _edited(policy: AttachedPolicy, document: str, reason: str) -> UpdatePolicy:
    rotated = ""
    if len(policy.versions) >= MOST_VERSIONS:
        rotated = next(one.version for one in policy.versions if one.version != policy.version)
        reason += f"; it has {MOST_VERSIONS} versions, as many as RAM keeps: {rotated}, the oldest, is deleted"
    return UpdatePolicy(
        policy=policy.name, document=document, base_version=policy.version, rotated=rotated, reason=reason
    )


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


def obstacle(edit: PolicyEdit, policy: AttachedPolicy, managed: TerwayRole | None) -> str:
    """Why what was added must stay; "" when it need not. `managed` is the role that all clusters share."""
    if managed is not None and managed.has(policy.name):
        return f"role {MANAGED_ROLE}, shared by all ACK clusters of the account, has this policy"
    if policy.attachments > 1:
        return f"{policy.attachments} roles or users have this policy"
    left = policy_document.remove_actions(policy.document, edit.added)
    return "" if left else "it contains nothing else, and a policy can't be empty"


def undo(edit: PolicyEdit, policy: AttachedPolicy) -> PolicyAction | None:
    """What takes out of the policy what setup added; None when nothing of it is left."""
    left = policy_document.remove_actions(policy.document, edit.added)
    if policy_document.same(left, policy.document):
        return None
    ours = _versions_of_setup(edit, policy)
    if policy.version in ours:
        reason = f"the version before setup; {', '.join(ours)}, which setup created, {_is_deleted(ours)}"
        return RestorePolicy(
            policy=policy.name, version=edit.before, base_version=policy.version, obsolete=ours, reason=reason
        )
    return _edited(policy, left, f"removes what setup added: {', '.join(edit.added)}")


def inexact(edit: PolicyEdit, policy: AttachedPolicy) -> str:
    """Why the version before setup does not become the default again; "" when it does, or nothing is left to undo."""
    if not isinstance(undo(edit, policy), UpdatePolicy):
        return ""
    why = "it was changed after setup" if _before(edit, policy) else f"its version {edit.before} is gone"
    return f"policy {policy.name} gets a new version instead of version {edit.before}: {why}"


def _before(edit: PolicyEdit, policy: AttachedPolicy) -> str:
    """The document that was in force before setup; "" when RAM no longer has it."""
    return next((one.document for one in policy.versions if one.version == edit.before), "")


def _versions_of_setup(edit: PolicyEdit, policy: AttachedPolicy) -> tuple[str, ...]:
    """Those that differ from the version before setup by nothing but actions that setup added."""
    before = _before(edit, policy)
    return tuple(
        one.version
        for one in policy.versions
        if before and not policy_document.same(one.document, before) and _is_extended(one.document, before, edit)
    )


def _is_extended(document: str, before: str, edit: PolicyEdit) -> bool:
    left = policy_document.remove_actions(document, edit.added)
    return bool(left) and policy_document.same(left, before)


def _is_deleted(versions: Sequence[str]) -> str:
    return "is deleted" if len(versions) == 1 else "are deleted"
