"""Parameters that many APIs have."""

from __future__ import annotations

from dataclasses import replace

from eipctl.sandbox.cloud.table.kinds import Parameter

INSTANCE_TYPES = ("EcsInstance", "NetworkInterface", "SlbInstance", "Nat", "HaVip", "IpAddress")
MOST_TAGS = 20

REGION = Parameter("RegionId", "region")
TOKEN = Parameter("ClientToken", high=64, shape=r"[\x00-\x7f]*")
DRY_RUN = Parameter("DryRun", "flag", default="false")
GROUP = Parameter("ResourceGroupId", code="InvalidResourceGroupId")
PAGE = Parameter("PageNumber", "number", default="1", low=1)
TAGS = Parameter(
    "Tag.N", "tags", high=MOST_TAGS, code="InvalidTagKey", value="InvalidTagValue", many="InvalidParameter"
)
ALLOCATION = Parameter("AllocationId", need=True)
NEXT = Parameter("NextToken")


def size(high: int, default: str = "10") -> Parameter:
    """PageSize, so many at most."""
    return Parameter("PageSize", "number", default=default, low=1, high=high)


def flag(name: str, default: str = "false") -> Parameter:
    """True or false."""
    return Parameter(name, "flag", default=default)


def choice(name: str, *among: str, default: str = "", code: str = "InvalidParameter", need: bool = False) -> Parameter:
    """One of some words."""
    return Parameter(name, "choice", need=need, default=default, among=among, code=code)


def needed(parameter: Parameter, missing: str = "MissingParameter") -> Parameter:
    """The same, mandatory."""
    return replace(parameter, need=True, missing=missing)
