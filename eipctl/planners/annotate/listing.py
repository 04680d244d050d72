"""What is annotated today, and what whoever gives the EIPs makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.domain.settings import SETTINGS, Setting
from eipctl.domain.wish import Problem, Wanted, wanted
from eipctl.planners.annotate.lints import Lint, Target, misplaced, standing_lints
from eipctl.planners.annotate.settings import OURS, PROPERTIES
from eipctl.planners.annotate.surroundings import ignored_by_terway, stays_as_it_is, terway_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from eipctl.domain.facts import Workload
    from eipctl.planners.annotate.surroundings import Acts


@dataclass(frozen=True, slots=True)
class EffectiveSetting:
    """One setting, the value in force and the key it comes from ("" for a default)."""

    setting: Setting
    value: str
    key: str
    note: str = ""

    def as_data(self) -> dict[str, str]:
        """All fields, JSON-ready."""
        return {"setting": self.setting.name, "value": self.value, "key": self.key, "note": self.note}


@dataclass(frozen=True, slots=True)
class AnnotatedWorkload:
    """One workload; `asks` is ``auto``, an allocation id, ``invalid``, or None when it asks for no EIP."""

    object: str
    asks: str | None
    settings: tuple[EffectiveSetting, ...]
    lints: tuple[Lint, ...]

    def as_data(self) -> dict[str, Any]:
        """The row of the envelope."""
        return {
            "object": self.object,
            "asks": self.asks,
            "settings": [setting.as_data() for setting in self.settings],
            "lints": [lint.as_data() for lint in self.lints],
        }


def listing(workloads: Iterable[Workload], actors: tuple[Acts, ...]) -> tuple[AnnotatedWorkload, ...]:
    """Those with any of our keys, also misplaced ones, sorted by object."""
    rows = []
    found = [workload for workload in workloads if _annotated(workload)]
    lints = list(standing_lints(found))
    for target in sorted(map(Target, found), key=lambda target: target.object):
        own = tuple(lint for lint in lints if lint.object == target.object)
        wish = wanted(target.workload.annotations)
        asks = None if wish is None else "invalid" if isinstance(wish, Problem) else wish.instance_id or "auto"
        settings = tuple(effective(target.workload.annotations, actors)) if wish is not None else ()
        rows.append(AnnotatedWorkload(target.object, asks, settings, own))
    return tuple(rows)


def effective(annotations: Mapping[str, str], actors: tuple[Acts, ...]) -> Iterator[EffectiveSetting]:
    """Each setting that an annotation or a default gives a value; a key of its own goes before an older one.

    What Terway ignores is noted; it still holds where another one gives EIPs too, and nowhere else. Of an EIP that is
    named, none holds that says what it is like.
    """
    terway, wish = terway_of(actors), wanted(annotations)
    fixed = isinstance(wish, Wanted) and stays_as_it_is(wish, actors)
    for setting in SETTINGS:
        keys = [key for key in setting.keys if annotations.get(key)]
        ignored = [key for key in keys if terway and ignored_by_terway(key, terway.version)]
        if fixed and setting.keys[0] in PROPERTIES:
            if keys:
                yield EffectiveSetting(setting, "", keys[0], "the EIP that is named stays as it is")
            continue
        holding = [key for key in keys if len(actors) > 1 or key not in ignored]
        key = next(iter(holding), "")
        value = annotations[key] if key else setting.default
        if value or ignored:
            yield EffectiveSetting(setting, value, key, _note(terway, ignored, key))


def _note(terway: Acts | None, ignored: list[str], key: str) -> str:
    if not (terway and ignored):
        return ""
    return f"{terway.text} ignores {'it' if ignored == [key] else ' and '.join(ignored)}"


def _annotated(workload: Workload) -> bool:
    return any(key in workload.annotations for key in OURS) or bool(misplaced(workload))
