"""What a person can ask for, and the annotations that say it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from eipctl.base.text import from_json
from eipctl.domain.settings import COMPATIBILITY, K8S, NETWORK, PREFIXES, Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.actions import Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class EipSettings:
    """What to ask for; None leaves a key as it is. `eip` is "true" or "false", `tags` a JSON object."""

    eip: str | None = None
    bandwidth: str | None = None
    instance_id: str | None = None
    charge_type: str | None = None
    isp: str | None = None
    bandwidth_package: str | None = None
    pool: str | None = None
    resource_group: str | None = None
    name: str | None = None
    description: str | None = None
    tags: str | None = None
    security_protection: str | None = None
    release_strategy: str | None = None

    @property
    def pairs(self) -> Pairs:
        """The annotations, under the prefix that Terway, ack-extend-network-controller and bind all read."""
        values = ((KEYS[field.name], getattr(self, field.name)) for field in fields(self))
        return tuple((K8S + setting, value) for setting, value in values if value is not None)


KEYS = {
    "eip": Setting.WITH_EIP,
    "bandwidth": Setting.BANDWIDTH,
    "instance_id": Setting.INSTANCE_ID,
    "charge_type": Setting.CHARGE_TYPE,
    "isp": Setting.ISP,
    "bandwidth_package": Setting.BANDWIDTH_PACKAGE,
    "pool": Setting.POOL,
    "resource_group": Setting.RESOURCE_GROUP,
    "name": Setting.NAME,
    "description": Setting.DESCRIPTION,
    "tags": Setting.TAGS,
    "security_protection": Setting.SECURITY,
    "release_strategy": Setting.RELEASE_STRATEGY,
}

OURS = (*(prefix + setting for prefix in PREFIXES for setting in Setting), *COMPATIBILITY.values())
"""Every key that asks for an EIP or for a property of it: what `--remove` takes off and `--fix` moves."""

_WHICH = (Setting.WITH_EIP, Setting.INSTANCE_ID)
PROPERTIES = tuple(
    key
    for key in OURS
    if key not in {*(prefix + setting for prefix in PREFIXES for setting in _WHICH), *map(COMPATIBILITY.get, _WHICH)}
)
"""Those of them that say what an EIP is like: one that is named by id stays as it is."""

_OLDER = {K8S + setting: key for setting, key in COMPATIBILITY.items()}


def said(annotations: Mapping[str, str], key: str, value: str, *, network: bool) -> bool:
    """Whether they say `value` already: under the key, or else under those of the same meaning alone.

    An older key is read by all who give EIPs; `network`: whether all who do here read that prefix too.
    """
    others = (_OLDER.get(key, ""), key.replace(K8S, NETWORK) if network else "")
    found = [annotations[name] for name in ((key,) if key in annotations else others) if name in annotations]
    return bool(found) and all(text == value or (key.endswith(Setting.TAGS) and _alike(text, value)) for text in found)


def _alike(text: str, other: str) -> bool:
    """Whether both are the same JSON, however it is laid out and ordered."""
    try:
        return bool(from_json(text) == from_json(other))
    except ValueError:
        return False
