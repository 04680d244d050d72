"""Words that several findings use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIG = "configmap/kube-system/eni-config"
EDIT = "kubectl -n kube-system edit configmap eni-config"
SETUP = "eipctl setup"
SHOWN = 5


def count(number: int, what: str) -> str:
    """``1 Pod``, ``2 Pods``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def some(names: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(sorted(names)[:SHOWN]) + rest
