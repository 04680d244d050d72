"""The long text of every code: `eipctl explain CODE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.domain.explained import bindings, cloud, cluster, money, own, terway, workloads
from eipctl.domain.explained.explanation import Explanation

if TYPE_CHECKING:
    from eipctl.domain.codes import Code

__all__ = ["EXPLAINED", "Explanation"]

EXPLAINED: dict[Code, Explanation] = {
    **cluster.EXPLAINED,
    **cloud.EXPLAINED,
    **terway.EXPLAINED,
    **workloads.EXPLAINED,
    **bindings.EXPLAINED,
    **money.EXPLAINED,
    **own.EXPLAINED,
}
"""In the order of the codes."""
