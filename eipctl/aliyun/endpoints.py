"""Where each product is reached, and through which proxy.

Regional endpoints are ``<product>.<region>.aliyuncs.com`` unless the vendor's tables say otherwise (`hosts`); RAM is
global. The SDK's Location service is never asked: it costs a call and fails for regions that it doesn't know.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from eipctl.aliyun.hosts import INTERNAL, INTERNAL_LESS, ODD
from eipctl.base import proxies
from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.hosts import on_loopback, url_of_host

if TYPE_CHECKING:
    from collections.abc import Mapping

_REGION = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
_EXAMPLES = "write it like https://gateway.example.com or http://127.0.0.1:8080"
_TYPES = tuple(f"{prefix}ENDPOINT_TYPE" for prefix in ("ALIBABA_CLOUD_", "ALIBABACLOUD_", "ALICLOUD_", ""))


def checked_region(region: str) -> str:
    """`region`, if it can be one: it becomes part of a host name. "" stands for none."""
    if region and not _REGION.fullmatch(region):
        raise UsageError(
            Code.REGION_UNKNOWN,
            f"{region!r} is not a region ID",
            hint="write it like cn-hangzhou or ap-southeast-1",
        )
    return region


def checked_url(url: str) -> str:
    """An --endpoint-url without a trailing slash; https unless it is on loopback."""
    parts = url_of_host(url)
    if parts is None or parts.scheme not in ("http", "https"):
        raise UsageError(Code.USAGE, f"{_shown(url)!r} is not an endpoint URL", hint=_EXAMPLES)
    if parts.query or parts.fragment or parts.username is not None:
        raise UsageError(
            Code.USAGE,
            f"the endpoint URL {_shown(url)!r} contains a user name, a query or a fragment",
            hint=_EXAMPLES,
        )
    if parts.scheme == "http" and not on_loopback(parts.hostname or ""):
        raise UsageError(
            Code.USAGE,
            f"{url!r} would send the credentials' signature unencrypted",
            hint="use https; plain http is only for loopback addresses",
        )
    return url.rstrip("/")


def _shown(url: str) -> str:
    """Without what may be a password or a token."""
    kept = url.partition("?")[0]
    scheme, separator, rest = kept.rpartition("://")
    return scheme + separator + rest.rpartition("@")[2]


def host(product: str, region: str, *, internal: bool = False) -> str:
    """The host of a product in a region; the one inside a VPC if `internal` and if there is one."""
    name = product.lower()
    if internal and region and region not in INTERNAL_LESS[name]:
        return INTERNAL[name].format(region=region)
    if name == "ram" or not region:
        return f"{name}.aliyuncs.com"
    return ODD.get((name, region)) or f"{name}.{region}.aliyuncs.com"


def is_internal(wanted: str, whose: str) -> bool:
    """Whether an endpoint type means the hosts inside a VPC. UsageError for an unknown one."""
    if wanted.lower() not in ("", "public", "vpc"):
        raise UsageError(
            Code.USAGE, f"the endpoint type {wanted!r} of {whose} is unknown", hint="use vpc, public, or none"
        )
    return wanted.lower() == "vpc"


def type_in(environ: Mapping[str, str]) -> str:
    """The endpoint type that the environment names, as the aliyun CLI reads it; "" for none."""
    return next((environ[name] for name in _TYPES if environ.get(name)), "")


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for `url`, as the aliyun CLI has it."""
    found = proxies.proxy_for(url, os.environ)
    # As Go: whatever the scheme, the proxy resolves names.
    return f"socks5h{found.removeprefix('socks5')}" if found and found.startswith("socks5:") else found
