"""On which resources RAM checks an action, and how much of them a pattern in a policy covers.

Source: "RAM authorization" of VPC (api-vpc-2016-04-28-ram): an action is checked for a resource named
``acs:vpc:<region>:<account>:<type>/<id>``. Account and region are known before the call, ids of EIPs are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FREE = "\0"
"""Stands for any text without ``:`` and ``/``: a part of a resource's name that is not known before the call."""


@dataclass(frozen=True, slots=True)
class AccountRegion:
    """The account and the region whose resources are asked about; FREE is any."""

    account: str = FREE
    region: str = FREE


ANYWHERE = AccountRegion()

_EIP = f"eip/eip-{FREE}"
_TYPES = {
    "vpc:DescribeVSwitches": ("vswitch/*",),
    "vpc:AllocateEipAddress": ("eip/*",),
    "vpc:DescribeEipAddresses": ("eip/*",),
    "vpc:AssociateEipAddress": (_EIP,),
    "vpc:UnassociateEipAddress": (_EIP,),
    "vpc:ReleaseEipAddress": (_EIP,),
    "vpc:AddCommonBandwidthPackageIp": (f"combandwidthpackage/cbwp-{FREE}", _EIP),
    "vpc:RemoveCommonBandwidthPackageIp": (f"combandwidthpackage/cbwp-{FREE}", _EIP),
}
"""``eip/*`` is the resource's name itself: for a call that names no EIP."""


class Cover(IntEnum):
    """How many of the resources with a given name a pattern matches."""

    NONE = 0
    SOME = 1
    ALL = 2


def resources(action: str, place: AccountRegion) -> tuple[str, ...]:
    """The names of the resources that `action` is checked for; each of them must be allowed."""
    service = action.partition(":")[0]
    return tuple(f"acs:{service}:{place.region}:{place.account}:{kind}" for kind in _TYPES[action])


def cover(patterns: Iterable[str], resource: str) -> Cover:
    """How much of `resource` the best one of the patterns covers."""
    return max((_cover(pattern, resource) for pattern in patterns), default=Cover.NONE)


def _cover(pattern: str, resource: str) -> Cover:
    """ALL when the pattern matches whatever stands for FREE: texts of two lengths that only a wildcard matches."""
    if all(matches(pattern, resource.replace(FREE, unknown)) for unknown in ("\1", "\1\2\3")):
        return Cover.ALL
    return Cover.SOME if matches(pattern, resource) else Cover.NONE


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern (``*`` any text, ``?`` one character) matches `text`, or one that FREE in it stands for.

    Letters match in either case.
    """
    pattern, text = re.sub(r"\*+", "*", pattern.lower()), text.lower()
    reached = _past_stars(pattern, {0})
    for character in text:
        reached = _past_stars(pattern, _after(pattern, reached, character))
    return len(pattern) in reached


def _after(pattern: str, reached: Iterable[int], character: str) -> set[int]:
    """The positions in the pattern after one more character of the text."""
    found: set[int] = set()
    for at in reached:
        if character == FREE:
            found.update(_in_this_part(pattern, at))
        elif at < len(pattern) and pattern[at] == "*":
            found.add(at)
        elif at < len(pattern) and pattern[at] in ("?", character):
            found.add(at + 1)
    return found


def _in_this_part(pattern: str, at: int) -> range:
    """The positions from `at` to the end of its part of the name."""
    ends = (pattern.find(end, at) for end in ":/")
    return range(at, min((end for end in ends if end >= 0), default=len(pattern)) + 1)


def _past_stars(pattern: str, reached: set[int]) -> set[int]:
    """With the position behind each ``*``, which also matches no text at all."""
    return reached | {at + 1 for at in reached if pattern[at : at + 1] == "*"}
