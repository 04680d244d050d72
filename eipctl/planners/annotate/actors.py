"""Who makes the cloud match the annotations in this cluster."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.domain.terway.image_version import TerwayVersion


class Actor(StrEnum):
    """Who makes the cloud match the annotations on some node."""

    TERWAY = "Terway"
    BIND = "eipctl bind"
    ACK_EXTEND = "ack-extend-network-controller"


@dataclass(frozen=True, slots=True)
class Acts:
    """An actor of this cluster; `nodes` (none: all) and `version`, the oldest, of Terway."""

    actor: Actor
    nodes: frozenset[str] = frozenset()
    version: TerwayVersion | None = None

    @property
    def text(self) -> str:
        """``Terway v1.6.3 on 3 nodes``."""
        version = f" {self.version}" if self.version else ""
        count = len(self.nodes)
        where = f" on {count} {'node' if count == 1 else 'nodes'}" if count else ""
        return f"{self.actor.value}{version}{where}"


def who_gives(actors: Sequence[str]) -> str:
    """``Terway v1.6.3 on 2 nodes and eipctl bind give the EIPs``; "" if unknown."""
    return f"{' and '.join(actors)} {'gives' if len(actors) == 1 else 'give'} the EIPs" if actors else ""
