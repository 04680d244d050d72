"""What annotations ask for.

Two prefixes that say different things are a conflict; a compatibility key yields to the setting's own key.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.text import tame
from eipctl.domain.setting_values import UnusableValue
from eipctl.domain.settings import (
    INSTANCE_ID,
    K8S,
    NETWORK,
    POOL,
    POOL_OVERFLOW,
    RELEASE_STRATEGY,
    SETTINGS,
    WITH_EIP,
    EipSpec,
    Setting,
)
from eipctl.domain.strategy import FOLLOW, Strategy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a Pod asks for: the EIP `instance_id`, one of `pool`, or (if both are "") one of its own after `spec`."""

    spec: EipSpec
    instance_id: str = ""
    strategy: Strategy = FOLLOW
    pool: str = ""
    overflow: bool = False
    """Whether it may have one of its own while its pool has no free one."""
    named: tuple[Setting, ...] = ()
    """The settings that an annotation names, in the table's order: only those are corrected later."""
    ignored: tuple[str, ...] = ()
    """What can't be obeyed and costs nothing: cosmetic values, and what describes an EIP beside the id of one."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Annotations that can't be carried out; nothing is done for the Pod, and an Event says why."""

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


def terway_asks(annotations: Mapping[str, str]) -> bool:
    """Whether Terway's own EIP mode gives a Pod with these annotations an EIP (v1.1.0 to v1.6.4, daemon/k8s.go).

    Only the exact text ``true`` counts, either key alone is enough, and an allocation ID needs neither.
    """
    asks = any(annotations.get(key) == "true" for key in WITH_EIP.keys if key.startswith(K8S))
    return asks or any(annotations.get(key) for key in INSTANCE_ID.keys if key.startswith(K8S))


POD_ENI = K8S + "pod-eni"
"""The Pod gets an ENI of its own, on a trunk."""
_PARSED_AS_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
"""What ParseBool takes: Terway reads `pod-eni` with it, unlike the keys that ask for an EIP."""


def has_own_eni(annotations: Mapping[str, str]) -> bool:
    """Whether Terway gives a Pod with these annotations an ENI of its own."""
    return annotations.get(POD_ENI) in _PARSED_AS_TRUE


def why_terway_passes(annotations: Mapping[str, str]) -> str:
    """Why Terway's own EIP mode gives a Pod that asks for an EIP none, now or later; "" when it gives one."""
    if has_own_eni(annotations):
        return f"{POD_ENI} gives the Pod its own ENI on a trunk, and Terway ignores such Pods"
    if terway_asks(annotations):
        return ""
    told = " and ".join(f"{key} is {annotations[key]!r}" for key in WITH_EIP.keys if annotations.get(key))
    return (
        f"{told or 'no key that Terway reads asks for an EIP'}, but Terway accepts only the string 'true' under {K8S}"
    )


def _wanted(annotations: Mapping[str, str]) -> Wanted | None:
    by_id = _text(annotations, INSTANCE_ID)
    pool = _text(annotations, POOL)
    if not (by_id or pool or _flag(_text(annotations, WITH_EIP))):
        return None
    if by_id and pool:
        raise _Unusable(Code.ANNOTATION_CONFLICT, f"it names both an EIP ({by_id}) and a pool ({_short(pool)})")
    beside = INSTANCE_ID if by_id else POOL if pool and not _text(annotations, POOL_OVERFLOW) else None
    ignored: list[str] = []
    texts = {setting: text for setting in SETTINGS if (text := _weighed(annotations, setting, beside, ignored))}
    others = {setting.field: text for setting, text in texts.items()}
    found: dict[Setting, Any] = {}
    for setting, text in texts.items():
        if setting is not WITH_EIP:
            with _lenient(setting, beside, ignored):
                found[setting] = _parsed(setting, text, others)
    spec = EipSpec(**{setting.field: value for setting, value in found.items() if setting.field})
    named = tuple(setting for setting in texts if setting is WITH_EIP or setting in found)
    strategy = found.get(RELEASE_STRATEGY, FOLLOW)
    overflow = POOL_OVERFLOW in found
    return Wanted(spec, by_id, strategy, found.get(POOL, ""), overflow, named, tuple(ignored))


def _weighed(annotations: Mapping[str, str], setting: Setting, beside: Setting | None, ignored: list[str]) -> str:
    with _lenient(setting, beside, ignored):
        return _text(annotations, setting)
    return ""


@contextmanager
def _lenient(setting: Setting, beside: Setting | None, ignored: list[str]) -> Iterator[None]:
    """Note what is unusable, and go on, where it costs nothing: `beside` names an EIP that stays as it is."""
    try:
        yield
    except _Unusable as error:
        costs_nothing = setting.cosmetic is not None or (beside is not None and setting not in (beside, POOL))
        if error.problem.code is Code.ANNOTATION_CONFLICT or not costs_nothing:
            raise
        why = "" if setting.cosmetic else f"; it has no effect together with {beside}"
        ignored.append(f"{error.problem.reason}{why}")


def _flag(text: str) -> bool:
    return bool(text) and bool(_parsed(WITH_EIP, text, {}))


def _text(annotations: Mapping[str, str], setting: Setting) -> str:
    ours, theirs = _spelt(annotations, setting)
    if ours and theirs and ours != theirs:
        reason = f"{K8S}{setting} says {_short(ours)!r} and {NETWORK}{setting} says {_short(theirs)!r}"
        raise _Unusable(Code.ANNOTATION_CONFLICT, reason)
    text = ours or theirs
    if not tame(text):
        raise _bad(setting, text, "text without control characters")
    return text


def _spelt(annotations: Mapping[str, str], setting: Setting) -> tuple[str, str]:
    """What stands under its own key, or else an older one, and what under that of the other prefix."""
    texts = [annotations.get(key, "") for key in setting.keys]
    if setting.prefix:
        return texts[0], ""
    *ours, theirs = texts
    return next(filter(None, ours), ""), theirs


def _parsed(setting: Setting, text: str, others: Mapping[str, str]) -> Any:
    try:
        return setting.parse(text, others)
    except UnusableValue as error:
        raise _bad(setting, text, error.expected) from None


def _bad(setting: Setting, value: str, expected: str) -> _Unusable:
    return _Unusable(Code.ANNOTATION_VALUE, f"{setting} is {_short(value)!r}, expected {expected}")


def _short(value: str) -> str:
    return value if len(value) <= 60 else value[:57] + "…"
