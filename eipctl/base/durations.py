"""Durations as Go and kubectl write them."""

from __future__ import annotations

import re

_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")
_LONGEST = 2**63 / 1e9
"""What Go's time.Duration holds: some 292 years."""
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str) -> float | None:
    """``10m``, ``1h30m``, ``0s`` in seconds; None for anything else, and for what is too long."""
    if not _WHOLE.fullmatch(text):
        return None
    found = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    return found if found < _LONGEST else None
