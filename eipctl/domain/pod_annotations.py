"""What the annotations and labels of a Pod say, parsed once; one object for all Pods that have the same.

This is the door through which annotations become facts; who decides about Pods reads the facts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypedDict

from eipctl.domain.eligibility import ACS, ECI, IGNORED
from eipctl.domain.ownership import TEMPLATE_HASHES
from eipctl.domain.settings import EIPCTL, PREFIXES, RESULT, RESULTS
from eipctl.domain.wish import POD_ENI, Problem, Wanted, terway_asks, wanted, why_terway_passes
from eipctl.domain.workloads.rollout import RESERVATION

if TYPE_CHECKING:
    from collections.abc import Mapping

READ_LABELS = frozenset({ACS, ECI, IGNORED, *TEMPLATE_HASHES, "app"})
"""Labels of Pods that eipctl reads: why a Pod can't have an EIP, what made it, and Terway's own Pods."""

KEPT = frozenset({RESERVATION, POD_ENI, "argocd.argoproj.io/tracking-id"})
"""Annotations beside those about EIPs that matter on a Pod; the last is on what Argo CD made itself."""

DISTINCT = 4096
"""As many different sets of annotations are remembered; Pods beyond are parsed anew."""


class AnnotationFields(TypedDict):
    """The fields of a :class:`~eipctl.domain.facts.Pod` that its annotations give."""

    wish: Wanted | Problem | None
    asks_terway: bool
    terway_passes: str
    reserved: bool
    recorded: str
    recorded_elsewhere: tuple[str, ...]
    eip_annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Asked:
    wish: Wanted | Problem | None = None
    asks_terway: bool = False
    terway_passes: str = ""
    reserved: bool = False
    written: Mapping[str, str] = field(default_factory=dict)


def annotation_fields(annotations: Mapping[str, str]) -> AnnotationFields:
    """What a Pod asks for, whether its IP is reserved for its name, and which EIP was recorded on it."""
    asked = _asked(tuple(item for item in annotations.items() if item[0] in KEPT or _asks(item[0])))
    others = tuple(value for key in RESULTS if key != RESULT and (value := annotations.get(key)))
    return AnnotationFields(
        wish=asked.wish,
        asks_terway=asked.asks_terway,
        terway_passes=asked.terway_passes,
        reserved=asked.reserved,
        recorded=annotations.get(RESULT, ""),
        recorded_elsewhere=others,
        eip_annotations=asked.written,
    )


def _asks(key: str) -> bool:
    """Whether it is about EIPs and not a result; also if it is unknown, as it may be a typo."""
    return "eip" in key and key.startswith((*PREFIXES, EIPCTL)) and key not in RESULTS


@lru_cache(DISTINCT)
def _asked(annotations: tuple[tuple[str, str], ...]) -> _Asked:
    written = dict(annotations)
    wish = wanted(written)
    passes = why_terway_passes(written) if isinstance(wish, Wanted) else ""
    return _Asked(wish, terway_asks(written), passes, written.get(RESERVATION) == "true", written)


def read_labels(labels: Mapping[str, str]) -> Mapping[str, str]:
    """The ones that eipctl reads; the same object for the same labels."""
    return _labels(tuple(item for item in labels.items() if item[0] in READ_LABELS))


@lru_cache(DISTINCT)
def _labels(labels: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return dict(labels)
