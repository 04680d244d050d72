"""Keeps secrets out of every text that leaves the adapter.

The SDK puts whole URLs into its errors, and the cloud repeats the string to sign: once and twice url-encoded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "****"
_SHORTEST_SECRET = 6

_NAMES = r"(?<![A-Za-z])(?P<name>SecurityToken|Signature|AccessKeySecret|OIDCToken)"
_PARAMETERS = (
    re.compile(_NAMES + r"=[^&\s\"'<>]*", re.IGNORECASE),
    re.compile(_NAMES + r"%3D(?:(?!%26)[^&\s\"'<>])*", re.IGNORECASE),
    re.compile(_NAMES + r"%253D(?:(?!%2526)[^&\s\"'<>])*", re.IGNORECASE),
)
_FIELD = re.compile(_NAMES + r"(?P<between>\\?[\"']\s*:\s*\\?[\"'])[^\"'\\]+", re.IGNORECASE)
_HEADER = re.compile(
    r"(?P<name>x-acs-security-token|Authorization)(?P<between>\\?[\"']?\s*:\s*\\?[\"']?)(?:acs\s+)?[^\s\"'\\,]+",
    re.IGNORECASE,
)
_KEY_ID = re.compile(r"(?:(?<![A-Za-z])|(?<=3D))(?:LTAI[A-Za-z0-9]{4,}|(?:STS|TMP)\.[A-Za-z0-9]{4,})")


def mask(key_id: str) -> str:
    """``LTAI****abcd``: enough to tell keys apart, too little to be one."""
    head, tail = key_id[:4], key_id[-4:]
    return f"{head}{HIDDEN}{tail}" if len(key_id) >= 12 else f"{key_id[:2]}{HIDDEN}"


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with AccessKey ids masked, and tokens, signatures and `secrets` gone, in plain and url-encoded form."""
    for secret in secrets:
        for form in _forms(secret):
            text = text.replace(form, HIDDEN)
    for pattern in _PARAMETERS:
        text = pattern.sub(lambda found: f"{found['name']}={HIDDEN}", text)
    for pattern in (_FIELD, _HEADER):
        text = pattern.sub(lambda found: f"{found['name']}{found['between']}{HIDDEN}", text)
    return _KEY_ID.sub(lambda found: mask(found[0]), text)


def _forms(secret: str) -> tuple[str, ...]:
    if len(secret) < _SHORTEST_SECRET:
        return ()
    once = quote(secret, safe="-_.~")
    forms = {secret, once, quote_plus(secret), quote(once, safe="-_.~")}
    return tuple(sorted(forms, key=len, reverse=True))
