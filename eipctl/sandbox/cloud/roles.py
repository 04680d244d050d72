"""Ram: roles and the policies attached to them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from eipctl.sandbox.cloud import conditions, policies
from eipctl.sandbox.cloud.rows import RoleRow

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.refusal import CloudRefusal
    from eipctl.sandbox.cloud.state import State

MOST_SYSTEM_POLICIES = 20
_TRUST = "AssumeRolePolicyDocument"


class _Trust(msgspec.Struct, frozen=True, rename="pascal"):
    """A statement of a trust policy."""

    effect: Literal["Allow", "Deny"]
    principal: dict[str, str | list[str]]
    condition: Any = None


def find(call: ApiCall) -> RoleRow:
    """The role that RoleName names."""
    name = call.params.get("RoleName")
    row = call.state.roles.get(name)
    if row is None:
        raise no_role(call, name)
    return row


def no_role(call: ApiCall, name: str) -> CloudRefusal:
    """The role does not exist."""
    return call.refusal("EntityNotExist.Role", f"The role not exists: {name} .")


def arn(state: State, name: str) -> str:
    """``acs:ram::<account>:role/<name>``."""
    return f"acs:ram::{state.account_id}:role/{name}"


def get(call: ApiCall) -> dict[str, Any]:
    """GetRole."""
    return {"Role": _role(call.state, find(call))}


def listing(call: ApiCall) -> dict[str, Any]:
    """ListRoles, MaxItems at a time behind the role that Marker names."""
    rows, marker, most = call.state.roles.values(), call.params.get("Marker"), call.params.number("MaxItems")
    start = next((at + 1 for at, row in enumerate(rows) if row.name == marker), 0)
    chosen, more = rows[start : start + most], start + most < len(rows)
    shown = [{key: value for key, value in _role(call.state, row).items() if key != _TRUST} for row in chosen]
    return {"Roles": {"Role": shown}, "IsTruncated": more, **({"Marker": chosen[-1].name} if more else {})}


def create(call: ApiCall) -> dict[str, Any]:
    """CreateRole."""
    state, name, trust = call.state, call.params.get("RoleName"), call.params.get(_TRUST)
    _check_trust(call, trust)
    if name in state.roles:
        raise call.refusal("EntityAlreadyExists.Role", f"The role already exists: {name} .")
    row = RoleRow(
        name,
        role_id=str(3 * 10**17 + state.count("role")),
        trust=trust,
        description=call.params.get("Description"),
        max_session=call.params.number("MaxSessionDuration"),
        created_at=call.now,
    )
    state.roles.put(name, row)
    return {"Role": _role(state, row)}


def _check_trust(call: ApiCall, document: str) -> None:
    try:
        statements = [msgspec.convert(one, _Trust) for one in json.loads(document)["Statement"]]
        for statement in statements:
            conditions.parse(statement.condition)
    except (ValueError, TypeError, KeyError, msgspec.ValidationError):
        raise call.refusal("MalformedPolicyDocument", "The AssumeRolePolicyDocument is malformed.") from None


def _role(state: State, row: RoleRow) -> dict[str, Any]:
    return {
        "RoleName": row.name,
        "RoleId": row.role_id,
        "Arn": arn(state, row.name),
        _TRUST: row.trust,
        "Description": row.description,
        "MaxSessionDuration": row.max_session,
        "CreateDate": state.clock.timestamp(row.created_at),
        "UpdateDate": state.clock.timestamp(row.created_at),
    }


def list_policies(call: ApiCall) -> dict[str, Any]:
    """ListPoliciesForRole; not in pages."""
    state = call.state
    attached = ((state.policies.get(key), at) for key, at in find(call).policies)
    return {
        "Policies": {
            "Policy": [
                {
                    "PolicyName": row.name,
                    "PolicyType": row.type,
                    "Description": row.description,
                    "DefaultVersion": row.default,
                    "AttachDate": state.clock.timestamp(at),
                }
                for row, at in attached
                if row is not None
            ]
        }
    }


def attach(call: ApiCall) -> dict[str, Any]:
    """AttachPolicyToRole."""
    policy, role, group = policies.find(call), find(call), call.params.get("ResourceGroupId")
    if group and group not in call.state.settings.resource_groups:
        raise call.refusal("EntityNotExists.ResourceGroup", f"The resource group does not exist: {group} .")
    if any(key == policy.key for key, _ in role.policies):
        message = f"The policy {policy.name} is already attached to role {role.name} ."
        raise call.refusal("EntityAlreadyExists.Role.Policy", message)
    same_type = sum(key.startswith(f"{policy.type}/") for key, _ in role.policies)
    if same_type >= (MOST_SYSTEM_POLICIES if policy.system else call.state.switches.policies_per_role):
        raise call.refusal("LimitExceeded.Role.Policy", "The count of policies attached to the role is too large.")
    call.state.roles.put(role.name, replace(role, policies=(*role.policies, (policy.key, call.now))))
    return {}


def detach(call: ApiCall) -> dict[str, Any]:
    """DetachPolicyFromRole."""
    name, kind, role = call.params.get("PolicyName"), call.params.get("PolicyType"), find(call)
    left = tuple(entry for entry in role.policies if entry[0] != f"{kind}/{name}")
    if len(left) == len(role.policies):
        message = f"The policy {name} is not attached to role {role.name} ."
        raise call.refusal("EntityNotExist.Role.Policy", message)
    call.state.roles.put(role.name, replace(role, policies=left))
    return {}
