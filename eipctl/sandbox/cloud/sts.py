"""Sts: who am I, and sessions of roles."""

from __future__ import annotations

import base64
import json
import re
import secrets
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud import conditions, policy
from eipctl.sandbox.cloud.patterns import matches
from eipctl.sandbox.cloud.refusal import CloudRefusal
from eipctl.sandbox.cloud.roles import arn, no_role
from eipctl.sandbox.cloud.rows import KeyRow, RoleRow

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.state import State

_LONGEST_POLICY = 2048


def get_caller_identity(call: ApiCall) -> dict[str, Any]:
    """GetCallerIdentity; needs no right."""
    state, who = call.state, call.principal
    role = state.roles.get(who.name) if who.kind == "role" else None
    user_id = {"root": state.account_id, "user": f"2{state.account_id}", "role": ""}[who.kind]
    return {
        "AccountId": state.account_id,
        "UserId": user_id,
        "RoleId": role.role_id if role else "",
        "Arn": who.arn(state.account_id),
        "IdentityType": {"root": "Account", "user": "RAMUser", "role": "AssumedRoleUser"}[who.kind],
        "PrincipalId": f"{role.role_id}:{who.session}" if role else user_id,
    }


def assume_role(call: ApiCall) -> dict[str, Any]:
    """AssumeRole: the role must trust the caller; the account itself can't take a role."""
    role = _role(call)
    if call.principal.kind == "root":
        raise CloudRefusal("NoPermission", "Roles may not be assumed by root accounts.", 403)
    account = call.state.account_id
    names: tuple[str, ...] = (f"acs:ram::{account}:root", call.principal.arn(account))
    if call.principal.kind == "role":
        names = (*names, arn(call.state, call.principal.name))
    if not any(_trusts(statement, "RAM", names) for statement in _statements(role)):
        raise CloudRefusal("NoPermission", "The trust policy of the role does not allow the caller.", 403)
    return _session(call, role)


def assume_role_with_oidc(call: ApiCall) -> dict[str, Any]:
    """AssumeRoleWithOIDC, not signed. The token's signature is not checked, its claims are."""
    provider, claims = call.params.need("OIDCProviderArn"), _claims(call)
    role = _role(call)
    statements = [statement for statement in _statements(role) if _trusts(statement, "Federated", (provider,))]
    if not any(_conditions_met(statement, claims) for statement in statements):
        raise CloudRefusal("AuthenticationFail.NoPermission", "The role does not trust this OIDC identity.", 403)
    reply = _session(call, role)
    info = {"Subject": claims.get("sub", ""), "Issuer": claims.get("iss", ""), "ClientIds": claims.get("aud", "")}
    return {**reply, "OIDCTokenInfo": info}


def _role(call: ApiCall) -> RoleRow:
    wanted = call.params.need("RoleArn")
    found = re.fullmatch(r"acs:ram::(\d+):role/(.+)", wanted)
    if found is None:
        raise CloudRefusal("InvalidParameter.RoleArn", f"The parameter RoleArn is wrongly formed: {wanted}")
    name = found.group(2).lower()
    rows = [row for row in call.state.roles.values() if row.name.lower() == name]
    if not rows or found.group(1) != call.state.account_id:
        raise no_role(found.group(2))
    return rows[0]


def _statements(role: RoleRow) -> list[dict[str, Any]]:
    """The Allow statements of the trust policy; without one everybody is trusted."""
    if not role.trust:
        return [{"Effect": "Allow", "Principal": {"RAM": ["*"], "Federated": ["*"]}}]
    statements = json.loads(role.trust).get("Statement", [])
    return [statement for statement in statements if statement.get("Effect") == "Allow"]


def _trusts(statement: dict[str, Any], kind: str, who: tuple[str, ...]) -> bool:
    named = statement.get("Principal", {}).get(kind, [])
    patterns = [named] if isinstance(named, str) else named
    return any(matches(pattern, name) for pattern in patterns for name in who)


def _conditions_met(statement: dict[str, Any], claims: dict[str, Any]) -> bool:
    facts = {f"oidc:{name}": _texts(value) for name, value in claims.items()}
    return conditions.met(conditions.parse(statement.get("Condition")), facts) is True


def _texts(claim: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in (claim if isinstance(claim, list) else [claim]))


def _claims(call: ApiCall) -> dict[str, Any]:
    token = call.params.need("OIDCToken")
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        claims = None
    if not isinstance(claims, dict):
        raise CloudRefusal("AuthenticationFail.OIDCToken.Invalid", "This JWT is not valid.", 401)
    if float(claims.get("exp", call.now + 1)) < call.now:
        raise CloudRefusal("AuthenticationFail.OIDCToken.Expired", "This JWT has expired.", 401)
    return claims


def _session(call: ApiCall, role: RoleRow) -> dict[str, Any]:
    state, params = call.state, call.params
    session, restriction = params.need("RoleSessionName"), params.get("Policy")
    if not re.fullmatch(r"[\w.@-]{2,64}", session, re.ASCII):
        raise CloudRefusal("InvalidParameter.RoleSessionName", "The parameter RoleSessionName is wrongly formed.")
    _check_policy(restriction)
    seconds = params.number("DurationSeconds", 3600, 900, role.max_session)
    row = issue(state, role.name, session, call.now + seconds, restriction)
    return {
        "Credentials": {
            "AccessKeyId": row.key_id,
            "AccessKeySecret": row.secret,
            "SecurityToken": row.token,
            "Expiration": state.clock.timestamp(row.expires_at),
        },
        "AssumedRoleUser": {
            "Arn": f"acs:ram::{state.account_id}:role/{role.name.lower()}/{session}",
            "AssumedRoleId": f"{role.role_id}:{session}",
        },
    }


def _check_policy(restriction: str) -> None:
    if not restriction:
        return
    try:
        policy.parse(restriction)
    except ValueError as error:
        raise CloudRefusal("MalformedPolicyDocument", f"The policy is malformed: {error}") from None
    if len(restriction) > _LONGEST_POLICY:
        raise CloudRefusal("InvalidParameter.Policy.Length", "The parameter Policy is too long.")


def issue(state: State, role: str, session: str, expires_at: float, session_policy: str = "") -> KeyRow:
    """Make temporary credentials and remember them."""
    row = KeyRow(
        key_id=f"STS.{secrets.token_hex(12)}",
        secret=secrets.token_hex(20),
        role=role,
        session=session,
        token=base64.b64encode(secrets.token_bytes(48)).decode(),
        session_policy=session_policy,
        expires_at=expires_at,
    )
    state.keys.put(row.key_id, row)
    return row
