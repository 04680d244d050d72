"""Where each product is reached, and through which proxy.

Regional endpoints are ``<product>.<region>.aliyuncs.com`` unless the SDK's own table knows better; RAM is global. The
SDK's Location service is never asked: it costs a call and fails for regions that it doesn't know.
"""

from __future__ import annotations

import ipaddress
import re
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_REGION = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
_EXAMPLES = "it looks like https://gateway.example.com or http://127.0.0.1:8080"
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
    parts = _parts(url)
    if parts is None or parts.scheme not in ("http", "https"):
        raise UsageError(Code.USAGE, f"{_shown(url)!r} is no endpoint URL", hint=_EXAMPLES)
    if parts.query or parts.fragment or parts.username is not None:
        raise UsageError(
            Code.USAGE,
            f"the endpoint URL {_shown(url)!r} holds more: a user name, a query or a fragment",
            hint=_EXAMPLES,
        )
    if parts.scheme == "http" and not on_loopback(parts.hostname or ""):
        raise UsageError(
            Code.USAGE,
            f"{url!r} would send the credentials' signature unencrypted",
            hint="use https; plain http is only for loopback addresses",
        )
    return url.rstrip("/")


def _parts(url: str) -> SplitResult | None:
    """None for what is no URL of a host."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        return None
    return parts if usable else None


def _shown(url: str) -> str:
    """Without what may be a password or a token."""
    kept = url.partition("?")[0]
    scheme, separator, rest = kept.rpartition("://")
    return scheme + separator + rest.rpartition("@")[2]


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
    proxies = urllib.request.getproxies_environment()
    found = proxies.get(parts.scheme) or proxies.get("all")
    if found and _parts(found if "://" in found else f"http://{found}") is None:
        raise UsageError(
            Code.USAGE,
            f"the proxy for {parts.scheme} in the environment is no URL",
            hint=f"correct {parts.scheme.upper()}_PROXY, such as http://10.0.0.1:3128",
        )
    return found
