"""Conditions of RAM policies: operators on texts, truth, dates and addresses.

All operators and keys of a condition must hold, of a key's values one is enough. A tag that is not there matches no
text. What the sandbox has no fact for, or an operator it does not have, is neither met nor unmet.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.patterns import is_like

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Facts = Mapping[str, tuple[str, ...]]
    Condition = tuple[tuple[str, str, tuple[str, ...]], ...]

RESOURCE_TAG, REQUEST_TAG = "acs:ResourceTag/", "acs:RequestTag/"


def _date(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _within(network: str, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, held: wanted == held,
    "StringEqualsIgnoreCase": lambda wanted, held: wanted.lower() == held.lower(),
    "StringLike": is_like,
    "Bool": lambda wanted, held: wanted.lower() == held.lower(),
    "DateLessThan": lambda wanted, held: _date(held) < _date(wanted),
    "DateLessThanEquals": lambda wanted, held: _date(held) <= _date(wanted),
    "DateGreaterThan": lambda wanted, held: _date(held) > _date(wanted),
    "DateGreaterThanEquals": lambda wanted, held: _date(held) >= _date(wanted),
    "IpAddress": _within,
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NotIpAddress": "IpAddress",
}


def parse(raw: Any) -> Condition:
    """(operator, key, values) of a Condition; ValueError if it is none."""
    if raw is None:
        return ()
    if not isinstance(raw, dict) or not all(isinstance(keys, dict) for keys in raw.values()):
        raise ValueError("a Condition is an object of operators with keys")
    return tuple((operator, key, _texts(values)) for operator, keys in raw.items() for key, values in keys.items())


def _texts(raw: Any) -> tuple[str, ...]:
    values = raw if isinstance(raw, list) else [raw]
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in values)


def met(condition: Condition, facts: Facts) -> bool | None:
    """Whether the condition holds; None if nobody can say."""
    found = [_holds(operator, facts.get(key, _absent(key, facts)), values) for operator, key, values in condition]
    return False if False in found else None if None in found else True


def _absent(key: str, facts: Facts) -> tuple[str, ...] | None:
    """No value at all for a tag that is not there; None for what nobody knows. ``vpc:tag/`` tells of its tags."""
    known = key.startswith((RESOURCE_TAG, REQUEST_TAG)) or f"{key.partition('/')[0]}/" in facts
    return () if known else None


def _holds(operator: str, held: tuple[str, ...] | None, wanted: tuple[str, ...]) -> bool | None:
    compare = _OPERATORS.get(_NEGATED.get(operator, operator))
    if compare is None or held is None:
        return None
    try:
        found = any(compare(one, fact) for one in wanted for fact in held)
    except (ValueError, TypeError):
        return None
    return found != (operator in _NEGATED)
