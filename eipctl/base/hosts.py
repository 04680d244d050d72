"""What can be a host: a name that can be looked up, or an address."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit


def url_of_host(url: str) -> SplitResult | None:
    """The parts of a URL; None for what is not one of a host that can be called."""
    try:
        parts = urlsplit(url)
        usable = is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        return None
    return parts if usable and url.isprintable() and " " not in url else None


def is_host(name: str) -> bool:
    """Whether it is an address, or a name whose parts DNS can hold."""
    if address_of(name.partition("%")[0]) is not None:
        return True
    try:
        encoded = name.encode("idna")
    except UnicodeError:
        return False
    return bool(encoded) and name.isprintable() and " " not in name


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address, an IPv4 one also where it is written as IPv6; None for a name."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def on_loopback(host: str) -> bool:
    """Whether a host name or address never leaves this machine."""
    address = address_of(host)
    return host == "localhost" if address is None else address.is_loopback
