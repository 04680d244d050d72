"""What is annotated today, and what whoever gives the EIPs makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.domain.settings import SETTINGS, Setting
from eipctl.domain.wish import Problem, Wanted, terway_asks, wanted
from eipctl.planners.annotate.lints import Lint, Target, misplaced, standing_lints
from eipctl.planners.annotate.settings import OURS, PROPERTIES
from eipctl.planners.annotate.surroundings import ignored_by_terway, stays_as_it_is, terway_of
from eipctl.planners.annotate.terway_reads import terway_lints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from eipctl.domain.facts import Workload
    from eipctl.planners.annotate.data import SettingData, WorkloadData
    from eipctl.planners.annotate.surroundings import Acts


@dataclass(frozen=True, slots=True)
class EffectiveSetting:
    """One setting, the value in force and the key it comes from ("" for a default)."""

    setting: Setting
    value: str
    key: str
    note: str = ""

    def as_data(self) -> SettingData:
        """All fields, JSON-ready."""
        return {"setting": self.setting.name, "value": self.value, "key": self.key, "note": self.note}


@dataclass(frozen=True, slots=True)
class AnnotatedWorkload:
    """One workload; `asks` is ``auto``, an allocation id, ``invalid``, or None when the Pod asks for no EIP."""

    object: str
    asks: str | None
    settings: tuple[EffectiveSetting, ...]
    lints: tuple[Lint, ...]

    def as_data(self) -> WorkloadData:
        """The row of the envelope."""
        return {
            "object": self.object,
            "asks": self.asks,
            "settings": [setting.as_data() for setting in self.settings],
            "lints": [lint.as_data() for lint in self.lints],
        }


def listing(workloads: Iterable[Workload], actors: tuple[Acts, ...]) -> tuple[AnnotatedWorkload, ...]:
    """Those with any of our keys, also misplaced ones, sorted by object."""
    rows, terway = [], terway_of(actors)
    found = [workload for workload in workloads if _annotated(workload)]
    lints = list(standing_lints(found))
    for target in sorted(map(Target, found), key=lambda target: target.object):
        annotations = target.workload.annotations
        own = [lint for lint in lints if lint.object == target.object]
        if terway and not target.workload.is_pod:
            own += terway_lints(target, annotations, terway)
        asks = _asks(annotations, actors)
        settings = () if wanted(annotations) is None and asks is None else tuple(effective(annotations, actors))
        rows.append(AnnotatedWorkload(target.object, asks, settings, tuple(own)))
    return tuple(rows)


def _asks(annotations: Mapping[str, str], actors: tuple[Acts, ...]) -> str | None:
    """As those read it who give the EIPs here: where Terway does so alone, only its own reading counts."""
    wish, terway = wanted(annotations), terway_of(actors)
    if isinstance(wish, Problem):
        return "invalid"
    by_others = wish is not None and not (terway and len(actors) == 1)
    asks = by_others or (terway is not None and terway_asks(annotations))
    return (wish.instance_id if wish else "") or "auto" if asks else None


def effective(annotations: Mapping[str, str], actors: tuple[Acts, ...]) -> Iterator[EffectiveSetting]:
    """Each setting that an annotation or a default gives a value; a key of its own goes before an older one.

    What Terway ignores is noted; it still holds where another one gives EIPs too, and nowhere else. Of an EIP that is
    named, none holds that says what it is like.
    """
    terway, wish = terway_of(actors), wanted(annotations)
    fixed = wish if isinstance(wish, Wanted) and stays_as_it_is(wish, actors) else None
    for setting in SETTINGS:
        keys = [key for key in setting.keys if annotations.get(key)]
        ignored = [key for key in keys if terway and ignored_by_terway(key, terway.version)]
        if fixed and setting.keys[0] in PROPERTIES:
            if keys:
                which = "the named EIP" if fixed.instance_id else "an EIP of a pool"
                yield EffectiveSetting(setting, "", keys[0], f"{which} is not changed")
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
