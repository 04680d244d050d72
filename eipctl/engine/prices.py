"""A price file, for accounts that pay other prices than the built-in list's: YAML or JSON, without traffic."""

from __future__ import annotations

import datetime  # noqa: TC003 - msgspec reads the annotations at run time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import msgspec

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.files import read_file
from eipctl.domain.cost import LIST_CURRENCY, Rates, list_rates

Amount = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
FEES = (
    *("configuration_per_hour", "configuration_per_day", "bandwidth_per_day", "more_bandwidth_per_day"),
    "association",
)


class Fees(msgspec.Struct, forbid_unknown_fields=True):
    """Prices of one region, or of one line type in it."""

    configuration_per_hour: Amount | None = None
    configuration_per_day: Amount | None = None
    bandwidth_per_day: Annotated[tuple[Amount, ...], msgspec.Meta(min_length=1)] | None = None
    more_bandwidth_per_day: Amount | None = None
    association: Amount | None = None

    @property
    def given(self) -> dict[str, Any]:
        """Those that are in the file."""
        found = {name: getattr(self, name) for name in FEES}
        return {name: value for name, value in found.items() if value is not None}


class RegionPrices(Fees, forbid_unknown_fields=True):
    """Prices of a region; a line type that has none of its own is paid as the others are."""

    isps: dict[str, Fees] = {}


class PriceFile(msgspec.Struct, forbid_unknown_fields=True):
    """Of one account."""

    as_of: datetime.date
    regions: dict[str, RegionPrices]
    currency: Currency = LIST_CURRENCY


def rates(name: str | None, region: str, today: datetime.date) -> Rates:
    """What EIPs cost in a region by the file, or by the list if there is none. UsageError for an unusable file."""
    if name is None:
        listed = list_rates(region)
        return replace(listed, years=_years(listed.as_of, today))
    found = _read(name)
    if region not in found.regions:
        known = ", ".join(sorted(found.regions)) or "none"
        raise _unusable(name, f"it has no region {region!r}, but {known}" if region else "the region is not known")
    prices = found.regions[region]
    base = replace(
        _base(region, found.currency),
        source=f"prices in {Path(name).name}",
        as_of=str(found.as_of),
        currency=found.currency,
        **prices.given,
    )
    return replace(base, isps={isp: replace(base, **fees.given) for isp, fees in prices.isps.items()})


def _base(region: str, currency: str) -> Rates:
    """What counts for prices that the file leaves out: the list in its own currency; nothing is known in another."""
    nothing: dict[str, Any] = dict.fromkeys(FEES)
    return list_rates(region) if currency == LIST_CURRENCY else Rates(**nothing)


def _years(as_of: str, today: datetime.date) -> int:
    """Whole years since a month, ``2021-07``."""
    year, month = map(int, as_of.split("-"))
    return max(0, (today.year - year) - (today.month < month))


def _read(name: str) -> PriceFile:
    import yaml

    try:
        return msgspec.convert(yaml.safe_load(read_file(Path(name))), PriceFile)
    except OSError as error:
        raise _unusable(name, error.strerror or str(error)) from error
    except msgspec.ValidationError as error:
        raise _unusable(name, str(error)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _unusable(name, "it is not YAML") from error


def _unusable(name: str, why: str) -> UsageError:
    hint = "see: eipctl explain EIP915"
    return UsageError(Code.PRICE_FILE, f"the prices in {name} can't be used: {why}", hint=hint, obj=name)
