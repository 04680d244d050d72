"""Text that others wrote: annotations of tenants, policies, files."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
"""How Kubernetes spells the name of a namespace (RFC 1123 label)."""


def tame(text: str) -> bool:
    """Whether it holds no control character and nothing that can't be written as UTF-8."""
    return text.isprintable() or not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


def from_json(text: str) -> Any:
    """What it says; ValueError when it is not JSON, also for what is nested too deeply to be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
