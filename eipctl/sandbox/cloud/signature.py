"""Request signatures as the cloud computes them: RPC version 1.0 and ROA, both HMAC-SHA1, and ACS3-HMAC-SHA256."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eipctl.sandbox.http import Request


_PLAIN = re.compile(r"[A-Za-z0-9\-_.~]*")


@lru_cache(maxsize=4096)
def encoded(text: str) -> str:
    """Percent-encoded, only letters, digits and ``- _ . ~`` as they are."""
    return text if _PLAIN.fullmatch(text) else quote(text, safe="-_.~")


def rpc_string_to_sign(method: str, parameters: Mapping[str, str]) -> str:
    """Method and all parameters of query and form but Signature, also the empty ones."""
    names = sorted(parameters)
    query = "&".join([f"{encoded(name)}={encoded(parameters[name])}" for name in names if name != "Signature"])
    # What is encoded already needs only these three once more.
    again = query.replace("%", "%25").replace("=", "%3D").replace("&", "%26")
    return f"{method}&%2F&{again}"


def roa_string_to_sign(request: Request) -> str:
    """Method, four headers, the x-acs- headers and the path with its sorted, decoded query."""
    head = [
        request.method,
        *(request.headers.get(name, "") for name in ("accept", "content-md5", "content-type", "date")),
    ]
    own = sorted((name, value) for name, value in request.headers.items() if name.startswith("x-acs-"))
    query = "&".join(f"{key}={value}" for key, value in sorted(request.query))
    resource = f"{request.path}?{query}" if query else request.path
    return "\n".join([*head, *(f"{name}:{value}" for name, value in own), resource])


def sha1(secret: str, text: str) -> str:
    """Base64 of HMAC-SHA1; for RPC the key is the AccessKeySecret with ``&`` behind it, for ROA the bare secret."""
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha1")).decode()


def acs3_string_to_sign(request: Request, signed: Iterable[str]) -> str:
    """Algorithm and hash of the canonical request over the headers named by `signed`."""
    names = sorted(signed)
    query = "&".join(f"{encoded(key)}={encoded(value)}" for key, value in sorted(request.query))
    canonical = "\n".join(
        [
            request.method,
            quote(request.path, safe="/-_.~") or "/",
            query,
            *(f"{name}:{request.headers.get(name, '').strip()}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    return f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def sha256(secret: str, text: str) -> str:
    """Hexadecimal HMAC-SHA256 with the bare secret."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
