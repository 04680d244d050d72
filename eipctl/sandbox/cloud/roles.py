"""Ram: roles and the policies attached to them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from eipctl.sandbox.cloud import conditions, policies
from eipctl.sandbox.cloud.refusal import CloudRefusal, invalid
from eipctl.sandbox.cloud.rows import RoleRow

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.state import State

MOST_SYSTEM_POLICIES = 20


class _Trust(msgspec.Struct, frozen=True, rename="pascal"):
    """A statement of a trust policy."""

    effect: Literal["Allow", "Deny"]
    principal: dict[str, str | list[str]]
    condition: Any = None


def no_role(name: str) -> CloudRefusal:
    """The role does not exist."""
    return CloudRefusal("EntityNotExist.Role", f"The role not exists: {name} .", 404)


def find(call: ApiCall) -> RoleRow:
    """The role that RoleName names."""
    name = call.params.need("RoleName")
    row = call.state.roles.get(name)
    if row is None:
        raise no_role(name)
    return row


def arn(state: State, name: str) -> str:
    """``acs:ram::<account>:role/<name in lower case>``."""
    return f"acs:ram::{state.account_id}:role/{name.lower()}"


def get(call: ApiCall) -> dict[str, Any]:
    """GetRole."""
    return {"Role": _role(call.state, find(call))}


def create(call: ApiCall) -> dict[str, Any]:
    """CreateRole."""
    state, name = call.state, call.params.need("RoleName")
    trust = call.params.need("AssumeRolePolicyDocument")
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,64}", name):
        raise CloudRefusal("InvalidParameter.RoleName.InvalidChars", "RoleName contains invalid characters.")
    _check_trust(trust)
    if name in state.roles:
        raise CloudRefusal("EntityAlreadyExists.Role", f"The role already exists: {name} .", 409)
    longest = call.params.number("MaxSessionDuration", 3600, 3600, 43200)
    row = RoleRow(
        name,
        role_id=str(3 * 10**17 + state.count("role")),
        trust=trust,
        description=call.params.get("Description"),
        max_session=longest,
        created_at=call.now,
    )
    state.roles.put(name, row)
    return {"Role": _role(state, row)}


def _check_trust(document: str) -> None:
    try:
        statements = [msgspec.convert(one, _Trust) for one in json.loads(document)["Statement"]]
        for statement in statements:
            conditions.parse(statement.condition)
    except (ValueError, TypeError, KeyError, msgspec.ValidationError):
        raise CloudRefusal("MalformedPolicyDocument", "The AssumeRolePolicyDocument is malformed.") from None


def _role(state: State, row: RoleRow) -> dict[str, Any]:
    return {
        "RoleName": row.name,
        "RoleId": row.role_id,
        "Arn": arn(state, row.name),
        "AssumeRolePolicyDocument": row.trust,
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
    policy, role = policies.find(call), find(call)
    if any(key == policy.key for key, _ in role.policies):
        raise CloudRefusal(
            "EntityAlreadyExists.Role.Policy",
            f"The policy {policy.name} is already attached to role {role.name} .",
            409,
        )
    same_type = sum(key.startswith(f"{policy.type}/") for key, _ in role.policies)
    if same_type >= (MOST_SYSTEM_POLICIES if policy.system else call.state.switches.policies_per_role):
        raise CloudRefusal("LimitExceeded.Role.Policy", "The count of policies attached to the role is too large.", 409)
    call.state.roles.put(role.name, replace(role, policies=(*role.policies, (policy.key, call.now))))
    return {}


def detach(call: ApiCall) -> dict[str, Any]:
    """DetachPolicyFromRole."""
    name, kind, role = call.params.need("PolicyName"), call.params.need("PolicyType"), find(call)
    if kind not in ("Custom", "System"):
        raise invalid("PolicyType")
    left = tuple(entry for entry in role.policies if entry[0] != f"{kind}/{name}")
    if len(left) == len(role.policies):
        raise CloudRefusal(
            "EntityNotExist.Role.Policy", f"The policy {name} is not attached to role {role.name} .", 404
        )
    call.state.roles.put(role.name, replace(role, policies=left))
    return {}
