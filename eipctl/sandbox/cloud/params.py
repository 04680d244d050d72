"""Reading request parameters the way RPC APIs write them: flat texts, lists and pairs numbered from 1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.sandbox.cloud.table.kinds import Api

COMMON = frozenset(
    {
        "Action", "Version", "Format", "Timestamp", "SignatureMethod", "SignatureType", "SignatureVersion",
        "SignatureNonce", "Signature", "AccessKeyId", "SecurityToken", "ClientToken",
        "OwnerId", "OwnerAccount", "ResourceOwnerId", "ResourceOwnerAccount",
    }
)  # fmt: skip
"""Parameters that say nothing about what is asked for."""


class Params:
    """The parameters of one call, held to the table; an empty text counts as not sent, the table's default as sent."""

    def __init__(self, raw: Mapping[str, str], api: Api[Any]) -> None:
        self.raw, self._api = raw, api

    def get(self, name: str, default: str = "") -> str:
        """The text."""
        return self.raw.get(name) or self._api.defaults.get(name, default)

    def number(self, name: str) -> int:
        """A whole number; 0 when there is none. A clamped one is the nearest inside the bounds."""
        number = int(self.get(name, "0"))
        parameter = self._api.by_name[name]
        return max(parameter.low, min(parameter.high, number)) if parameter.clamped else number

    def flag(self, name: str) -> bool:
        """Whether it is true, in any case of letters."""
        return self.get(name).lower() == "true"

    def json(self, name: str) -> list[str]:
        """The texts of a JSON array."""
        return [str(value) for value in json.loads(self.get(name, "[]"))]

    def listing(self, name: str) -> list[str]:
        """``name.1``, ``name.2``, …"""
        values: list[str] = []
        while (value := self.raw.get(f"{name}.{len(values) + 1}")) is not None:
            values.append(value)
        return values

    def commas(self, name: str) -> list[str]:
        """Texts between commas."""
        return [part.strip() for part in self.raw.get(name, "").split(",") if part.strip()]

    def pairs(self, name: str) -> list[tuple[str, str | None]]:
        """``name.N.Key`` with ``name.N.Value``, None where no value was sent."""
        pairs: list[tuple[str, str | None]] = []
        while (key := self.raw.get(f"{name}.{len(pairs) + 1}.Key")) is not None:
            pairs.append((key, self.raw.get(f"{name}.{len(pairs) + 1}.Value")))
        return pairs

    def fingerprint(self) -> str:
        """The same for calls that ask for the same."""
        return "&".join(f"{key}={value}" for key, value in sorted(self.raw.items()) if key not in COMMON)
