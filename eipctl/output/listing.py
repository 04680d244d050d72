"""The formats of listings."""

from __future__ import annotations

from enum import StrEnum


class ListingFormat(StrEnum):
    """-o of a listing."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"
    NAME = "name"
