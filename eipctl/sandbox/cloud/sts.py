"""Sts: who am I, and sessions of roles."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud import conditions, policy
from eipctl.sandbox.cloud.patterns import matches
from eipctl.sandbox.cloud.roles import arn, no_role
from eipctl.sandbox.cloud.rows import KeyRow, RoleRow

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.refusal import CloudRefusal
    from eipctl.sandbox.cloud.state import State


def get_caller_identity(call: ApiCall) -> dict[str, Any]:
    """GetCallerIdentity; needs no right."""
    state, who = call.state, call.principal
    role = state.roles.get(who.name) if who.kind == "role" else None
    user_id = state.account_id if who.kind == "root" else f"2{state.account_id}"
    identity = {"RoleId": role.role_id} if role else {"UserId": user_id}
    return {
        **identity,
        "AccountId": state.account_id,
        "Arn": who.arn(state.account_id),
        "IdentityType": {"root": "Account", "user": "RAMUser", "role": "AssumedRoleUser"}[who.kind],
        "PrincipalId": f"{role.role_id}:{who.session}" if role else user_id,
    }


def assume_role(call: ApiCall) -> dict[str, Any]:
    """AssumeRole: the role must trust the caller; the account itself can't take a role."""
    role = _role(call)
    if call.principal.kind == "root":
        raise call.refusal("NoPermission", "Roles may not be assumed by root accounts.")
    account = call.state.account_id
    names: tuple[str, ...] = (f"acs:ram::{account}:root", call.principal.arn(account))
    if call.principal.kind == "role":
        names = (*names, arn(call.state, call.principal.name))
    given = call.params.get("ExternalId")
    facts = {"sts:ExternalId": (given,) if given else ()}
    if not any(_trusts(one, "RAM", names) and _conditions_met(one, facts) for one in _statements(role)):
        raise call.refusal("NoPermission", "The trust policy of the role does not allow the caller.")
    return _session(call, role)


def assume_role_with_oidc(call: ApiCall) -> dict[str, Any]:
    """AssumeRoleWithOIDC, not signed. The token's signature is not checked, its claims are."""
    provider, claims = call.params.get("OIDCProviderArn"), _claims(call)
    _check_provider(call, provider, claims)
    role = _role(call)
    facts = {f"oidc:{name}": _texts(value) for name, value in claims.items()}
    statements = [one for one in _statements(role) if _trusts(one, "Federated", (provider,))]
    if not any(_conditions_met(statement, facts) for statement in statements):
        raise call.refusal("AuthenticationFail.NoPermission", "The role does not trust this OIDC identity.")
    reply = _session(call, role)
    moments = {"IssuanceTime": claims.get("iat", call.now), "ExpirationTime": claims.get("exp", call.now + 3600)}
    info = {
        "Subject": claims.get("sub", ""),
        "Issuer": claims.get("iss", ""),
        "ClientIds": ",".join(_texts(claims.get("aud", ""))),
        **{name: call.state.clock.timestamp(float(moment)) for name, moment in moments.items()},
        "VerificationInfo": "Success",
    }
    return {**reply, "OIDCTokenInfo": info}


def _check_provider(call: ApiCall, wanted: str, claims: dict[str, Any]) -> None:
    """The account must have the identity provider, and the token must be of its issuer and for its clients."""
    account, _, name = wanted.removeprefix("acs:ram::").partition(":oidc-provider/")
    row = call.state.providers.get(name)
    if row is None or account != call.state.account_id:
        raise call.refusal("AuthenticationFail.NoPermission", "The account has no such OIDC provider.")
    if row.issuer not in ("", claims.get("iss")):
        raise call.refusal("AuthenticationFail.OIDCToken.IssuerNotMatch", "The token is of another issuer.")
    if row.client_ids and not set(row.client_ids) & set(_texts(claims.get("aud", ""))):
        raise call.refusal("AuthenticationFail.OIDCToken.AudienceNotMatch", "The token is for another audience.")


def _role(call: ApiCall) -> RoleRow:
    account, _, wanted = call.params.get("RoleArn").removeprefix("acs:ram::").partition(":role/")
    rows = [row for row in call.state.roles.values() if row.name.lower() == wanted.lower()]
    if not rows or account != call.state.account_id:
        raise no_role(call, wanted)
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


def _conditions_met(statement: dict[str, Any], facts: conditions.Facts) -> bool:
    return conditions.met(conditions.parse(statement.get("Condition")), facts) is True


def _texts(claim: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in (claim if isinstance(claim, list) else [claim]))


def _claims(call: ApiCall) -> dict[str, Any]:
    token = call.params.get("OIDCToken")
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        claims = None
    if not isinstance(claims, dict):
        raise call.refusal("AuthenticationFail.OIDCToken.Invalid", "This JWT is not valid.")
    if float(claims.get("exp", call.now + 1)) < call.now:
        raise call.refusal("AuthenticationFail.OIDCToken.Expired", "This JWT has expired.")
    return claims


def _session(call: ApiCall, role: RoleRow) -> dict[str, Any]:
    state, params = call.state, call.params
    session, restriction, seconds = (
        params.get("RoleSessionName"),
        params.get("Policy"),
        params.number("DurationSeconds"),
    )
    if seconds > role.max_session:
        raise _wrong(call, "InvalidParameter.DurationSeconds")
    _check_policy(call, restriction)
    row = issue(state, role.name, session, call.now + seconds, restriction)
    return {
        "Credentials": {
            "AccessKeyId": row.key_id,
            "AccessKeySecret": row.secret,
            "SecurityToken": row.token,
            "Expiration": state.clock.timestamp(row.expires_at),
        },
        **({"SourceIdentity": params.get("SourceIdentity")} if params.get("SourceIdentity") else {}),
        "AssumedRoleUser": {
            "Arn": f"acs:ram::{state.account_id}:role/{role.name.lower()}/{session}",
            "AssumedRoleId": f"{role.role_id}:{session}",
        },
    }


def _check_policy(call: ApiCall, restriction: str) -> None:
    try:
        if restriction:
            policy.parse(restriction)
    except ValueError:
        raise _wrong(call, "InvalidParameter.PolicyGrammar") from None


def _wrong(call: ApiCall, code: str) -> CloudRefusal:
    """A parameter is wrong; AssumeRoleWithOIDC has no code for each."""
    return call.refusal(code, f"The parameter {code.rpartition('.')[2]} is not valid.")


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
