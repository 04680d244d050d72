"""Words that several findings use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.text import first_few

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIG = "configmap/kube-system/eni-config"
SETUP, TEARDOWN = "eipctl setup", "eipctl teardown"


def edit(obj: str) -> str:
    """The command that opens a ConfigMap of kube-system in an editor."""
    return f"kubectl -n kube-system edit configmap {obj.rpartition('/')[2]}"


def count(number: int, what: str) -> str:
    """``1 Pod``, ``2 Pods``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def some(names: Sequence[str]) -> str:
    """The first few of them in order, and how many more there are."""
    return first_few(sorted(names))
