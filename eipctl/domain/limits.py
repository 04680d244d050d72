"""How much one run may do, and the names of the guards that see to it."""

from __future__ import annotations

from dataclasses import dataclass

MAX_ALLOCATE = 200
MAX_RELEASE = 100
INSTANCE_ID = "instance-id"
GUARDS = ("max-allocate", "max-per-namespace", "budget", "max-release", "share", INSTANCE_ID)
"""The names that --force takes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may do; None is no limit. `budget` is per month, in the prices' currency."""

    max_allocate: int | None = MAX_ALLOCATE
    max_release: int | None = MAX_RELEASE
    max_per_namespace: int | None = None
    budget: float | None = None
    lifted: frozenset[str] = frozenset()
    """Guard names."""
