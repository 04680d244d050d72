"""Tests of single values, in the words of the real validation: each says why a value is refused, or nothing."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from collections.abc import Callable
from typing import Any

Test = Callable[[Any], str]
"""Of a value: why it is refused; "" when it isn't."""

_DNS = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = re.compile(rf"{_DNS}(\.{_DNS})*")
_LABEL = re.compile(_DNS)
_SERVICE = re.compile("[a-z]([-a-z0-9]*[a-z0-9])?")
_QUALIFIED = re.compile(rf"({_DNS}(\.{_DNS})*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_CRON_FIELD = re.compile(
    r"(\*|\?|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(/[0-9]+)?(,(\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(/[0-9]+)?)*"
)
_CRON_WORDS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_CRON_LIMITS = (59, 23, 31, 12, 7)
_SUBDOMAIN_WORDS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_LABEL_WORDS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_KEY_WORDS = 'name part must consist of alphanumeric characters, "-", "_" or "."'
_VALUE_WORDS = "a valid label must be an empty string or consist of alphanumeric characters"
IMMUTABLE = "field is immutable"


def shown(value: Any) -> str:
    """A value as Go's errors print it."""
    return f'"{value}"' if isinstance(value, str) else str(value)


def wrong(value: Any, why: str) -> str:
    """The cause of a value that is invalid."""
    return f"Invalid value: {shown(value)}: {why}"


def _matching(pattern: re.Pattern[str], longest: int, words: str) -> Test:
    def test(value: Any) -> str:
        if len(str(value)) > longest:
            return wrong(value, f"must be no more than {longest} characters")
        return "" if pattern.fullmatch(str(value)) else wrong(value, words)

    return test


subdomain = _matching(SUBDOMAIN, 253, _SUBDOMAIN_WORDS)
label = _matching(_LABEL, 63, _LABEL_WORDS)
service_name = _matching(_SERVICE, 63, "a DNS-1035 label must consist of lower case alphanumeric characters or '-'")
cron_job_name = _matching(SUBDOMAIN, 52, _SUBDOMAIN_WORDS)
label_value = _matching(_LABEL_VALUE, 63, _VALUE_WORDS)
qualified = _matching(_QUALIFIED, 317, _KEY_WORDS)
file_name = _matching(
    re.compile(r"(?!\.\.?$)[-._a-zA-Z0-9]+"), 253, "a valid config key must consist of alphanumeric characters"
)


def annotation_key(value: Any) -> str:
    """Keys of annotations may be in upper case."""
    return qualified(str(value).lower()) and wrong(value, _KEY_WORDS)


def path_segment(value: Any) -> str:
    """Names of RBAC objects and Events: anything that fits into a path."""
    return (
        wrong(value, "may not be '.' or '..' and may not contain '/' or '%'")
        if re.search(r"^\.\.?$|[/%]", value)
        else ""
    )


def full_finalizer(value: Any) -> str:
    """Names of finalizers have a domain, but for the three that Kubernetes has."""
    if value in ("orphan", "foregroundDeletion", "kubernetes") or ("/" in value and not qualified(value)):
        return ""
    return wrong(value, "name is neither a standard finalizer name nor is it fully qualified")


def at_least(least: int) -> Test:
    """A number from `least`."""
    word = "0" if least == 0 else str(least)
    return lambda value: wrong(value, f"must be greater than or equal to {word}") if value < least else ""


def one_of(*allowed: str) -> Test:
    """One of some texts."""
    told = ", ".join(f'"{value}"' for value in allowed)
    return lambda value: "" if value in allowed else f'Unsupported value: "{value}": supported values: {told}'


def required(value: Any) -> str:
    """Not empty."""
    return "Required value" if value in (None, "", [], {}) else ""


def share(value: Any) -> str:
    """``3`` or ``"25%"``."""
    if isinstance(value, str) and not re.fullmatch(r"\d+%", value):
        return wrong(value, "a valid percent string must be a numeric string followed by an ending '%'")
    return at_least(0)(value) if isinstance(value, int) else ""


def schedule(value: Any) -> str:
    """Five fields, or a word like @daily."""
    fields = str(value).split()
    if value in _CRON_WORDS or re.fullmatch(r"@every \S+", value):
        return ""
    if len(fields) != len(_CRON_LIMITS):
        return wrong(value, f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    for text, most in zip(fields, _CRON_LIMITS, strict=True):
        if not _CRON_FIELD.fullmatch(text) or any(int(one) > most for one in re.findall(r"(?<!/)\b\d+", text)):
            return wrong(value, f"failed to parse field {text}")
    return ""


def time_zone(value: Any) -> str:
    """A name of the time zone database."""
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return wrong(value, f"unknown time zone {value}")
    return ""


def address(value: Any) -> str:
    """An IP address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return wrong(value, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
    return ""
