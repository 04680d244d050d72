"""When an EIP whose Pod is gone may be released."""

from __future__ import annotations

from dataclasses import dataclass

from eipctl.base.durations import seconds


@dataclass(frozen=True, slots=True)
class Strategy:
    """A release strategy; `keep` in seconds, None for never, 0 for Follow."""

    keep: float | None = 0.0

    @property
    def text(self) -> str:
        """As the annotation spells it: ``Follow``, ``Never`` or ``600s``."""
        if self.keep is None:
            return "Never"
        return f"{self.keep:.9f}".rstrip("0").rstrip(".") + "s" if self.keep else "Follow"


FOLLOW = Strategy()
"""Released with its Pod."""


def parse_strategy(text: str) -> Strategy | None:
    """``Follow``, ``Never`` or a Go duration; None for anything else."""
    if text in ("Follow", "Never"):
        return Strategy(0.0 if text == "Follow" else None)
    keep = seconds(text)
    return None if keep is None else Strategy(keep)
