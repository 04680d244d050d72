"""Whether a request is who it says it is: AccessKey, SecurityToken, time, nonce, signature."""

from __future__ import annotations

import hmac
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from eipctl.sandbox.cloud import signature
from eipctl.sandbox.cloud.principal import ANONYMOUS, ROOT, Principal
from eipctl.sandbox.cloud.table import missing, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eipctl.sandbox.cloud.refusal import CloudRefusal
    from eipctl.sandbox.cloud.rows import KeyRow
    from eipctl.sandbox.cloud.state import State
    from eipctl.sandbox.http import Request

SKEW = 15 * 60
_MOST_NONCES = 500_000
_ACS3 = re.compile(r"ACS3-HMAC-SHA256\s+Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request says about its sender; `sign` makes the signature that a secret gives."""

    key_id: str
    token: str
    nonce: str
    at: float
    signature: str
    string_to_sign: str
    sign: Callable[[str], str]


def claim_of(request: Request, params: Mapping[str, str]) -> Claim | None:
    """The claim in whichever of the three styles; None for an unsigned request."""
    authorization = request.headers.get("authorization", "")
    if authorization.startswith("ACS3-HMAC-SHA256"):
        return _acs3(request, authorization)
    if authorization.startswith("acs "):
        return _roa(request, authorization)
    return _rpc(request, params) if "AccessKeyId" in params else None


def _rpc(request: Request, params: Mapping[str, str]) -> Claim:
    for name in ("Signature", "SignatureNonce", "Timestamp"):
        if not params.get(name):
            raise missing(name)
    if (params.get("SignatureMethod"), params.get("SignatureVersion")) != ("HMAC-SHA1", "1.0"):
        raise refusal("InvalidSignatureMethod", "Specified signature method is not supported.")
    text = signature.rpc_string_to_sign(request.method, params)
    return Claim(
        key_id=params["AccessKeyId"],
        token=params.get("SecurityToken", ""),
        nonce=params["SignatureNonce"],
        at=_iso(params["Timestamp"]),
        signature=params["Signature"],
        string_to_sign=text,
        sign=lambda secret: signature.sha1(f"{secret}&", text),
    )


def _roa(request: Request, authorization: str) -> Claim:
    key_id, _, given = authorization.removeprefix("acs ").partition(":")
    try:
        at = parsedate_to_datetime(request.headers.get("date", "")).timestamp()
    except ValueError:
        raise _bad_time() from None
    text = signature.roa_string_to_sign(request)
    return Claim(
        key_id=key_id,
        token=request.headers.get("x-acs-security-token", ""),
        nonce=request.headers.get("x-acs-signature-nonce", ""),
        at=at,
        signature=given,
        string_to_sign=text,
        sign=lambda secret: signature.sha1(secret, text),
    )


def _acs3(request: Request, authorization: str) -> Claim:
    found = _ACS3.fullmatch(authorization)
    if found is None:
        raise refusal("IncompleteSignature", "The request signature does not conform to Aliyun standards.")
    text = signature.acs3_string_to_sign(request, found.group(2).split(";"))
    return Claim(
        key_id=found.group(1),
        token=request.headers.get("x-acs-security-token", ""),
        nonce=request.headers.get("x-acs-signature-nonce", ""),
        at=_iso(request.headers.get("x-acs-date", "")),
        signature=found.group(3),
        string_to_sign=text,
        sign=lambda secret: signature.sha256(secret, text),
    )


_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def _iso(text: str) -> float:
    try:
        if _ISO.fullmatch(text):
            return datetime.fromisoformat(text).timestamp()
    except ValueError:
        pass
    raise _bad_time()


def _bad_time() -> CloudRefusal:
    return refusal("InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.")


class Gate:
    """Admits callers; remembers nonces in memory."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._nonces: OrderedDict[str, float] = OrderedDict()

    def admit(self, request: Request, params: Mapping[str, str], action: str) -> Principal:
        """The caller; CloudRefusal for a request that proves nothing."""
        claim = claim_of(request, params)
        if claim is None:
            if action == "AssumeRoleWithOIDC":
                return ANONYMOUS
            raise refusal("MissingAccessKeyId", "AccessKeyId is mandatory for this action.")
        with self._state.store.lock:
            return self._check(claim)

    def _check(self, claim: Claim) -> Principal:
        now = self._state.clock.now()
        if abs(now - claim.at) > SKEW:
            raise refusal("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
        row = self._state.keys.get(claim.key_id)
        if row is None:
            raise refusal("InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        _check_token(row, claim, now)
        if not hmac.compare_digest(claim.signature.encode(), claim.sign(row.secret).encode()):
            raise refusal(
                "SignatureDoesNotMatch",
                "Specified signature is not matched with our calculation. "
                f"server string to sign is:{claim.string_to_sign}",
            )
        self._use_nonce(f"{claim.key_id}/{claim.nonce}", now)
        if row.token:
            return Principal("role", row.role, row.session, row.session_policy)
        return ROOT if row.user == "root" else Principal("user", row.user)

    def _use_nonce(self, nonce: str, now: float) -> None:
        if nonce in self._nonces:
            raise refusal("SignatureNonceUsed", "Specified signature nonce was used already.")
        self._nonces[nonce] = now
        oldest = next(iter(self._nonces))
        while self._nonces[oldest] < now - 2 * SKEW or len(self._nonces) > _MOST_NONCES:
            del self._nonces[oldest]
            oldest = next(iter(self._nonces))


def _check_token(row: KeyRow, claim: Claim, now: float) -> None:
    if not row.token and not claim.token:
        return
    if not claim.token:
        raise refusal("MissingSecurityToken", "SecurityToken is mandatory for this action.")
    if not row.token or claim.token != row.token:
        raise refusal(
            "InvalidSecurityToken.MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey."
        )
    if row.expires_at <= now:
        raise refusal("InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
