"""A file of prices, for accounts that pay others than the list's: YAML or JSON, USD, without traffic."""

from __future__ import annotations

import datetime  # noqa: TC003 - msgspec reads the annotations at run time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import msgspec

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.domain.cost import CURRENCY, Rates, list_rates

Amount = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]


class Region(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out costs as in the list."""

    configuration_per_hour: Amount | None = None
    configuration_per_day: Amount | None = None
    bandwidth_per_day: Annotated[tuple[Amount, ...], msgspec.Meta(min_length=1)] | None = None
    more_bandwidth_per_day: Amount | None = None
    association: Amount | None = None


class PriceFile(msgspec.Struct, forbid_unknown_fields=True):
    """Of one account."""

    as_of: datetime.date
    regions: dict[str, Region]
    currency: str = CURRENCY


def rates(name: str | None, region: str) -> Rates:
    """What EIPs cost in a region by the file, or by the list if there is none. UsageError for an unusable file."""
    if name is None:
        return list_rates(region)
    found = _read(name)
    if found.currency != CURRENCY:
        raise _unusable(name, f"its currency is {found.currency}, and eipctl counts in {CURRENCY}")
    if region not in found.regions:
        known = ", ".join(sorted(found.regions)) or "none"
        raise _unusable(name, f"it has no region {region!r}, but {known}" if region else "the region is not known")
    own = {field: value for field, value in msgspec.structs.asdict(found.regions[region]).items() if value is not None}
    return replace(list_rates(region), source=f"prices in {Path(name).name}", as_of=str(found.as_of), **own)


def _read(name: str) -> PriceFile:
    import yaml

    try:
        return msgspec.convert(yaml.safe_load(Path(name).read_bytes()), PriceFile)
    except OSError as error:
        raise _unusable(name, error.strerror or str(error)) from error
    except msgspec.ValidationError as error:
        raise _unusable(name, str(error)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _unusable(name, "it is not YAML") from error


def _unusable(name: str, why: str) -> UsageError:
    hint = "see: eipctl explain EIP915"
    return UsageError(Code.PRICE_FILE, f"the prices in {name} can't be used: {why}", hint=hint, obj=name)
