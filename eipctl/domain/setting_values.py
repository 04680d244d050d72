"""How the values of annotations are read: each parser takes the text and, by field, the texts of the other settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from eipctl.base.text import from_json, tame
from eipctl.domain.strategy import Strategy, parse_strategy

if TYPE_CHECKING:
    from eipctl.domain.plan import Pairs

Parser = Callable[[str, Mapping[str, str]], Any]

MAX_BANDWIDTH = {"PayByTraffic": 200, "PayByBandwidth": 500}
"""Mbit/s of a PostPaid EIP (AllocateEipAddress)."""

_CARRIERS = ("ChinaTelecom", "ChinaUnicom", "ChinaMobile")
ISPS = ("BGP", "BGP_PRO", *_CARRIERS, *(f"{each}_L2" for each in _CARRIERS), "BGP_FinanceCloud", "BGP_International")
"""Line types that the documentation of AllocateEipAddress lists, those of the allow list included."""

OWN_TAG_PREFIX = "eipctl-"
MAX_USER_TAGS = 10
"""20 tags per EIP, less those that eipctl may need."""

EIP_ID = re.compile(r"eip-[a-z0-9]+")
POOL_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
"""Of a pool of EIPs: the value of the tag that names it stays within 128 characters."""
_TRUE, _FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")
_NAME = re.compile(r"[^\W\d_][\w.-]{0,127}")
_TAG_TEXT = re.compile(r"(?!aliyun|acs:)(?!.*https?://).{1,128}", re.DOTALL)
"""A key, and a value of a tag that an EIP is bought with (AllocateEipAddress)."""


class UnusableValue(ValueError):
    """A value that can't be obeyed; `expected` says what could."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


def text(value: str, _others: Mapping[str, str]) -> str:
    """The text itself: the cloud decides whether it can be used."""
    return value


def flag(value: str, _others: Mapping[str, str]) -> bool:
    """What Go's strconv.ParseBool takes, as ack-extend-network-controller reads it."""
    if value not in _TRUE + _FALSE:
        raise UnusableValue("true or false")
    return value in _TRUE


def allocation_id(value: str, _others: Mapping[str, str]) -> str:
    """``eip-bp1abc``."""
    if not EIP_ID.fullmatch(value):
        raise UnusableValue("an allocation ID such as eip-bp1abc")
    return value


def pool_name(value: str, _others: Mapping[str, str]) -> str:
    """The name of a pool of EIPs."""
    if not POOL_NAME.fullmatch(value):
        raise UnusableValue("the name of a pool: 1 to 40 lower-case letters, digits and hyphens")
    return value


def id_of(prefix: str, beside: str = "") -> Parser:
    """A parser of resource IDs, which begin with the kind of the resource: ``cbwp-``, ``pippool-``, ``rg-``.

    `beside` says what else may have been meant.
    """

    def parse(value: str, _others: Mapping[str, str]) -> str:
        if not re.fullmatch(rf"{prefix}[A-Za-z0-9-]+", value):
            raise UnusableValue(f"an ID that begins with {prefix}{beside}")
        return value

    return parse


def one_of(*values: str) -> Parser:
    """A parser of these values."""

    def parse(value: str, _others: Mapping[str, str]) -> str:
        if value not in values:
            raise UnusableValue(" or ".join(values))
        return value

    return parse


def bandwidth(value: str, others: Mapping[str, str]) -> int:
    """Mbit/s within what the charge type allows."""
    most = MAX_BANDWIDTH.get(others.get("internet_charge_type", "PayByTraffic"), max(MAX_BANDWIDTH.values()))
    if not re.fullmatch(r"[0-9]{1,9}", value) or not 1 <= int(value) <= most:
        raise UnusableValue(f"a whole number of Mbit/s from 1 to {most}")
    return int(value)


def plain_name(value: str) -> bool:
    """Whether the cloud takes a name by the older rule (2021); by the newer one it takes nearly all."""
    return _NAME.fullmatch(value) is not None


def plain_description(value: str) -> bool:
    """The same of a description."""
    return 2 <= len(value) <= 256 and value[0].isalpha() and not value.startswith(("http://", "https://"))


def at_most_one(value: str, _others: Mapping[str, str]) -> tuple[str, ...]:
    """A list that is separated by commas, of which the cloud takes one element."""
    kinds = tuple(part.strip() for part in value.split(",") if part.strip())
    if len(kinds) > 1:
        raise UnusableValue("at most one kind, such as AntiDDoS_Enhanced")
    return kinds


def tags(value: str, _others: Mapping[str, str]) -> Pairs:
    """A JSON object of texts."""
    try:
        found = from_json(value)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise UnusableValue('a JSON object of strings such as {"team":"games"}')
    if not all(_TAG_TEXT.fullmatch(each) and tame(each) for pair in found.items() for each in pair):
        raise UnusableValue(
            "keys and values of 1 to 128 characters that don't start with aliyun or acs: and contain no http:// or https://"
        )
    if any(key.startswith(OWN_TAG_PREFIX) for key in found) or len(found) > MAX_USER_TAGS:
        raise UnusableValue(f"at most {MAX_USER_TAGS} tags, none of them starting with {OWN_TAG_PREFIX}")
    return tuple(sorted(found.items()))


def strategy(value: str, _others: Mapping[str, str]) -> Strategy:
    """When the EIP may go."""
    found = parse_strategy(value)
    if found is None:
        raise UnusableValue("Follow, Never or a duration such as 10m")
    return found
