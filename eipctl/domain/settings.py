"""The annotations that ask for an EIP, and the ones that tell the result.

Keys and defaults: ack-extend-network-controller's documentation (both prefixes) and Terway v1.6.4 daemon/k8s.go.
Two prefixes that say different things are a conflict; a compatibility key yields to the setting's own key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.durations import seconds
from eipctl.base.text import from_json, tame
from eipctl.domain.actions import EipSpec, Pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

K8S = "k8s.aliyun.com/"
NETWORK = "network.alibabacloud.com/"
PREFIXES = (K8S, NETWORK)


class Setting(StrEnum):
    """The part of a key after its prefix."""

    WITH_EIP = "pod-with-eip"
    INSTANCE_ID = "pod-eip-instanceid"
    BANDWIDTH = "eip-bandwidth"
    CHARGE_TYPE = "eip-internet-charge-type"
    INSTANCE_CHARGE_TYPE = "eip-instance-charge-type"
    BANDWIDTH_PACKAGE = "eip-common-bandwidth-package-id"
    ISP = "eip-isp"
    POOL = "eip-public-ip-address-pool-id"
    RESOURCE_GROUP = "eip-resource-group-id"
    NAME = "eip-name"
    DESCRIPTION = "eip-description"
    SECURITY = "eip-security-protection-types"
    TAGS = "eip-tags"
    RELEASE_STRATEGY = "pod-eip-release-strategy"


COMPATIBILITY: dict[Setting, str] = {
    Setting.WITH_EIP: K8S + "eci-with-eip",
    Setting.INSTANCE_ID: K8S + "eci-eip-instanceid",
    Setting.CHARGE_TYPE: K8S + "eip-charge-type",
}
"""Older keys of the same meaning."""

RESULT = K8S + "allocated-eipAddress"
"""Where eipctl, Terway and ack-extend-network-controller write the address."""

RESULTS = (
    RESULT,
    NETWORK + "allocated-eipAddress",
    NETWORK + "allocated-eip-address",
    NETWORK + "allocated-eip-id",
)
"""All keys that are known to hold a result; the last one holds an allocation id."""

MAX_BANDWIDTH = {"PayByTraffic": 200, "PayByBandwidth": 500}
"""Mbit/s of a PostPaid EIP (AllocateEipAddress)."""

OWN_TAG_PREFIX = "eipctl-"
MAX_USER_TAGS = 10
"""20 tags per EIP, less those that eipctl may need."""

_TRUE, _FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,127}")
_TAG_KEY = re.compile(r"(?!aliyun|acs:)(?!.*https?://).{1,128}")
EIP_ID = re.compile(r"eip-[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Strategy:
    """When an EIP whose Pod is gone may be released; `keep` in seconds, None for never, 0 for Follow."""

    keep: float | None = 0.0

    @property
    def text(self) -> str:
        """As the annotation spells it: ``Follow``, ``Never`` or ``600s``."""
        if self.keep is None:
            return "Never"
        return f"{self.keep:.9f}".rstrip("0").rstrip(".") + "s" if self.keep else "Follow"


FOLLOW = Strategy()
"""Released with its Pod."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a Pod asks for: the EIP `instance_id`, or (if "") one of its own after `spec`."""

    spec: EipSpec
    instance_id: str = ""
    strategy: Strategy = FOLLOW
    named: frozenset[Setting] = frozenset()
    """The settings that an annotation names: only those are corrected later."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Annotations that can't be obeyed; nothing is done for the Pod and it is told why."""

    code: Code
    reason: str


class _Unusable(Exception):
    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.problem = Problem(code, reason)


def wanted(annotations: Mapping[str, str]) -> Wanted | Problem | None:
    """What the annotations of a Pod ask for; None for nothing, a Problem for something impossible."""
    try:
        return _wanted(annotations)
    except _Unusable as error:
        return error.problem


def _wanted(annotations: Mapping[str, str]) -> Wanted | None:
    instance_id = _value(annotations, Setting.INSTANCE_ID)
    if not instance_id and not _flag(annotations):
        return None
    if instance_id and not EIP_ID.fullmatch(instance_id):
        raise _bad(Setting.INSTANCE_ID, instance_id, "an allocation id such as eip-bp1abc")
    if _value(annotations, Setting.INSTANCE_CHARGE_TYPE) not in ("", "PostPaid"):
        raise _bad(Setting.INSTANCE_CHARGE_TYPE, _value(annotations, Setting.INSTANCE_CHARGE_TYPE), "PostPaid")
    strategy = parse_strategy(_value(annotations, Setting.RELEASE_STRATEGY) or "Follow")
    if strategy is None:
        expected = "Follow, Never or a duration such as 10m"
        raise _bad(Setting.RELEASE_STRATEGY, _value(annotations, Setting.RELEASE_STRATEGY), expected)
    named = frozenset(setting for setting in Setting if _value(annotations, setting))
    return Wanted(_spec(annotations), instance_id, strategy, named)


def _spec(annotations: Mapping[str, str]) -> EipSpec:
    charge_type = _value(annotations, Setting.CHARGE_TYPE) or "PayByTraffic"
    if charge_type not in MAX_BANDWIDTH:
        raise _bad(Setting.CHARGE_TYPE, charge_type, "PayByTraffic or PayByBandwidth")
    return EipSpec(
        bandwidth=_bandwidth(_value(annotations, Setting.BANDWIDTH) or "5", MAX_BANDWIDTH[charge_type]),
        internet_charge_type=charge_type,
        isp=_value(annotations, Setting.ISP),
        pool_id=_value(annotations, Setting.POOL),
        resource_group_id=_value(annotations, Setting.RESOURCE_GROUP),
        name=_name(_value(annotations, Setting.NAME)),
        description=_description(_value(annotations, Setting.DESCRIPTION)),
        bandwidth_package_id=_value(annotations, Setting.BANDWIDTH_PACKAGE),
        security_protection=_security(_value(annotations, Setting.SECURITY)),
        tags=_tags(_value(annotations, Setting.TAGS)),
    )


def _value(annotations: Mapping[str, str], setting: Setting) -> str:
    ours = annotations.get(K8S + setting) or annotations.get(COMPATIBILITY.get(setting, ""), "")
    theirs = annotations.get(NETWORK + setting, "")
    if ours and theirs and ours != theirs:
        reason = f"{K8S}{setting} says {_short(ours)!r} and {NETWORK}{setting} says {_short(theirs)!r}"
        raise _Unusable(Code.ANNOTATION_CONFLICT, reason)
    if not tame(ours or theirs):
        raise _bad(setting, ours or theirs, "text without control characters")
    return ours or theirs


def _flag(annotations: Mapping[str, str]) -> bool:
    value = _value(annotations, Setting.WITH_EIP)
    if value and value not in _TRUE + _FALSE:
        raise _bad(Setting.WITH_EIP, value, "true or false")
    return value in _TRUE


def _bandwidth(text: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise _bad(Setting.BANDWIDTH, text, f"a whole number of Mbit/s from 1 to {most}")
    return int(text)


def _name(text: str) -> str:
    if text and not _NAME.fullmatch(text):
        raise _bad(Setting.NAME, text, "1 to 128 letters, digits, . _ - that start with a letter")
    return text


def _description(text: str) -> str:
    if text and not (2 <= len(text) <= 256 and text[0].isalpha() and not text.startswith(("http://", "https://"))):
        raise _bad(Setting.DESCRIPTION, text, "2 to 256 characters that start with a letter and not with http://")
    return text


def _security(text: str) -> tuple[str, ...]:
    kinds = tuple(part.strip() for part in text.split(",") if part.strip())
    if len(kinds) > 1:
        raise _bad(Setting.SECURITY, text, "at most one kind, such as AntiDDoS_Enhanced")
    return kinds


def _tags(text: str) -> Pairs:
    if not text:
        return ()
    try:
        tags = from_json(text)
    except ValueError:
        tags = None
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise _bad(Setting.TAGS, text, 'a JSON object of texts such as {"team":"games"}')
    if not all(_TAG_KEY.fullmatch(key) and len(value) <= 128 and tame(key + value) for key, value in tags.items()):
        expected = "keys and values up to 128 characters, and no key that is empty or starts with aliyun or acs:"
        raise _bad(Setting.TAGS, text, expected)
    if any(key.startswith(OWN_TAG_PREFIX) for key in tags) or len(tags) > MAX_USER_TAGS:
        raise _bad(Setting.TAGS, text, f"at most {MAX_USER_TAGS} tags, none of them starting with {OWN_TAG_PREFIX}")
    return tuple(sorted(tags.items()))


def parse_strategy(text: str) -> Strategy | None:
    """``Follow``, ``Never`` or a Go duration; None for anything else."""
    if text in ("Follow", "Never"):
        return Strategy(0.0 if text == "Follow" else None)
    keep = seconds(text)
    return None if keep is None else Strategy(keep)


def _bad(setting: Setting, value: str, expected: str) -> _Unusable:
    return _Unusable(Code.ANNOTATION_VALUE, f"{setting} is {_short(value)!r}, expected {expected}")


def _short(value: str) -> str:
    return value if len(value) <= 60 else value[:57] + "…"
