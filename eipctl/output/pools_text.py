"""`eipctl pool list` and `pool show` for people and for awk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.output.tables import Row, columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.planners.pools import PoolReport

POOLS = ("POOL", "SIZE", "USED", "FREE", "WAITING")
EIPS = ("POOL", "EIP", "ID", "STATE", "POD", "REASON")


def pools_text(pools: Iterable[PoolReport], currency: str, *, whole: bool, headers: bool) -> str:
    """A row for each pool, or (`whole`) for each of their EIPs."""
    rows = [row for pool in pools for row in (_eips(pool) if whole else (_pool(pool),))]
    return columns(EIPS if whole else (*POOLS, f"{currency}/MONTH"), rows, headers=headers)


def _pool(pool: PoolReport) -> Row:
    counts = (len(pool.eips), pool.count("used"), pool.count("free"), len(pool.waiting))
    return (pool.name, *map(str, counts), f"{pool.per_month:.2f}")


def _eips(pool: PoolReport) -> Iterable[Row]:
    for each in pool.eips:
        eip = each.eip
        yield (pool.name, eip.address, eip.allocation_id, each.state, each.pod, each.reason)
    for pod in pool.waiting:
        yield (pool.name, "", "", "waiting", pod, "no EIP of the pool is free")
