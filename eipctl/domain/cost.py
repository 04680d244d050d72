"""What EIPs cost, without traffic. Without a file of prices they are list prices; the console prevails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

CURRENCY = "USD"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What PostPaid EIPs cost in one region, in USD; the defaults are those of mainland China."""

    source: str = "list prices"
    as_of: str = "2021-07"
    configuration_per_hour: float = 0.0031
    """The fee of a PayByTraffic EIP that is bound to an ENI or to nothing."""
    configuration_per_day: float = 0.0744
    """The fee of a PayByBandwidth EIP, beside its bandwidth."""
    bandwidth_per_day: tuple[float, ...] = (0.14, 0.28, 0.43, 0.57, 0.71)
    """Of 1, 2, … Mbit/s."""
    more_bandwidth_per_day: float = 0.5
    """Of each Mbit/s above these."""
    association: float = 0.149
    """Of each binding in a day beyond those that are free."""

    @property
    def told(self) -> str:
        """``list prices of 2021-07``."""
        return f"{self.source} of {self.as_of}"

    def know(self, eip: Priced) -> bool:
        """Whether there is a price for how it is paid; another charge type has none here."""
        return eip.internet_charge_type in CHARGE_TYPES

    def per_month(self, eip: Priced) -> float:
        """USD of an EIP, or of one to be bought; a bandwidth package leaves only the fee. 0 where there is no price."""
        if not self.know(eip):
            return 0.0
        if eip.internet_charge_type == "PayByTraffic" or eip.bandwidth_package_id:
            return self.configuration_per_hour * HOURS_PER_MONTH
        return (self.configuration_per_day + self._bandwidth(eip.bandwidth)) * DAYS_PER_MONTH

    def _bandwidth(self, mbit: int) -> float:
        first = len(self.bandwidth_per_day)
        listed = (0.0, *self.bandwidth_per_day)[min(mbit, first)]
        return listed + max(0, mbit - first) * self.more_bandwidth_per_day


def list_rates(region: str) -> Rates:
    """The list prices of a region; those of mainland China where it is not known."""
    return Rates(configuration_per_hour=_PER_HOUR.get(region, Rates().configuration_per_hour))
