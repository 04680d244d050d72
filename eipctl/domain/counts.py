"""How many Pods are in which state, what no Pod keeps, and what it all costs: the figures of one view."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from eipctl.domain.cost import LIST_CURRENCY


@dataclass(frozen=True, slots=True)
class Census:
    """`pods` by namespace and state, `orphans` by namespace; money a month in `currency`, without traffic.

    `unserved` are Pods that can't be given what they ask for, by namespace and code. `unbound` are EIPs that are paid
    for and not bound, by namespace.
    """

    pods: Counter[tuple[str, str]] = field(default_factory=Counter)
    orphans: Counter[str] = field(default_factory=Counter)
    unserved: Counter[tuple[str, str]] = field(default_factory=Counter)
    unbound: Counter[str] = field(default_factory=Counter)
    pools: Counter[tuple[str, str]] = field(default_factory=Counter)
    """EIPs by pool and state, and Pods that wait for one under the state ``waiting``."""
    currency: str = LIST_CURRENCY
    per_month: float = 0.0
    orphans_per_month: float = 0.0
    unbound_per_month: float = 0.0
    complete: bool = True
    """Whether orphans and money are all there are."""

    @property
    def namespaces(self) -> list[str]:
        """Every one that is counted."""
        return sorted({namespace for namespace, _ in self.pods} | set(self.orphans))
