"""The long text of every code: `eipctl explain CODE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.explained import bindings, cloud, cluster, money, own, terway, workloads
from eipctl.base.explained.explanation import Explanation

if TYPE_CHECKING:
    from eipctl.base.codes import Code

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
