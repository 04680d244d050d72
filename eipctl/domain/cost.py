"""What EIPs cost per month, without traffic. Prices are Alibaba Cloud's list prices in USD; the console prevails."""

from __future__ import annotations

from typing import Protocol

PRICES_AS_OF = "2021-07"
CURRENCY = "USD"
FREE_ASSOCIATIONS = 5
"""Times the quota: so many bindings per region and day cost nothing (EIP billing of 2021)."""
PER_ASSOCIATION = 0.149
DEFAULT_QUOTA = 20
HOURS_PER_MONTH = 730
DAYS_PER_MONTH = 365 / 12

_MAINLAND = 0.0031
_CONFIGURATION_PER_HOUR = {
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
"""The fee of a PayByTraffic EIP that is bound to an ENI or to nothing."""

_BANDWIDTH_PER_DAY = (0.0, 0.14, 0.28, 0.43, 0.57, 0.71)
_MORE_PER_DAY = 0.5
_CONFIGURATION_PER_DAY = 0.0744


def per_month(region: str, internet_charge_type: str, bandwidth: int, *, in_package: bool = False) -> float:
    """USD per month of one PostPaid EIP, `bandwidth` in Mbit/s; a bandwidth package leaves only the instance fee."""
    fee = _CONFIGURATION_PER_HOUR.get(region, _MAINLAND) * HOURS_PER_MONTH
    if internet_charge_type == "PayByTraffic" or in_package:
        return fee
    extra = max(0, bandwidth - 5) * _MORE_PER_DAY
    return (_BANDWIDTH_PER_DAY[min(bandwidth, 5)] + extra + _CONFIGURATION_PER_DAY) * DAYS_PER_MONTH


class Priced(Protocol):
    """An EIP, or what one is bought with."""

    @property
    def internet_charge_type(self) -> str:
        """How traffic or bandwidth is paid."""
        ...

    @property
    def bandwidth(self) -> int:
        """Mbit/s."""
        ...

    @property
    def bandwidth_package_id(self) -> str:
        """Where its bandwidth is paid, or ""."""
        ...


def price(region: str, eip: Priced) -> float:
    """USD per month of an EIP, or of one to be bought."""
    return per_month(region, eip.internet_charge_type, eip.bandwidth, in_package=bool(eip.bandwidth_package_id))
