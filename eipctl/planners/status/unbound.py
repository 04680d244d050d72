"""EIPs that are paid for and lead nowhere yet: bought for a Pod that is there, and not bound to its address."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.domain.cost import LIST_CURRENCY, amount

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from eipctl.domain.cost import Rates
    from eipctl.domain.facts import Eip
    from eipctl.planners.status.data import UnboundData


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbound:
    """An own EIP of a Pod that does not have it. `age` in seconds since it was bought."""

    eip: Eip
    per_month: float
    age: float | None
    currency: str = LIST_CURRENCY
    error: str = ""
    """Of the last attempt to bind it, as an Event of the Pod records it; "" when none is known."""

    @property
    def reason(self) -> str:
        """``eip-1 is paid for and not bound``."""
        return f"{self.eip.allocation_id} is paid for and not bound"

    @property
    def price(self) -> str:
        """A month's: ``CNY 14.60``."""
        return amount(self.per_month, self.currency)

    def as_data(self) -> UnboundData:
        """A part of the Pod's row in the envelope."""
        return {
            "allocation_id": self.eip.allocation_id,
            "eip_address": self.eip.address,
            "status": str(self.eip.status),
            "age_seconds": None if self.age is None else round(self.age),
            "cost_per_month": round(self.per_month, 2),
            "error": self.error or None,
        }


def unbound_by_pod(eips: Iterable[Eip], now: datetime, rates: Rates) -> dict[str, tuple[Unbound, ...]]:
    """By the UID of the Pod that the tags name; oldest first."""
    found: defaultdict[str, list[Unbound]] = defaultdict(list)
    for eip in eips:
        bought = eip.allocated_at
        age = max(0.0, (now - bought).total_seconds()) if bought else None
        uid = eip.owner.pod_uid if eip.owner else ""
        found[uid].append(Unbound(eip=eip, per_month=rates.per_month(eip), age=age, currency=rates.currency))
    return {uid: tuple(sorted(of_pod, key=_oldest_first)) for uid, of_pod in found.items()}


def _oldest_first(unbound: Unbound) -> tuple[float, str]:
    return -(unbound.age or 0.0), unbound.eip.allocation_id
