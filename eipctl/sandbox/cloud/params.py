"""Reading request parameters the way RPC APIs write them: flat texts, lists and pairs numbered from 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.sandbox.cloud.refusal import invalid, missing

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMON = frozenset(
    {
        "Action", "Version", "Format", "Timestamp", "SignatureMethod", "SignatureType", "SignatureVersion",
        "SignatureNonce", "Signature", "AccessKeyId", "SecurityToken", "ClientToken",
        "OwnerId", "OwnerAccount", "ResourceOwnerId", "ResourceOwnerAccount",
    }
)  # fmt: skip
"""Parameters that say nothing about what is asked for."""


class Params:
    """The parameters of one call; an empty text counts as not sent."""

    def __init__(self, raw: Mapping[str, str]) -> None:
        self.raw = raw

    def get(self, name: str, default: str = "") -> str:
        """The text, or `default`."""
        return self.raw.get(name) or default

    def need(self, name: str) -> str:
        """The text; MissingParameter without."""
        value = self.raw.get(name)
        if not value:
            raise missing(name)
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number in [low, high]; InvalidParameter otherwise."""
        text = self.raw.get(name)
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise invalid(name, f"it is a number from {low} to {high}")
        return int(text)

    def flag(self, name: str) -> bool:
        """Whether it is true, in any case of letters."""
        text = self.raw.get(name, "").lower()
        if text not in ("", "true", "false"):
            raise invalid(name, "it is true or false")
        return text == "true"

    def listing(self, name: str) -> list[str]:
        """``name.1``, ``name.2``, …"""
        values: list[str] = []
        while (value := self.raw.get(f"{name}.{len(values) + 1}")) is not None:
            values.append(value)
        return values

    def commas(self, name: str, most: int) -> list[str]:
        """Texts between commas, at most so many."""
        values = [part.strip() for part in self.raw.get(name, "").split(",") if part.strip()]
        if len(values) > most:
            raise invalid(name, f"at most {most} values")
        return values

    def pairs(self, name: str) -> list[tuple[str, str | None]]:
        """``name.N.Key`` with ``name.N.Value``, None where no value was sent."""
        pairs: list[tuple[str, str | None]] = []
        while (key := self.raw.get(f"{name}.{len(pairs) + 1}.Key")) is not None:
            pairs.append((key, self.raw.get(f"{name}.{len(pairs) + 1}.Value")))
        return pairs

    def fingerprint(self) -> str:
        """The same for calls that ask for the same."""
        return "&".join(f"{key}={value}" for key, value in sorted(self.raw.items()) if key not in COMMON)
