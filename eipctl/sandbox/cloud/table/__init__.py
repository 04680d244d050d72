"""The one table of what the simulated cloud's APIs are: parameters with ranges and defaults, refusals, rights.

Validation, defaults, HTTP statuses and faults by name come from here. It is what Alibaba Cloud publishes
(tests/data/cloud_api); :mod:`unenforced` says what of that happens by a fault alone, or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.sandbox.cloud.refusal import CloudRefusal
from eipctl.sandbox.cloud.table import common, ecs, eips, ram, vpc
from eipctl.sandbox.cloud.table.checks import MISSING
from eipctl.sandbox.cloud.table.common import COMMON

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.table.kinds import Api, Code


VERSIONS = {"2016-04-28": "vpc", "2014-05-26": "ecs", "2015-05-01": "ram", "2015-04-01": "sts", "2015-12-15": "cs"}
_PRODUCTS = {
    "vpc": eips.APIS | vpc.APIS,
    "ecs": ecs.APIS,
    "ram": ram.APIS,
    "sts": ram.SESSIONS,
    "cs": ecs.CLUSTERS,
}
APIS: dict[tuple[str, str], Api[ApiCall]] = {
    (product, action): api for product, apis in _PRODUCTS.items() for action, api in apis.items()
}


def entry(product: str, action: str, code: str) -> Code | None:
    """How a code is published for an API of the table."""
    return common.published(APIS[product, action], product, code)


def published(action: str, code: str) -> Code | None:
    """The same, for an API known by its name alone."""
    found = (entry(product, name, code) for product, name in APIS if name == action)
    return next((one for one in found if one is not None), None)


def refusal(code: str, message: str) -> CloudRefusal:
    """A refusal that is no single API's, with its published status."""
    return CloudRefusal(code, message, next(one.status for one in COMMON["*"] if one.code == code))


def missing(name: str) -> CloudRefusal:
    """A parameter that every call needs was not sent."""
    return refusal("MissingParameter", MISSING.format(name))
