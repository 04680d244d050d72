"""Who runs `bind` in a cluster: the workloads that do it again and again, and the Lease that tells who is at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Binder:
    """A workload that runs `bind`."""

    kind: str
    namespace: str
    name: str
    active: bool = True
    """Not suspended, and not scaled to none."""
    ready: int = 0
    """Pods that are; of a CronJob none."""
    failed: bool = False
    """Whether the last Job of a CronJob has ended, and not well."""
    succeeded: datetime | None = None
    """When its last Job ended well."""

    @property
    def object(self) -> str:
        """``deployment/eipctl/eipctl``."""
        return f"{self.kind.lower()}/{self.namespace}/{self.name}"

    @property
    def title(self) -> str:
        """``Deployment eipctl/eipctl``."""
        return f"{self.kind} {self.namespace}/{self.name}"

    def made(self, pod: str) -> bool:
        """Whether a Pod of this name can be one of its own."""
        return pod.startswith(f"{self.name}-")


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the Lease records about its current or last holder; `holder` is "" after it was given back."""

    holder: str
    renewed: datetime
    seconds: int
    """How long it holds without being renewed."""

    @property
    def host(self) -> str:
        """Where the holder runs: in a cluster the name of its Pod."""
        return self.holder.partition("/")[0]
