"""Where each product is reached, and through which proxy.

Regional endpoints are ``<product>.<region>.aliyuncs.com`` unless the SDK's own table knows better; RAM is global. The
SDK's Location service is never asked: it costs a call and fails for regions that it doesn't know.
"""

from __future__ import annotations

import ipaddress
import re
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from eipctl.domain.codes import Code
from eipctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_REGION = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
_GLOBAL = {"ram": "ram.aliyuncs.com", "sts": "sts.aliyuncs.com"}


def checked_region(region: str) -> str:
    """`region`, if it can be one: it becomes part of a host name. "" stands for none."""
    if region and not _REGION.fullmatch(region):
        raise UsageError(
            Code.REGION_UNKNOWN,
            f"{region!r} can't be a region id",
            hint="a region id looks like cn-hangzhou or ap-southeast-1",
        )
    return region


def checked_url(url: str) -> str:
    """An --endpoint-url without a trailing slash; https unless it is on loopback."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise UsageError(
            Code.USAGE,
            f"{url!r} is no endpoint URL",
            hint="it looks like https://gateway.example.com or http://127.0.0.1:8080",
        )
    if parts.scheme == "http" and not on_loopback(parts.hostname):
        raise UsageError(
            Code.USAGE,
            f"{url!r} would send the credentials' signature unencrypted",
            hint="use https; plain http is only for loopback addresses",
        )
    return url.rstrip("/")


def on_loopback(host: str) -> bool:
    """Whether a host name or address never leaves this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host(product: str, region: str, known: Mapping[str, str]) -> str:
    """The host of a product in a region; `known` is the table of the SDK's request class."""
    name = product.lower()
    if name == "ram" or not region:
        return _GLOBAL.get(name, f"{name}.aliyuncs.com")
    return known.get(region) or f"{name}.{region}.aliyuncs.com"


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for `url`; NO_PROXY is respected, loopback is never proxied."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    if on_loopback(name) or urllib.request.proxy_bypass(parts.netloc):
        return None
    found = urllib.request.getproxies_environment()
    return found.get(parts.scheme) or found.get("all")
