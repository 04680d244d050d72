"""The options in a saved plan: anybody may have edited the file, so they are held to what the command line takes."""

from __future__ import annotations

import math
import re
from dataclasses import MISSING, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from eipctl.base.text import LABEL, tame
from eipctl.domain.limits import GUARDS
from eipctl.planners.terway.setup import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPELLED = {
    "namespace": LABEL,
    "namespaces": LABEL,
    "cluster_id": r"[A-Za-z0-9][\w.-]{0,62}",
    "max_unavailable": r"[0-9]+%?",
}
_WITH_GUARDS = ("bind", "release")


def problem(command: str, options: Any) -> str:
    """The first option that the command line would not take, and why; "" for none."""
    for name, value in _values(options):
        why = _why(command, name, value)
        if why:
            return f"{name.replace('_', '-')} {why}"
    return ""


def asked(options: Any) -> list[str]:
    """``grace 0.0``: each option that is not as it is when nothing is said, to be shown before the question."""
    return [
        f"{field.name.replace('_', '-')} {_shown(value)}"
        for field in fields(options)
        if (value := getattr(options, field.name)) != _default(field)
    ]


def _values(options: Any) -> Iterator[tuple[str, Any]]:
    for field in fields(options):
        value = getattr(options, field.name)
        items = sorted(value) if isinstance(value, frozenset) else value
        for item in items if isinstance(items, tuple | list) else (value,):
            yield from _values(item) if is_dataclass(item) else [(field.name, item)]


def _why(command: str, name: str, value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return "" if math.isfinite(value) and value >= 0 else f"can't be {value}"
    if not isinstance(value, str):
        return ""
    if not tame(value):
        return "contains control characters"
    if value and name in _SPELLED and not re.fullmatch(_SPELLED[name], value):
        return f"can't be {value!r}"
    if name == "force" and command in _WITH_GUARDS and value not in GUARDS:
        return f"names a guard that does not exist: {value!r}"
    return f"names a step that does not exist: {value!r}" if name == "steps" and value not in STEPS else ""


def _default(field: Any) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING


def _shown(value: Any) -> str:
    items = sorted(value) if isinstance(value, frozenset) else value
    return ", ".join(map(str, items)) if isinstance(items, tuple | list) else str(value)
