"""What EIPs cost, without traffic: by a price file, else by the built-in list. The bill of the account prevails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from eipctl.base.text import first_few

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIST_CURRENCY = "USD"
"""Of the built-in list."""
FREE_ASSOCIATIONS = 5
"""Times the quota: so many bindings per region and day cost nothing (EIP billing of 2021)."""
DEFAULT_QUOTA = 20
HOURS_PER_MONTH = 730
DAYS_PER_MONTH = 365 / 12
CHARGE_TYPES = ("PayByTraffic", "PayByBandwidth")
"""InternetChargeType of the EIPs that have a price here."""

_PER_HOUR = {
    "cn-hongkong": 0.0088,
    "ap-southeast-1": 0.0063,
    "ap-northeast-1": 0.0047,
    "us-east-1": 0.0047,
    "us-west-1": 0.0047,
    "eu-central-1": 0.006,
    "eu-west-1": 0.006,
    "me-east-1": 0.009,
    "ap-southeast-2": 0.006,
    "ap-southeast-3": 0.003,
    "ap-southeast-5": 0.006,
    "ap-south-1": 0.006,
}


class Priced(Protocol):
    """An EIP, or what one is bought with."""

    @property
    def internet_charge_type(self) -> str:
        """How traffic or bandwidth is paid."""
        ...

    @property
    def bandwidth(self) -> int:
        """Bandwidth in Mbit/s."""
        ...

    @property
    def bandwidth_package_id(self) -> str:
        """Where its bandwidth is paid, or ""."""
        ...

    @property
    def isp(self) -> str:
        """Its line type; "" is BGP."""
        ...

    @property
    def instance_charge_type(self) -> str:
        """PostPaid; or PrePaid, a subscription, whose price depends on what was ordered."""
        ...


def amount(value: float, currency: str) -> str:
    """``CNY 14.60``."""
    return f"{currency} {value:,.2f}"


def no_price(names: Sequence[str]) -> str:
    """``no price is known for eip-1, eip-2``; "" for none."""
    return f"no price is known for {first_few(names, 3)}" if names else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What PostPaid EIPs cost in one region; the defaults are those of mainland China. None is a price not known."""

    source: str = "list prices"
    as_of: str = "2021-07"
    currency: str = LIST_CURRENCY
    years: int = 0
    """How old the prices are, where that matters."""
    configuration_per_hour: float | None = 0.0031
    """The fee of a PayByTraffic EIP that is bound to an ENI or to nothing."""
    configuration_per_day: float | None = 0.0744
    """The fee of a PayByBandwidth EIP, beside its bandwidth."""
    bandwidth_per_day: tuple[float, ...] | None = (0.14, 0.28, 0.43, 0.57, 0.71)
    """Of 1, 2, … Mbit/s."""
    more_bandwidth_per_day: float | None = 0.5
    """Of each Mbit/s above these."""
    association: float | None = 0.149
    """Of each binding in a day beyond those that are free."""
    isps: Mapping[str, Rates] = field(default_factory=dict)
    """Line types with prices of their own."""

    @property
    def told(self) -> str:
        """``list prices of 2021-07, 5 years old``."""
        age = {0: "", 1: ", 1 year old"}.get(self.years, f", {self.years} years old")
        return f"{self.source} of {self.as_of}{age}"

    def amount(self, value: float) -> str:
        """``CNY 14.60``."""
        return amount(value, self.currency)

    def know(self, eip: Priced) -> bool:
        """Whether the price of an EIP is known."""
        return self.price(eip) is not None

    def per_month(self, eip: Priced) -> float:
        """The price of an EIP, or of one to be allocated; 0 where it is not known."""
        return self.price(eip) or 0.0

    def price(self, eip: Priced) -> float | None:
        """Per month; a bandwidth package leaves only the fee.

        None for a subscription, another charge type, or a price left out.
        """
        if eip.instance_charge_type != "PostPaid":
            return None
        line = self.isps.get(eip.isp or "BGP")
        if line is not None:
            return line.price(eip)
        if eip.internet_charge_type not in CHARGE_TYPES:
            return None
        if eip.internet_charge_type == "PayByTraffic" or eip.bandwidth_package_id:
            hour = self.configuration_per_hour
            return None if hour is None else hour * HOURS_PER_MONTH
        day, bandwidth = self.configuration_per_day, self._bandwidth(eip.bandwidth)
        return None if day is None or bandwidth is None else (day + bandwidth) * DAYS_PER_MONTH

    def _bandwidth(self, mbit: int) -> float | None:
        """Of a day."""
        listed, each = self.bandwidth_per_day, self.more_bandwidth_per_day
        if listed is None or (mbit > len(listed) and each is None):
            return None
        return (0.0, *listed)[min(mbit, len(listed))] + max(0, mbit - len(listed)) * (each or 0.0)


def list_rates(region: str) -> Rates:
    """The built-in list's prices of a region; those of mainland China where the region is not in it."""
    return Rates(configuration_per_hour=_PER_HOUR.get(region, Rates().configuration_per_hour))
