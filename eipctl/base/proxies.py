"""The proxy that the environment names for a URL, as Go programs (kubectl, the aliyun CLI) read it.

HTTPS_PROXY, HTTP_PROXY and NO_PROXY in capital letters first, then in small ones; all_proxy is not read. NO_PROXY holds
hosts (with their subdomains), ``.suffixes``, addresses, networks (CIDR), each with a port if wanted, or ``*``; loopback
and ``localhost`` are never proxied (golang.org/x/net/http/httpproxy).
"""

from __future__ import annotations

import base64
import ipaddress
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.hosts import address_of, on_loopback, url_of_host

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ssl import SSLContext

    from urllib3 import PoolManager

SCHEMES = ("http", "https", "socks5", "socks5h")
_PORTS = {"http": 80, "https": 443}


def proxy_for(url: str, environ: Mapping[str, str]) -> str | None:
    """The proxy's URL with its login, None for a direct connection. UsageError for a proxy that is not a URL."""
    parts = urlsplit(url)
    found = _variable(environ, f"{parts.scheme.upper()}_PROXY")
    if not found or not _proxied(parts, _variable(environ, "NO_PROXY")):
        return None
    proxy = found if "://" in found else f"http://{found}"
    if not is_proxy(proxy):
        raise UsageError(
            Code.USAGE,
            f"the proxy for {parts.scheme} in the environment is not a URL of a proxy ({', '.join(SCHEMES)})",
            hint=f"correct {parts.scheme.upper()}_PROXY, such as http://10.0.0.1:3128",
        )
    return proxy


def manager(proxy: str | None, proxy_context: SSLContext | None, **options: Any) -> PoolManager:
    """Connections by way of a proxy, None for none; its login goes through TLS where the proxy speaks it.

    `proxy_context` says whom a proxy of https must be; `options` are those of urllib3's PoolManager.
    """
    from urllib3 import PoolManager, ProxyManager

    if proxy is None:
        return PoolManager(**options)
    parts = urlsplit(proxy)
    if parts.scheme.startswith("socks5"):
        from urllib3.contrib.socks import SOCKSProxyManager

        # As Go: whatever the scheme, the proxy resolves names.
        return SOCKSProxyManager(f"socks5h://{parts.netloc}", **options)
    login = _login(parts)
    return ProxyManager(
        f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
        proxy_headers={"proxy-authorization": login} if login else None,
        proxy_ssl_context=proxy_context if parts.scheme == "https" else None,
        **options,
    )


def _login(parts: SplitResult) -> str:
    """As Go sends it: in UTF-8, also without a user or a password; "" for none."""
    if parts.username is None:
        return ""
    login = ":".join(unquote(part or "") for part in (parts.username, parts.password))
    return "Basic " + base64.b64encode(login.encode("utf-8", "surrogateescape")).decode()


def is_proxy(url: str) -> bool:
    """Whether it is the URL of a proxy that can be used."""
    parts = url_of_host(url)
    return parts is not None and parts.scheme in SCHEMES


def shown(proxy: str) -> str:
    """Host and port, without a login."""
    parts = urlsplit(proxy)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.lower()) or ""


def _proxied(parts: SplitResult, no_proxy: str) -> bool:
    host = (parts.hostname or "").rstrip(".").lower()
    port = str(parts.port or _PORTS[parts.scheme])
    if not host or on_loopback(host):
        return False
    entries = (entry.strip().lower() for entry in no_proxy.split(","))
    return not any(_excepts(entry, host, port) for entry in entries if entry)


def _excepts(entry: str, host: str, port: str) -> bool:
    """Whether an entry of NO_PROXY means the host and its port."""
    if entry == "*":
        return True
    address = address_of(host)
    if "/" in entry:
        return address is not None and _within(address, entry)
    name, wanted = _apart(entry)
    if not name or (wanted and wanted != port):
        return False
    excepted = address_of(name)
    if address is not None or excepted is not None:
        return address == excepted
    name = name.removeprefix("*") if name.startswith("*.") else name
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")


def _apart(entry: str) -> tuple[str, str]:
    """Host and port ("" for any): ``[::1]:80``, ``::1``, ``host:80``."""
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, rest.removeprefix(":")
    if entry.count(":") != 1:
        return entry, ""
    name, _, wanted = entry.partition(":")
    return name, wanted


def _within(address: ipaddress.IPv4Address | ipaddress.IPv6Address, network: str) -> bool:
    if not re.fullmatch(r"[^/]+/[0-9]+", network):
        return False
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
