"""The shape of an explanation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code is about, what it means when it is reported, why that matters and what to do about it."""

    title: str
    meaning: str
    matters: str
    fix: str
